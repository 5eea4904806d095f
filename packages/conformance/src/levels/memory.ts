// L0: contract, transfer, lifetimes and leaks.
import {
  add,
  DTYPES,
  DTypeError,
  full,
  grad,
  itemSize,
  matmul,
  mul,
  OutOfMemoryError,
  reshape,
  scope,
  ShapeError,
  slice,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  VerificationError,
  withDevice,
  type Backend,
  type Device,
  type DType,
} from "@isoform/core";
import type { Case } from "../case.js";
import { random } from "../cases/inputs.js";
import { download, upload } from "../cases/layout.js";
import { withoutLeaks, type Session } from "../session.js";
import { difference } from "../tolerance.js";
import { contractCase } from "./contract.js";

const EXACT = { rtol: 0, atol: 0 };
/** More than a gigabyte in all, so that a limited device without a working `free` is out of memory. */
const BLOCKS = 320;
const BLOCK_BYTES = 2 ** 22;

function fail(problem: string): never {
  throw new VerificationError(problem, { code: "conformance/memory" });
}

function expectThrow(type: new (...args: never[]) => Error, fn: () => unknown): void {
  try {
    fn();
  } catch (error) {
    if (error instanceof type) return;
    throw error;
  }
  fail(`no ${type.name}`);
}

function memoryCase(name: string, run: (device: Device, session: Session) => Promise<void> | void): Case {
  return {
    id: `L0/memory/${name}`,
    level: "L0",
    subject: "memory",
    async run(session) {
      const device = await session.device();
      await withoutLeaks([device], () => run(device, session));
    },
  };
}

async function roundTrip(device: Device, shape: readonly number[], dtype: DType): Promise<void> {
  const x = random(shape, 3)(dtype);
  const t = withDevice(device, () => upload(x));
  try {
    const problem = difference(await download(t), x, EXACT);
    if (problem) fail(problem);
    if (device.capabilities.syncRead) {
      const sync = t.dataSync();
      const later = await t.data();
      if (sync.some((v, i) => v !== later[i])) fail("dataSync and data differ");
    }
  } finally {
    t.dispose();
  }
}

const SHAPES = [[], [0], [1], [3], [7], [2, 0, 4], [33, 65]] as const;

function refusals(backend: Backend): Case[] {
  return DTYPES.filter((d) => !backend.capabilities.dtypes.includes(d)).map((dtype) =>
    memoryCase(`refuses ${dtype}`, (device) => {
      expectThrow(DTypeError, () => withDevice(device, () => full([2], 0, dtype)));
    }),
  );
}

const lifetimeCases: readonly Case[] = [
  memoryCase("buffers do not overlap", async (device) => {
    const { backend } = device;
    const sizes = [8, 0, 24, 1, 4096, 16];
    const buffers = sizes.map((n) => backend.alloc(n));
    buffers.forEach((b, i) => backend.write(b, 0, new Uint8Array(sizes[i]!).fill(i + 1)));
    for (const [i, b] of buffers.entries()) {
      const bytes = await backend.read(b, 0, sizes[i]!);
      if (bytes.length !== sizes[i] || bytes.some((v) => v !== i + 1)) fail(`buffer ${i} was overwritten`);
    }
    buffers.forEach((b, i) => backend.free(b, sizes[i]!));
  }),
  memoryCase("parts of a buffer are written and read", async (device) => {
    const { backend } = device;
    const b = backend.alloc(16);
    backend.write(
      b,
      0,
      Uint8Array.from({ length: 16 }, (_, i) => i),
    );
    backend.write(b, 5, Uint8Array.of(100, 101, 102));
    const part = await backend.read(b, 4, 6);
    if ([...part].join() !== "4,100,101,102,8,9") fail(`read ${[...part].join()}`);
    part[0] = 77;
    const again = await backend.read(b, 4, 1);
    if (again[0] !== 4) fail("read gave a view of the memory, not a copy");
    backend.free(b, 16);
  }),
  memoryCase("a view keeps its storage", async (device) => {
    const view = withDevice(device, () =>
      scope(() => {
        const x = tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
        const v = slice(transpose(x), [1, 0], [3, 1]);
        x.dispose();
        return v;
      }),
    );
    if ((await view.data()).join() !== "2,3") fail("the view changed");
    view.dispose();
  }),
  memoryCase("memory returns after many tensors", (device) => {
    withDevice(device, () => {
      for (let i = 0; i < 200; i++) {
        scope(() => {
          const x = full([64, 64], i);
          return void reshape(add(mul(x, 2), x), [4096]);
        });
      }
    });
  }),
  memoryCase("a failed op leaves nothing", (device) => {
    withDevice(device, () => {
      const a = full([2, 3], 1);
      const b = full([4, 5], 1);
      expectThrow(ShapeError, () => scope(() => matmul(add(a, a), b)));
      a.dispose();
      b.dispose();
    });
  }),
  memoryCase("out of memory is a typed error and the next op works", async (device) => {
    const y = withDevice(device, () => {
      expectThrow(OutOfMemoryError, () => full([2 ** 50], 0));
      return scope(() => add(full([2], 1), 1));
    });
    if ((await y.data()).join() !== "2,2") fail("wrong result after the error");
    y.dispose();
  }),
  memoryCase("freed memory is used again", async (device) => {
    const { backend } = device;
    const probe = backend.alloc(8);
    for (let i = 0; i < BLOCKS; i++) {
      let block: unknown;
      try {
        block = backend.alloc(BLOCK_BYTES);
      } catch (error) {
        if (!(error instanceof OutOfMemoryError)) throw error;
        fail(
          `free gives nothing back: no memory for block ${i + 1} of 4 MiB, although each was freed before the next`,
        );
      }
      backend.write(block, 0, Uint8Array.of(i));
      backend.free(block, BLOCK_BYTES);
      // Devices with a queue free when they get to it.
      if (i % 8 === 7) await backend.read(probe, 0, 8);
    }
    backend.free(probe, 8);
  }),
  memoryCase("30 training steps leave nothing", async (device) => {
    let w = withDevice(device, () => tensor([0.5, -0.5, 0.25, 0.1, 0.2, 0.3], { shape: [3, 2] }));
    const x = withDevice(device, () => random([4, 3], 1)("float32")).data.map(Number);
    const losses: number[] = [];
    for (let i = 0; i < 30; i++) {
      const next = withDevice(device, () =>
        scope(() => {
          const input = tensor(x, { shape: [4, 3] });
          const loss = (p: typeof w) => {
            const d = sub(tanh(matmul(input, p)), 0.5);
            return sum(mul(d, d));
          };
          return [sub(w, mul(grad(loss)(w), 0.05)), loss(w)] as const;
        }),
      );
      losses.push(Number((await next[1].data())[0]));
      next[1].dispose();
      w.dispose();
      w = next[0];
    }
    w.dispose();
    if (!(losses.at(-1)! < losses[0]! / 2)) fail(`the loss went from ${losses[0]} to ${losses.at(-1)}`);
  }),
];

/** All memory cases of a backend. */
export function memoryCases(backend: Backend): Case[] {
  const transfers = backend.capabilities.dtypes.flatMap((dtype) =>
    SHAPES.map((shape): Case => ({
      ...memoryCase(`${dtype} [${shape.join(",")}] there and back`, (device) =>
        roundTrip(device, shape, dtype),
      ),
      dtype,
    })),
  );
  const large = memoryCase("256 KiB there and back", (device) =>
    roundTrip(device, [2 ** 18 / itemSize("float32")], "float32"),
  );
  return [contractCase(backend), ...refusals(backend), ...transfers, large, ...lifetimeCases];
}

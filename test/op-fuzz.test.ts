// Ops called with tensors of other shapes and dtypes than they take: a result of the inferred shape or a typed error
// that names the op, never a crash, and nothing left allocated.
import { cpu } from "@isoform/backend-cpu";
import { compositeCases, type CompositeCase } from "@isoform/conformance";
import {
  IsoformError,
  collectTensors,
  full,
  scope,
  setBackend,
  type DType,
  type Device,
  type Tensor,
} from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";

const DTYPES: readonly DType[] = ["float32", "float64", "int32", "int64", "bool", "uint8", "float16"];
const SIZES = [0, 1, 2, 3, 5];
const ROUNDS = 100;

/** Park and Miller's generator: the same cases everywhere. */
function numbers(seed: number): (below: number) => number {
  let state = (seed * 7919 + 1) % 2147483647;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

let device: Device;
beforeAll(async () => {
  device = await setBackend(cpu());
});

const groups = new Map<string, CompositeCase[]>();
for (const c of compositeCases) groups.set(c.op, [...(groups.get(c.op) ?? []), c]);

/** The tensor of a case, or one that differs in dtype, in a size or in its rank. */
function changed(c: CompositeCase, next: (below: number) => number): Tensor[] {
  return c.inputs.map((given) => {
    let shape = [...given.shape];
    let dtype = given.dtype ?? "float32";
    const kind = next(6);
    if (kind === 1) dtype = DTYPES[next(DTYPES.length)]!;
    if (kind === 2 && shape.length > 0) shape[next(shape.length)] = SIZES[next(SIZES.length)]!;
    if (kind === 3) shape = [...shape, SIZES[next(SIZES.length)]!];
    if (kind === 4) shape = shape.slice(1);
    if (kind === 5) shape = Array.from({ length: next(4) }, () => SIZES[next(SIZES.length)]!);
    return full(shape, dtype === "bool" ? 1 : next(3), dtype);
  });
}

describe.each([...groups])("%s", (op, cases) => {
  it("answers or refuses", () => {
    const before = device.memory().storages;
    for (let round = 0; round < ROUNDS; round++) {
      const c = cases[round % cases.length]!;
      const next = numbers(round * 1009 + op.length * 31 + op.charCodeAt(0));
      scope(() => {
        const inputs = changed(c, next);
        try {
          const made = new Set<Tensor>();
          collectTensors(c.run(...inputs), made);
          for (const t of made) expect(t.dataSync().length).toBe(t.size);
        } catch (error) {
          const text = inputs.map((t) => `${t.dtype}[${t.shape.join(",")}]`).join(", ");
          if (!(error instanceof IsoformError)) throw new Error(`${c.name}(${text})`, { cause: error });
          expect(error.op, `${c.name}(${text}): ${error.message}`).toBeDefined();
        }
      });
    }
    expect(device.memory().storages).toBe(before);
  });
});

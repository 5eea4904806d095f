// Constants and views of them in programs: loops have them as literals, with the values that their dtype holds, and nothing is
// filled for those that only loops read.
import {
  add,
  broadcastTo,
  cast,
  compile,
  createRuntime,
  full,
  lt,
  matmul,
  mul,
  reshape,
  setBackend,
  slice,
  tensor,
  transpose,
  where,
  withDevice,
  type DType,
  type Runtime,
  type Tensor,
} from "@isoform/core";
import { reference } from "@isoform/backend-reference";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webgpu, type WebGpuBackend } from "../index.js";
import { missingAdapter } from "../testing/adapter.js";

const missing = await missingAdapter();
type Step = (x: Tensor) => Tensor;

describe.skipIf(missing !== null)("constants in programs", () => {
  let backend: WebGpuBackend;
  let runtime: Runtime;
  beforeAll(async () => {
    backend = webgpu();
    runtime = await createRuntime({ backends: [backend] });
    runtime.use();
  });
  afterAll(() => runtime.dispose());

  /** Values of a compiled step on numbers from 0 up, and the dispatches of a run. */
  async function ran(step: Step, dtype: DType): Promise<{ values: unknown[]; dispatches: number }> {
    const x = cast(
      tensor(
        Array.from({ length: 20 }, (_, i) => i),
        { shape: [4, 5] },
      ),
      dtype,
    );
    const program = compile((t: Tensor) => step(t));
    for (let i = 0; i < 2; i++) await program(x)[0]!.data();
    const before = backend.info().dispatches;
    const [out] = program(x);
    const values = [...(await out!.data())];
    expect(program.info().notice).toBeNull();
    return { values, dispatches: backend.info().dispatches - before };
  }

  async function exact(step: Step, dtype: DType): Promise<unknown[]> {
    const device = await setBackend(reference());
    const out = withDevice(device, () => {
      const x = cast(
        tensor(
          Array.from({ length: 20 }, (_, i) => i),
          { shape: [4, 5] },
        ),
        dtype,
      );
      return step(x);
    });
    runtime.use();
    return [...(await out.data())];
  }

  it.each<[string, Step, DType, number]>([
    ["a scalar", (x) => add(x, full([4, 5], 3)), "float32", 1],
    [
      "views of views of scalars",
      (x) => mul(add(x, broadcastTo(reshape(full([1], 3), [1, 1]), [4, 5])), transpose(full([5, 4], 2))),
      "float32",
      1,
    ],
    ["a part of one", (x) => mul(x, slice(full([8, 5], 0.1), [2, 0], [6, 5])), "float32", 1],
    ["a value that int32 wraps", (x) => add(x, full([4, 5], 2 ** 40 + 7, "int32")), "int32", 1],
    ["a value that int32 cuts off", (x) => mul(x, full([4, 5], -2.5, "int32")), "int32", 1],
    ["a large uint64", (x) => add(x, full([4, 5], 2n ** 63n + 5n, "uint64")), "uint64", 1],
    ["a bool", (x) => where(full([4, 5], 1, "bool"), x, full([4, 5], -1)), "float32", 1],
    [
      "a mask of a constant",
      (x) => where(lt(x, broadcastTo(full([], 7), [4, 5])), x, full([4, 5], 2)),
      "float32",
      1,
    ],
    ["a negative zero", (x) => where(lt(x, full([4, 5], 7)), x, full([4, 5], -0)), "float32", 1],
    ["a subnormal number", (x) => where(lt(x, full([4, 5], 7)), x, full([4, 5], -1e-40)), "float32", 1],
    [
      "a product, which reads it from memory, before a loop, which does not",
      (x) => add(matmul(x, full([5, 5], 0.5)), full([4, 5], 1)),
      "float32",
      2,
    ],
  ])("%s", async (_, step, dtype, most) => {
    const { values, dispatches } = await ran(step, dtype);
    expect(values).toEqual(await exact(step, dtype));
    expect(dispatches).toBeLessThanOrEqual(most);
  });
});

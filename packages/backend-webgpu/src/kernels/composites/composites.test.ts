// Fused kernels on the GPU against decompositions on the reference backend, with shapes at which they change their form.
import { reference } from "@isoform/backend-reference";
import {
  add,
  batchNormTrain,
  cast,
  compile,
  currentDevice,
  createRuntime,
  fromTypedArray,
  gelu,
  grad,
  groupNorm,
  layerNorm,
  logSoftmax,
  maxPool,
  mul,
  relu,
  rmsNorm,
  scope,
  sizeOf,
  softmax,
  softmaxCrossEntropy,
  sum,
  transpose,
  withDevice,
  type Device,
  type Tensor,
} from "@isoform/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webgpu } from "../../index.js";
import { missingAdapter } from "../../testing/adapter.js";
import { wave } from "../../testing/against.js";

const missing = await missingAdapter();

describe.skipIf(missing !== null)(`fused composites${missing ? `: ${missing}` : ""}`, () => {
  const gpu = webgpu();
  let devices: readonly [Device, Device];
  beforeAll(async () => {
    const other = reference();
    devices = [
      (await createRuntime({ backends: [gpu] })).defaultDevice,
      (await createRuntime({ backends: [other] })).defaultDevice,
    ];
  });
  afterAll(() => gpu.dispose?.());

  const filled = (shape: readonly number[], scale = 3): Tensor =>
    fromTypedArray(
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => wave(scale)(i)),
      { shape },
    );

  /** `fn` as a program where the device has a compiler. */
  function compiled(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
    const program = compile((x: Tensor) => fn(x), { warmUp: false });
    return (x) => {
      const out = program(x)[0]!;
      if (currentDevice() === devices[0]) expect(program.info().notice).toBeNull();
      program.dispose();
      return out;
    };
  }

  /** What `fn` gives on both devices, compared. */
  async function same(fn: () => readonly Tensor[], bound: number): Promise<void> {
    const results: Float32Array[][] = [];
    for (const device of devices) {
      const tensors = withDevice(device, () => scope(fn));
      const values: Float32Array[] = [];
      for (const t of tensors) values.push((await t.data()) as Float32Array);
      for (const t of tensors) t.dispose();
      results.push(values);
    }
    results[1]!.forEach((wanted, k) => {
      const actual = results[0]![k]!;
      expect(actual.length).toBe(wanted.length);
      let worst = 0;
      wanted.forEach((w, i) => {
        const error = Math.abs(actual[i]! - w) / Math.max(1, Math.abs(w));
        if (!(error <= worst) && !(Number.isNaN(w) && Number.isNaN(actual[i]!))) worst = error;
      });
      expect(worst).toBeLessThan(bound);
    });
  }

  it("softmax of rows, columns, planes and views", async () => {
    for (const [shape, axis] of [
      [[5, 3], 1],
      [[3, 1000], 1],
      [[40, 70], 0],
      [[2, 9, 33], 1],
    ] as const) {
      await same(() => [softmax(filled(shape), axis), logSoftmax(filled(shape), axis)], 3e-6);
    }
    await same(() => [softmax(transpose(filled([9, 40]), [1, 0]), 1)], 3e-6);
    await same(() => [softmax(filled([3, 0]), 1), logSoftmax(filled([0, 3]), 1)], 1e-9);
  });

  it("cross-entropy and its gradient, ignored labels too", async () => {
    await same(() => {
      const labels = fromTypedArray(Int32Array.from({ length: 37 }, (_, i) => ((i * 5) % 12) - 1));
      const loss = (x: Tensor): Tensor => sum(mul(softmaxCrossEntropy(x, labels), filled([37], 1)));
      const logits = filled([37, 10], 8);
      return [softmaxCrossEntropy(logits, labels), grad(loss)(logits)];
    }, 1e-5);
  });

  it("normalisations over several axes and groups", async () => {
    await same(() => [layerNorm(filled([6, 300]), filled([300], 1), filled([300], 1))], 1e-5);
    await same(() => [layerNorm(filled([4, 5, 6, 7]), filled([5, 7], 1), null, { axes: [1, 3] })], 1e-5);
    await same(() => [rmsNorm(filled([3, 50]), filled([50], 1)), gelu(filled([70]))], 1e-5);
    await same(() => [groupNorm(filled([2, 6, 5, 3]), filled([6], 1), filled([6], 1), { groups: 3 })], 1e-5);
  });

  it("batch normalisation with its gradient, in one kernel and in pieces", async () => {
    for (const shape of [
      [4, 3, 5, 5],
      [33, 300],
      [2, 2, 100, 100],
    ]) {
      const channels = shape[1]!;
      const call = (x: Tensor, scale: Tensor): readonly Tensor[] =>
        batchNormTrain(x, scale, filled([channels], 1));
      await same(() => call(filled(shape), filled([channels], 1)), 2e-5);
      await same(() => {
        const weights = filled(shape, 1);
        const scale = filled([channels], 1);
        return [grad((x: Tensor) => sum(mul(call(x, scale)[0]!, weights)))(filled(shape))];
      }, 2e-4);
      const before = gpu.info().buffers;
      await same(() => call(filled(shape), filled([channels], 1)), 2e-5);
      expect(gpu.info().buffers).toBe(before);
    }
  });

  it("16-bit floats, computed in float32", async () => {
    for (const dtype of ["float16", "bfloat16"] as const) {
      const half = (shape: readonly number[], scale?: number): Tensor => cast(filled(shape, scale), dtype);
      const wide = (ts: readonly Tensor[]): Tensor[] => ts.map((t) => cast(t, "float32"));
      const bound = dtype === "float16" ? 2e-3 : 1.6e-2;
      await same(() => wide([softmax(half([5, 37]), 1), logSoftmax(half([5, 37]), 0)]), bound);
      await same(() => wide([layerNorm(half([6, 33]), half([33], 1), filled([33], 1))]), bound);
      await same(() => wide(batchNormTrain(half([4, 3, 5, 5]), half([3], 1), null)), bound);
      const labels = (): Tensor => fromTypedArray(Uint8Array.from([1, 0, 7, 2, 4]));
      await same(() => wide([softmaxCrossEntropy(half([5, 7]), labels())]), bound);
    }
  });

  it("goes on with loops in compiled programs", async () => {
    const pooled = { window: [2, 2] };
    const steps: readonly (() => readonly Tensor[])[] = [
      () => [compiled((x) => add(mul(softmax(x, 1), 3), x))(filled([5, 40]))],
      () => [compiled((x) => mul(groupNorm(x, null, null, { groups: 2 }), 2))(filled([2, 4, 3, 3]))],
      () => [
        compiled((x) => mul(softmaxCrossEntropy(x, fromTypedArray(Int32Array.from([1, 0, 7]))), 0.5))(
          filled([3, 8]),
        ),
      ],
      () => [compiled((x) => grad((v: Tensor) => sum(maxPool(relu(v), pooled)))(x))(filled([2, 3, 6, 6]))],
    ];
    for (const step of steps) await same(step, 1e-5);
  });

  it("is one dispatch with what follows", async () => {
    const program = compile((x: Tensor) => add(mul(softmax(x, 1), 3), x), { warmUp: false });
    const x = withDevice(devices[0], () => filled([5, 40]));
    const run = async (): Promise<void> => {
      const [out] = program(x);
      await out!.data();
      out!.dispose();
    };
    await run();
    const before = gpu.info().dispatches;
    await run();
    expect(gpu.info().dispatches - before).toBe(1);
    program.dispose();
    x.dispose();
  });
});

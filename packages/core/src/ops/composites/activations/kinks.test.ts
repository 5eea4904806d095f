// Derivatives at the points where a function has none: what PyTorch 2.13 gives (autograd of float64 tensors).
import { reference } from "@isoform/backend-reference";
import { beforeAll, describe, expect, it } from "vitest";
import {
  avgPool,
  celu,
  clip,
  elu,
  grad,
  hardShrink,
  hardSigmoid,
  hardTanh,
  leakyRelu,
  maxPool,
  norm,
  relu,
  relu6,
  selu,
  setBackend,
  softShrink,
  std,
  sum,
  tensor,
  thresholdedRelu,
  type Tensor,
} from "../../../index.js";

beforeAll(async () => void (await setBackend(reference())));

function slopes(fn: (x: Tensor) => Tensor, at: readonly number[]): number[] {
  const x = tensor(at as number[], { dtype: "float64" });
  return Array.from(grad((t) => sum(fn(t)))(x).dataSync(), Number);
}

const CASES: readonly (readonly [name: string, fn: (x: Tensor) => Tensor, at: number[], slopes: number[]])[] =
  [
    ["relu at 0", relu, [0, -0], [0, 0]],
    ["relu6 at 0 and 6", relu6, [0, 6], [0, 0]],
    ["leakyRelu at 0", (x) => leakyRelu(x, 0.3), [0], [0.3]],
    ["thresholdedRelu at the threshold", (x) => thresholdedRelu(x, 1), [1], [0]],
    ["elu at 0", (x) => elu(x, 0.5), [0], [0.5]],
    ["celu at 0", (x) => celu(x, 0.5), [0], [1]],
    ["selu at 0", selu, [0], [1.0507009873554805 * 1.6732632423543772]],
    ["hardSigmoid at -3 and 3", (x) => hardSigmoid(x), [-3, 3], [0, 0]],
    ["hardTanh at the limits", (x) => hardTanh(x), [-1, 1], [0, 0]],
    ["clip at the limits", (x) => clip(x, -1, 1), [-1, 1], [1, 1]],
    ["softShrink at the limits", (x) => softShrink(x), [-0.5, 0.5], [0, 0]],
    ["hardShrink at the limits", (x) => hardShrink(x), [-0.5, 0.5], [0, 0]],
    ["the norm of 0", (x) => norm(x), [0, 0], [0, 0]],
    ["the deviation of equal values", (x) => std(x), [2, 2], [0, 0]],
    ["a maximum that stands twice", (x) => maxPool(x, { window: [2] }), [1, 1], [1, 0]],
  ];

describe("derivatives at kinks", () => {
  for (const [name, fn, at, expected] of CASES) {
    it(name, () => expect(slopes(fn, at)).toEqual(expected));
  }

  it("stay finite where the function saturates", () => {
    const far = [-1e4, -745, 745, 1e4];
    for (const fn of [elu, celu, selu, relu]) {
      expect(slopes((x) => fn(x), far).every((v) => Number.isFinite(v))).toBe(true);
    }
    expect(slopes((x) => avgPool(x, { window: [2] }), far)).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});

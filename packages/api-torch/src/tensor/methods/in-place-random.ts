// Methods of torch.Tensor: random values in place, from PyTorch's CPU streams.
import * as core from "@isoform/core";
import type { TorchGenerator } from "@isoform/core";
import { checkValue, PROBABILITY } from "../../checks.js";
import { numbersOf, type Numbers } from "../../options.js";
import { drawn } from "../../random.js";
import { IndexingInPlaceTensor } from "./in-place-indexing.js";

type Fill = <A extends Float32Array | Float64Array>(generator: TorchGenerator, out: A) => A;

/** Random values in place. */
export abstract class RandomTensor extends IndexingInPlaceTensor {
  /**
   * Uniform on [from, to), by default [0, 1), in place, any shape. Bit-equal to PyTorch's CPU stream of float32
   * and float64; 16-bit floats are cast from float32.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, when from is above
   *   to or their difference is not finite, an option is unknown, or there are more than 2 numbers
   * @throws {DTypeError} unless this is a float tensor
   */
  uniform_(...given: Numbers<"from" | "to">): this {
    const { from, to } = numbersOf("uniform_", given, { from: 0, to: 1 });
    return draw("uniform_", this, (generator, out) => generator.uniform_(out, from, to));
  }
  /**
   * Normal with a mean and standard deviation, by default 0 and 1, in place, any shape. PyTorch's CPU stream of
   * float32 and float64; 16-bit floats are cast from float32.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, when the standard
   *   deviation is negative, an option is unknown, or there are more than 2 numbers
   * @throws {DTypeError} unless this is a float tensor
   */
  normal_(...given: Numbers<"mean" | "std">): this {
    const { mean, std } = numbersOf("normal_", given, { mean: 0, std: 1 });
    return draw("normal_", this, (generator, out) => generator.normal_(out, mean, std));
  }
  /**
   * 1 with probability p, else 0, in place, any shape and dtype. Bit-equal to PyTorch's CPU stream.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or unless p is a
   *   number from 0 to 1
   */
  bernoulli_(p = 0.5): this {
    checkValue("bernoulli_", "p", p, PROBABILITY);
    this._writable();
    const { shape, size } = this;
    const flags = () => drawn({ shape, dtype: "bool" }, (g) => g.bernoulli_(new Uint8Array(size), p));
    return this.assign_(this._made(() => core.cast(flags(), this.dtype)));
  }
}

function draw<T extends RandomTensor>(op: string, t: T, fill: Fill): T {
  core.requireFloat(op, t);
  t._writable();
  const { shape, size } = t;
  const values = () =>
    t.dtype === "float64"
      ? drawn({ shape, dtype: "float64" }, (g) => fill(g, new Float64Array(size)))
      : drawn({ shape, dtype: "float32" }, (g) => fill(g, new Float32Array(size)));
  return t.assign_(t._made(() => core.cast(values(), t.dtype)));
}

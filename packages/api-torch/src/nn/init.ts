// torch.nn.init: fills parameters in place from the default generator, bit-equal to PyTorch on the CPU.
import * as core from "@isoform/core";
import { numbersOf, type Numbers } from "../options.js";
import { drawn } from "../random.js";
import type { Tensor } from "../tensor/tensor.js";

/** Uniform on [a, b), by default [0, 1). */
export function uniform_<T extends Tensor>(t: T, ...given: Numbers<"a" | "b">): T {
  const { a, b } = numbersOf("uniform_", given, { a: 0, b: 1 });
  return write(t, (generator, out) => generator.uniform_(out, a, b));
}

/** Normal with a mean and standard deviation, by default 0 and 1. */
export function normal_<T extends Tensor>(t: T, ...given: Numbers<"mean" | "std">): T {
  const { mean, std } = numbersOf("normal_", given, { mean: 0, std: 1 });
  return write(t, (generator, out) => generator.normal_(out, mean, std));
}

/** One value everywhere. */
export function constant_<T extends Tensor>(t: T, value: number): T {
  return core.noGrad(() => t.fill_(value));
}
/** Zeros. */
export function zeros_<T extends Tensor>(t: T): T {
  return constant_(t, 0);
}
/** Ones. */
export function ones_<T extends Tensor>(t: T): T {
  return constant_(t, 1);
}

/** Inputs and outputs that one output or input of a weight sees: shape[1] and shape[0] times the kernel size. */
export function calculateFans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2) {
    throw core.shapeError(
      "init",
      "fans need at least 2 axes",
      [{ shape, dtype: "float32" }],
      "use uniform_ or normal_",
    );
  }
  const receptive = shape.slice(2).reduce((p, n) => p * n, 1);
  return { fanIn: shape[1]! * receptive, fanOut: shape[0]! * receptive };
}

/** Gain of He and Glorot initialisation for a non-linearity (torch.nn.init.calculate_gain). @throws ArgumentError */
export function calculateGain(nonlinearity: string, param?: number): number {
  switch (nonlinearity) {
    case "relu":
      return Math.SQRT2;
    case "leaky_relu":
      return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
    case "tanh":
      return 5 / 3;
    case "selu":
      return 3 / 4;
    default:
      if (LINEAR.includes(nonlinearity)) return 1;
      throw new core.ArgumentError(`the non-linearity ${JSON.stringify(nonlinearity)} is not known`, {
        code: "argument/nonlinearity",
        op: "calculateGain",
        hint: `use relu, leaky_relu, tanh, selu, ${LINEAR.join(", ")}`,
      });
  }
}
const LINEAR: readonly string[] = [
  "linear",
  "sigmoid",
  ...[1, 2, 3].flatMap((n) => [`conv${n}d`, `conv_transpose${n}d`]),
];

/** Options of He initialisation. */
export interface KaimingOptions {
  /** Slope of the leaky ReLU. */
  readonly a?: number;
  /** Keeps the variance of the forward pass, or of the backward pass. */
  readonly mode?: "fan_in" | "fan_out";
  readonly nonlinearity?: string;
}

/** He uniform (He et al. 2015). */
export function kaimingUniform_<T extends Tensor>(t: T, options: KaimingOptions = {}): T {
  const bound = Math.sqrt(3) * heStd("kaimingUniform_", t, options);
  return uniform_(t, -bound, bound);
}

/** He normal (He et al. 2015). */
export function kaimingNormal_<T extends Tensor>(t: T, options: KaimingOptions = {}): T {
  return normal_(t, 0, heStd("kaimingNormal_", t, options));
}

function heStd(op: string, t: Tensor, options: KaimingOptions): number {
  core.checkOptions(op, options, ["a", "mode", "nonlinearity"]);
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" } = options;
  const { fanIn, fanOut } = calculateFans(t.shape);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_out" ? fanOut : fanIn);
}

/** Glorot uniform (Glorot & Bengio 2010). */
export function xavierUniform_<T extends Tensor>(t: T, ...given: Numbers<"gain">): T {
  const bound = Math.sqrt(3) * glorotStd("xavierUniform_", t, given);
  return uniform_(t, -bound, bound);
}

/** Glorot normal. */
export function xavierNormal_<T extends Tensor>(t: T, ...given: Numbers<"gain">): T {
  return normal_(t, 0, glorotStd("xavierNormal_", t, given));
}

function glorotStd(op: string, t: Tensor, given: Numbers<"gain">): number {
  const { fanIn, fanOut } = calculateFans(t.shape);
  return numbersOf(op, given, { gain: 1 }).gain * Math.sqrt(2 / (fanIn + fanOut));
}

type Fill = (generator: core.TorchGenerator, out: Float32Array) => Float32Array;

function write<T extends Tensor>(t: T, fill: Fill): T {
  return core.noGrad(() =>
    core.scope(() => {
      const spec = { shape: t.shape, dtype: "float32" } as const;
      t.copy_(drawn(spec, (generator) => fill(generator, new Float32Array(t.size))));
      return t;
    }),
  );
}

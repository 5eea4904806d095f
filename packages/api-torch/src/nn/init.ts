// torch.nn.init: fills parameters in place from the default generator, bit-equal to PyTorch on the CPU.
import * as core from "@isoform/core";
import { numbersOf, type Numbers } from "../options.js";
import { checkOptions, checkValue, COUNT, listOf, NUMBER, oneOf, TEXT } from "../checks.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * Uniform on [a, b), by default [0, 1); any shape, in place; gives t. Bit-equal to PyTorch's CPU stream.
 * @throws {ArgumentError} when a is above b or b − a is not finite, an option is unknown, there are more than
 * 2 numbers, or t is no tensor of this API.
 * @throws {DTypeError} when t is not a float tensor.
 * @throws {LifetimeError} when t was disposed.
 * @see torch.nn.init.uniform_
 */
export function uniform_<T extends Tensor>(t: T, ...given: Numbers<"a" | "b">): T {
  const { a, b } = numbersOf("uniform_", given, { a: 0, b: 1 });
  return filled("uniform_", t, (x) => x.uniform_(a, b));
}

/**
 * Normal with a mean and standard deviation, by default 0 and 1; any shape, in place; gives t. Bit-equal to
 * PyTorch's CPU stream.
 * @throws {ArgumentError} when the standard deviation is negative, an option is unknown, there are more than 2
 * numbers, or t is no tensor of this API.
 * @throws {DTypeError} when t is not a float tensor.
 * @throws {LifetimeError} when t was disposed.
 * @see torch.nn.init.normal_
 */
export function normal_<T extends Tensor>(t: T, ...given: Numbers<"mean" | "std">): T {
  const { mean, std } = numbersOf("normal_", given, { mean: 0, std: 1 });
  return filled("normal_", t, (x) => x.normal_(mean, std));
}

/**
 * One value everywhere; any shape, in place; gives t.
 * @throws {ArgumentError} when t is no tensor of this API, or the value no number.
 * @throws {LifetimeError} when t was disposed.
 * @see torch.nn.init.constant_
 */
export function constant_<T extends Tensor>(t: T, value: number): T {
  requireTarget("constant_", t);
  checkValue("constant_", "value", value, NUMBER);
  return core.noGrad(() => t.fill_(value));
}
/**
 * Zeros everywhere; any shape, in place; gives t.
 * @throws {ArgumentError} when t is no tensor of this API.
 * @throws {LifetimeError} when t was disposed.
 * @see torch.nn.init.zeros_
 */
export function zeros_<T extends Tensor>(t: T): T {
  return constant_(t, 0);
}
/**
 * Ones everywhere; any shape, in place; gives t.
 * @throws {ArgumentError} when t is no tensor of this API.
 * @throws {LifetimeError} when t was disposed.
 * @see torch.nn.init.ones_
 */
export function ones_<T extends Tensor>(t: T): T {
  return constant_(t, 1);
}

/**
 * Inputs and outputs that one output or input of a weight sees: shape[1] and shape[0] times the kernel size.
 * @throws {ShapeError} when the shape has fewer than 2 axes.
 * @see torch.nn.init._calculate_fan_in_and_fan_out
 */
export function calculateFans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  checkValue("calculateFans", "shape", shape, listOf(COUNT, "a list of sizes"));
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

/**
 * Gain of He and Glorot initialisation for a non-linearity, a scalar; `param` is the slope of 'leaky_relu'
 * (0.01).
 * @throws {ArgumentError} when the non-linearity is not known.
 * @see torch.nn.init.calculate_gain
 */
export function calculateGain(nonlinearity: string, param?: number): number {
  if (param !== undefined) checkValue("calculateGain", "param", param, NUMBER);
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
      throw new core.ArgumentError(`the non-linearity ${core.shown(nonlinearity)} is not known`, {
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

/**
 * He uniform on ±√3·gain/√fan, in place; gives t. By default a 0, mode 'fan_in', nonlinearity 'leaky_relu'.
 * An empty tensor stays as it is.
 * @throws {ShapeError} when t has fewer than 2 axes.
 * @throws {ArgumentError} when the mode, the non-linearity or an option is unknown, or t is no tensor of this
 * API.
 * @throws {DTypeError} when t is not a float tensor.
 * @throws {LifetimeError} when t was disposed.
 * @see torch.nn.init.kaiming_uniform_, He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function kaimingUniform_<T extends Tensor>(t: T, options: KaimingOptions = {}): T {
  const bound = Math.sqrt(3) * heStd("kaimingUniform_", t, options);
  return t.size === 0 ? t : uniform_(t, -bound, bound);
}

/**
 * He normal of standard deviation gain/√fan, in place; gives t. By default a 0, mode 'fan_in', nonlinearity
 * 'leaky_relu'. An empty tensor stays as it is.
 * @throws {ShapeError} when t has fewer than 2 axes.
 * @throws {ArgumentError} when the mode, the non-linearity or an option is unknown, or t is no tensor of this
 * API.
 * @throws {DTypeError} when t is not a float tensor.
 * @throws {LifetimeError} when t was disposed.
 * @see torch.nn.init.kaiming_normal_, He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function kaimingNormal_<T extends Tensor>(t: T, options: KaimingOptions = {}): T {
  const std = heStd("kaimingNormal_", t, options);
  return t.size === 0 ? t : normal_(t, 0, std);
}

const KAIMING = { a: NUMBER, mode: /* @__PURE__ */ oneOf("fan_in", "fan_out"), nonlinearity: TEXT };

function heStd(op: string, t: Tensor, options: KaimingOptions): number {
  requireTarget(op, t);
  checkOptions(op, options, KAIMING);
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" } = options;
  const { fanIn, fanOut } = calculateFans(t.shape);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_out" ? fanOut : fanIn);
}

/**
 * Glorot uniform on ±√3·gain·√(2/(fanIn + fanOut)), gain 1 by default, in place; gives t.
 * @throws {ShapeError} when t has fewer than 2 axes.
 * @throws {ArgumentError} when an option is unknown, there are more numbers, or both fans are 0.
 * @see torch.nn.init.xavier_uniform_, Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export function xavierUniform_<T extends Tensor>(t: T, ...given: Numbers<"gain">): T {
  const bound = Math.sqrt(3) * glorotStd("xavierUniform_", t, given);
  return uniform_(t, -bound, bound);
}

/**
 * Glorot normal of standard deviation gain·√(2/(fanIn + fanOut)), gain 1 by default, in place; gives t.
 * @throws {ShapeError} when t has fewer than 2 axes.
 * @throws {ArgumentError} when the gain is negative, an option is unknown, or there are more numbers.
 * @see torch.nn.init.xavier_normal_, Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export function xavierNormal_<T extends Tensor>(t: T, ...given: Numbers<"gain">): T {
  return normal_(t, 0, glorotStd("xavierNormal_", t, given));
}

function glorotStd(op: string, t: Tensor, given: Numbers<"gain">): number {
  requireTarget(op, t);
  const { fanIn, fanOut } = calculateFans(t.shape);
  return numbersOf(op, given, { gain: 1 }).gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** Throws unless there is a tensor of this API to write to. @throws {ArgumentError, LifetimeError} */
function requireTarget(op: string, t: Tensor): void {
  if (!(t instanceof Tensor)) throw core.notTensor(op, t, "t");
  if (t._traced === null) t._live(op);
}

/** Runs an in-place method of a float tensor unrecorded. */
function filled<T extends Tensor>(op: string, t: T, fill: (t: T) => T): T {
  requireTarget(op, t);
  core.requireFloat(op, t);
  return core.noGrad(() => fill(t));
}

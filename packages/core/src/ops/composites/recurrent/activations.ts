// Activations of recurrent cells by name (those of ONNX), with their derivatives.
import { ArgumentError, closest, shown } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, and, div, minimum, mul, sub } from "../../prims/binary.js";
import { gt, lt } from "../../prims/compare.js";
import { cast, where } from "../../prims/select.js";
import { onesLike } from "../../prims/source.js";
import { abs, exp, tanh } from "../../prims/unary.js";
import { elu } from "../activations/elu.js";
import { hardSigmoid } from "../activations/hard.js";
import { leakyRelu, relu, thresholdedRelu } from "../activations/relu.js";
import { softsign } from "../activations/shrink.js";
import { sigmoid } from "../activations/sigmoid.js";
import { softplus } from "../activations/softplus.js";

/** Name of an activation of a recurrent cell. */
export type RecurrentActivationName =
  | "sigmoid"
  | "tanh"
  | "relu"
  | "linear"
  | "affine"
  | "leakyRelu"
  | "thresholdedRelu"
  | "scaledTanh"
  | "hardSigmoid"
  | "elu"
  | "softsign"
  | "softplus";

/** An activation with other than its default numbers (ONNX's `activation_alpha`, `activation_beta`). */
export interface ParametricActivation {
  readonly name: RecurrentActivationName;
  readonly alpha?: number;
  readonly beta?: number;
}

/** An activation of a recurrent cell. */
export type RecurrentActivation = RecurrentActivationName | ParametricActivation;

interface Rule {
  /** Defaults of alpha and beta, ONNX's. */
  readonly alpha: number;
  readonly beta: number;
  apply(x: Tensor, alpha: number, beta: number): Tensor;
  /** The derivative, from the input x and the output y. */
  slope(x: Tensor, y: Tensor, alpha: number, beta: number): Tensor;
}

const mask = (condition: Tensor, x: Tensor): Tensor => cast(condition, x.dtype);

const RULES: Readonly<Record<RecurrentActivationName, Rule>> = {
  sigmoid: { alpha: 1, beta: 0, apply: sigmoid, slope: (_x, y) => mul(y, sub(1, y)) },
  tanh: { alpha: 1, beta: 0, apply: tanh, slope: (_x, y) => sub(1, mul(y, y)) },
  relu: { alpha: 1, beta: 0, apply: relu, slope: (_x, y) => mask(gt(y, 0), y) },
  linear: { alpha: 1, beta: 0, apply: (x) => mul(x, 1), slope: (x) => onesLike(x) },
  affine: {
    alpha: 1,
    beta: 0,
    apply: (x, a, b) => add(mul(x, a), b),
    slope: (x, _y, a) => mul(onesLike(x), a),
  },
  leakyRelu: {
    alpha: 0.01,
    beta: 0,
    apply: (x, a) => leakyRelu(x, a),
    slope: (x, _y, a) => where(gt(x, 0), onesLike(x), a),
  },
  thresholdedRelu: {
    alpha: 1,
    beta: 0,
    apply: (x, a) => thresholdedRelu(x, a, 0),
    slope: (x, _y, a) => mask(gt(x, a), x),
  },
  scaledTanh: {
    alpha: 1,
    beta: 1,
    apply: (x, a, b) => mul(tanh(mul(x, b)), a),
    slope: (_x, y, a, b) => mul(sub(a, div(mul(y, y), a)), b),
  },
  hardSigmoid: {
    alpha: 0.2,
    beta: 0.5,
    apply: (x, alpha, beta) => hardSigmoid(x, { alpha, beta }),
    slope: (_x, y, a) => mul(mask(and(gt(y, 0), lt(y, 1)), y), a),
  },
  elu: {
    alpha: 1,
    beta: 0,
    apply: (x, a) => elu(x, a),
    slope: (x, _y, a) => where(gt(x, 0), onesLike(x), mul(exp(minimum(x, 0)), a)),
  },
  softsign: {
    alpha: 1,
    beta: 0,
    apply: softsign,
    slope: (x) => {
      const d = add(abs(x), 1);
      return div(1, mul(d, d));
    },
  },
  softplus: { alpha: 1, beta: 0, apply: (x) => softplus(x), slope: (x) => sigmoid(x) },
};

/** An activation ready for use. */
export interface Activation {
  apply(x: Tensor): Tensor;
  /** Derivative at input x with output y. */
  slope(x: Tensor, y: Tensor): Tensor;
}

/** The functions of an activation. */
export function activationOf(activation: RecurrentActivation): Activation {
  const given: ParametricActivation = typeof activation === "string" ? { name: activation } : activation;
  const rule = RULES[given.name];
  const [alpha, beta] = [given.alpha ?? rule.alpha, given.beta ?? rule.beta];
  return {
    apply: (x) => rule.apply(x, alpha, beta),
    slope: (x, y) => rule.slope(x, y, alpha, beta),
  };
}

/**
 * Returns the activations.
 * @throws {ArgumentError} unless there are `count` known ones, naming the nearest known one
 */
export function requireActivations(
  op: string,
  activations: readonly RecurrentActivation[],
  count: number,
): readonly RecurrentActivation[] {
  if (activations.length !== count) {
    throw new ArgumentError(`${activations.length} activations are given`, {
      code: "argument/invalid",
      op,
      hint: `${op} takes ${count}`,
    });
  }
  for (const activation of activations) {
    const name = typeof activation === "string" ? activation : activation.name;
    if (Object.hasOwn(RULES, name)) continue;
    const near = closest(name, Object.keys(RULES));
    throw new ArgumentError(`unknown activation ${shown(name)}`, {
      code: "argument/invalid",
      op,
      hint: near ? `did you mean \`${near}\`?` : `known: ${Object.keys(RULES).join(", ")}`,
    });
  }
  return activations;
}

/** Whether the slopes of all of them follow from their values alone. */
export function slopesFromValues(activations: readonly RecurrentActivation[]): boolean {
  return activations.every((a) => a === "sigmoid" || a === "tanh" || a === "relu");
}

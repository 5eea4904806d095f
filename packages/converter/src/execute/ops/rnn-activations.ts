// The activation functions that ONNX recurrent layers may name.
import * as core from "@isoform/core";
import { UnsupportedOpError, type Tensor } from "@isoform/core";

/** An elementwise function. */
export type ActivationFn = (x: Tensor) => Tensor;

type Make = (alpha: number | undefined, beta: number | undefined) => ActivationFn;

const MAKERS = new Map<string, Make>([
  ["relu", () => core.relu],
  ["tanh", () => core.tanh],
  ["sigmoid", () => core.sigmoid],
  [
    "affine",
    (a = 1, b = 0) =>
      (x) =>
        core.add(core.mul(x, a), b),
  ],
  [
    "leakyrelu",
    (a = 0.01) =>
      (x) =>
        core.leakyRelu(x, a),
  ],
  [
    "thresholdedrelu",
    (a = 1) =>
      (x) =>
        core.thresholdedRelu(x, a, 0),
  ],
  [
    "scaledtanh",
    (a = 1, b = 1) =>
      (x) =>
        core.mul(core.tanh(core.mul(x, b)), a),
  ],
  [
    "hardsigmoid",
    (a = 0.2, b = 0.5) =>
      (x) =>
        core.hardSigmoid(x, { alpha: a, beta: b }),
  ],
  [
    "elu",
    (a = 1) =>
      (x) =>
        core.elu(x, a),
  ],
  ["softsign", () => core.softsign],
  ["softplus", () => (x) => core.softplus(x)],
]);

/** True when `name` is an activation that recurrent layers know. */
export function isRnnActivation(name: string): boolean {
  return MAKERS.has(name.toLowerCase());
}

const TAKES_ALPHA: ReadonlySet<string> = new Set([
  "affine",
  "leakyrelu",
  "thresholdedrelu",
  "scaledtanh",
  "hardsigmoid",
  "elu",
]);
const TAKES_BETA: ReadonlySet<string> = new Set(["affine", "scaledtanh", "hardsigmoid"]);

/**
 * The functions of a list of ONNX activations. The lists of alpha and beta are used up in order by the activations
 * that take one, as onnxruntime does.
 */
export function activationFunctions(
  names: readonly string[],
  alphas: readonly number[],
  betas: readonly number[],
): ActivationFn[] {
  let a = 0;
  let b = 0;
  return names.map((name) => {
    const key = name.toLowerCase();
    const alpha = TAKES_ALPHA.has(key) ? alphas[a++] : undefined;
    const beta = TAKES_BETA.has(key) ? betas[b++] : undefined;
    return activationFunction(name, alpha, beta);
  });
}

/** The function of an ONNX activation name. @throws {UnsupportedOpError} */
export function activationFunction(name: string, alpha?: number, beta?: number): ActivationFn {
  const make = MAKERS.get(name.toLowerCase());
  if (make) return make(alpha, beta);
  throw new UnsupportedOpError(`recurrent activation ${JSON.stringify(name)} is not known`, {
    code: "execute/unsupported",
    hint: `known are ${[...MAKERS.keys()].join(", ")}`,
  });
}

// What the normalisations share: standardising over axes, its gradient, and checks of scale and bias.
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape } from "../../../tensor/view.js";
import { requireFloat, shapeError } from "../../infer.js";
import { add, mul, sub } from "../../prims/binary.js";
import { reshape } from "../../prims/movement.js";
import { cast } from "../../prims/select.js";
import { rsqrt } from "../../prims/unary.js";
import type { TensorSpec } from "../../table.js";
import { commonWide } from "../common/precision.js";
import { show } from "../common/shapes.js";
import { mean } from "../reductions/mean.js";

const KEEP = { keepDims: true };

/** Table entry of a normalisation of x with an optional scale and bias. */
export interface NormEntry<A extends object> {
  readonly tier: "comp";
  readonly in: readonly ["x", "scale?", "bias?"];
  readonly attrs: A;
}

/** x with mean 0 and variance 1 over `axes`, and the factor 1/√(variance + eps) that did it. */
export interface Standardised {
  readonly xhat: Tensor;
  readonly factor: Tensor;
}

/** Standardises x over `axes`; the factor keeps the axes with size 1. */
export function standardise(x: Tensor, axes: readonly number[], eps: number): Standardised {
  const centred = sub(x, mean(x, axes, KEEP));
  const factor = rsqrt(add(mean(mul(centred, centred), axes, KEEP), eps));
  return { xhat: mul(centred, factor), factor };
}

/** Gradient of x from the gradient g of xhat. */
export function standardiseGrad(g: Tensor, { xhat, factor }: Standardised, axes: readonly number[]): Tensor {
  const along = mul(xhat, mean(mul(g, xhat), axes, KEEP));
  return mul(factor, sub(sub(g, mean(g, axes, KEEP)), along));
}

/** y·scale + bias, each reshaped to `shape` to broadcast. */
export function affine(
  y: Tensor,
  scale: Tensor | null,
  bias: Tensor | null,
  shape: readonly number[],
): Tensor {
  const scaled = scale ? mul(y, reshape(cast(scale, y.dtype), shape)) : y;
  return bias ? add(scaled, reshape(cast(bias, y.dtype), shape)) : scaled;
}

/** x in the dtype of the computation: at least float32, and no narrower than the parameters. */
export function widen(x: Tensor, parameters: readonly (Tensor | null)[]): Tensor {
  return cast(x, commonWide([x, ...parameters]));
}

/** Throws unless x and the parameters are floats and every parameter has the given shape. */
export function requireParameters(
  op: string,
  x: TensorSpec,
  parameters: Readonly<Record<string, TensorSpec | null>>,
  shape: readonly number[],
): void {
  const all = [x, ...Object.values(parameters)];
  requireFloat(op, x);
  for (const [name, t] of Object.entries(parameters)) {
    if (t === null) continue;
    requireFloat(op, t);
    if (sameShape(t.shape, shape)) continue;
    throw shapeError(op, `${name} is ${show(t.shape)}`, all, `it must be ${show(shape)}`);
  }
}

/**
 * Number of channels on `axis`.
 * @throws {ShapeError} when x has no such axis
 */
export function channelsOf(op: string, x: TensorSpec, axis: number): number {
  const n = x.shape[axis];
  if (n !== undefined) return n;
  throw shapeError(op, `x has no axis ${axis} for channels`, [x], "x is [N, C, ...]");
}

// Limits for gradients, to be applied between backward() and the optimizer's step().
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, FLAG, NOT_NEGATIVE, NUMBER } from "../../checks.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { listed, type Parameters } from "./parameters.js";

/** Options of `clipGradNorm_` and `getTotalNorm`. */
export interface TotalNormOptions {
  /** Order of the norm; Infinity for the largest magnitude. */
  readonly normType?: number;
  /** Throws where the norm is NaN or infinite; reads it, so that a compiled step runs eagerly. */
  readonly errorIfNonfinite?: boolean;
}
const TOTAL_NORM = { normType: NUMBER, errorIfNonfinite: FLAG };

function totalNorm(op: string, tensors: readonly CoreTensor[], options: TotalNormOptions): CoreTensor {
  const { normType: p = 2, errorIfNonfinite = false } = options;
  if (tensors.length === 0) return core.zeros([]);
  const norms = tensors.map((t) => core.norm(t, { p }));
  const total = core.norm(core.stack(norms, 0), { p });
  if (!errorIfNonfinite) return total;
  const value = Number(total.dataSync()[0]);
  if (Number.isFinite(value)) return total;
  throw new core.ArgumentError(`the norm of the gradients is ${value}`, {
    code: "argument/not-finite",
    op,
    hint: "look for the step whose loss is not finite, or leave errorIfNonfinite out",
  });
}

/**
 * Norm of the norms of tensors of any shapes, as if they were one vector: a scalar; 0 without tensors. By default
 * normType 2, errorIfNonfinite false.
 * @throws {ArgumentError} when something is no tensor of this API, `normType` is NaN, an option is unknown, or, with
 * `errorIfNonfinite`, the norm is not finite or the device only reads asynchronously.
 * @throws {DTypeError} when a tensor is not float.
 * @throws {ShapeError} when a tensor is empty and `normType` infinite.
 * @throws {LifetimeError} when a tensor was disposed, or, with `errorIfNonfinite`, in a step that is being compiled.
 * @see torch.nn.utils.get_total_norm
 */
export function getTotalNorm(tensors: Parameters, options: TotalNormOptions = {}): Tensor {
  checkOptions("getTotalNorm", options, TOTAL_NORM);
  const list = listed("getTotalNorm", tensors);
  return asTensor(core.noGrad(() => core.scope(() => totalNorm("getTotalNorm", list, options))));
}

/** Gives every gradient a new value. */
function update(op: string, parameters: readonly Tensor[], fn: (grad: Tensor) => CoreTensor): void {
  for (const p of parameters) {
    const grad = p.grad;
    if (grad === null) continue;
    core.requireFloat(op, grad);
    grad.assign_(core.cast(fn(grad), grad.dtype));
  }
}

/**
 * Scales the gradients of parameters of any shapes, in place, so that their total norm is at most `maxNorm`: by
 * maxNorm/(norm + 1e-6) where that is below 1. Gives the norm before, a scalar, without reading it. Parameters without
 * gradient are left out. By default normType 2, errorIfNonfinite false.
 * @throws {ArgumentError} when something is no tensor of this API, `maxNorm` or `normType` is no number, an option is
 * unknown, or, with `errorIfNonfinite`, the norm is not finite or the device only reads asynchronously.
 * @throws {DTypeError} when a gradient is not float.
 * @throws {LifetimeError} when a gradient was disposed, or, with `errorIfNonfinite`, in a step that is being compiled.
 * @see torch.nn.utils.clip_grad_norm_, Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
 */
export function clipGradNorm_(
  parameters: Parameters,
  maxNorm: number,
  options: TotalNormOptions = {},
): Tensor {
  checkValue("clipGradNorm_", "maxNorm", maxNorm, NUMBER);
  checkOptions("clipGradNorm_", options, TOTAL_NORM);
  const list = listed("clipGradNorm_", parameters);
  return core.noGrad(() =>
    core.scope(() => {
      const grads = list.map((p) => p.grad).filter((g) => g !== null);
      const norm = totalNorm("clipGradNorm_", grads, options);
      const factor = core.clip(core.div(maxNorm, core.add(norm, 1e-6)), null, 1);
      update("clipGradNorm_", list, (grad) => core.mul(grad, core.cast(factor, grad.dtype)));
      return asTensor(norm);
    }),
  );
}

/**
 * Limits every element of the gradients of parameters of any shapes, in place, to −`clipValue` … `clipValue`.
 * Parameters without gradient are left out.
 * @throws {ArgumentError} when something is no tensor of this API, or `clipValue` is negative or no number.
 * @throws {DTypeError} when a gradient is not float.
 * @throws {LifetimeError} when a gradient was disposed.
 * @see torch.nn.utils.clip_grad_value_
 */
export function clipGradValue_(parameters: Parameters, clipValue: number): void {
  checkValue("clipGradValue_", "clipValue", clipValue, NOT_NEGATIVE);
  const list = listed("clipGradValue_", parameters);
  core.noGrad(() =>
    core.scope(() => update("clipGradValue_", list, (grad) => core.clip(grad, -clipValue, clipValue))),
  );
}

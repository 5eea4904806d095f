// Functional gradients over the same rules as the tape: grad, valueAndGrad, vjp; they nest.
import { ArgumentError, ShapeError } from "../errors.js";
import { scope } from "../tensor/scope.js";
import { describe, Tensor } from "../tensor/tensor.js";
import { zerosLike } from "../ops/prims/source.js";
import { ambient, TRACK_TAPE, updateMask } from "./ambient.js";
import { backward } from "./tape.js";

/** A function of tensors to one tensor. */
export type TensorFn = (...args: Tensor[]) => Tensor;

/** A leaf with the same value as `t`, watched on its own; it does not hide `t`'s own history from outer gradients. */
function watched(t: Tensor): Tensor {
  if (t._track & TRACK_TAPE || t._node) return t;
  const Class = t._resultClass();
  const storage = t._storage;
  if (storage) storage.refs++;
  const leaf = new Class({
    shape: t.shape,
    dtype: t.dtype,
    storage,
    strides: t._strides,
    offset: t._offset,
    traced: t._traced,
  });
  leaf._track = t._track | TRACK_TAPE;
  ambient.scope?.own(leaf);
  return leaf;
}

function differentiate(
  fn: TensorFn,
  args: readonly Tensor[],
  argnums: readonly number[],
): [Tensor, Tensor[]] {
  return scope((): [Tensor, Tensor[]] => {
    const nested = ambient.tapes > 0;
    const leaves = args.map((t, i) => (argnums.includes(i) ? watched(t) : t));
    ambient.tapes++;
    updateMask();
    let value: Tensor;
    try {
      value = fn(...leaves);
    } finally {
      ambient.tapes--;
      updateMask();
    }
    if (!(value instanceof Tensor) || value.size !== 1) {
      throw new ShapeError("the differentiated function must return a one-element tensor", {
        code: "autograd/not-scalar",
        op: "grad",
        inputs: value instanceof Tensor ? [describe(value)] : [],
        hint: "reduce the result with sum or mean",
      });
    }
    const sources = argnums.map((i) => leaves[i]!);
    const found = backward([value], [null], { sources }, { createGraph: nested, retainGraph: nested });
    return [value, sources.map((s) => found.get(s) ?? zerosLike(s))];
  });
}

function checkArgnums(args: readonly Tensor[], argnums: readonly number[]): void {
  for (const i of argnums) {
    if (!(args[i] instanceof Tensor)) {
      throw new ArgumentError(`argument ${i} is not a tensor`, {
        code: "autograd/argnum",
        op: "grad",
        hint: "list the positions of tensor arguments",
      });
    }
  }
}

/**
 * The gradient of a scalar function with respect to the arguments `argnums` (default: the first). Gradients have the
 * shapes of their arguments, zeros where there is no dependence. Nests for higher derivatives.
 * @throws ShapeError when `fn` does not return one element
 */
export function grad(fn: TensorFn, argnums?: number): (...args: Tensor[]) => Tensor;
export function grad(fn: TensorFn, argnums: readonly number[]): (...args: Tensor[]) => Tensor[];
export function grad(
  fn: TensorFn,
  argnums: number | readonly number[] = 0,
): (...args: Tensor[]) => Tensor | Tensor[] {
  const both = valueAndGrads(fn, typeof argnums === "number" ? [argnums] : argnums);
  return (...args) => {
    const [value, grads] = both(...args);
    value.dispose();
    return typeof argnums === "number" ? grads[0]! : grads;
  };
}

/** Value and gradient of a scalar function with respect to its first argument. */
export function valueAndGrad(fn: TensorFn): (...args: Tensor[]) => [Tensor, Tensor] {
  const both = valueAndGrads(fn, [0]);
  return (...args) => {
    const [value, grads] = both(...args);
    return [value, grads[0]!];
  };
}

/** Value and gradients of a scalar function with respect to several arguments. */
export function valueAndGrads(
  fn: TensorFn,
  argnums: readonly number[],
): (...args: Tensor[]) => [Tensor, Tensor[]] {
  return (...args) => {
    checkArgnums(args, argnums);
    return differentiate(fn, args, argnums);
  };
}

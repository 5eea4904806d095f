// Functional gradients over the same rules as the tape: grad, valueAndGrad, vjp; they nest.
import { ArgumentError, ShapeError } from "../errors.js";
import { broadcastToOp } from "../ops/prims/movement.js";
import { zerosLike } from "../ops/prims/source.js";
import { detach } from "../tensor/alias.js";
import { scope } from "../tensor/scope.js";
import { describe, Tensor } from "../tensor/tensor.js";
import { ambient, TRACK_TAPE, updateMask } from "./ambient.js";
import { bind } from "./bind.js";
import { backward } from "./tape.js";

/** A function of tensors to one tensor. */
export type TensorFn = (...args: Tensor[]) => Tensor;

/**
 * A variable of its own with the value of `t`: what is differentiated. An outer recording of `t` sees it as an
 * identity op, so that inner and outer derivatives by the same tensor stay apart.
 */
function watched(t: Tensor): Tensor {
  const variable = t._track & ambient.mask ? bind(broadcastToOp, [t], { shape: t.shape })[0] : detach(t);
  variable._track |= TRACK_TAPE;
  return variable;
}

/** Runs `fn` with recording on, even inside `noGrad`. */
function recorded(fn: () => Tensor): Tensor {
  const before = ambient.gradEnabled;
  ambient.gradEnabled = true;
  ambient.tapes++;
  updateMask();
  try {
    return fn();
  } finally {
    ambient.gradEnabled = before;
    ambient.tapes--;
    updateMask();
  }
}

function differentiate(
  fn: TensorFn,
  args: readonly Tensor[],
  argnums: readonly number[],
): [Tensor, Tensor[]] {
  return scope((): [Tensor, Tensor[]] => {
    const nested = ambient.tapes > 0 && ambient.gradEnabled;
    const variables = args.map((t, i) => (argnums.includes(i) ? watched(t) : t));
    const value = recorded(() => fn(...variables));
    if (!(value instanceof Tensor) || value.size !== 1) {
      throw new ShapeError("the differentiated function must return a one-element tensor", {
        code: "autograd/not-scalar",
        op: "grad",
        inputs: value instanceof Tensor ? [describe(value)] : [],
        hint: "reduce the result with sum or mean",
      });
    }
    const sources = argnums.map((i) => variables[i]!);
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
 * The gradient of a scalar function with respect to the arguments `argnums` (default: the first). Gradients
 * have the shapes of their arguments, zeros where there is no dependence. Nests for higher derivatives.
 * `grad` itself never throws; the function that it returns does:
 * @throws {ShapeError} when `fn` does not return one element
 * @throws {ArgumentError} when a named argument is not a tensor, or the result of `fn` not of a float dtype
 * @throws {LifetimeError} when a value that the gradient needs was changed in place
 * @throws {UnsupportedOpError} when an op on the way has no gradient rule
 * @see jax.grad, torch.func.grad
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

/**
 * Value and gradient of a scalar function with respect to its first argument, in that argument's shape. The
 * errors are those of `grad` and come, as there, when the returned function is called.
 * @throws {ShapeError} when `fn` does not return one element
 * @throws {ArgumentError} when the first argument is not a tensor, or the result of `fn` not of a float dtype
 * @see jax.value_and_grad, torch.func.grad_and_value
 */
export function valueAndGrad(fn: TensorFn): (...args: Tensor[]) => [Tensor, Tensor] {
  const both = valueAndGrads(fn, [0]);
  return (...args) => {
    const [value, grads] = both(...args);
    return [value, grads[0]!];
  };
}

/**
 * Value and gradients of a scalar function with respect to the arguments `argnums`, each in its argument's
 * shape. The errors are those of `grad` and come, as there, when the returned function is called.
 * @throws {ShapeError} when `fn` does not return one element
 * @throws {ArgumentError} when a named argument is not a tensor, or the result of `fn` not of a float dtype
 * @see jax.value_and_grad with `argnums`
 */
export function valueAndGrads(
  fn: TensorFn,
  argnums: readonly number[],
): (...args: Tensor[]) => [Tensor, Tensor[]] {
  return (...args) => {
    checkArgnums(args, argnums);
    return differentiate(fn, args, argnums);
  };
}

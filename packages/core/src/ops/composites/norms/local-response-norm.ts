// localResponseNorm: division by a power of the energy of neighbouring channels.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError, checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { requireFloat, shapeError } from "../../infer.js";
import { add, div, mul, pow, sub } from "../../prims/binary.js";
import { reshape } from "../../prims/movement.js";
import { cast } from "../../prims/select.js";
import { reduceWindow } from "../../prims/window.js";
import { defineOp, type Op } from "../../table.js";
import { requireCount, requireNumber, requirePositive } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { inFloat32, wide } from "../common/precision.js";

interface LocalResponseNormAttrs {
  readonly size: number;
  /** Channels before a channel that count; size − 1 − before count after it. */
  readonly before: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}
declare module "../../table.js" {
  interface OpTable {
    localResponseNorm: UnaryEntry<LocalResponseNormAttrs>;
  }
}

/** Sums over `before` channels before and the rest of `size` after each channel of x [N, C, ...]. */
function channelSums(x: Tensor, size: number, before: number): Tensor {
  const [n, c] = [x.shape[0]!, x.shape[1]!];
  const plane = x.size === 0 ? 0 : x.size / (n * c);
  const sums = reduceWindow(reshape(x, [n, c, plane]), {
    kind: "sum",
    window: [size, 1],
    padding: [
      [before, size - 1 - before],
      [0, 0],
    ],
  });
  return reshape(sums, x.shape);
}

/** k + alpha/size·Σ x². */
function base(x: Tensor, { size, before, alpha, k }: LocalResponseNormAttrs): Tensor {
  return add(mul(channelSums(mul(x, x), size, before), alpha / size), k);
}

/** The `localResponseNorm` composite. */
export const localResponseNormOp: Op<"localResponseNorm"> = defineOp("localResponseNorm", {
  saves: "inputs",
  infer: ([x]) => {
    requireFloat("localResponseNorm", x);
    if (x.shape.length < 2)
      throw shapeError("localResponseNorm", "x has no channels", [x], "x is [N, C, ...]");
    return [x];
  },
  decompose: ([x], attrs) => [
    inFloat32(x, (v) => (v.size === 0 ? mul(v, 1) : div(v, pow(base(v, attrs), attrs.beta)))),
  ],
  vjp: ({ inputs: [x], attrs, grads: [g] }) => {
    if (g === null) return [null];
    if (x.size === 0) return [g];
    const [v, h] = [wide(x), wide(g)];
    const { size, before, alpha, beta } = attrs;
    const d = base(v, attrs);
    const power = pow(d, -beta);
    // Σ over the windows that contain a channel: the mirrored window.
    const spread = channelSums(div(mul(mul(h, v), power), d), size, size - 1 - before);
    return [cast(sub(mul(h, power), mul(mul(v, spread), (2 * alpha * beta) / size)), x.dtype)];
  },
});

/** Options of `localResponseNorm`; the defaults are PyTorch's. */
export interface LocalResponseNormOptions {
  /** Number of channels that count. */
  readonly size: number;
  /** Of these, how many before the channel itself: default ⌊size/2⌋ (PyTorch); ONNX takes ⌊(size−1)/2⌋. */
  readonly before?: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

/**
 * x / (k + alpha/size · Σ x²)^beta with the sum over neighbouring channels of x `[N, C, ...]`, in x's shape.
 * Defaults: alpha 1e-4, beta 0.75, k 1.
 * @throws {ShapeError} when x has no channels
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `size` is not a positive integer, `before` not an integer from 0 to size − 1,
 *   another number is NaN, or an option is unknown
 * @see Krizhevsky et al. 2012, torch.nn.functional.local_response_norm, ONNX LRN
 */
export function localResponseNorm(x: Tensor, options: LocalResponseNormOptions): Tensor {
  const op = "localResponseNorm";
  checkOptions(op, options, ["size", "before", "alpha", "beta", "k"]);
  const size = requirePositive(op, "size", options.size);
  const before = requireCount(op, "before", options.before ?? Math.floor(size / 2));
  if (before >= size) {
    throw new ArgumentError(`before ${before} is not below size ${size}`, {
      code: "argument/invalid",
      op,
      hint: "the window holds the channel itself and at most size - 1 others",
    });
  }
  const attrs = {
    size,
    before,
    alpha: requireNumber(op, "alpha", options.alpha ?? 1e-4),
    beta: requireNumber(op, "beta", options.beta ?? 0.75),
    k: requireNumber(op, "k", options.k ?? 1),
  };
  return bind(localResponseNormOp, [x], attrs)[0];
}

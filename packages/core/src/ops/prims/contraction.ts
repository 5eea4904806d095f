// Contractions: batched matmul and n-d convolution, with gradients that are contractions again.
import { bind } from "../../dispatch/bind.js";
import { checkOptions } from "../../errors.js";
import type { ConvAttrs } from "../../runtime/backend.js";
import { scope } from "../../tensor/scope.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastShapes, sameShape, sizeOf } from "../../tensor/view.js";
import { promoteAll } from "../broadcast.js";
import { requireNumeric, requireOneDType, shapeError } from "../infer.js";
import { requirePairs, requirePositive, requirePositives } from "../composites/common/arguments.js";
import { filled } from "../composites/common/shapes.js";
import { definePrim, type Op, type TensorSpec } from "../table.js";
import { broadcastTo, flip, reshape, transpose } from "./movement.js";

declare module "../table.js" {
  interface OpTable {
    matmul: { readonly tier: "prim"; readonly in: readonly ["a", "b"]; readonly attrs: object };
    conv: { readonly tier: "prim"; readonly in: readonly ["x", "w"]; readonly attrs: ConvAttrs };
  }
}

/** The `matmul` primitive: rank ≥ 2, equal batch axes. */
export const matmulOp: Op<"matmul"> = definePrim("matmul", {
  family: "matmul",
  saves: "inputs",
  infer: ([a, b]) => {
    requireOneDType("matmul", [a, b]);
    requireNumeric("matmul", a);
    const rank = a.shape.length;
    const batch = a.shape.slice(0, -2);
    if (rank < 2 || b.shape.length !== rank || !sameShape(batch, b.shape.slice(0, -2))) {
      throw shapeError(
        "matmul",
        "the batch axes differ",
        [a, b],
        "both need rank >= 2 and equal leading axes",
      );
    }
    const k = a.shape[rank - 1]!;
    if (b.shape[rank - 2] !== k) {
      throw shapeError(
        "matmul",
        `inner sizes ${k} and ${b.shape[rank - 2]} differ`,
        [a, b],
        "need [.., m, k] x [.., k, n]",
      );
    }
    return [{ shape: [...batch, a.shape[rank - 2]!, b.shape[rank - 1]!], dtype: a.dtype }];
  },
  lower: (k, [a, b], [out]) => k.matmul(a, b, out),
  vjp: ({ inputs: [a, b], grads: [g], needs }) => {
    if (g === null) return [null, null];
    return [
      needs[0] ? bind(matmulOp, [g, swapLast(b)], {})[0] : null,
      needs[1] ? bind(matmulOp, [swapLast(a), g], {})[0] : null,
    ];
  },
});

/**
 * x with its last two axes swapped, `[.., m, n]` -> `[.., n, m]`; a view.
 * @throws {ArgumentError} when x has fewer than two axes
 * @see torch.Tensor.mT
 */
export function swapLast(x: Tensor): Tensor {
  const perm = x.shape.map((_, i) => i);
  perm.splice(-2, 2, x.rank - 1, x.rank - 2);
  return transpose(x, perm);
}

/**
 * Matrix product by NumPy's rule: 1-d operands are vectors, leading axes broadcast, dtypes are promoted.
 * `[.., m, k] x [.., k, n] -> [.., m, n]`.
 * @throws {ShapeError} when an operand is a scalar, the inner sizes differ, or the leading axes do not
 *   broadcast
 * @throws {DTypeError} when both are bool
 * @see numpy.matmul, torch.matmul, ONNX MatMul
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return scope(() => product(a, b));
}

function product(a: Tensor, b: Tensor): Tensor {
  let [x, y] = promoteAll("matmul", [a, b]) as [Tensor, Tensor];
  if (a.rank === 0 || b.rank === 0) {
    throw shapeError("matmul", "a scalar has no matrix product", [a, b], "use mul for scalars");
  }
  const vectorA = x.rank === 1;
  const vectorB = y.rank === 1;
  if (vectorA) x = reshape(x, [1, x.shape[0]!]);
  if (vectorB) y = reshape(y, [y.shape[0]!, 1]);
  const out = batched(x, y, [a, b]);
  if (!vectorA && !vectorB) return out;
  const shape = out.shape.filter(
    (_, i) => !(vectorA && i === out.rank - 2) && !(vectorB && i === out.rank - 1),
  );
  return reshape(out, shape);
}

function batched(x: Tensor, y: Tensor, given: readonly TensorSpec[]): Tensor {
  if (y.rank === 2 && x.rank > 2) {
    const rows = x.shape.slice(0, -1);
    const flat = reshape(x, [sizeOf(rows), x.shape[x.rank - 1]!]);
    return reshape(bind(matmulOp, [flat, y], {})[0], [...rows, y.shape[1]!]);
  }
  const batch = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2));
  if (batch === null) {
    throw shapeError(
      "matmul",
      "the batch axes cannot be broadcast",
      given,
      "leading sizes must be equal or 1",
    );
  }
  const bx = broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  const by = broadcastTo(y, [...batch, ...y.shape.slice(-2)]);
  return bind(matmulOp, [bx, by], {})[0];
}

/** Size of one axis after dilation. */
const dilated = (n: number, step: number): number => (n === 0 ? 0 : (n - 1) * step + 1);

/** The `conv` primitive: x `[N, C, ...spatial]`, w `[O, C/groups, ...kernel]`. */
export const convOp: Op<"conv"> = definePrim("conv", {
  family: "conv",
  saves: "inputs",
  infer: ([x, w], attrs) => {
    requireOneDType("conv", [x, w]);
    requireNumeric("conv", x);
    const spatial = x.shape.length - 2;
    const { strides, padding, lhsDilation, rhsDilation, groups } = attrs;
    const lengths = [strides.length, padding.length, lhsDilation.length, rhsDilation.length];
    if (spatial < 1 || w.shape.length !== x.shape.length || lengths.some((n) => n !== spatial)) {
      const hint =
        "x is [N, C, ...spatial], w is [O, C/groups, ...kernel], one attribute entry per spatial axis";
      throw shapeError("conv", "the ranks do not fit", [x, w], hint, attrs);
    }
    const [channels, outputs, perGroup] = [x.shape[1]!, w.shape[0]!, w.shape[1]!];
    if (channels !== perGroup * groups || outputs % groups !== 0) {
      const hint = `w needs [O, ${channels / groups}, ...] with O a multiple of ${groups}`;
      throw shapeError(
        "conv",
        `${channels} channels in ${groups} groups do not fit the kernel`,
        [x, w],
        hint,
        attrs,
      );
    }
    const shape = [x.shape[0]!, outputs];
    for (let i = 0; i < spatial; i++) {
      const [low, high] = padding[i]!;
      const size = dilated(x.shape[i + 2]!, lhsDilation[i]!) + low + high;
      const kernel = dilated(w.shape[i + 2]!, rhsDilation[i]!);
      const n = Math.floor((size - kernel) / strides[i]!) + 1;
      if (kernel === 0 || n < 0 || (n === 0 && size < kernel - strides[i]!)) {
        throw shapeError(
          "conv",
          `the kernel is larger than the padded input on spatial axis ${i}`,
          [x, w],
          "pad more or use a smaller kernel",
          attrs,
        );
      }
      shape.push(Math.max(0, n));
    }
    return [{ shape, dtype: x.dtype }];
  },
  lower: (k, [x, w], [out], attrs) => k.conv(x, w, out, attrs),
  vjp: ({ inputs: [x, w], attrs, grads: [g], needs }) => {
    if (g === null) return [null, null];
    return [
      needs[0] ? convInputGrad(x, w, g, attrs) : null,
      needs[1] ? convKernelGrad(x, w, g, attrs) : null,
    ];
  },
});

function convInputGrad(x: Tensor, w: Tensor, g: Tensor, a: ConvAttrs): Tensor {
  const kernel = w.shape.slice(2);
  const spatialAxes = kernel.map((_, i) => i + 2);
  const [o, i] = [w.shape[0]!, w.shape[1]!];
  const grouped = reshape(w, [a.groups, o / a.groups, i, ...kernel]);
  const swapped = transpose(grouped, [0, 2, 1, ...kernel.map((_, d) => d + 3)]);
  const wt = flip(reshape(swapped, [a.groups * i, o / a.groups, ...kernel]), spatialAxes);
  const padding = kernel.map((k, d): [number, number] => {
    const reach = a.rhsDilation[d]! * (k - 1);
    const low = reach - a.padding[d]![0];
    const size = dilated(x.shape[d + 2]!, a.lhsDilation[d]!);
    return [low, size + reach - dilated(g.shape[d + 2]!, a.strides[d]!) - low];
  });
  return bind(convOp, [g, wt], {
    strides: a.lhsDilation,
    padding,
    lhsDilation: a.strides,
    rhsDilation: a.rhsDilation,
    groups: a.groups,
  })[0];
}

function convKernelGrad(x: Tensor, w: Tensor, g: Tensor, a: ConvAttrs): Tensor {
  const spatial = x.shape.slice(2);
  const axes = spatial.map((_, d) => d + 2);
  const [n, c] = [x.shape[0]!, x.shape[1]!];
  const perGroup = c / a.groups;
  const grouped = reshape(x, [n, a.groups, perGroup, ...spatial]);
  const swapped = transpose(grouped, [2, 1, 0, ...spatial.map((_, d) => d + 3)]);
  const lhs = reshape(swapped, [perGroup, a.groups * n, ...spatial]);
  const rhs = transpose(g, [1, 0, ...axes]);
  const padding = spatial.map((size, d): [number, number] => {
    const low = a.padding[d]![0];
    const need = a.rhsDilation[d]! * (w.shape[d + 2]! - 1) + dilated(g.shape[d + 2]!, a.strides[d]!);
    return [low, need - dilated(size, a.lhsDilation[d]!) - low];
  });
  const out = bind(convOp, [lhs, rhs], {
    strides: a.rhsDilation,
    padding,
    lhsDilation: a.lhsDilation,
    rhsDilation: a.strides,
    groups: a.groups,
  })[0];
  return transpose(out, [1, 0, ...axes]);
}

/** Options of `conv`; missing ones are 1, no padding, one group. */
export interface ConvOptions {
  readonly strides?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly lhsDilation?: readonly number[];
  readonly rhsDilation?: readonly number[];
  readonly groups?: number;
}

/**
 * `ConvOptions` with defaults, checked against the number of spatial axes.
 * @throws {ArgumentError} when an entry is missing or out of range, or an option is unknown
 */
export function resolveConvOptions(op: string, spatial: number, options: ConvOptions): ConvAttrs {
  checkOptions(op, options, ["strides", "padding", "lhsDilation", "rhsDilation", "groups"]);
  const ones = filled(spatial, 1);
  return {
    strides: requirePositives(op, "strides", options.strides ?? ones, spatial),
    padding: requirePairs(op, "padding", options.padding ?? ones.map(() => [0, 0] as const), spatial, true),
    lhsDilation: requirePositives(op, "lhsDilation", options.lhsDilation ?? ones, spatial),
    rhsDilation: requirePositives(op, "rhsDilation", options.rhsDilation ?? ones, spatial),
    groups: requirePositive(op, "groups", options.groups ?? 1),
  };
}

/**
 * N-d cross-correlation of x `[N, C, ...spatial]` with w `[O, C/groups, ...kernel]` (what frameworks call
 * convolution), `[N, O, ...places]` with ⌊(size + low + high − (k − 1)·rhsDilation − 1)/stride⌋ + 1 places
 * per spatial axis, the size being (n − 1)·lhsDilation + 1. `lhsDilation` spreads the input, which makes it a
 * transposed convolution.
 * @throws {ShapeError} when ranks, channels or groups do not fit, or the kernel is larger than the padded
 *   input
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} unless strides, dilations and groups are positive integers and padding pairs of
 *   integers, one per spatial axis, or when an option is unknown
 * @see StableHLO convolution, jax.lax.conv_general_dilated
 */
export function conv(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  const attrs = resolveConvOptions("conv", Math.max(0, x.rank - 2), options);
  const [a, b] = promoteAll("conv", [x, w]) as [Tensor, Tensor];
  return bind(convOp, [a, b], attrs)[0];
}

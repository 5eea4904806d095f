// Window primitives: reduceWindow (pooling) and selectAndScatter (the gradient of max pooling).
import { bind } from "../../dispatch/bind.js";
import { checkOptions, UnsupportedOpError } from "../../errors.js";
import type { ReduceKind, WindowAttrs } from "../../runtime/backend.js";
import { isFloat } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sizeOf } from "../../tensor/view.js";
import { requireOneOf, requirePairs, requirePositives } from "../composites/common/arguments.js";
import { filled } from "../composites/common/shapes.js";
import { requireNumeric, requireOneDType, shapeError } from "../infer.js";
import { definePrim, type Op, type TensorSpec } from "../table.js";
import { mul } from "./binary.js";
import { eq } from "./compare.js";
import { broadcastTo, concat, pad, reshape, slice } from "./movement.js";
import { argmax, argmin, REDUCE_KINDS, sum } from "./reduce.js";
import { cast } from "./select.js";
import { iota } from "./source.js";

declare module "../table.js" {
  interface OpTable {
    reduceWindow: {
      readonly tier: "prim";
      readonly in: readonly ["x"];
      readonly attrs: WindowAttrs & { readonly kind: ReduceKind };
    };
    selectAndScatter: {
      readonly tier: "prim";
      readonly in: readonly ["x", "source"];
      readonly attrs: WindowAttrs & { readonly kind: "max" | "min" };
    };
  }
}

function windowShape(op: string, x: TensorSpec, a: WindowAttrs): number[] {
  const lead = x.shape.length - a.window.length;
  const same = [a.strides, a.padding, a.dilation].every((l) => l.length === a.window.length);
  const positive = [...a.window, ...a.strides, ...a.dilation].every((n) => Number.isInteger(n) && n >= 1);
  const padded = a.padding.every(([l, h]) => Number.isInteger(l) && Number.isInteger(h) && l >= 0 && h >= 0);
  if (lead < 0 || !same || !positive || !padded) {
    throw shapeError(
      op,
      "the window does not fit the input",
      [x],
      "one positive entry per window axis, padding >= 0",
      a,
    );
  }
  return x.shape.map((n, i) => {
    if (i < lead) return n;
    const d = i - lead;
    const size = n + a.padding[d]![0] + a.padding[d]![1];
    const reach = (a.window[d]! - 1) * a.dilation[d]! + 1;
    if (size < reach)
      throw shapeError(
        op,
        `the window is larger than the padded axis ${i}`,
        [x],
        "pad more or use a smaller window",
        a,
      );
    return Math.floor((size - reach) / a.strides[d]!) + 1;
  });
}

/** The `reduceWindow` primitive. */
export const reduceWindowOp: Op<"reduceWindow"> = definePrim("reduceWindow", {
  family: "reduceWindow",
  saves: "inputs",
  infer: ([x], attrs) => {
    requireNumeric("reduceWindow", x);
    return [{ shape: windowShape("reduceWindow", x, attrs), dtype: x.dtype }];
  },
  lower: (k, [x], [out], attrs) => k.reduceWindow(attrs.kind, x, out, attrs),
  vjp: ({ inputs: [x], attrs, grads: [g] }) => {
    if (g === null) return [null];
    if (attrs.kind === "sum") return [windowSumGrad(x, g, attrs)];
    if (attrs.kind === "prod") {
      throw new UnsupportedOpError("a window product has no gradient rule", {
        code: "autograd/not-differentiable",
        op: "reduceWindow",
        hint: "use exp of a window sum of logs",
      });
    }
    const { window, strides, padding, dilation, kind } = attrs;
    return [bind(selectAndScatterOp, [x, g], { window, strides, padding, dilation, kind })[0]];
  },
});

/** Every input gets the gradients of the windows it is in: a window sum over the spread-out gradient. */
function windowSumGrad(x: Tensor, g: Tensor, a: WindowAttrs): Tensor {
  const lead = x.rank - a.window.length;
  const unpadded = a.padding.every(([low, high]) => low + high === 0);
  if (unpadded && a.window.every((k, d) => k === x.shape[lead + d])) return broadcastTo(g, x.shape);
  const zeros = new Array<number>(lead).fill(0);
  const interior = [...zeros, ...a.strides.map((s) => s - 1)];
  const low = [...zeros];
  const high = [...zeros];
  const start = [...zeros];
  a.window.forEach((k, d) => {
    const reach = (k - 1) * a.dilation[d]!;
    const before = reach - a.padding[d]![0];
    const m = g.shape[lead + d]!;
    const after = x.shape[lead + d]! + reach - ((m - 1) * a.strides[d]! + 1) - before;
    low.push(Math.max(0, before));
    high.push(Math.max(0, after));
    start.push(Math.max(0, -before));
  });
  const spread = pad(g, { low, high, interior });
  const cropped = slice(
    spread,
    start,
    spread.shape.map((n, i) =>
      i < lead ? n : Math.min(n, start[i]! + x.shape[i]! + (a.window[i - lead]! - 1) * a.dilation[i - lead]!),
    ),
  );
  const ones = a.window.map(() => 1);
  return reduceWindow(cropped, { kind: "sum", window: a.window, strides: ones, dilation: a.dilation });
}

/** The `selectAndScatter` primitive. */
export const selectAndScatterOp: Op<"selectAndScatter"> = definePrim("selectAndScatter", {
  family: "selectAndScatter",
  saves: "inputs",
  infer: ([x, source], attrs) => {
    requireOneDType("selectAndScatter", [x, source]);
    requireNumeric("selectAndScatter", x);
    const shape = windowShape("selectAndScatter", x, attrs);
    if (shape.some((n, i) => n !== source.shape[i]) || shape.length !== source.shape.length) {
      throw shapeError(
        "selectAndScatter",
        `the source must be [${shape.join(",")}]`,
        [x, source],
        "one entry per window",
      );
    }
    return [x];
  },
  lower: (k, [x, source], [out], attrs) => k.selectAndScatter(attrs.kind, x, source, out, attrs),
  vjp: ({ inputs: [x], attrs, grads: [g], needs }) => [
    null,
    g && needs[1] ? gatherSelected(x, g, attrs) : null,
  ],
});

/** The entries of `g` (shape of x) at the places that the windows over x select. */
function gatherSelected(x: Tensor, g: Tensor, a: WindowAttrs & { readonly kind: "max" | "min" }): Tensor {
  const worst = a.kind === "max" ? -Infinity : Infinity;
  const patches = windowPatches(x, a, isFloat(x.dtype) ? worst : 0);
  const chosen =
    a.kind === "max" ? argmax(patches, 0, { keepDims: true }) : argmin(patches, 0, { keepDims: true });
  const hit = cast(eq(iota(patches.shape, 0), chosen), g.dtype);
  return sum(mul(windowPatches(g, a, 0), hit), [0]);
}

/**
 * The elements of every window stacked on a new first axis, in row-major window order: x
 * `[..lead, ..spatial]` gives `[∏window, ..lead, ..places]`; padding has the value `fill`.
 * @throws {ShapeError} when the window is larger than a padded axis, or an entry is missing or not positive
 */
export function windowPatches(x: Tensor, a: WindowAttrs, fill: number | bigint): Tensor {
  const lead = x.rank - a.window.length;
  const zeros = new Array<number>(lead).fill(0);
  const padded = pad(x, {
    low: [...zeros, ...a.padding.map(([l]) => l)],
    high: [...zeros, ...a.padding.map(([, h]) => h)],
    value: fill,
  });
  const out = windowShape("windowPatches", x, a);
  const count = sizeOf(a.window);
  const parts: Tensor[] = [];
  for (let i = 0; i < count; i++) {
    let rest = i;
    const at = new Array<number>(a.window.length);
    for (let d = a.window.length - 1; d >= 0; d--) {
      at[d] = (rest % a.window[d]!) * a.dilation[d]!;
      rest = Math.floor(rest / a.window[d]!);
    }
    const starts = [...zeros, ...at];
    const steps = [...zeros.map(() => 1), ...a.strides];
    const ends = starts.map((s, j) => (out[j] === 0 ? s : s + (out[j]! - 1) * steps[j]! + 1));
    parts.push(reshape(slice(padded, starts, ends, steps), [1, ...out]));
  }
  return concat(parts, 0);
}

/** Options of `reduceWindow`; missing ones are stride 1, no padding, no dilation. */
export interface WindowOptions {
  readonly kind: ReduceKind;
  readonly window: readonly number[];
  readonly strides?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
  readonly dilation?: readonly number[];
}

/**
 * Sum, product, maximum or minimum of every window over the last `window.length` axes, any leading axes;
 * padding counts as the neutral element. ⌊(n + low + high − (w − 1)·dilation − 1)/stride⌋ + 1 windows per
 * axis of size n. The gradient of max and min goes to the first extremum of a window.
 * @throws {ShapeError} when the window is larger than a padded axis, or has more axes than x
 * @throws {ArgumentError} when there is no such kind, an entry is missing or not positive, or an option is
 *   unknown
 * @throws {DTypeError} for bool
 * @throws {UnsupportedOpError} in the backward pass of a product
 * @see StableHLO reduce_window, jax.lax.reduce_window
 */
export function reduceWindow(x: Tensor, options: WindowOptions): Tensor {
  checkOptions("reduceWindow", options, ["kind", "window", "strides", "padding", "dilation"]);
  const kind = requireOneOf("reduceWindow", "kind", options.kind, REDUCE_KINDS);
  const window = requirePositives("reduceWindow", "window", options.window);
  const n = window.length;
  const ones = filled(n, 1);
  return bind(reduceWindowOp, [x], {
    kind,
    window,
    strides: requirePositives("reduceWindow", "strides", options.strides ?? ones, n),
    padding: requirePairs("reduceWindow", "padding", options.padding ?? ones.map(() => [0, 0] as const), n),
    dilation: requirePositives("reduceWindow", "dilation", options.dilation ?? ones, n),
  })[0];
}

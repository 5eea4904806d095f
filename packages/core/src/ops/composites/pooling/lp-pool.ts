// lpPool: the p-norm of every window.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { requireFloat } from "../../infer.js";
import { mul, pow } from "../../prims/binary.js";
import { eq } from "../../prims/compare.js";
import { cast, where } from "../../prims/select.js";
import { abs, sign } from "../../prims/unary.js";
import { reduceWindow, reduceWindowOp } from "../../prims/window.js";
import { defineOp, type Op } from "../../table.js";
import { requirePositiveNumber } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { inFloat32, wide } from "../common/precision.js";
import { pooledShape, resolvePool, windowOf, type PoolAttrs, type PoolOptions } from "./window.js";

declare module "../../table.js" {
  interface OpTable {
    lpPool: UnaryEntry<PoolAttrs & { readonly p: number }>;
  }
}

/** The `lpPool` composite. */
export const lpPoolOp: Op<"lpPool"> = defineOp("lpPool", {
  saves: "both",
  infer: ([x], attrs) => {
    requireFloat("lpPool", x);
    return [{ shape: pooledShape(x, attrs), dtype: x.dtype }];
  },
  decompose: ([x], attrs) => [
    inFloat32(x, (v) => {
      const sums = reduceWindow(pow(abs(v), attrs.p), { ...windowOf(v, attrs), kind: "sum" });
      return pow(sums, 1 / attrs.p);
    }),
  ],
  // 0 where the norm is 0.
  vjp: ({ inputs: [x], outputs: [y], attrs, grads: [g], needs }) => {
    if (g === null) return [null];
    const [v, n] = [wide(x), wide(y)];
    const zero = eq(n, 0);
    const each = where(zero, 0, mul(wide(g), pow(where(zero, 1, n), 1 - attrs.p)));
    const window = { ...windowOf(x, attrs), kind: "sum" } as const;
    const [spread] = reduceWindowOp.vjp!({ inputs: [v], outputs: [n], attrs: window, grads: [each], needs });
    const nil = eq(v, 0);
    const slope = where(nil, 0, mul(sign(v), pow(where(nil, 1, abs(v)), attrs.p - 1)));
    return [spread && cast(mul(spread, slope), x.dtype)];
  },
});

/**
 * (Σ|x|ᵖ)^(1/p), by default p = 2, of every window over the last `window.length` axes, any leading axes. The
 * gradient is 0 where the norm is 0.
 * @throws {ShapeError} when the window is larger than a padded axis
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `p` is not above 0, and as `avgPool`
 * @see ONNX LpPool, torch.nn.functional.lp_pool2d (which leaves out the absolute value)
 */
export function lpPool(x: Tensor, options: PoolOptions & { readonly p?: number }): Tensor {
  const attrs = resolvePool("lpPool", x, options, ["p"]);
  return bind(lpPoolOp, [x], { ...attrs, p: requirePositiveNumber("lpPool", "p", options.p ?? 2) })[0];
}

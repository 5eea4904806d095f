// trunc: toward zero.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { requireNumeric } from "../../infer.js";
import { lt } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { ceil, floor } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";

declare module "../../table.js" {
  interface OpTable {
    trunc: { readonly tier: "comp"; readonly in: readonly ["x"]; readonly attrs: object };
  }
}

/** The `trunc` composite. */
export const truncOp: Op<"trunc"> = defineOp("trunc", {
  infer: ([x]) => {
    requireNumeric("trunc", x);
    return [x];
  },
  decompose: ([x]) => [where(lt(x, 0), ceil(x), floor(x))],
});

/**
 * x without its fraction, toward zero, elementwise, any shape, same dtype. The derivative is 0.
 * @throws {DTypeError} when x is bool
 * @see torch.trunc, numpy.trunc
 */
export function trunc(x: Tensor): Tensor {
  return bind(truncOp, [x], {})[0];
}

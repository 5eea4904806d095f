// linear: the dense layer, x Wᵀ + b.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sizeOf } from "../../../tensor/view.js";
import { promoteAll } from "../../broadcast.js";
import { requireNumeric, requireOneDType, shapeError } from "../../infer.js";
import { add } from "../../prims/binary.js";
import { matmul, swapLast } from "../../prims/contraction.js";
import { reshape } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { defineOp, type Op } from "../../table.js";

declare module "../../table.js" {
  interface OpTable {
    linear: { readonly tier: "comp"; readonly in: readonly ["x", "w", "bias?"]; readonly attrs: object };
  }
}

/** `[..., n]` as `[rows, n]`. */
function rows(x: Tensor): Tensor {
  const n = x.shape[x.rank - 1]!;
  const lead = sizeOf(x.shape.slice(0, -1));
  return reshape(x, [lead, n]);
}

/** The `linear` composite. */
export const linearOp: Op<"linear"> = defineOp("linear", {
  saves: "inputs",
  infer: ([x, w, bias]) => {
    const all = [x, w, bias];
    requireNumeric("linear", x);
    requireOneDType("linear", bias ? [x, w, bias] : [x, w]);
    if (x.shape.length < 1 || w.shape.length !== 2) {
      throw shapeError(
        "linear",
        "x needs at least one axis and w exactly two",
        all,
        "w is [out, in], x is [..., in]",
      );
    }
    const [outputs, inputs] = [w.shape[0]!, w.shape[1]!];
    const given = x.shape[x.shape.length - 1]!;
    if (given !== inputs) {
      const hint =
        w.shape[0] === given ? "w is [out, in]: transpose it" : `the last axis of x must have size ${inputs}`;
      throw shapeError("linear", `x has ${given} features, w takes ${inputs}`, all, hint);
    }
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
      throw shapeError("linear", "the bias does not fit w", all, `the bias must be [${outputs}]`);
    }
    return [{ shape: [...x.shape.slice(0, -1), outputs], dtype: x.dtype }];
  },
  decompose: ([x, w, bias]) => {
    const y = matmul(x, swapLast(w));
    return [bias ? add(y, bias) : y];
  },
  vjp: ({ inputs: [x, w, bias], grads: [g], needs }) => {
    if (g === null) return [null, null, null];
    const flat = rows(g);
    return [
      needs[0] ? reshape(matmul(flat, w), x.shape) : null,
      needs[1] ? matmul(swapLast(flat), rows(x)) : null,
      bias && needs[2] ? sum(flat, 0) : null,
    ];
  },
});

/**
 * x Wᵀ + bias for x `[..., in]`, w `[out, in]`, bias `[out]` or null: `[..., out]`, promoted to one dtype.
 * (PyTorch's layout of w; Keras's kernel is its transpose.)
 * @throws {ShapeError} when x is a scalar, w no matrix, or the features or the bias do not fit
 * @throws {DTypeError} when all are bool
 * @see torch.nn.functional.linear, ONNX Gemm with transB
 */
export function linear(x: Tensor, w: Tensor, bias: Tensor | null = null): Tensor {
  const [a, b, c] = promoteAll("linear", bias ? [x, w, bias] : [x, w]) as [Tensor, Tensor, Tensor?];
  return bind(linearOp, [a, b, c ?? null], {})[0];
}

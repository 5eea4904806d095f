// softmaxCrossEntropy: −log softmax(logits)[label] per row, with a fused gradient.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape } from "../../../tensor/view.js";
import { requireFloat, requireInteger, shapeError } from "../../infer.js";
import { and, mul, sub } from "../../prims/binary.js";
import { ge, lt } from "../../prims/compare.js";
import { reshape } from "../../prims/movement.js";
import { max, sum } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { exp, log } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { softmax } from "../activations/softmax.js";
import { indicesAs } from "../common/indices.js";
import { wide } from "../common/precision.js";
import { gatherElements } from "../indexing/elements.js";
import { oneHot } from "../indexing/embedding.js";

declare module "../../table.js" {
  interface OpTable {
    softmaxCrossEntropy: {
      readonly tier: "comp";
      readonly in: readonly ["logits", "labels"];
      readonly attrs: object;
    };
  }
}

const KEEP = { keepDims: true };

/** `[..., 1]` of `[...]`. */
const column = (t: Tensor): Tensor => reshape(t, [...t.shape, 1]);

/** Where a label names a class; other rows (ignored labels) have loss 0 and no gradient. */
const isClass = (labels: Tensor, classes: number): Tensor => and(ge(labels, 0), lt(labels, classes));

/** The `softmaxCrossEntropy` composite. */
export const softmaxCrossEntropyOp: Op<"softmaxCrossEntropy"> = defineOp("softmaxCrossEntropy", {
  saves: "inputs",
  infer: ([logits, labels]) => {
    requireFloat("softmaxCrossEntropy", logits);
    requireInteger("softmaxCrossEntropy", labels);
    const { shape } = logits;
    if (shape.length === 0 || shape[shape.length - 1] === 0 || !sameShape(shape.slice(0, -1), labels.shape)) {
      const hint = "logits are [..., classes], labels [...] of integers";
      throw shapeError("softmaxCrossEntropy", "the labels do not fit the logits", [logits, labels], hint);
    }
    return [{ shape: labels.shape, dtype: logits.dtype }];
  },
  decompose: ([logits, labels]) => {
    const x = wide(logits);
    const index = indicesAs(labels, x.shape[x.rank - 1]!, "int32");
    const shifted = sub(x, max(x, -1, KEEP));
    const total = log(sum(exp(shifted), -1));
    const picked = reshape(gatherElements(shifted, column(index), x.rank - 1), labels.shape);
    const loss = where(isClass(index, x.shape[x.rank - 1]!), sub(total, picked), 0);
    return [cast(loss, logits.dtype)];
  },
  vjp: ({ inputs: [logits, labels], grads: [g] }) => {
    if (g === null) return [null, null];
    const x = wide(logits);
    const classes = x.shape[x.rank - 1]!;
    const index = indicesAs(labels, classes, "int32");
    const difference = sub(softmax(x, -1), oneHot(index, classes, { dtype: x.dtype }));
    const scale = where(isClass(index, classes), wide(g), 0);
    return [cast(mul(difference, column(scale)), logits.dtype), null];
  },
});

/**
 * −log softmax(logits)[label] for logits `[..., classes]` and integer labels `[...]`: one loss per row. A label outside
 * 0…classes−1 (an ignored row, such as −100) has loss 0 and no gradient. @throws ShapeError, DTypeError
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return bind(softmaxCrossEntropyOp, [logits, labels], {})[0];
}

// softmaxCrossEntropy: −log softmax(logits)[label] per row, with a fused gradient.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape } from "../../../tensor/view.js";
import { requireFloat, requireInteger, shapeError } from "../../infer.js";
import { and, mul, sub } from "../../prims/binary.js";
import { eq, ge, lt } from "../../prims/compare.js";
import { reshape } from "../../prims/movement.js";
import { max, sum } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { iota } from "../../prims/source.js";
import { exp, log } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { softmax } from "../activations/softmax.js";
import { wide } from "../common/precision.js";
import { alongAxis } from "../common/shapes.js";

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

/**
 * Labels `[..., 1]` and classes `[1, ..., classes]` as numbers to compare: in float32, which is fast everywhere and exact
 * below 2^24; larger labels round to larger numbers, never to a class.
 */
function comparable(labels: Tensor, classes: number): readonly [label: Tensor, classOf: Tensor] {
  const rank = labels.rank + 1;
  const dtype = classes <= 2 ** 24 ? "float32" : "int64";
  return [cast(column(labels), dtype), iota(alongAxis(rank, rank - 1, classes), rank - 1, dtype)];
}

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
    const shifted = sub(x, max(x, -1, KEEP));
    const total = log(sum(exp(shifted), -1, KEEP));
    const isClass = eq(...comparable(labels, x.shape[x.rank - 1]!));
    return [cast(sum(where(isClass, sub(total, shifted), 0), -1), logits.dtype)];
  },
  vjp: ({ inputs: [logits, labels], grads: [g] }) => {
    if (g === null) return [null, null];
    const x = wide(logits);
    const classes = x.shape[x.rank - 1]!;
    const [label, classOf] = comparable(labels, classes);
    const perRow = where(and(ge(label, 0), lt(label, classes)), column(wide(g)), 0);
    const atLabel = where(eq(label, classOf), perRow, 0);
    return [cast(sub(mul(softmax(x, -1), perRow), atLabel), logits.dtype), null];
  },
});

/**
 * −log softmax(logits)[label] in nats for logits `[..., classes]` and integer labels `[...]`: one loss per
 * row, `[...]`. A label outside 0…classes−1 (an ignored row, such as −100) has loss 0 and no gradient.
 * @throws {ShapeError} when the labels have not the leading shape of the logits, or there are no classes
 * @throws {DTypeError} unless the logits are of a float dtype and the labels integers
 * @see torch.nn.functional.cross_entropy with reduction="none", ONNX SoftmaxCrossEntropyLoss
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return bind(softmaxCrossEntropyOp, [logits, labels], {})[0];
}

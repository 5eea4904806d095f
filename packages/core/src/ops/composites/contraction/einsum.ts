// einsum: sums of products by labels, contracted pairwise from left to right with batched matrix products.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { requireNumeric, requireOneDType, shapeError } from "../../infer.js";
import { mul } from "../../prims/binary.js";
import { eq } from "../../prims/compare.js";
import { matmulOp } from "../../prims/contraction.js";
import { broadcastTo, reshape, transpose } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { where } from "../../prims/select.js";
import { iota } from "../../prims/source.js";
import { defineOp, type Op } from "../../table.js";
import { alongAxis } from "../common/shapes.js";
import { planEinsum, type EinsumPlan, type Label } from "./einsum-plan.js";

declare module "../../table.js" {
  interface OpTable {
    einsum: {
      readonly tier: "comp";
      readonly in: readonly string[];
      readonly attrs: { readonly equation: string };
    };
  }
}

/** A tensor with a label per axis. */
interface Labelled {
  readonly t: Tensor;
  readonly labels: readonly Label[];
}

/** One axis per label: repeated ones are reduced to their diagonal. */
function withoutRepeats({ t, labels }: Labelled): Labelled {
  const at = labels.findIndex((l, i) => labels.indexOf(l) < i);
  if (at < 0) return { t, labels };
  const first = labels.indexOf(labels[at]!);
  const n = t.shape[at]!;
  const onDiagonal = eq(iota(alongAxis(t.rank, first, n), first), iota(alongAxis(t.rank, at, n), at));
  const diagonal = sum(where(onDiagonal, t, 0), [at]);
  return withoutRepeats({ t: diagonal, labels: labels.filter((_, i) => i !== at) });
}

/** Sums axes whose label is not wanted any more. */
function sumUnused({ t, labels }: Labelled, wanted: ReadonlySet<Label>): Labelled {
  const axes = labels.flatMap((l, i) => (wanted.has(l) ? [] : [i]));
  if (axes.length === 0) return { t, labels };
  return { t: sum(t, axes), labels: labels.filter((l) => wanted.has(l)) };
}

/** The axes in the order of `labels`, all at their full size. */
function arranged(x: Labelled, labels: readonly Label[], sizes: ReadonlyMap<Label, number>): Tensor {
  const t = transpose(
    x.t,
    labels.map((l) => x.labels.indexOf(l)),
  );
  return broadcastTo(
    t,
    labels.map((l) => sizes.get(l)!),
  );
}

function contract(a: Labelled, b: Labelled, wanted: ReadonlySet<Label>, plan: EinsumPlan): Labelled {
  const { sizes } = plan;
  const shared = a.labels.filter((l) => b.labels.includes(l));
  const batch = shared.filter((l) => wanted.has(l));
  const summed = shared.filter((l) => !wanted.has(l));
  const left = a.labels.filter((l) => !shared.includes(l));
  const right = b.labels.filter((l) => !shared.includes(l));
  const sizeOf = (labels: readonly Label[]) => labels.reduce((p, l) => p * sizes.get(l)!, 1);
  const shape = (labels: readonly Label[]) => labels.map((l) => sizes.get(l)!);
  const x = reshape(arranged(a, [...batch, ...left, ...summed], sizes), [
    sizeOf(batch),
    sizeOf(left),
    sizeOf(summed),
  ]);
  const y = reshape(arranged(b, [...batch, ...summed, ...right], sizes), [
    sizeOf(batch),
    sizeOf(summed),
    sizeOf(right),
  ]);
  const labels = [...batch, ...left, ...right];
  const product = summed.length === 0 ? mul(x, y) : bind(matmulOp, [x, y], {})[0];
  return { t: reshape(product, shape(labels)), labels };
}

function evaluate(plan: EinsumPlan, operands: readonly Tensor[]): Tensor {
  const parts = operands.map((t, i) => withoutRepeats({ t, labels: plan.inputs[i]! }));
  const wantedAfter = (i: number) =>
    new Set([...plan.output, ...parts.slice(i + 1).flatMap((p) => p.labels)]);
  let acc = sumUnused(parts[0]!, wantedAfter(0));
  for (let i = 1; i < parts.length; i++) {
    const wanted = wantedAfter(i);
    const mine = sumUnused(parts[i]!, new Set([...wanted, ...acc.labels]));
    acc = contract(acc, mine, wanted, plan);
  }
  return arranged(acc, plan.output, plan.sizes);
}

/** The `einsum` composite. */
export const einsumOp: Op<"einsum"> = defineOp("einsum", {
  infer: (inputs, { equation }) => {
    const first = inputs[0];
    if (!first) throw shapeError("einsum", "there are no tensors", [], "pass one tensor per term");
    requireOneDType("einsum", inputs);
    requireNumeric("einsum", first);
    const plan = planEinsum(equation, inputs);
    return [{ shape: plan.output.map((l) => plan.sizes.get(l)!), dtype: first.dtype }];
  },
  decompose: (inputs, { equation }) => [evaluate(planEinsum(equation, inputs), inputs)],
});

/**
 * Einstein summation, e.g. `einsum("bij,bjk->bik", [a, b])`: labels that are not in the output are summed,
 * repeated labels in one term take the diagonal, `...` stands for broadcast axes; without `->` the labels
 * that occur once remain in alphabetical order. Dtypes are promoted; terms are contracted from left to right.
 * @throws {ArgumentError} when the equation is malformed, or has not one term per tensor
 * @throws {ShapeError} when a term does not name a tensor's axes, a label has two sizes, or there are no
 *   tensors
 * @throws {DTypeError} when all tensors are bool
 * @see numpy.einsum, torch.einsum, ONNX Einsum
 */
export function einsum(equation: string, tensors: readonly Tensor[]): Tensor {
  return bind(einsumOp, promoteAll("einsum", tensors), { equation })[0];
}

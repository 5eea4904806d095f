// Matrix products: Dense layers for constant matrices, embeddings, and operations for everything else.
import type { PlainJson } from "../../../formats/keras/index.js";
import type { IrNode } from "../../../ir/types.js";
import type { WeightStep } from "../../../ir/weights.js";
import { identityOrder, plainView, shuffleSteps } from "../../../layout/index.js";
import { kerasDim, type Arg, type WeightGiven } from "../tensors.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import { placed } from "../emitter.js";
import { attentionLayer } from "./attention.js";
import { fusedActivation, fusedBias, setThrough } from "./fuse.js";

type Product = "Linear" | "Gemm" | "MatMul";

/** A Dense layer. `steps` bring the weight into (in, out). */
function dense(
  n: NodeExport<Product>,
  steps: readonly WeightStep[],
  shape: readonly [number, number],
  given: WeightGiven | null,
): void {
  const rank = n.rank(0);
  const seen = n.view(0);
  const follows = seen.order[rank - 1] === rank - 1 && (seen.shuffle === null || rank === 2);
  const view = follows ? seen : plainView(n.plain(0), rank);
  const { order, value, shuffle } = view;
  const [, units] = shape;
  const added = given ? null : fusedBias(n, units);
  const bias = given ?? added?.weight ?? null;
  const activation = fusedActivation(n, added?.node ?? n.node, order);
  const config = { units, activation: activation?.name ?? "linear", use_bias: bias !== null };
  const kernel = n.weight(1, [...steps, ...shuffleSteps(shuffle, shape)]);
  const dims = placed([...n.dims(0).slice(0, -1), units], order);
  const t = n.layer("Dense", value, dims, { config, weights: { kernel, bias } });
  setThrough(n, { value: t, order, shuffle: null }, [added?.node ?? null, activation?.node ?? null]);
}

const linear: KerasRule<"Linear"> = (n) => {
  const heads = n.out.plans.attention.get(n.node);
  if (heads) {
    attentionLayer(n, heads);
    return;
  }
  const [units, inputs] = n.constant(1, "the weight").shape as [number, number];
  if (n.has(2)) n.constant(2, "the bias");
  dense(n, [{ kind: "transpose", perm: [1, 0] }], [inputs, units], n.has(2) ? n.weight(2) : null);
};

const gemm: KerasRule<"Gemm"> = (n) => {
  const { alpha, beta, transA, transB } = n.attrs;
  if (!n.isConstant(1) || transA || alpha !== 1)
    throw n.error("a product with a computed, transposed or scaled matrix");
  const { shape } = n.constant(1, "the matrix");
  const [inputs, units] = (transB ? [shape[1], shape[0]] : shape) as [number, number];
  const steps: WeightStep[] = transB ? [{ kind: "transpose", perm: [1, 0] }] : [];
  if (!n.has(2)) {
    dense(n, steps, [inputs, units], null);
    return;
  }
  const bias = n.constant(2, "the bias");
  const whole = bias.shape.reduce((p, d) => p * d, 1) === units && bias.shape.at(-1) === units;
  if (!whole || beta !== 1) throw n.error("a bias that is scaled or no row");
  const flat: WeightStep[] = bias.shape.length === 1 ? [] : [{ kind: "reshape", shape: [units] }];
  dense(n, steps, [inputs, units], n.weight(2, flat));
};

/** A tensor or an array, in the IR's order. */
function operand(n: NodeExport, i: number): Arg {
  return n.isConstant(i) ? n.constantArg(i, n.rank(i), identityOrder(n.rank(i))) : n.plain(i);
}

const matmul: KerasRule<"MatMul"> = (n) => {
  const second = n.isConstant(1) ? n.constant(1, "the matrix") : null;
  if (second?.shape.length === 2 && !n.isConstant(0)) {
    dense(n, [], second.shape as [number, number], null);
    return;
  }
  n.set(n.operation("Matmul", [operand(n, 0), operand(n, 1)], n.outDims()));
};

/** EinsumDense holds a trained matrix; other sums are operations. */
const einsum: KerasRule<"Einsum"> = (n) => {
  const equation = n.attrs.equation.replaceAll(" ", "");
  const weight =
    n.node.inputs.length === 2 && n.isConstant(1) ? n.out.graph.weights.get(n.value(1)) : undefined;
  const [left = "", output = ""] = equation.split("->");
  const [first = ""] = left.split(",");
  const layered = weight?.source && output !== "" && first[0] === output[0] && !n.isConstant(0);
  if (!layered) {
    const args = n.node.inputs.map((_, i) => operand(n, i));
    n.set(n.operation("Einsum", args, n.outDims(), { config: { subscripts: equation } }));
    return;
  }
  const bias = einsumBias(n, output);
  const activation = fusedActivation(n, bias?.node ?? n.node, identityOrder(n.outDims().length));
  const config = {
    equation,
    output_shape: outputShape(n, output),
    activation: activation?.name ?? "linear",
    bias_axes: bias?.axes ?? null,
  };
  const weights = { kernel: n.weight(1), bias: bias?.weight ?? null };
  const t = n.layer("EinsumDense", n.plain(0), n.outDims(), { config, weights });
  setThrough(n, plainView(t, t.dims.length), [bias?.node ?? null, activation?.node ?? null]);
};

/** Sizes of the output without the batch; with an ellipsis, of the named axes only. */
function outputShape(n: NodeExport<"Einsum">, output: string): PlainJson {
  const dims = n.outDims();
  const named = output.includes("...")
    ? dims.slice(dims.length - output.replace("...", "").length)
    : dims.slice(1);
  return named.map(kerasDim);
}

interface EinsumBias {
  readonly node: IrNode;
  readonly axes: string;
  readonly weight: WeightGiven;
}

/** A bias over some letters of the output, added behind. */
function einsumBias(n: NodeExport<"Einsum">, output: string): EinsumBias | null {
  const uses = n.out.uses.get(n.result);
  const reader = uses?.length === 1 ? uses[0] : null;
  if (reader?.op !== "Add") return null;
  const other = reader.inputs.find((v) => v !== n.result);
  const tensor = other ? n.out.tensorOf(other) : null;
  const named = output.replace("...", "");
  if (!other || !tensor || tensor.shape.length > named.length) return null;
  const letters = [...named].slice(-tensor.shape.length);
  const kept = tensor.shape.flatMap((d, i) => (d === 1 ? [] : [i]));
  if (kept.length === 0) return null;
  const shape = kept.map((i) => tensor.shape[i]!);
  const axes = kept.map((i) => letters[i]!).join("");
  return { node: reader, axes, weight: { value: other, steps: [{ kind: "reshape", shape }] } };
}

/** Rows of a table: an Embedding where the table is trained, else `take`. */
const gather: KerasRule<"Gather"> = (n) => {
  const { axis } = n.attrs;
  const table = n.isConstant(0) ? n.constant(0, "the table") : null;
  const weight = table ? n.out.graph.weights.get(n.value(0)) : undefined;
  if (table && weight?.source && table.shape.length === 2 && axis === 0 && !n.isConstant(1)) {
    const [rows, width] = table.shape as [number, number];
    const config = { input_dim: rows, output_dim: width, mask_zero: false };
    const t = n.layer("Embedding", n.plain(1), n.outDims(), { config, weights: { embeddings: n.weight(0) } });
    n.set(t);
    return;
  }
  if (table) {
    const data = n.constantArg(0, table.shape.length, identityOrder(table.shape.length));
    n.set(n.operation("Take", [data, n.plain(1)], n.outDims(), { config: { axis } }));
    return;
  }
  const view = n.ordered(0);
  const rank = view.order.length;
  const at = axis < 0 ? axis + rank : axis;
  const place = view.order[at]!;
  const picked = n.numbers(1);
  if (picked && n.rank(1) === 0) {
    const all = { class_name: "__slice__", config: { start: null, stop: null, step: null } };
    const key = view.order.map((_, i) => (i === place ? picked[0]! : all));
    const order = view.order.filter((p) => p !== place).map((p) => (p > place ? p - 1 : p));
    const t = n.operation("GetItem", [view.value, key], placed(n.outDims(), order));
    n.set(t, order);
    return;
  }
  if (n.rank(1) === 1) {
    const indices = picked ? n.constantArg(1, 1, [0]) : n.plain(1);
    const list = picked?.length === 1 ? [...picked] : indices;
    const t = n.operation("Take", [view.value, list], n.placedOut(view.order), { config: { axis: place } });
    n.set(t, view.order);
    return;
  }
  const indices = picked ? n.constantArg(1, n.rank(1), identityOrder(n.rank(1))) : n.plain(1);
  n.set(n.operation("Take", [n.plain(0), indices], n.outDims(), { config: { axis: at } }));
};

const gatherElements: KerasRule<"GatherElements"> = (n) => {
  const view = n.ordered(0);
  const place = view.order.at(n.attrs.axis) ?? 0;
  const rank = view.order.length;
  const indices = n.isConstant(1) ? n.constantArg(1, rank, view.order) : n.arranged(1, view.order);
  const t = n.operation("TakeAlongAxis", [view.value, indices], n.placedOut(view.order), {
    config: { axis: place },
  });
  n.set(t, view.order);
};

const oneHot: KerasRule<"OneHot"> = (n) => {
  const [depth = 0] = n.literal(1, "the depth");
  const [off, on] = n.literal(2, "the values");
  const { dims } = n.view(0).value;
  if (n.attrs.axis !== -1 && n.attrs.axis !== dims.length)
    throw n.error("one-hot along another axis than the last");
  if (off !== 0 || on !== 1) throw n.error("one-hot of other values than 0 and 1");
  const dtype = n.dtype(2);
  const config = { num_classes: depth, axis: -1, dtype, sparse: false };
  const view = n.ordered(0);
  const t = n.operation("OneHot", [view.value], [...view.value.dims, depth], { config });
  n.set(t, [...view.order, view.order.length]);
};

/** Products and look-ups. */
export const DENSE_RULES: KerasRules = {
  Linear: linear,
  Gemm: gemm,
  MatMul: matmul,
  Einsum: einsum,
  Gather: gather,
  GatherElements: gatherElements,
  OneHot: oneHot,
};

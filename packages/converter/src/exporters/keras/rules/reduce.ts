// Reductions: global pooling layers over the spatial axes of images, operations for everything else.
import { isFloat } from "@isoform/core";
import type { IrOp } from "../../../ir/ops/table.js";
import { identityOrder } from "../../../layout/index.js";
import type { KView } from "../emitter.js";
import { placed } from "../emitter.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import type { KTensor } from "../tensors.js";

interface Plan {
  readonly view: KView;
  /** Places of the reduced axes in the tensor. */
  readonly places: readonly number[];
  readonly keep: boolean;
  /** Order of the result. */
  readonly order: readonly number[];
}

type Reduce = Extract<IrOp, `Reduce${string}`>;

function planOf(n: NodeExport<Reduce>): Plan | null {
  const view = n.ordered(0);
  const rank = view.order.length;
  const given = n.has(1) ? n.literal(1, "the axes") : [];
  if (given.length === 0 && n.attrs.noop_with_empty_axes) return null;
  const axes = given.length === 0 ? identityOrder(rank) : given.map((a) => (a < 0 ? a + rank : a));
  const places = axes.map((a) => view.order[a]!).toSorted((a, b) => a - b);
  const keep = n.attrs.keepdims !== 0;
  const left = view.order.filter((p) => !places.includes(p));
  const order = keep ? view.order : left.map((p) => p - places.filter((q) => q < p).length);
  return { view, places, keep, order };
}

const POOLS: Readonly<Partial<Record<Reduce, string>>> = {
  ReduceMean: "GlobalAveragePooling",
  ReduceMax: "GlobalMaxPooling",
};

/** The data format in which the reduced axes are the spatial ones; null when they are not. */
function formatOf({ view, places }: Plan): string | null {
  const rank = view.order.length;
  if (rank < 3 || rank > 5 || places.length !== rank - 2 || places[0] === 0) return null;
  if (places.at(-1) === rank - 2) return "channels_last";
  return places[0] === 2 && places.at(-1) === rank - 1 ? "channels_first" : null;
}

function operate(
  n: NodeExport<Reduce>,
  className: string,
  x: KTensor,
  plan: Plan,
  dims: readonly (number | string | null)[],
  part?: string,
): KTensor {
  const config = { axis: [...plan.places], keepdims: plan.keep };
  return n.operation(
    className,
    [x],
    dims,
    part === undefined ? { config } : { config, part, dtype: x.dtype },
  );
}

const reduction =
  (className: string): KerasRule<Reduce> =>
  (n) => {
    const plan = planOf(n);
    if (plan === null) {
      n.out.set(n.result, n.view(0));
      return;
    }
    const dims = placed(n.outDims(), plan.order);
    const pool = POOLS[n.node.op];
    const format = pool && isFloat(n.dtype(0)) ? formatOf(plan) : null;
    const x = plan.view.value;
    if (pool && format !== null) {
      const config = { data_format: format, keepdims: plan.keep };
      n.set(n.layer(`${pool}${plan.places.length}D`, x, dims, { config }), plan.order);
      return;
    }
    n.set(operate(n, className, x, plan, dims), plan.order);
  };

/** A reduction of a function of the elements, and a function of the result. */
const composed =
  (before: "Square" | "Absolute" | "Exp", after: "Sqrt" | "Log" | null): KerasRule<Reduce> =>
  (n) => {
    const plan = planOf(n);
    if (plan === null) throw n.error("a reduction over no axes");
    const x = plan.view.value;
    const inner = n.operation(before, [x], x.dims, { part: before.toLowerCase(), dtype: x.dtype });
    const dims = placed(n.outDims(), plan.order);
    const sum = operate(n, "Sum", inner, plan, dims, after === null ? undefined : "sum");
    n.set(after === null ? sum : n.operation(after, [sum], dims), plan.order);
  };

const logSumExp: KerasRule<"ReduceLogSumExp"> = (n) => {
  const plan = planOf(n);
  if (plan === null) throw n.error("a reduction over no axes");
  n.set(operate(n, "Logsumexp", plan.view.value, plan, placed(n.outDims(), plan.order)), plan.order);
};

const argument =
  (className: string): KerasRule<"ArgMax" | "ArgMin"> =>
  (n) => {
    if (n.attrs.select_last_index) throw n.error("the last of equal elements");
    const view = n.ordered(0);
    const place = view.order.at(n.attrs.axis);
    if (place === undefined) throw n.error(`axis ${n.attrs.axis} does not exist`);
    const keep = n.attrs.keepdims !== 0;
    const left = view.order.filter((p) => p !== place).map((p) => (p > place ? p - 1 : p));
    const order = keep ? view.order : left;
    const dims = placed(n.outDims(), order);
    const config = { axis: place, keepdims: keep };
    const t = n.operation(className, [view.value], dims, { config, part: "index", dtype: "int32" });
    n.set(n.operation("Cast", [t], dims, { config: { dtype: "int64" } }), order);
  };

const cumsum: KerasRule<"CumSum"> = (n) => {
  const view = n.ordered(0);
  const [axis = 0] = n.literal(1, "the axis");
  const place = view.order.at(axis) ?? 0;
  const { exclusive, reverse } = n.attrs;
  const { dims, dtype } = view.value;
  const config = { axis: place };
  const flip = (t: KTensor, last: boolean) =>
    n.operation("Flip", [t], dims, last ? { config } : { config, part: "flip", dtype });
  const start = reverse ? flip(view.value, false) : view.value;
  const more = exclusive || reverse;
  const sum = n.operation("Cumsum", [start], dims, more ? { config, part: "sum", dtype } : { config });
  const turned = reverse ? flip(sum, !exclusive) : sum;
  n.set(exclusive ? n.operation("Subtract", [turned, view.value], dims) : turned, view.order);
};

const topK: KerasRule<"TopK"> = (n) => {
  const { axis, largest, sorted } = n.attrs;
  const given = n.ordered(0);
  const rank = given.order.length;
  const at = axis < 0 ? axis + rank : axis;
  const k = n.numbers(1)?.[0] ?? n.outDims().at(at);
  if (!largest || typeof k !== "number") throw n.error("the smallest elements, or a computed number of them");
  const last = given.order[at] === rank - 1;
  const rest = identityOrder(rank).filter((i) => i !== at);
  const order = last ? given.order : identityOrder(rank).map((i) => (i === at ? rank - 1 : rest.indexOf(i)));
  const x = n.arranged(0, order);
  const dims = placed(n.outDims(), order);
  const config = { k, sorted: sorted !== 0 };
  const outputs = [
    { dims, dtype: x.dtype },
    { dims, dtype: "int32" as const },
  ];
  const [values, places] = n.operations("TopK", [x], outputs, { config });
  const [v, indices] = n.node.outputs;
  if (v) n.out.set(v, { value: values!, order, shuffle: null });
  if (!indices) return;
  const wide = n.operation("Cast", [places!], dims, {
    config: { dtype: "int64" },
    part: "indices",
    dtype: "int64",
  });
  n.out.set(indices, { value: wide, order, shuffle: null });
};

/** Reductions. */
export const REDUCE_RULES: KerasRules = {
  ReduceMean: reduction("Mean"),
  ReduceMax: reduction("Max"),
  ReduceMin: reduction("Min"),
  ReduceSum: reduction("Sum"),
  ReduceProd: reduction("Prod"),
  ReduceSumSquare: composed("Square", null),
  ReduceL2: composed("Square", "Sqrt"),
  ReduceL1: composed("Absolute", null),
  ReduceLogSumExp: logSumExp,
  ReduceLogSum: (n) => {
    const plan = planOf(n);
    if (plan === null) throw n.error("a reduction over no axes");
    const dims = placed(n.outDims(), plan.order);
    n.set(n.operation("Log", [operate(n, "Sum", plan.view.value, plan, dims, "sum")], dims), plan.order);
  },
  ArgMax: argument("Argmax"),
  ArgMin: argument("Argmin"),
  CumSum: cumsum,
  TopK: topK,
};

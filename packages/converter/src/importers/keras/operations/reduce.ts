// Reductions, scans and sorting of keras.ops.
import { identityOrder } from "../../../layout/index.js";
import type { IrOp } from "../../../ir/ops/table.js";
import type { LayerCall, LayerImporter, LayerTable } from "../layer.js";
import { reduced, type Reduction } from "../layers/common.js";
import { asBool, settingOf, tensorAt, wholeNumbers } from "./operands.js";

/** The axes of a reduction; none named = all. */
function axesOf(c: LayerCall, rank: number): readonly number[] {
  return wholeNumbers(settingOf(c, "axis", 1)) ?? identityOrder(rank);
}

const reduction =
  (op: Reduction, floats = false): LayerImporter =>
  (c) => {
    const given = tensorAt(c, 0, "x");
    const x = floats ? c.site.float(given) : given;
    return reduced(c.site, op, x, axesOf(c, x.order.length), settingOf(c, "keepdims", 2) === true);
  };

/** True where any (all) of the elements are. */
const logical =
  (op: "ReduceMax" | "ReduceMin"): LayerImporter =>
  (c) => {
    const { site } = c;
    const x = tensorAt(c, 0, "x");
    const keep = settingOf(c, "keepdims", 2) === true;
    const bits = site.map(asBool(c, x), (v) => site.op("Cast", [v], { to: "int32" }, "int"));
    const found = reduced(site, op, bits, axesOf(c, x.order.length), keep, "found");
    return site.map(found, (v) => site.op("Cast", [v], { to: "bool" }));
  };

const argument =
  (op: Extract<IrOp, "ArgMax" | "ArgMin">): LayerImporter =>
  (c) => {
    const { site } = c;
    const x = site.ordered(tensorAt(c, 0, "x"));
    const [axis] = wholeNumbers(settingOf(c, "axis", 1)) ?? [];
    if (axis === undefined) throw c.cfg.unsupported("the place of the largest of all elements");
    const place = site.axis(x, axis);
    const keep = settingOf(c, "keepdims", 2) === true;
    const y = site.op(op, [x.value], { axis: place, keepdims: keep ? 1 : 0 }, "index");
    const order = keep ? x.order : x.order.filter((p) => p !== place).map((p) => (p > place ? p - 1 : p));
    return site.laid(site.op("Cast", [y], { to: "int32" }), order);
  };

const variance =
  (root: boolean): LayerImporter =>
  (c) => {
    const { site } = c;
    const x = site.ordered(site.float(tensorAt(c, 0, "x")));
    const axes = axesOf(c, x.order.length);
    const mean = reduced(site, "ReduceMean", x, axes, true, "mean");
    const centred = site.map(x, (v) => site.op("Sub", [v, mean.value], {}, "centred"));
    const square = site.map(centred, (v) => site.op("Mul", [v, v], {}, "square"));
    const y = reduced(
      site,
      "ReduceMean",
      square,
      axes,
      settingOf(c, "keepdims") === true,
      root ? "variance" : undefined,
    );
    return root ? site.map(y, (v) => site.op("Sqrt", [v], {})) : y;
  };

const cumsum: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const [axis] = wholeNumbers(settingOf(c, "axis", 1)) ?? [];
  if (axis === undefined) throw c.cfg.unsupported("the running sum over all elements");
  return site.map(x, (v) => site.op("CumSum", [v, site.b.scalar(site.axis(x, axis), "int64")], {}));
};

const topK: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const [k] = wholeNumbers(settingOf(c, "k", 1)) ?? [];
  if (k === undefined) throw c.cfg.unsupported("a k that is no number");
  const sorted = settingOf(c, "sorted") === false ? 0 : 1;
  const [values, places] = site.ops("TopK", [x.value, site.ints([k])], { axis: site.axis(x, -1), sorted }, [
    "values",
    "places",
  ]);
  const indices = site.op("Cast", [places!], { to: "int32" }, "indices");
  return [site.laid(values!, x.order), site.laid(indices, x.order)];
};

const logSumExp: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const places = axesOf(c, x.order.length)
    .map((a) => site.axis(x, a))
    .toSorted((a, b) => a - b);
  const keep = settingOf(c, "keepdims") === true;
  const y = site.op("ReduceLogSumExp", [x.value, site.ints(places)], { keepdims: keep ? 1 : 0 });
  const left = x.order.filter((p) => !places.includes(p));
  return site.laid(y, keep ? x.order : left.map((p) => p - places.filter((q) => q < p).length));
};

/** x / max(‖x‖, epsilon) over one axis. */
const normalize: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const [axis = -1] = wholeNumbers(settingOf(c, "axis")) ?? [];
  if ((settingOf(c, "order") ?? 2) !== 2) throw c.cfg.unsupported("a norm of another order than 2");
  c.cfg.ignore("epsilon");
  return site.map(x, (v) => site.op("LpNormalization", [v], { axis: site.axis(x, axis), p: 2 }));
};

/** Reductions. */
export const REDUCE_OPERATIONS: LayerTable = {
  Sum: reduction("ReduceSum"),
  Mean: reduction("ReduceMean", true),
  Max: reduction("ReduceMax"),
  Min: reduction("ReduceMin"),
  Prod: reduction("ReduceProd"),
  Any: logical("ReduceMax"),
  All: logical("ReduceMin"),
  Var: variance(false),
  Std: variance(true),
  Argmax: argument("ArgMax"),
  Argmin: argument("ArgMin"),
  Cumsum: cumsum,
  TopK: topK,
  Logsumexp: logSumExp,
  Normalize: normalize,
};

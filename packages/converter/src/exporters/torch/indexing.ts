// Gathering, scattering, sorting and running sums as PyTorch calls.
import { binary, call, constant, int, ints, method, str, type Expr } from "../../python/ast.js";
import { T, type NodeEmit, type TorchRules } from "./emitter.js";

/** PyTorch's names of ONNX's reductions. */
const REDUCE: Readonly<Record<string, string>> = { add: "sum", mul: "prod", max: "amax", min: "amin" };

/** Slices written along the first axis: index tuples of one place each. */
function scatterNd(n: NodeEmit<"ScatterND">): Expr {
  const depth = n.size(1, -1);
  const rank = n.rank(1);
  if (depth !== 1 || rank !== 2) throw n.error("index tuples of several places");
  const index = method(n.t(1), "reshape", [int(-1)]);
  const { reduction } = n.attrs;
  if (reduction === "none") return method(n.t(0), "index_copy", [int(0), index, n.t(2)]);
  if (reduction === "add") return method(n.t(0), "index_add", [int(0), index, n.t(2)]);
  const how = REDUCE[reduction];
  if (!how) throw n.error(`reduction ${reduction}`);
  return method(n.t(0), "index_reduce", [int(0), index, n.t(2), str(how)]);
}

export const INDEXING: TorchRules = {
  GatherElements: (n) => T("gather", [n.t(0), int(n.attrs.axis), n.t(1)]),
  GatherND: (n) => {
    if (n.attrs.batch_dims) throw n.error("batch_dims");
    return call(n.out.helper("gather_nd"), [n.t(0), n.t(1)]);
  },
  ScatterElements: (n) => {
    const { axis, reduction } = n.attrs;
    if (reduction === "none") return method(n.t(0), "scatter", [int(axis), n.t(1), n.t(2)]);
    const how = REDUCE[reduction];
    if (!how) throw n.error(`reduction ${reduction}`);
    return method(n.t(0), "scatter_reduce", [int(axis), n.t(1), n.t(2), str(how)]);
  },
  ScatterND: scatterNd,
  CumSum: (n) => {
    const axis = n.literal(1, "the axis")[0]!;
    const x = n.attrs.reverse ? T("flip", [n.t(0), ints([axis])]) : n.t(0);
    const sums = T("cumsum", [x], { dim: int(axis) });
    const out = n.attrs.exclusive ? binary("-", sums, x) : sums;
    return n.attrs.reverse ? T("flip", [out, ints([axis])]) : out;
  },
  TopK: (n) => {
    const { axis, largest, sorted } = n.attrs;
    const k = n.literal(1, "k")[0]!;
    const targets = n.node.outputs.map((v) => (v ? n.out.define(v) : null));
    // A whole axis is sorted: PyTorch keeps equal elements in their order there, and not in topk.
    const value =
      k === n.size(0, axis) && sorted
        ? T("sort", [n.t(0)], { dim: int(axis), descending: constant(largest === 1), stable: constant(true) })
        : T("topk", [n.t(0), int(k)], {
            dim: int(axis),
            largest: constant(largest === 1),
            sorted: constant(sorted === 1),
          });
    n.out.assign(targets, value);
    return null;
  },
};

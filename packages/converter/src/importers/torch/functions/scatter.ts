// Methods that write elements by their places, as IR nodes.
import type { CallRule } from "../evaluate.js";

/** ONNX's names of PyTorch's reductions. */
const REDUCTIONS: ReadonlyMap<string, string> = new Map([
  ["sum", "add"],
  ["prod", "mul"],
  ["amax", "max"],
  ["amin", "min"],
]);

/** `x.scatter(dim, index, src)` and `x.scatter_reduce(dim, index, src, reduce)`. */
export const scatter: CallRule = (e, a) => {
  const how = a.fn.endsWith("_reduce") ? REDUCTIONS.get(a.text(4, "reduce", "")) : "none";
  if (how === undefined) throw a.error("unknown reduction");
  return e.node("ScatterElements", [a.tensor(0), a.tensor(2), a.tensor(3)], {
    axis: a.number(1, "dim"),
    reduction: how,
  });
};

/** `x.index_copy(0, index, source)`, `x.index_add` and `x.index_reduce`. */
export const indexed: CallRule = (e, a) => {
  const own = a.fn.endsWith("_reduce") ? REDUCTIONS.get(a.text(4, "reduce", "")) : undefined;
  const how = a.fn.endsWith("_copy") ? "none" : a.fn.endsWith("_add") ? "add" : own;
  if (how === undefined || a.number(1, "dim") !== 0) throw a.error("unknown form");
  const tuples = e.op("Unsqueeze", [a.tensor(2), e.builder.ints([1])], {});
  return e.node("ScatterND", [a.tensor(0), tuples, a.tensor(3)], { reduction: how });
};

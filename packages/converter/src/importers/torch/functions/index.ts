// The closed tables of functions and methods that model.py may use.
import { intsOf, type CallRule } from "../evaluate.js";
import { FUNCTIONAL } from "./functional.js";
import { gruResetBefore, samePad } from "./helpers.js";
import { indexed, scatter } from "./scatter.js";
import { reshape, to, transpose, unflatten, unsqueeze } from "./shape.js";
import { arg, reduce, rest, sizesArg } from "./shared.js";
import { TORCH } from "./torch.js";

/** `torch.*` and `torch.nn.functional.*` by the names that model.py uses. */
export const FUNCTIONS: ReadonlyMap<string, CallRule> = new Map([
  ...FUNCTIONAL.map(([k, r]): [string, CallRule] => [`F.${k}`, r]),
  ...TORCH.map(([k, r]): [string, CallRule] => [`torch.${k}`, r]),
  ["same_pad", samePad],
  ["gather_nd", (e, a) => e.node("GatherND", [a.tensor(0), a.tensor(1)], {})],
  ["gru_reset_before", gruResetBefore],
]);
/** Methods of tensors. */
export const METHODS: ReadonlyMap<string, CallRule> = new Map<string, CallRule>([
  ["reshape", reshape],
  [
    "permute",
    (e, a) =>
      e.node("Transpose", [a.tensor(0)], { perm: intsOf({ kind: "tuple", items: rest(a) }) ?? undefined }),
  ],
  ["transpose", transpose],
  ["t", (e, a) => e.node("Transpose", [a.tensor(0)], { perm: [1, 0] })],
  ["unflatten", unflatten],
  ["unsqueeze", unsqueeze],
  ["to", to],
  ["tolist", (_e, a) => ({ kind: "sizes", value: a.tensor(0) })],
  ["numel", (e, a) => e.node("Size", [a.tensor(0)], {})],
  [
    "select",
    (e, a) =>
      e.node("Gather", [a.tensor(0), e.builder.scalar(a.number(2, "index"), "int64")], {
        axis: a.number(1, "dim"),
      }),
  ],
  ["new_zeros", (e, a) => e.node("ConstantOfShape", [sizesArg(e, a, 1)], {})],
  ["scatter", scatter],
  ["scatter_reduce", scatter],
  ["index_copy", indexed],
  ["index_add", indexed],
  ["index_reduce", indexed],
  ["mean", reduce("ReduceMean")],
  ["sum", reduce("ReduceSum")],
  ["prod", reduce("ReduceProd")],
  ["amax", reduce("ReduceMax")],
  ["amin", reduce("ReduceMin")],
  ["logsumexp", reduce("ReduceLogSumExp")],
  ["argmax", arg("ArgMax")],
  ["argmin", arg("ArgMin")],
]);

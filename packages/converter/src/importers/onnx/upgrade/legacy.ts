// Operator sets 1 to 6: one-sided broadcasting by attribute, and attributes that lost their meaning.
import { UnsupportedOpError } from "@isoform/core";
import type { Draft, Upgrade } from "../node.js";

/** `broadcast` and `axis`: aligns B with A from `axis` on by adding trailing axes of size 1. */
export const legacyBroadcast: Upgrade = (d: Draft) => {
  const axis = d.attrs.takeInts("axis");
  d.attrs.take("broadcast");
  const [a, b] = d.inputs;
  if (axis === null || !a?.dims || !b?.dims) return;
  const at = axis[0]! < 0 ? axis[0]! + a.dims.length : axis[0]!;
  const trailing = a.dims.length - at - b.dims.length;
  if (trailing <= 0) return;
  const axes = Array.from({ length: trailing }, (_, i) => b.dims!.length + i);
  d.inputs[1] = d.builder.op("Unsqueeze", [b, d.builder.ints(axes)], {}, { name: `${d.name}.align` });
};

/** A slope of one value per channel lies on axis 1. */
export const legacyPRelu: Upgrade = (d: Draft) => {
  const [x, slope] = d.inputs;
  if (!x?.dims || !slope?.dims || slope.dims.length !== 1 || x.dims.length <= 2) return;
  const axes = Array.from({ length: x.dims.length - 2 }, (_, i) => 1 + i);
  d.inputs[1] = d.builder.op("Unsqueeze", [slope, d.builder.ints(axes)], {}, { name: `${d.name}.align` });
};

/** The names of element types in Cast-1. */
export const legacyCast: Upgrade = (d: Draft) => {
  const to = d.attrs.get("to");
  if (to?.kind !== "string") return;
  const codes = new Map([
    ["FLOAT", 1],
    ["UINT8", 2],
    ["INT8", 3],
    ["UINT16", 4],
    ["INT16", 5],
    ["INT32", 6],
    ["INT64", 7],
    ["STRING", 8],
    ["BOOL", 9],
    ["FLOAT16", 10],
    ["DOUBLE", 11],
    ["UINT32", 12],
    ["UINT64", 13],
  ]);
  d.attrs.setInt("to", codes.get(to.value) ?? 0);
};

/** Scan-8 has a batch axis and sequence lengths that later ones lack: running it as a newer one would be wrong. */
export const legacyScan: Upgrade = (d: Draft) => {
  throw new UnsupportedOpError("Scan of opset 8 has other semantics than today's", {
    code: "onnx/opset",
    op: d.op,
  });
};

// Forms that older opsets or common runtimes want instead of equally valid newer ones.
import type { RewriteRule } from "../../../ir/passes/rewrite.js";
import { literalNumbers } from "../../../ir/walk.js";
import { need } from "./basic.js";

/** Before opset 18 Resize names no axes: sizes or scales of all axes are given. */
export const resizeAxes: RewriteRule<"Resize"> = (node, b) => {
  const { axes, ...attrs } = node.attrs;
  if (axes === undefined) return null;
  const x = need(node, 0);
  const rank = x.dims?.length;
  if (rank === undefined || node.inputs[1]) return null;
  const positive = axes.map((a) => (a < 0 ? a + rank : a));
  const options = { name: node.name, scope: node.scope };
  const part = (name: string) => ({ name: `${node.name}/${name}`, scope: node.scope });
  const scales = node.inputs[2];
  const graph = { name: "", inputs: [], outputs: [], nodes: [], weights: b.weights };
  const known = literalNumbers(graph, scales);
  if (known) {
    const all = Array.from({ length: rank }, (_, i) => known[positive.indexOf(i)] ?? 1);
    return [b.op("Resize", [x, null, b.literal(all, [rank], "float32")], attrs, options)];
  }
  const sizes = node.inputs[3];
  const first = positive[0] ?? 0;
  const after = first + positive.length;
  if (!sizes || !positive.every((a, i) => a === first + i)) return null;
  const shape = b.op("Shape", [x], {}, part("shape"));
  const kept = (from: number, to: number, name: string) =>
    from === to ? [] : [b.op("Slice", [shape, b.ints([from]), b.ints([to]), b.ints([0])], {}, part(name))];
  const parts = [...kept(0, first, "lead"), sizes, ...kept(after, rank, "rest")];
  const full = b.op("Concat", parts, { axis: 0 }, part("sizes"));
  return [b.op("Resize", [x, null, null, full], attrs, options)];
};

/** onnxruntime has OneHot for 64-bit indices and depths only, whatever the values. */
export const oneHot: RewriteRule<"OneHot"> = (node, b) => {
  const wide = [0, 1].map((i) => {
    const v = need(node, i);
    return v.dtype === "int64"
      ? v
      : b.op("Cast", [v], { to: "int64" }, { name: `${node.name}/int64`, scope: node.scope });
  });
  if (wide.every((v, i) => v === node.inputs[i])) return null;
  return [b.op("OneHot", [...wide, need(node, 2)], node.attrs, { name: node.name, scope: node.scope })];
};

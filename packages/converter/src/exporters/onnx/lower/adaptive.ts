// Adaptive pooling as global, windowed or per-window pooling: ONNX has no op of its own.
import { UnsupportedOpError } from "@isoform/core";
import type { GraphBuilder } from "../../../ir/builder.js";
import type { RewriteRule } from "../../../ir/passes/rewrite.js";
import type { IrNode, IrValue } from "../../../ir/types.js";
import { need } from "./basic.js";
import { Sketch } from "./common.js";

type Adaptive = "AdaptiveAveragePool" | "AdaptiveMaxPool";

function lower(node: IrNode<Adaptive>, b: GraphBuilder, max: boolean): readonly IrValue[] {
  const x = need(node, 0);
  const { output_size: out } = node.attrs;
  const options = { name: node.name, scope: node.scope };
  if (out.every((n) => n === 1)) {
    return [max ? b.op("GlobalMaxPool", [x], {}, options) : b.op("GlobalAveragePool", [x], {}, options)];
  }
  const sizes = x.dims?.slice(2) ?? [];
  const known = sizes.flatMap((d) => (typeof d === "number" ? [d] : []));
  if (known.length !== out.length) {
    throw new UnsupportedOpError("adaptive pooling of an unknown size has no ONNX form", {
      code: "onnx/unsupported",
      op: node.op,
      path: node.name,
      hint: "fix the spatial size of the input",
    });
  }
  if (known.every((n, i) => n % out[i]! === 0)) {
    const kernel = known.map((n, i) => n / out[i]!);
    const attrs = { kernel_shape: kernel, strides: kernel };
    return [max ? b.op("MaxPool", [x], attrs, options) : b.op("AveragePool", [x], attrs, options)];
  }
  const s = new Sketch(b, node);
  return [known.reduce((v, n, i) => poolAxis(v, i + 2, n, out[i]!, max, s, node), x)];
}

/** Pools one axis window by window; windows are rectangles, so axes can be done one after the other. */
function poolAxis(
  x: IrValue,
  axis: number,
  n: number,
  m: number,
  max: boolean,
  s: Sketch,
  node: IrNode,
): IrValue {
  const { b } = s;
  const parts = Array.from({ length: m }, (_, i) => {
    const window = s.slice(x, axis, Math.floor((i * n) / m), Math.ceil(((i + 1) * n) / m));
    const options = { name: `${node.name}/window` };
    return max
      ? b.op("ReduceMax", [window, b.ints([axis])], {}, options)
      : b.op("ReduceMean", [window, b.ints([axis])], {}, options);
  });
  return s.concat(parts, axis);
}

export const adaptiveAverage: RewriteRule<"AdaptiveAveragePool"> = (node, b) => lower(node, b, false);
export const adaptiveMax: RewriteRule<"AdaptiveMaxPool"> = (node, b) => lower(node, b, true);

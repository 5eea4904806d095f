// Layers that Keras lacks, as layers that it has: p-norm pooling, local response normalisation, padding by the edge, and
// interpolations of other engines as products with a matrix per axis.
import { isFloat, isDType } from "@isoform/core";
import type { GraphBuilder } from "../../ir/builder.js";
import type { RewriteRule, RewriteRules } from "../../ir/passes/rewrite.js";
import type { IrNode, IrValue } from "../../ir/types.js";
import { Sketch } from "../onnx/lower/common.js";
import { literalNumbers } from "../../ir/walk.js";
import { resizeMatrix } from "./resize-matrix.js";

function input(node: IrNode, i: number): IrValue | null {
  return node.inputs[i] ?? null;
}

const named = (node: IrNode, part: string) => ({ name: `${node.name}/${part}`, scope: node.scope });

/** (Σ |x|^p)^(1/p) of every window. */
const lpPool: RewriteRule<"LpPool"> = (node, b) => {
  const x = input(node, 0);
  if (!x) return null;
  const s = new Sketch(b, node);
  const { p, ...window } = node.attrs;
  const count = window.kernel_shape.reduce((n, k) => n * k, 1);
  const power = (v: IrValue, e: number) => b.op("Pow", [v, s.num(e)], {}, named(node, "power"));
  const base = p % 2 === 0 ? x : b.op("Abs", [x], {}, named(node, "abs"));
  const mean = b.op(
    "AveragePool",
    [power(base, p)],
    { ...window, count_include_pad: 1 },
    named(node, "mean"),
  );
  return [power(s.mul(mean, count), 1 / p)];
};

/** x / (bias + alpha/size · Σ x²)^beta over neighbouring channels: a sum of shifted squares. */
const lrn: RewriteRule<"LRN"> = (node, b) => {
  const x = input(node, 0);
  const channels = x?.dims?.[1];
  const rank = x?.dims?.length;
  if (!x || typeof channels !== "number" || rank === undefined) return null;
  const { size, alpha, beta, bias } = node.attrs;
  const s = new Sketch(b, node);
  const low = Math.floor((size - 1) / 2);
  const edge = (n: number) => Array.from({ length: rank }, (_, i) => (i === 1 ? n : 0));
  const pads = b.ints([...edge(low), ...edge(size - 1 - low)]);
  const padded = b.op("Pad", [s.mul(x, x), pads], { mode: "constant" }, named(node, "pad"));
  const parts = Array.from({ length: size }, (_, i) => s.slice(padded, 1, i, i + channels));
  const sum = parts.reduce((p, q) => s.add(p, q));
  const base = s.add(s.mul(sum, alpha / size), bias);
  const power = b.op("Pow", [base, s.num(beta)], {}, named(node, "power"));
  return [s.div(x, power)];
};

/** The first and the last entries of an axis, repeated. */
const pad: RewriteRule<"Pad"> = (node, b) => {
  const x = input(node, 0);
  const given = literalNumbers({ weights: b.weights }, node.inputs[1]);
  const rank = x?.dims?.length;
  if (node.attrs.mode !== "edge" || !x || !given || rank === undefined) return null;
  const listed = node.inputs[3] ? literalNumbers({ weights: b.weights }, node.inputs[3]) : null;
  if (node.inputs[3] && !listed) return null;
  const axes = (listed ?? Array.from({ length: rank }, (_, i) => i)).map((a) => (a < 0 ? a + rank : a));
  if (given.some((n) => n < 0)) return null;
  const s = new Sketch(b, node);
  return [
    axes.reduce((y, axis, i) => {
      const [low, high] = [given[i]!, given[axes.length + i]!];
      const first = s.slice(y, axis, 0, 1);
      const last = s.slice(y, axis, -1, 2 ** 31 - 1);
      const parts = [
        ...Array.from({ length: low }, () => first),
        y,
        ...Array.from({ length: high }, () => last),
      ];
      return parts.length === 1 ? y : s.concat(parts, axis);
    }, x),
  ];
};

/** A resize that no layer of Keras does: every axis times a matrix of the weights of the places it reads. */
const resize: RewriteRule<"Resize"> = (node, b) => {
  const x = input(node, 0);
  const [y] = node.outputs;
  const dtype = x?.dtype;
  if (!x?.dims || !y?.dims || !dtype || !isDType(dtype) || !isFloat(dtype)) return null;
  if (isKerasResize(node) || node.attrs.antialias || node.attrs.axes) return null;
  const scales = node.inputs[2] ? literalNumbers({ weights: b.weights }, node.inputs[2]) : null;
  const rank = x.dims.length;
  let out = x;
  for (let axis = 0; axis < rank; axis++) {
    const [from, to] = [x.dims[axis], y.dims[axis]];
    if (from === to && (!scales?.length || scales[axis] === 1)) continue;
    if (typeof from !== "number" || typeof to !== "number") return null;
    const scale = scales?.length ? scales[axis]! : to / from;
    const matrix = resizeMatrix(from, to, scale, node.attrs);
    if (!matrix) return null;
    out = alongAxis(out, axis, rank, b.literal(matrix, [from, to], dtype), node, b);
  }
  return [out];
};

/** Half-pixel bilinear and nearest images have layers of their own. */
function isKerasResize(node: IrNode<"Resize">): boolean {
  const { mode, coordinate_transformation_mode: where } = node.attrs;
  if (mode === "cubic") return false;
  return mode !== "linear" || where === "half_pixel" || where === "pytorch_half_pixel";
}

/** `x` times `[n, m]` along an axis. */
function alongAxis(
  x: IrValue,
  axis: number,
  rank: number,
  matrix: IrValue,
  node: IrNode,
  b: GraphBuilder,
): IrValue {
  const s = new Sketch(b, node);
  if (axis === rank - 1) return s.matmul(x, matrix);
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  return s.transpose(s.matmul(s.transpose(x, perm), matrix), perm);
}

/** The smallest elements are the greatest of the negated ones; equal ones keep their order in both. */
const topK: RewriteRule<"TopK"> = (node, b) => {
  const [x, k] = node.inputs;
  if (!x || !k || node.attrs.largest) return null;
  const options = {
    name: node.name,
    scope: node.scope,
    outputs: node.outputs.map((v) => (v ? v.name : null)),
  };
  const negated = b.op("Neg", [x], {}, named(node, "negated"));
  const [values, places] = b.node("TopK", [negated, k], { ...node.attrs, largest: 1 }, options);
  return [values ? b.op("Neg", [values], {}, named(node, "values")) : null, places ?? null];
};

/** Rules by op; a rule keeps what Keras has. */
export const KERAS_LOWERINGS: RewriteRules = {
  LpPool: lpPool,
  LRN: lrn,
  Pad: pad,
  Resize: resize,
  TopK: topK,
};

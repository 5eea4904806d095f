// Ops that ONNX lacks at some opset, written with older ones.
import { ArgumentError } from "@isoform/core";
import type { IrNode, IrValue } from "../../../ir/types.js";
import type { RewriteRule } from "../../../ir/passes/rewrite.js";
import { applySteps } from "../../../ir/weights.js";
import { Sketch } from "./common.js";

/** Input `i` that must be there. */
export function need(node: IrNode, i: number): IrValue {
  const v = node.inputs[i];
  if (!v)
    throw new ArgumentError(`input ${i} is missing`, {
      code: "ir/input-missing",
      op: node.op,
      path: node.name,
    });
  return v;
}

/** Gemm with transB for two axes, MatMul with the transposed weight and Add for more. */
export const linear: RewriteRule<"Linear"> = (node, b) => {
  const [x, w] = [need(node, 0), need(node, 1)];
  const bias = node.inputs[2] ?? null;
  const options = { name: node.name, scope: node.scope };
  if (x.dims?.length === 2) {
    const inputs = bias ? [x, w, bias] : [x, w];
    return [b.op("Gemm", inputs, { transB: 1 }, options)];
  }
  const s = new Sketch(b, node);
  const weight = b.weights.get(w);
  let right: IrValue;
  if (weight) {
    const steps = [{ kind: "transpose", perm: [1, 0] }] as const;
    const source =
      weight.source?.axis === null
        ? { axis: null, pieces: weight.source.pieces.map((p) => ({ ...p, steps: [...p.steps, ...steps] })) }
        : null;
    right = b.weight(`${w.name}.T`, applySteps(weight.tensor, steps), {
      trainable: weight.trainable,
      source,
    });
  } else right = s.transpose(w, [1, 0]);
  const y = b.op("MatMul", [x, right], {}, options);
  return [bias ? s.add(y, bias) : y];
};

/** x/2 (1 + erf(x/√2)), or its tanh approximation (Hendrycks & Gimpel 2016). */
export const gelu: RewriteRule<"Gelu"> = (node, b) => {
  const x = need(node, 0);
  const s = new Sketch(b, node);
  const half = s.mul(x, 0.5);
  if (node.attrs.approximate !== "tanh")
    return [s.mul(half, s.add(s.unary("Erf", s.mul(x, Math.SQRT1_2)), 1))];
  const cubed = s.mul(s.mul(x, x), x);
  const inner = s.mul(s.add(x, s.mul(cubed, 0.044715)), Math.sqrt(2 / Math.PI));
  return [s.mul(half, s.add(s.unary("Tanh", inner), 1))];
};

export const mish: RewriteRule<"Mish"> = (node, b) => {
  const s = new Sketch(b, node);
  return [s.mul(need(node, 0), s.unary("Tanh", s.unary("Softplus", need(node, 0))))];
};

export const hardSwish: RewriteRule<"HardSwish"> = (node, b) => {
  const s = new Sketch(b, node);
  const gate = b.op(
    "HardSigmoid",
    [need(node, 0)],
    { alpha: 1 / 6, beta: 0.5 },
    { name: `${node.name}/gate` },
  );
  return [s.mul(need(node, 0), gate)];
};

function swishOf(s: Sketch, x: IrValue, alpha: number): IrValue {
  return s.mul(x, s.unary("Sigmoid", alpha === 1 ? x : s.mul(x, alpha)));
}

export const swish: RewriteRule<"Swish"> = (node, b) => [
  swishOf(new Sketch(b, node), need(node, 0), node.attrs.alpha),
];

export const swiGlu: RewriteRule<"SwiGLU"> = (node, b) => {
  const s = new Sketch(b, node);
  return [s.mul(swishOf(s, need(node, 0), node.attrs.alpha), need(node, 1))];
};

export const castLike: RewriteRule<"CastLike"> = (node, b) => {
  const to = need(node, 1).dtype;
  return to === null ? null : [b.op("Cast", [need(node, 0)], { to }, { name: node.name, scope: node.scope })];
};

// Activations that exporters write out: GELU, SiLU, Mish, hard swish.
import { attrsFrom } from "../../builder.js";
import type { AttrValue, IrOp } from "../../ops/table.js";
import type { IrNode, IrValue } from "../../types.js";
import { isOp } from "../../walk.js";
import type { Finder, Match, Pattern } from "./pattern.js";

function unaryMatch<K extends IrOp>(
  op: K,
  attrs: readonly (readonly [string, AttrValue])[],
  x: IrValue,
  last: IrNode,
  others: readonly IrNode[],
): Match {
  const node: IrNode<K> = {
    op,
    name: last.name,
    scope: last.scope,
    inputs: [x],
    outputs: last.outputs,
    attrs: attrsFrom<K>(new Map(attrs)),
  };
  return { replaces: [...others, last], node };
}

/** x · f(x) where f(x) is read by nothing else. */
const gated: Finder = (p, node) => {
  if (!isOp(node, "Mul")) return null;
  for (const gate of node.inputs) {
    if (!gate || !p.readOnlyBy(gate, node)) continue;
    const x = p.other(node, gate);
    if (!x) continue;
    const sigmoid = p.maker(gate, "Sigmoid");
    if (sigmoid?.inputs[0] === x) return unaryMatch("Swish", [["alpha", 1]], x, node, [sigmoid]);
    const hard = p.maker(gate, "HardSigmoid");
    if (hard?.inputs[0] === x && Math.abs(hard.attrs.alpha - 1 / 6) < 1e-6 && hard.attrs.beta === 0.5) {
      return unaryMatch("HardSwish", [], x, node, [hard]);
    }
    const tanh = p.maker(gate, "Tanh");
    const softplus = p.maker(tanh?.inputs[0], "Softplus");
    if (tanh && softplus?.inputs[0] === x && p.readOnlyBy(softplus.outputs[0], tanh)) {
      return unaryMatch("Mish", [], x, node, [softplus, tanh]);
    }
  }
  return null;
};

/** 1 + erf(x / √2) made by an Add; gives x. */
function erfTerm(p: Pattern, v: IrValue | null | undefined): { x: IrValue; nodes: IrNode[] } | null {
  const add = p.maker(v, "Add");
  const erf = p.maker(p.beside(add, 1), "Erf");
  const inner = erf?.inputs[0];
  const scaled = p.maker(inner, "Div") ?? p.maker(inner, "Mul");
  if (!add || !erf || !scaled) return null;
  const x =
    scaled.op === "Div"
      ? near(p.number(scaled.inputs[1]), Math.SQRT2)
        ? scaled.inputs[0]
        : null
      : p.beside(scaled, Math.SQRT1_2);
  if (!x || !p.readOnlyBy(erf.outputs[0], add) || !p.readOnlyBy(scaled.outputs[0], erf)) return null;
  return { x, nodes: [scaled, erf, add] };
}

const near = (v: number | null, wanted: number): boolean => v !== null && Math.abs(v - wanted) < 1e-5;

/** x/2 (1 + erf(x/√2)), the half anywhere in the product. */
const gelu: Finder = (p, node) => {
  if (!isOp(node, "Mul")) return null;
  // (x · t) · 0.5
  const product = p.maker(p.beside(node, 0.5), "Mul");
  if (product && p.readOnlyBy(product.outputs[0], node)) {
    for (const v of product.inputs) {
      const term = erfTerm(p, v);
      if (term && v && p.other(product, v) === term.x && p.readOnlyBy(v, product)) {
        return unaryMatch("Gelu", [["approximate", "none"]], term.x, node, [...term.nodes, product]);
      }
    }
  }
  // (0.5 · x) · t, or x · (0.5 · t)
  for (const v of node.inputs) {
    const half = v ? p.other(node, v) : null;
    const term = erfTerm(p, v);
    const scaled = p.maker(half, "Mul");
    if (
      term &&
      v &&
      scaled &&
      p.beside(scaled, 0.5) === term.x &&
      p.readOnlyBy(v, node) &&
      p.readOnlyBy(half, node)
    ) {
      return unaryMatch("Gelu", [["approximate", "none"]], term.x, node, [...term.nodes, scaled]);
    }
    const inner = p.maker(v, "Mul");
    const halved = erfTerm(p, p.beside(inner, 0.5));
    if (
      inner &&
      halved &&
      half === halved.x &&
      p.readOnlyBy(v, node) &&
      p.readOnlyBy(halved.nodes[2]?.outputs[0], inner)
    ) {
      return unaryMatch("Gelu", [["approximate", "none"]], halved.x, node, [...halved.nodes, inner]);
    }
  }
  return null;
};

/** Finders of activations, longer patterns first. */
export const ACTIVATION_FINDERS: readonly Finder[] = [gelu, gated];

// Layer normalisation written out: (x - mean) / sqrt(mean((x - mean)²) + eps) · gamma + beta.
import { attrsFrom } from "../../builder.js";
import type { IrNode, IrValue } from "../../types.js";
import { isOp } from "../../walk.js";
import type { Finder, Pattern } from "./pattern.js";

/** Axes of a mean that are the trailing ones; gives how many. */
function trailingMean(
  p: Pattern,
  v: IrValue | null | undefined,
): { x: IrValue; count: number; node: IrNode } | null {
  const mean = p.maker(v, "ReduceMean");
  const x = mean?.inputs[0];
  const axes = p.numbers(mean?.inputs[1]);
  const rank = x?.dims?.length;
  if (!mean || !x || !axes || !mean.attrs.keepdims) return null;
  const fromEnd = axes.map((a) => (a >= 0 ? (rank === undefined ? NaN : a - rank) : a)).sort((a, b) => a - b);
  const fits = fromEnd.every((a, i) => a === i - fromEnd.length);
  return fits ? { x, count: axes.length, node: mean } : null;
}

/** The square of a value: v·v or v². */
function squared(p: Pattern, v: IrValue | null | undefined): { of: IrValue; node: IrNode } | null {
  const mul = p.maker(v, "Mul");
  if (mul && mul.inputs[0] && mul.inputs[0] === mul.inputs[1]) return { of: mul.inputs[0], node: mul };
  const pow = p.maker(v, "Pow");
  if (pow?.inputs[0] && p.number(pow.inputs[1]) === 2) return { of: pow.inputs[0], node: pow };
  return null;
}

/** The normalised part, made by a Div. */
function normalised(p: Pattern, v: IrValue | null | undefined) {
  const div = p.maker(v, "Div");
  const centred = div?.inputs[0];
  const root = p.maker(div?.inputs[1], "Sqrt");
  const shifted = p.maker(root?.inputs[0], "Add");
  if (!div || !centred || !root || !shifted) return null;
  const [left, right] = shifted.inputs;
  const epsilon = p.number(right) ?? p.number(left);
  const variance = trailingMean(p, p.number(right) === null ? right : left);
  const square = squared(p, variance?.x);
  const sub = p.maker(centred, "Sub");
  const mean = trailingMean(p, sub?.inputs[1]);
  if (epsilon === null || !variance || !square || !sub || !mean || square.of !== centred) return null;
  if (mean.x !== sub.inputs[0] || mean.count !== variance.count) return null;
  const nodes = [mean.node, sub, square.node, variance.node, shifted, root, div];
  const inside = (value: IrValue | null | undefined, by: IrNode) => p.readOnlyBy(value, by);
  const alone =
    inside(mean.node.outputs[0], sub) &&
    inside(square.node.outputs[0], variance.node) &&
    inside(variance.node.outputs[0], shifted);
  return alone && inside(shifted.outputs[0], root) && inside(root.outputs[0], div)
    ? { x: mean.x, count: mean.count, epsilon, nodes }
    : null;
}

/** Ends at the Add of beta, or at the Mul by gamma when there is no beta. */
export const layerNorm: Finder = (p, node) => {
  if (!isOp(node, "Add")) return null;
  for (const v of node.inputs) {
    const beta = v ? p.other(node, v) : null;
    const mul = p.maker(v, "Mul");
    if (!v || !beta || !mul || !p.graph.weights.has(beta) || !p.readOnlyBy(v, node)) continue;
    for (const n of mul.inputs) {
      const found = normalised(p, n);
      const gamma = n ? p.other(mul, n) : null;
      if (!found || !n || !gamma || !p.graph.weights.has(gamma) || !p.readOnlyBy(n, mul)) continue;
      if (gamma.dims?.length !== found.count || beta.dims?.length !== found.count) continue;
      return {
        replaces: [...found.nodes, mul, node],
        node: {
          op: "LayerNormalization",
          name: node.name,
          scope: node.scope,
          inputs: [found.x, gamma, beta],
          outputs: node.outputs,
          attrs: attrsFrom<"LayerNormalization">(
            new Map<string, number | "float32">([
              ["axis", -found.count],
              ["epsilon", found.epsilon],
              ["stash_type", "float32"],
            ]),
          ),
        },
      };
    }
  }
  return null;
};

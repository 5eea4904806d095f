// Rewrites a graph node by node: a rule may replace a node by others; names of the values it made stay.
import { attrsFrom, GraphBuilder } from "../builder.js";
import type { AttrValue, IrOp } from "../ops/table.js";
import type { IrGraph, IrNode, IrValue } from "../types.js";
import { isGraph } from "../walk.js";

/** Replaces a node: returns the new outputs in the old order, or null to keep the node. */
export type RewriteRule<K extends IrOp> = (
  node: IrNode<K>,
  b: GraphBuilder,
) => readonly (IrValue | null)[] | null;

/** Rules by op. */
export type RewriteRules = { readonly [K in IrOp]?: RewriteRule<K> };

/** A copy of `graph` with the rules applied everywhere, subgraphs included. Inputs and weights are shared. */
export function rewriteGraph(graph: IrGraph, rules: RewriteRules, outer?: Rewriter): IrGraph {
  return new Rewriter(graph, rules, outer).run();
}

class Rewriter {
  private readonly graph: IrGraph;
  private readonly rules: RewriteRules;
  private readonly outer: Rewriter | undefined;
  readonly builder: GraphBuilder;
  private readonly renamed: Map<IrValue, IrValue> = new Map();
  private readonly inputs: ReadonlySet<IrValue>;

  constructor(graph: IrGraph, rules: RewriteRules, outer: Rewriter | undefined) {
    this.graph = graph;
    this.inputs = new Set(graph.inputs);
    this.rules = rules;
    this.outer = outer;
    this.builder = new GraphBuilder(graph.name, outer?.builder);
    this.builder.adopt(graph);
  }

  map(v: IrValue): IrValue {
    return this.renamed.get(v) ?? this.outer?.map(v) ?? v;
  }

  run(): IrGraph {
    for (const node of this.graph.nodes) this.visit(node);
    return this.builder.finish(this.graph.outputs.map((v) => this.map(v)));
  }

  private visit(given: IrNode): void {
    const node: IrNode = {
      ...given,
      inputs: given.inputs.map((v) => v && this.map(v)),
      attrs: attrsFrom(this.attributes(given)),
    };
    const made = applyRule(this.rules, node, this.builder);
    if (made === null) {
      this.builder.push(node);
      return;
    }
    given.outputs.forEach((old, i) => {
      const now = made[i];
      if (!old || !now) return;
      this.renamed.set(old, now);
      if (this.builder.made(now) && !this.inputs.has(now)) this.builder.takeName(now, old);
    });
  }

  private attributes(node: IrNode): Map<string, AttrValue> {
    const out = new Map<string, AttrValue>();
    const attrs: Readonly<Record<string, AttrValue | undefined>> = { ...node.attrs };
    for (const [name, value] of Object.entries(attrs)) {
      if (value === undefined) continue;
      out.set(name, isGraph(value) ? rewriteGraph(value, this.rules, this) : value);
    }
    return out;
  }
}

function applyRule<K extends IrOp>(
  rules: RewriteRules,
  node: IrNode<K>,
  b: GraphBuilder,
): readonly (IrValue | null)[] | null {
  const rule: RewriteRule<K> | undefined = rules[node.op];
  return rule ? rule(node, b) : null;
}

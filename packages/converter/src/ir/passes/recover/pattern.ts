// What pattern rules look at: who makes a value, who reads it, which values are literals.
import type { IrOp } from "../../ops/table.js";
import type { IrGraph, IrNode, IrValue } from "../../types.js";
import { isOp, literalNumbers, makersOf, usesOf } from "../../walk.js";

/** A graph prepared for matching. */
export class Pattern {
  readonly graph: IrGraph;
  private readonly makers: Map<IrValue, IrNode>;
  private readonly uses: Map<IrValue, (IrNode | null)[]>;

  constructor(graph: IrGraph) {
    this.graph = graph;
    this.makers = makersOf(graph);
    this.uses = usesOf(graph);
  }

  /** The node of op `op` that makes `v`, or null. */
  maker<K extends IrOp>(v: IrValue | null | undefined, op: K): (IrNode & IrNode<K>) | null {
    const node = v ? this.makers.get(v) : undefined;
    return node && isOp(node, op) ? node : null;
  }
  /** The only reader of `v` when it is of op `op`; null when there are others or `v` is an output. */
  onlyReader<K extends IrOp>(v: IrValue | null | undefined, op: K): (IrNode & IrNode<K>) | null {
    const list = v ? this.uses.get(v) : undefined;
    const [node] = list ?? [];
    return list?.length === 1 && node && isOp(node, op) ? node : null;
  }
  /** True when `node` is the only reader of `v`. */
  readOnlyBy(v: IrValue | null | undefined, node: IrNode): boolean {
    const list = v ? this.uses.get(v) : undefined;
    return list?.length === 1 && list[0] === node;
  }
  /** The one number of a literal. */
  number(v: IrValue | null | undefined): number | null {
    const values = literalNumbers(this.graph, v);
    return values?.length === 1 ? values[0]! : null;
  }
  numbers(v: IrValue | null | undefined): number[] | null {
    return literalNumbers(this.graph, v);
  }
  /** The operand of a two-input node that is not `v`. */
  other(node: IrNode, v: IrValue): IrValue | null {
    const [a, b] = node.inputs;
    return a === v ? (b ?? null) : b === v ? (a ?? null) : null;
  }
  /** The operand beside a literal close to `value`, in either order. */
  beside(node: IrNode | null, value: number): IrValue | null {
    const [a, b] = node?.inputs ?? [];
    const is = (v: IrValue | null | undefined) => {
      const n = this.number(v);
      return n !== null && Math.abs(n - value) <= 1e-5 * Math.max(1, Math.abs(value));
    };
    return is(b) ? (a ?? null) : is(a) ? (b ?? null) : null;
  }
}

/** Nodes to replace: the last one is where the new node stands, the others vanish. */
export interface Match<K extends IrOp = IrOp> {
  readonly replaces: readonly IrNode[];
  readonly node: IrNode<K>;
}

/** Looks for a pattern that ends in `node`. */
export type Finder = (p: Pattern, node: IrNode) => Match | null;

// Fusion: runs of elementwise operations over one shape become one unit, computed in a single loop without memory for
// what lies between, together with what makes an input of the loop and what reduces its results, so that parts of those
// can be used while they are in cache. Works on any backend: what can be fused is the caller's to say.
import type { Graph, GraphNode, GraphVar } from "../ir/graph.js";
import { sameShape } from "../tensor/view.js";

/** One operation. */
export interface OpUnit {
  readonly kind: "op";
  readonly node: GraphNode;
}

/** Elementwise operations over `shape`, in order. */
export interface FusedUnit {
  readonly kind: "fused";
  readonly shape: readonly number[];
  /** An operation that runs first and whose result the loop reads. */
  readonly head: GraphNode | null;
  /** An operation that runs last and reads one result of the loop. */
  readonly tail: GraphNode | null;
  readonly nodes: readonly GraphNode[];
  /** Values that the loop reads, without constants: from outside, and the head's. */
  readonly reads: readonly GraphVar[];
  /** Values of the loop that something outside needs or the tail reads. */
  readonly writes: readonly GraphVar[];
  /** Whether nothing but the tail and the loop reads what the tail reads. */
  readonly passing: boolean;
  /** Constants that are part of the loop. */
  readonly literals: ReadonlyMap<GraphVar, number | bigint>;
}

/** What is computed in one go. */
export type Unit = OpUnit | FusedUnit;

/** What a backend can fuse. */
export interface Fusable {
  /** Operations that may be part of a loop over their output's shape; all of their inputs must have that shape. */
  elementwise(node: GraphNode): boolean;
  /** Operations of one output after which a loop may run in the same unit. */
  head(node: GraphNode): boolean;
  /** Operations of one input, which has the shape of the loop, before which a loop may run in the same unit. */
  tail(node: GraphNode): boolean;
  /**
   * Operations of which none may depend on another one of a loop: long chains of dependent instructions leave a processor
   * waiting, which costs more than memory for what lies between. None by default.
   */
  heavy?(node: GraphNode): boolean;
  /** The most arrays that a loop may read and write; default 15. */
  readonly mostOperands?: number;
}

/** More operations than this are not put into one loop: registers run out, and compilers slow down. */
const MOST_NODES = 48;
/** More arrays than this are not read and written in one loop. */
const MOST_OPERANDS = 15;
/** A loop that comes more operations than this after a head leaves it its place: what the head reads would wait too. */
const NEAR = 16;

/** Operations whose result is a view of their first input. */
const VIEWS: ReadonlySet<string> = new Set(["reshape", "broadcastTo", "transpose", "slice", "flip"]);

/**
 * The value of all elements of a constant or of a view of one, or null. Views stay views: kernels that read them add up in
 * the same order as eagerly.
 */
export function repeatedValue(
  { op, inputs, attrs }: GraphNode,
  valueOf: (v: GraphVar) => number | bigint | null,
): number | bigint | null {
  if (op.id === "full") return (attrs as { readonly value: number | bigint }).value;
  return VIEWS.has(op.id) ? valueOf(inputs[0]!) : null;
}

interface Group {
  nodes: GraphNode[];
  readonly fused: boolean;
  head: GraphNode | null;
  tail: GraphNode | null;
  /** Position of the first node. */
  first: number;
  /** Position of the last node of the group and of everything that it depends on. */
  last: number;
}

class Fuser {
  private readonly groupOf = new Map<GraphVar | null, Group>();
  private readonly groups = new Set<Group>();
  private readonly literals = new Map<GraphVar | null, number | bigint>();
  private readonly users = new Map<GraphVar | null, GraphNode[]>();
  private readonly positions = new Map<GraphNode, number>();
  private readonly graph: Graph;
  private readonly fusable: Fusable;

  constructor(graph: Graph, fusable: Fusable) {
    this.graph = graph;
    this.fusable = fusable;
    graph.nodes.forEach((n, i) => {
      this.positions.set(n, i);
      for (const v of n.outputs) this.users.set(v, []);
      for (const v of n.inputs) this.users.get(v)?.push(n);
    });
  }

  /** Whether loops that read the result need no memory for it. */
  isLiteral(node: GraphNode): boolean {
    return this.literals.has(node.outputs[0]!);
  }

  run(): Unit[] {
    for (const [node, position] of this.positions) {
      const value = repeatedValue(node, (v) => this.literals.get(v) ?? null);
      if (value !== null) this.literals.set(node.outputs[0]!, value);
      const fused = this.fusable.elementwise(node);
      const group: Group = { nodes: [node], fused, head: null, tail: null, first: position, last: position };
      for (const v of node.outputs) this.groupOf.set(v, group);
      for (const other of fused ? this.join(group) : []) this.merge(group, other);
      this.groups.add(group);
    }
    for (const g of this.groups) if (g.fused) this.extend(g);
    return this.ordered().map((g) => this.unitOf(g));
  }

  /** Other groups that made inputs of a group. */
  private needs(group: Group): Set<Group> {
    const makers = group.nodes.flatMap((n) => n.inputs.map((v) => this.groupOf.get(v)));
    return new Set(makers.filter((g): g is Group => g !== undefined && g !== group));
  }

  /** Moves the nodes of `other` to `group`. */
  private merge(group: Group, other: Group): void {
    group.nodes = [...other.nodes, ...group.nodes];
    group.first = Math.min(group.first, other.first);
    group.last = Math.max(group.last, other.last);
    for (const n of other.nodes) for (const v of n.outputs) this.groupOf.set(v, group);
    this.groups.delete(other);
    this.delay(group);
  }

  /** What depends on a group comes after everything that the group depends on. */
  private delay(group: Group): void {
    for (const v of group.nodes.flatMap((n) => n.outputs))
      for (const user of this.users.get(v)!) {
        const after = this.groupOf.get(user.outputs[0]!);
        if (after === undefined || after.last >= group.last) continue;
        after.last = group.last;
        this.delay(after);
      }
  }

  /** Takes in a head and a tail. */
  private extend(group: Group): void {
    const { nodes } = group;
    const take = (n: GraphNode): boolean => {
      const other = this.groupOf.get(n.outputs[0]!)!;
      if (other.fused || this.cyclic([group, other])) return false;
      this.merge(group, other);
      return true;
    };
    for (const n of nodes) {
      for (const v of n.inputs) {
        const maker = this.groupOf.get(v)?.nodes[0];
        if (group.head || !maker || !this.fusable.head(maker)) continue;
        if (this.positions.get(n)! - this.positions.get(maker)! <= NEAR && take(maker)) group.head = maker;
      }
      for (const user of this.users.get(n.outputs[0]!)!) {
        if (!group.tail && this.fusable.tail(user) && take(user)) group.tail = user;
      }
    }
  }

  /** Groups that made inputs of `group` and can be computed together with it. */
  private join(group: Group): Group[] {
    const shape = group.nodes[0]!.outputs[0]!.shape;
    const joined: Group[] = [];
    for (const other of this.needs(group)) {
      if (!other.fused || !sameShape(other.nodes[0]!.outputs[0]!.shape, shape)) continue;
      const all = [...joined, other, group];
      if (this.fits(all) && !this.cyclic(all)) joined.push(other);
    }
    return joined;
  }

  private fits(groups: readonly Group[]): boolean {
    const nodes = groups.flatMap((g) => g.nodes);
    const operands = this.readsOf(nodes).length + this.leaving(nodes).length;
    const most = this.fusable.mostOperands ?? MOST_OPERANDS;
    return nodes.length <= MOST_NODES && operands <= most && !this.chained(nodes);
  }

  /** Whether a heavy operation depends on another one. */
  private chained(nodes: readonly GraphNode[]): boolean {
    const late = new Set<GraphVar | null>();
    const sorted = [...nodes].sort((a, b) => this.positions.get(a)! - this.positions.get(b)!);
    return sorted.some((n) => {
      const heavy = this.fusable.heavy?.(n);
      const after = n.inputs.some((v) => late.has(v));
      if (heavy || after) late.add(n.outputs[0]!);
      return heavy && after;
    });
  }

  /** Results of `nodes` that something other than these and `tail` needs. */
  private leaving(nodes: readonly GraphNode[], tail: GraphNode | null = null): GraphVar[] {
    const outside = (n: GraphNode): boolean => n !== tail && !nodes.includes(n);
    return nodes.flatMap(({ outputs }) =>
      outputs.filter((v) => this.graph.outputs.includes(v) || this.users.get(v)!.some(outside)),
    );
  }

  private readsOf(nodes: readonly GraphNode[]): GraphVar[] {
    const inside = new Set<GraphVar | null>(nodes.flatMap((n) => n.outputs));
    const reads = nodes.flatMap((n) => n.inputs);
    return [
      ...new Set(reads.filter((v): v is GraphVar => v !== null && !inside.has(v) && !this.literals.has(v))),
    ];
  }

  /** Whether something outside depends on one of the groups and is needed by another. */
  private cyclic(groups: readonly Group[]): boolean {
    const first = Math.min(...groups.map((g) => g.first));
    const seen = new Set(groups);
    const outside = groups.flatMap((g) => [...this.needs(g)]);
    for (const g of outside) {
      if (seen.has(g) || g.last < first) continue;
      seen.add(g);
      const needed = [...this.needs(g)];
      if (needed.some((n) => groups.includes(n))) return true;
      outside.push(...needed);
    }
    return false;
  }

  /** Groups in an order in which everything comes after what it needs; otherwise as the program has them. */
  private ordered(): Group[] {
    const order = new Set<Group>();
    for (const root of [...this.groups].sort((a, b) => a.last - b.last)) {
      const stack: [Group, boolean][] = [[root, false]];
      for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
        const [g, ready] = top;
        if (order.has(g)) continue;
        if (ready) {
          order.add(g);
          continue;
        }
        stack.push([g, true]);
        for (const from of [...this.needs(g)].reverse()) stack.push([from, false]);
      }
    }
    return [...order];
  }

  private unitOf(group: Group): Unit {
    const { fused, head, tail } = group;
    if (!fused) return { kind: "op", node: group.nodes[0]! };
    const at = (n: GraphNode): number => this.positions.get(n)!;
    const nodes = group.nodes.filter((n) => n !== head && n !== tail).sort((a, b) => at(a) - at(b));
    const writes = this.leaving(nodes);
    const passing = tail !== null && !this.leaving(nodes, tail).includes(tail.inputs[0]!);
    const literals = new Map<GraphVar, number | bigint>();
    for (const v of nodes.flatMap((n) => n.inputs)) {
      const value = this.literals.get(v);
      if (v !== null && value !== undefined) literals.set(v, value);
    }
    const { shape } = nodes[0]!.outputs[0]!;
    return { kind: "fused", shape, head, tail, nodes, reads: this.readsOf(nodes), writes, passing, literals };
  }
}

/**
 * The units of a graph, in an order to run them in. Constants that only loops read need no unit. At most 48
 * operations and 15 arrays, read and written, go into one loop. Never throws on a graph that `verifyGraph` accepts.
 */
export function fuse(graph: Graph, fusable: Fusable): Unit[] {
  const fuser = new Fuser(graph, fusable);
  const read = new Set<GraphVar | null>(graph.outputs);
  const needed = (u: Unit): boolean => {
    if (u.kind === "op" && fuser.isLiteral(u.node) && !read.has(u.node.outputs[0]!)) return false;
    for (const v of u.kind === "op" ? u.node.inputs : [...u.reads, ...(u.head?.inputs ?? [])]) read.add(v);
    return true;
  };
  return fuser.run().reverse().filter(needed).reverse();
}

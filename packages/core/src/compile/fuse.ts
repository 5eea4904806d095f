// Fusion: runs of elementwise operations over one shape become one unit, computed in a single loop without memory for
// what lies between. Works on any backend: which operations can be in a loop is the caller's to say.
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
  readonly nodes: readonly GraphNode[];
  /** Values from outside that the loop reads, without constants. */
  readonly reads: readonly GraphVar[];
  /** Values that something outside needs. */
  readonly writes: readonly GraphVar[];
  /** Constants that are part of the loop. */
  readonly literals: ReadonlyMap<GraphVar, number | bigint>;
}

/** What is computed in one go. */
export type Unit = OpUnit | FusedUnit;

/** More operations than this are not put into one loop: registers run out, and compilers slow down. */
const MOST_NODES = 48;
/** More arrays than this are not read in one loop. */
const MOST_READS = 12;

interface Group {
  nodes: GraphNode[];
  readonly fused: boolean;
  /** Position of the first node: a lower bound of everything that depends on the group. */
  first: number;
}

class Fuser {
  private readonly groupOf = new Map<GraphVar, Group>();
  private readonly literals = new Map<GraphVar, number | bigint>();
  private readonly graph: Graph;
  private readonly fusable: (node: GraphNode) => boolean;

  constructor(graph: Graph, fusable: (node: GraphNode) => boolean) {
    this.graph = graph;
    this.fusable = fusable;
  }

  run(): Unit[] {
    const groups = new Set<Group>();
    this.graph.nodes.forEach((node, position) => {
      if (node.op.id === "full") {
        this.literals.set(node.outputs[0]!, (node.attrs as { readonly value: number | bigint }).value);
      }
      const fused = this.fusable(node);
      const group: Group = { nodes: [node], fused, first: position };
      const joined = fused ? this.join(group) : [];
      for (const other of joined) {
        group.nodes = [...other.nodes, ...group.nodes];
        group.first = Math.min(group.first, other.first);
        groups.delete(other);
      }
      groups.add(group);
      for (const n of group.nodes) for (const v of n.outputs) this.groupOf.set(v, group);
    });
    return this.ordered([...groups]).flatMap((g) => this.unitOf(g));
  }

  /** Groups that made inputs of `group` and can be computed together with it. */
  private join(group: Group): Group[] {
    const shape = group.nodes[0]!.outputs[0]!.shape;
    const joined: Group[] = [];
    for (const v of group.nodes[0]!.inputs) {
      const other = v === null ? undefined : this.groupOf.get(v);
      if (!other?.fused || joined.includes(other)) continue;
      if (!sameShape(other.nodes[0]!.outputs[0]!.shape, shape)) continue;
      const all = [...joined, other, group];
      if (this.fits(all) && !this.cyclic(all)) joined.push(other);
    }
    return joined;
  }

  private fits(groups: readonly Group[]): boolean {
    const nodes = groups.flatMap((g) => g.nodes);
    return nodes.length <= MOST_NODES && this.readsOf(nodes).length <= MOST_READS;
  }

  private readsOf(nodes: readonly GraphNode[]): GraphVar[] {
    const inside = new Set(nodes.flatMap((n) => n.outputs));
    const reads = new Set<GraphVar>();
    for (const n of nodes)
      for (const v of n.inputs) if (v !== null && !inside.has(v) && !this.literals.has(v)) reads.add(v);
    return [...reads];
  }

  /** Whether something outside depends on one of the groups and is needed by another. */
  private cyclic(groups: readonly Group[]): boolean {
    const members = new Set(groups);
    const first = Math.min(...groups.map((g) => g.first));
    const seen = new Set<Group>();
    const outside: Group[] = [];
    const visit = (g: Group) => {
      for (const n of g.nodes)
        for (const v of n.inputs) {
          const from = v === null ? undefined : this.groupOf.get(v);
          if (from === undefined || from === g || seen.has(from)) continue;
          if (members.has(from)) {
            if (!members.has(g)) return true;
            continue;
          }
          const last = from.nodes.at(-1)!;
          if (this.positionOf(last) < first) continue;
          seen.add(from);
          outside.push(from);
        }
      return false;
    };
    for (const g of groups) if (visit(g)) return true;
    for (let g = outside.pop(); g !== undefined; g = outside.pop()) if (visit(g)) return true;
    return false;
  }

  private positions: Map<GraphNode, number> | null = null;
  private positionOf(node: GraphNode): number {
    this.positions ??= new Map(this.graph.nodes.map((n, i) => [n, i]));
    return this.positions.get(node)!;
  }

  /** Groups in an order in which everything comes after what it needs; otherwise as the program has them. */
  private ordered(groups: readonly Group[]): Group[] {
    const byFirst = [...groups].sort((a, b) => this.lastOf(a) - this.lastOf(b));
    const done = new Set<Group>();
    const order: Group[] = [];
    for (const root of byFirst) {
      const stack: [Group, boolean][] = [[root, false]];
      for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
        const [g, ready] = top;
        if (done.has(g)) continue;
        if (ready) {
          done.add(g);
          order.push(g);
          continue;
        }
        stack.push([g, true]);
        const needed = new Set<Group>();
        for (const n of g.nodes)
          for (const v of n.inputs) {
            const from = v === null ? undefined : this.groupOf.get(v);
            if (from !== undefined && from !== g && !done.has(from)) needed.add(from);
          }
        for (const from of [...needed].reverse()) stack.push([from, false]);
      }
    }
    return order;
  }

  private lastOf(g: Group): number {
    return Math.max(...g.nodes.map((n) => this.positionOf(n)));
  }

  private unitOf(group: Group): Unit[] {
    if (!group.fused) return [{ kind: "op", node: group.nodes[0]! }];
    const nodes = [...group.nodes].sort((a, b) => this.positionOf(a) - this.positionOf(b));
    const inside = new Set(nodes);
    const outer = this.users();
    const writes = nodes.flatMap((n) =>
      n.outputs.filter((v) => this.isOutput(v) || (outer.get(v) ?? []).some((user) => !inside.has(user))),
    );
    const literals = new Map<GraphVar, number | bigint>();
    for (const n of nodes)
      for (const v of n.inputs) {
        const value = v === null ? undefined : this.literals.get(v);
        if (value !== undefined) literals.set(v!, value);
      }
    const { shape } = nodes[0]!.outputs[0]!;
    return [{ kind: "fused", shape, nodes, reads: this.readsOf(nodes), writes, literals }];
  }

  private usersByVar: Map<GraphVar, GraphNode[]> | null = null;
  private users(): Map<GraphVar, GraphNode[]> {
    if (this.usersByVar) return this.usersByVar;
    const users = new Map<GraphVar, GraphNode[]>();
    for (const n of this.graph.nodes)
      for (const v of n.inputs) if (v !== null) users.set(v, [...(users.get(v) ?? []), n]);
    return (this.usersByVar = users);
  }

  private outputs: Set<GraphVar> | null = null;
  private isOutput(v: GraphVar): boolean {
    return (this.outputs ??= new Set(this.graph.outputs)).has(v);
  }
}

/**
 * The units of a graph, in an order to run them in. `fusable` says which operations may be part of a loop
 * over their output's shape; all of their inputs must have that shape. Constants that only loops read need no
 * unit. At most 48 operations and 12 arrays read go into one loop. Never throws on a graph that `verifyGraph`
 * accepts.
 */
export function fuse(graph: Graph, fusable: (node: GraphNode) => boolean): Unit[] {
  const units = new Fuser(graph, fusable).run();
  const read = new Set<GraphVar>(graph.outputs);
  for (const u of units)
    for (const v of u.kind === "op" ? u.node.inputs : u.reads) if (v !== null) read.add(v);
  return units.filter((u) => u.kind === "fused" || u.node.op.id !== "full" || read.has(u.node.outputs[0]!));
}

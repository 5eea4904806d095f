// Shape inference by probing: every graph is run abstractly with core's own inference, twice, with two sizes for each
// named dimension. Sizes that agree are fixed, sizes that follow a dimension get its name, others stay unknown.
import { full, inferSpecs, isDType, Tensor, type TensorSpec } from "@isoform/core";
import type { IrGraph, IrNode, IrValue, IrWeight, Dim } from "../ir/types.js";
import { belongsOnHost, hostFromRaw, HostTensor } from "./host.js";
import { isControl } from "./control.js";
import { abstractControl } from "./shapes-control.js";
import { applyOp, hostNeeds, narrow } from "./machine.js";
import { OP_RUNS } from "./ops/index.js";
import { isTensorLike, specVal, UNKNOWN, type Abstract, type AbstractPair } from "./shapes-abstract.js";
import type { Val } from "./value.js";

/** Sizes tried for the i-th named dimension: small for batches, divisible by powers of two elsewhere. */
function probeSizes(i: number, first: boolean): readonly [number, number] {
  return first ? [2 + 5 * i, 3 + 7 * i] : [192 + 64 * i, 320 + 128 * i];
}

/** Named and open sizes that a size is compared with; models have a few, and a file may not make this slow. */
const MAX_SYMBOLS = 256;

/** Infers shapes while a graph is built, or of a whole graph. */
export class ShapeProber {
  private readonly values: Map<IrValue, AbstractPair> = new Map();
  private readonly symbols: Map<string, readonly [number, number]> = new Map();
  private unnamed = 0;
  private readonly outer: ShapeProber | null;
  /** What went wrong while probing, for diagnostics. */
  readonly problems: string[] = [];

  constructor(outer: ShapeProber | null = null) {
    this.outer = outer;
    if (outer) this.symbols = outer.symbols;
  }

  /** Declares a graph input with its dims. */
  input(v: IrValue): void {
    const { dtype, dims } = v;
    if (v.kind !== "tensor" || dims === null || dtype === null || !isDType(dtype)) {
      this.values.set(v, [UNKNOWN, UNKNOWN]);
      return;
    }
    const sizes = dims.map((d, i) => this.sizesOf(d, i === 0));
    this.values.set(v, [
      specVal(
        sizes.map(([a]) => a),
        dtype,
      ),
      specVal(
        sizes.map(([, b]) => b),
        dtype,
      ),
    ]);
  }

  private sizesOf(d: Dim, first: boolean): readonly [number, number] {
    if (typeof d === "number") return [d, d];
    const name = d ?? `?${this.unnamed++}`;
    let found = this.symbols.get(name);
    if (!found) this.symbols.set(name, (found = probeSizes(this.symbols.size, first)));
    return found;
  }

  weight(v: IrValue, weight: IrWeight): void {
    const { dtype, shape } = weight.tensor;
    const value = belongsOnHost(dtype, shape)
      ? hostFromRaw(weight.tensor)
      : isDType(dtype)
        ? specVal(shape, dtype)
        : UNKNOWN;
    this.values.set(v, [value, value]);
  }

  /** Infers a node's outputs and writes what it found into their dims and dtypes. */
  node(node: IrNode): void {
    const inputs = node.inputs.map((v) => (v === null ? null : this.lookup(v)));
    const pairs = isControl(node) ? abstractControl(node, inputs, this) : this.plain(node, inputs);
    node.outputs.forEach((v, i) => {
      if (!v) return;
      const pair = pairs[i] ?? [UNKNOWN, UNKNOWN];
      this.values.set(v, pair);
      this.describe(v, pair);
    });
  }

  private plain(node: IrNode, inputs: readonly (AbstractPair | null)[]): AbstractPair[] {
    const [a, b] = ([0, 1] as const).map((pass) => {
      try {
        return abstractNode(
          node,
          inputs.map((p) => (p === null ? null : p[pass])),
        );
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (pass === 0) this.problems.push(`${node.op} ${node.name}: ${text}`);
        return [];
      }
    });
    return node.outputs.map((_, i) => [a?.[i] ?? UNKNOWN, b?.[i] ?? UNKNOWN]);
  }

  /** Infers a whole graph whose inputs are declared. */
  graph(graph: IrGraph): void {
    for (const [v, w] of graph.weights) this.weight(v, w);
    for (const node of graph.nodes) this.node(node);
  }

  set(v: IrValue, pair: AbstractPair): void {
    this.values.set(v, pair);
    this.describe(v, pair);
  }

  /** What is known of a value. */
  lookup(v: IrValue): AbstractPair {
    return this.values.get(v) ?? this.outer?.lookup(v) ?? [UNKNOWN, UNKNOWN];
  }

  private describe(v: IrValue, [a, b]: AbstractPair): void {
    if (!isTensorLike(a) || !isTensorLike(b)) return;
    v.dtype = a.dtype;
    if (a.shape.length !== b.shape.length) return;
    const before = v.dims;
    v.dims = a.shape.map((n, i) => {
      const known = before?.[i];
      return typeof known === "string" && n !== b.shape[i] ? known : this.dim(n, b.shape[i]!);
    });
  }

  /** The dim that has size `a` in the first pass and `b` in the second. */
  private dim(a: number, b: number): Dim {
    if (a === b) return a;
    let tried = 0;
    for (const [name, [x, y]] of this.symbols) {
      if (++tried > MAX_SYMBOLS) break;
      if (name.startsWith("?")) {
        if (a === x && b === y) return null;
        continue;
      }
      if (a === x && b === y) return name;
      if (a % x === 0 && b % y === 0 && a / x === b / y) return `${a / x}*${name}`;
    }
    return null;
  }
}

/** Infers one node that is not control flow. */
export function abstractNode(node: IrNode, given: readonly (Abstract | null)[]): readonly Abstract[] {
  const plain = narrow(node);
  const { missing, shapeless = [] } = OP_RUNS[plain.op];
  const unknown = node.outputs.map(() => UNKNOWN);
  if (missing !== undefined) return unknown;
  const inputs = given.map((v, i) => (shapeless.includes(i) && !(v instanceof HostTensor) ? null : v));
  if (inputs.some((v) => v !== null && !(v instanceof HostTensor) && v.kind === "unknown")) return unknown;
  const specs: TensorSpec[] = [];
  for (const v of inputs) if (v) collectSpecs(v, specs);
  const outputs: Abstract[] = [];
  let blocked = false;
  const traced = inferSpecs((...tensors) => {
    const queue = tensors.values();
    const values = inputs.map((v) => (v === null ? null : toVal(v, queue)));
    const uploader = { upload: (h: HostTensor) => full(h.shape, 0, isDType(h.dtype) ? h.dtype : "float32") };
    blocked = hostNeeds(plain, values, uploader).some((i) => values[i] && !(values[i] instanceof HostTensor));
    if (blocked) return [];
    const made = applyOp(plain, values, uploader, null);
    const found: Tensor[] = [];
    for (const v of made) outputs.push(v === null ? UNKNOWN : fromVal(v, found));
    return found;
  }, specs);
  return blocked ? unknown : outputs.map((v) => resolve(v, traced));
}

function collectSpecs(v: Abstract, into: TensorSpec[]): void {
  if (v instanceof HostTensor) return;
  if (v.kind === "spec") into.push(v);
  else if (v.kind === "sequence") for (const item of v.items) collectSpecs(item, into);
}

function toVal(v: Abstract, queue: Iterator<Tensor>): Val {
  if (v instanceof HostTensor) return v;
  if (v.kind === "spec") return queue.next().value!;
  if (v.kind === "sequence")
    return { kind: "sequence", items: v.items.map((i) => toVal(i, queue)), dtype: null };
  return { kind: "unknown", dtype: null };
}

/** Traced tensors are written down as their index, resolved once their specs are known. */
function fromVal(v: Val, found: Tensor[]): Abstract {
  if (v instanceof HostTensor) return v;
  if (v instanceof Tensor) {
    found.push(v);
    return { kind: "spec", shape: [found.length - 1], dtype: "bool" };
  }
  if (v.kind === "sequence") return { kind: "sequence", items: v.items.map((i) => fromVal(i, found)) };
  if (v.kind === "optional") return v.item ? fromVal(v.item, found) : UNKNOWN;
  return UNKNOWN;
}

function resolve(v: Abstract, specs: readonly TensorSpec[]): Abstract {
  if (v instanceof HostTensor) return v;
  if (v.kind === "spec") {
    const spec = specs[v.shape[0]!];
    return spec ? specVal(spec.shape, spec.dtype) : UNKNOWN;
  }
  return v.kind === "sequence" ? { kind: "sequence", items: v.items.map((i) => resolve(i, specs)) } : v;
}

/**
 * Infers the shapes of a graph in place: fills in `dims` and `dtype` of every value that it can tell, from
 * the inputs' and weights'. Sizes that follow a named dimension get its name (`2*N`), others stay null.
 * Never throws for a graph of an importer.
 * @returns What could not be inferred, for diagnostics: one text per node.
 */
export function inferShapes(graph: IrGraph): readonly string[] {
  const prober = new ShapeProber();
  for (const v of graph.inputs) prober.input(v);
  prober.graph(graph);
  return prober.problems;
}

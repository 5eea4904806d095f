// The tape: nodes that remember how a tensor was made, and the backward pass over them.
import { LifetimeError, ShapeError, ArgumentError } from "../errors.js";
import type { AnyOp } from "../ops/table.js";
import { describe, Tensor } from "../tensor/tensor.js";
import { scope } from "../tensor/scope.js";
import { isFloat } from "../tensor/dtype.js";
import { sameShape } from "../tensor/view.js";
import { ambient, noGrad, updateMask } from "./ambient.js";
import { add } from "../ops/prims/binary.js";
import { onesLike } from "../ops/prims/source.js";

let sequence = 0;

/**
 * One recorded op. It holds references to what its vjp rule needs and is owned by its live outputs:
 * when the last of them goes, so does the node, and with it the chain behind it.
 */
export class TapeNode {
  readonly op: AnyOp;
  readonly attrs: object;
  readonly inputs: readonly (Tensor | null)[];
  /** Handles of the outputs that do not keep the node alive. */
  readonly outputs: readonly Tensor[];
  readonly order: number;
  private readonly versions: readonly number[];
  private owners: number;
  private freed = false;

  constructor(op: AnyOp, inputs: readonly (Tensor | null)[], attrs: object, outputs: readonly Tensor[], track: number) {
    this.op = op;
    this.attrs = attrs;
    this.inputs = inputs;
    this.order = sequence++;
    const saves = op.saves ?? "both";
    const saveOutputs = saves === "outputs" || saves === "both";
    for (const t of inputs) t?._retain();
    this.versions = saves === "none" ? [] : inputs.map((t) => t?._version ?? 0);
    this.outputs = outputs.map((t) => this.aliasOf(t, saveOutputs, track));
    this.owners = outputs.length;
    outputs.forEach((t, i) => {
      t._node = this;
      t._outputIndex = i;
      t._track = isFloat(t.dtype) ? track : 0;
    });
  }

  private aliasOf(t: Tensor, withData: boolean, track: number): Tensor {
    const storage = withData ? t._storage : null;
    const Class = t._resultClass();
    if (storage) storage.refs++;
    const alias = new Class({
      shape: t.shape,
      dtype: t.dtype,
      storage,
      strides: t._strides,
      offset: t._offset,
      traced: t._traced,
    });
    alias._alias = true;
    alias._node = this;
    alias._outputIndex = t._outputIndex;
    alias._track = isFloat(t.dtype) ? track : 0;
    return alias;
  }

  retain(): void {
    this.owners++;
  }

  /** An owner goes. Chains are released in a loop, not by recursion. */
  release(): void {
    if (--this.owners > 0 || this.freed) return;
    releaseQueue.push(this);
    if (releaseQueue.length > 1) return;
    while (releaseQueue.length > 0) {
      releaseQueue[0]!.free();
      releaseQueue.shift();
    }
  }

  /** Drops all references. A later backward pass through the node is an error. */
  free(): void {
    if (this.freed) return;
    this.freed = true;
    for (const t of this.outputs) t._release(true);
    for (const t of this.inputs) t?._release();
  }

  /** @throws LifetimeError when the node was freed or an input was assigned since. */
  check(): void {
    if (this.freed) {
      throw new LifetimeError("the graph behind this tensor was already freed by an earlier backward pass", {
        code: "autograd/graph-freed",
        op: this.op.id,
        hint: "pass retainGraph (or use a persistent tape) to go through it again",
      });
    }
    this.versions.forEach((v, i) => {
      const t = this.inputs[i];
      if (t && t._version !== v) {
        throw new LifetimeError("an input was changed in place after it was used", {
          code: "autograd/changed-in-place",
          op: this.op.id,
          inputs: [describe(t)],
          hint: "use the out-of-place op, or run the update after the backward pass",
        });
      }
    });
  }
}

const releaseQueue: TapeNode[] = [];

/** Options of a backward pass. */
export interface BackwardOptions {
  /** Record the pass itself, for higher derivatives. Implies `retainGraph`. */
  readonly createGraph?: boolean;
  /** Keep the tape for another pass. */
  readonly retainGraph?: boolean;
}

/** Which gradients a backward pass is for: given tensors, or every leaf that asks for one (torch's `.backward()`). */
type Wanted = { readonly sources: readonly Tensor[] } | { readonly bit: number };

/**
 * Gradients of Σ roots·cotangents. With `sources`, one entry per source, null where the roots do not depend on it;
 * with `bit`, an entry per reached leaf of that recording bit.
 */
export function backward(
  roots: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  wanted: Wanted,
  options: BackwardOptions = {},
): Map<Tensor, Tensor> {
  const seeds = roots.map((r, i) => [r, checkSeed(r, cotangents[i] ?? null)] as const);
  const run = () => scope(() => pass(seeds, wanted, options));
  return options.createGraph ? run() : noGrad(run);
}

function checkSeed(root: Tensor, seed: Tensor | null): Tensor | null {
  if (!isFloat(root.dtype)) {
    throw new ArgumentError("only floating-point tensors have gradients", {
      code: "autograd/not-float",
      op: "backward",
      inputs: [describe(root)],
    });
  }
  if (seed !== null && !sameShape(seed.shape, root.shape)) {
    throw new ShapeError("the gradient given for the output has another shape", {
      code: "autograd/seed-shape",
      op: "backward",
      inputs: [describe(root), describe(seed)],
      hint: "pass a gradient of the output's shape",
    });
  }
  return seed;
}

type Key = TapeNode | Tensor;

function pass(
  seeds: readonly (readonly [Tensor, Tensor | null])[],
  wanted: Wanted,
  options: BackwardOptions,
): Map<Tensor, Tensor> {
  const sources = "sources" in wanted ? wanted.sources : null;
  const bit = "bit" in wanted ? wanted.bit : 0;
  const isSource = sourceTest(sources, bit);
  const order = reach(seeds.map(([r]) => r), isSource);
  const grads = new Map<Key, (Tensor | null)[]>();
  const leaves: Tensor[] = [];

  const accumulate = (t: Tensor, g: Tensor) => {
    const key: Key = t._node ?? t;
    let slots = grads.get(key);
    if (slots === undefined) {
      slots = t._node ? t._node.outputs.map(() => null) : [null];
      grads.set(key, slots);
      if (!t._node && bit !== 0) leaves.push(t);
    }
    const i = t._node ? t._outputIndex : 0;
    slots[i] = slots[i] ? add(slots[i]!, g) : g;
  };

  for (const [root, seed] of seeds) accumulate(root, seed ?? onesLike(root));
  const keepForSources = new Map<Tensor, Tensor>();
  for (const node of order.nodes) {
    const got = grads.get(node);
    if (got === undefined) continue;
    node.check();
    const needs = node.inputs.map((t) => t !== null && order.useful(t));
    if (needs.includes(true) && node.op.vjp) {
      const { inputs, outputs, attrs } = node;
      const results = node.op.vjp({ inputs, outputs, attrs, grads: got, needs });
      node.inputs.forEach((t, i) => {
        const g = results[i];
        if (t !== null && needs[i] && g) accumulate(t, g);
      });
    }
  }
  if (!options.retainGraph && !options.createGraph) for (const node of order.nodes) node.free();
  for (const t of sources ?? leaves) {
    const g = (grads.get(t._node ?? t) ?? [])[t._node ? t._outputIndex : 0];
    if (g) keepForSources.set(t, g);
  }
  return keepForSources;
}

function sourceTest(sources: readonly Tensor[] | null, bit: number): (t: Tensor) => boolean {
  if (sources === null) return (t) => t._node === null && (t._track & bit) !== 0;
  const leaves = new Set(sources.filter((t) => t._node === null));
  const made = new Set(sources.filter((t) => t._node !== null).map((t) => t._node));
  return (t) => (t._node === null ? leaves.has(t) : made.has(t._node));
}

/** Nodes behind the roots that lead to a source, newest first; iterative, so deep graphs are fine. */
function reach(
  roots: readonly Tensor[],
  isSource: (t: Tensor) => boolean,
): { nodes: TapeNode[]; useful: (t: Tensor) => boolean } {
  const seen = new Set<TapeNode>();
  const stack: TapeNode[] = [];
  const visit = (t: Tensor | null) => {
    const node = t?._node;
    if (node && !seen.has(node)) {
      seen.add(node);
      stack.push(node);
    }
  };
  roots.forEach(visit);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) node.inputs.forEach(visit);
  const nodes = [...seen].sort((a, b) => b.order - a.order);
  const leads = new Set<TapeNode>();
  const useful = (t: Tensor) => isSource(t) || (t._node !== null && leads.has(t._node));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (node.inputs.some((t) => t !== null && useful(t))) leads.add(node);
  }
  return { nodes, useful };
}

/** Runs `fn` with tape recording on, as inside a `GradientTape`. Synchronous only. */
export function withTape<T>(fn: () => T): T {
  ambient.tapes++;
  updateMask();
  try {
    return fn();
  } finally {
    ambient.tapes--;
    updateMask();
  }
}

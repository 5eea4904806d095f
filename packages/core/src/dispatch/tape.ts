// The tape: nodes that remember how a tensor was made, and the backward pass over them.
import { LifetimeError, ShapeError, ArgumentError } from "../errors.js";
import type { AnyOp } from "../ops/table.js";
import { describe, Tensor } from "../tensor/tensor.js";
import { sibling } from "../tensor/alias.js";
import { scope, type Scope } from "../tensor/scope.js";
import { isFloat } from "../tensor/dtype.js";
import { sameShape } from "../tensor/view.js";
import { ambient, noGrad, updateMask } from "./ambient.js";
import { add } from "../ops/prims/binary.js";
import { besideInputs } from "./execute.js";
import { onesLike } from "../ops/prims/source.js";

let sequence = 0;

/**
 * One recorded op. It owns what its vjp rule needs and the nodes behind its inputs, and is owned by its live outputs:
 * when the last of them goes, so does the node, and with it the chain behind it. Where an input came from is written
 * down when the op runs, since in-place ops may move a tensor to another node later.
 */
export class TapeNode {
  readonly op: AnyOp;
  readonly attrs: object;
  /** Their data is only there when the op saves inputs; shape, dtype and identity always are. */
  inputs: readonly (Tensor | null)[];
  /** The node that made each input, null for leaves. */
  readonly parents: readonly (TapeNode | null)[];
  /** Which output of its parent each input is. */
  readonly slots: readonly number[];
  /** Handles of the outputs that do not keep the node alive. */
  readonly outputs: readonly Tensor[];
  readonly order: number;
  /** Versions of the saved inputs; null when the op saves none. */
  private readonly versions: number[] | null;
  private owners: number;
  private freed = false;

  constructor(
    op: AnyOp,
    inputs: readonly (Tensor | null)[],
    attrs: object,
    outputs: readonly Tensor[],
    track: number,
  ) {
    this.op = op;
    this.attrs = attrs;
    this.inputs = inputs;
    this.order = sequence++;
    const saves = op.saves ?? "both";
    const saveInputs = saves === "inputs" || saves === "both";
    const saveOutputs = saves === "outputs" || saves === "both";
    const parents = new Array<TapeNode | null>(inputs.length);
    const slots = new Array<number>(inputs.length);
    const versions: number[] | null = saveInputs ? [] : null;
    for (let i = 0; i < inputs.length; i++) {
      const t = inputs[i] ?? null;
      const parent = t === null ? null : t._node;
      parents[i] = parent;
      slots[i] = t === null ? 0 : t._outputIndex;
      parent?.retain();
      if (versions === null) continue;
      t?._retain();
      versions.push(t === null ? 0 : t._version);
    }
    this.parents = parents;
    this.slots = slots;
    this.versions = versions;
    this.owners = outputs.length;
    const handles = new Array<Tensor>(outputs.length);
    for (let i = 0; i < outputs.length; i++)
      handles[i] = this.recordOutput(outputs[i]!, i, saveOutputs, track);
    this.outputs = handles;
    // Nothing else ends nodes that no backward pass goes through: traced tensors have no owners.
    ambient.trace?.endings.push(() => this.free());
  }

  /** Ties an output to the node; returns the node's own handle of it. */
  private recordOutput(t: Tensor, index: number, withData: boolean, track: number): Tensor {
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
    for (const handle of [t, alias]) {
      handle._node = this;
      handle._outputIndex = index;
      handle._track = isFloat(t.dtype) ? track : 0;
    }
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
    for (let i = 0; i < releaseQueue.length; i++) releaseQueue[i]!.free();
    releaseQueue.length = 0;
  }

  /** Drops all references. A later backward pass through the node is an error. */
  free(): void {
    if (this.freed) return;
    this.freed = true;
    for (const t of this.outputs) t._release(true);
    if (this.versions) for (const t of this.inputs) t?._release();
    for (const p of this.parents) p?.release();
  }

  /** Puts `snapshot` in the place of the input `t`, whose value an in-place op is about to change. */
  replaceInput(t: Tensor, snapshot: Tensor): void {
    const { versions } = this;
    if (versions === null || this.freed || !this.inputs.includes(t)) return;
    this.inputs = this.inputs.map((input, i) => {
      if (input !== t || versions[i] !== t._version) return input;
      snapshot._retain();
      versions[i] = snapshot._version;
      t._release();
      return snapshot;
    });
  }

  /** @throws {LifetimeError} when the node was freed or an input was assigned since */
  check(): void {
    if (this.freed) {
      throw new LifetimeError("the graph behind this tensor was already freed by an earlier backward pass", {
        code: "autograd/graph-freed",
        op: this.op.id,
        hint: "pass retainGraph (or use a persistent tape) to go through it again",
      });
    }
    this.versions?.forEach((v, i) => {
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
 * Gradients of Σ roots·cotangents, each in its tensor's shape. A cotangent has its root's shape; null stands
 * for ones. With `sources`, an entry for every source that the roots depend on; with `bit`, an entry per
 * reached leaf of that recording bit.
 * @throws {ArgumentError} when a root is not of a float dtype
 * @throws {ShapeError} when a cotangent has not its root's shape
 * @throws {LifetimeError} when an earlier pass freed the graph, or a value that a rule needs was changed in
 *   place
 * @throws {UnsupportedOpError} when an op on the way has no gradient rule
 * @see torch.autograd.grad with `sources`, torch.autograd.backward with `bit`
 */
export function backward(
  roots: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  wanted: Wanted,
  options: BackwardOptions = {},
): Map<Tensor, Tensor> {
  const seeds = roots.map((r, i) => [r, checkSeed(r, cotangents[i] ?? null)] as const);
  const run = () => scope((s) => pass(seeds, wanted, options, s));
  return options.createGraph ? run() : noGrad(run);
}

function checkSeed(root: Tensor, seed: Tensor | null): Tensor | null {
  if (!isFloat(root.dtype)) {
    throw new ArgumentError("only floating-point tensors have gradients", {
      code: "autograd/not-float",
      op: "backward",
      inputs: [describe(root)],
      hint: "cast the inputs to float32 before the loss is computed",
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

/** The gradients of a pass, by the node (or leaf) whose outputs they belong to; each goes when nothing needs it. */
class Gradients {
  private readonly slots = new Map<Key, (Tensor | null)[]>();
  /** In how many slots a tensor is: rules such as that of `add` give one tensor to several inputs. */
  private readonly uses = new Map<Tensor, number>();
  private readonly scope: Scope;
  readonly leaves: Tensor[] = [];

  constructor(owner: Scope) {
    this.scope = owner;
  }

  of(key: Key): readonly (Tensor | null)[] | undefined {
    return this.slots.get(key);
  }

  /** Adds to the gradient of output `slot` of `node`, or of the leaf `t`. */
  add(t: Tensor, node: TapeNode | null, slot: number, g: Tensor): void {
    const key: Key = node ?? t;
    let slots = this.slots.get(key);
    if (slots === undefined) {
      slots = node ? node.outputs.map(() => null) : [null];
      this.slots.set(key, slots);
      if (!node) this.leaves.push(t);
    }
    const i = node ? slot : 0;
    const before = slots[i] ?? null;
    const sum = before ? add(before, g) : g;
    slots[i] = sum;
    this.uses.set(sum, (this.uses.get(sum) ?? 0) + 1);
    if (before) this.drop(before);
  }

  /** What the rule of `node` gave: what went into a sum, or is not asked for, goes. */
  settle(results: readonly (Tensor | null | undefined)[]): void {
    for (const g of results) if (g && !this.uses.has(g)) this.scope.release(g);
  }

  /** What `node` was given has been passed on. */
  spend(node: TapeNode): void {
    for (const g of this.slots.get(node)!) if (g) this.drop(g);
    this.slots.delete(node);
  }

  private drop(g: Tensor): void {
    const left = this.uses.get(g)! - 1;
    if (left > 0) this.uses.set(g, left);
    else {
      this.uses.delete(g);
      this.scope.release(g);
    }
  }
}

function pass(
  seeds: readonly (readonly [Tensor, Tensor | null])[],
  wanted: Wanted,
  options: BackwardOptions,
  owner: Scope,
): Map<Tensor, Tensor> {
  const sources = "sources" in wanted ? wanted.sources : null;
  const test = sourceTest(sources, "bit" in wanted ? wanted.bit : 0);
  const order = reach(
    seeds.map(([r]) => r),
    test,
  );
  const kept = new Set<TapeNode | null>(sources?.map((t) => t._node));
  const once = !options.retainGraph && !options.createGraph;
  const grads = new Gradients(owner);
  for (const [root, seed] of seeds) {
    const g = seed ?? besideInputs([root], () => onesLike(root));
    grads.add(root, root._node, root._outputIndex, g);
  }
  // A node that is freed lets go of its parents, whose turn is yet to come.
  for (const node of order.leads) node.retain();
  try {
    for (const node of order.nodes) {
      const got = grads.of(node);
      if (got !== undefined) {
        node.check();
        const { op, inputs, outputs, attrs, parents, slots } = node;
        const needs = inputs.map((t, i) => t !== null && order.useful(t, parents[i]!));
        if (needs.includes(true) && op.vjp) {
          const before = owner.count;
          const results = besideInputs(got, () => op.vjp!({ inputs, outputs, attrs, grads: got, needs }));
          owner.releaseFrom(before, results);
          inputs.forEach((t, i) => {
            const g = results[i];
            if (t !== null && needs[i] && g) grads.add(t, parents[i]!, slots[i]!, g);
          });
          grads.settle(results);
          if (!kept.has(node)) grads.spend(node);
        }
      }
      if (once) node.free();
    }
  } finally {
    for (const node of order.leads) node.release();
  }
  const found = new Map<Tensor, Tensor>();
  const taken = new Set<Tensor>(seeds.flatMap(([, seed]) => seed ?? []));
  for (const t of sources ?? grads.leaves) {
    const g = (grads.of(t._node ?? t) ?? [])[t._node ? t._outputIndex : 0];
    if (!g) continue;
    const own = taken.has(g) ? sibling(g) : g;
    taken.add(own);
    found.set(t, own);
  }
  return found;
}

/** Whether an input, made by `parent` or a leaf, is one of the wanted tensors. */
type SourceTest = (t: Tensor, parent: TapeNode | null) => boolean;

function sourceTest(sources: readonly Tensor[] | null, bit: number): SourceTest {
  if (sources === null) return (t, parent) => parent === null && t._node === null && (t._track & bit) !== 0;
  const leaves = new Set(sources.filter((t) => t._node === null));
  const made = new Set(sources.filter((t) => t._node !== null).map((t) => t._node));
  return (t, parent) => (parent === null ? leaves.has(t) : made.has(parent));
}

/** Nodes behind the roots that lead to a source, newest first; iterative, so deep graphs are fine. */
function reach(
  roots: readonly Tensor[],
  isSource: SourceTest,
): { nodes: TapeNode[]; leads: ReadonlySet<TapeNode>; useful: SourceTest } {
  const seen = new Set<TapeNode>();
  const stack: TapeNode[] = [];
  const visit = (node: TapeNode | null) => {
    if (node && !seen.has(node)) {
      seen.add(node);
      stack.push(node);
    }
  };
  for (const root of roots) visit(root._node);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) node.parents.forEach(visit);
  const nodes = [...seen].sort((a, b) => b.order - a.order);
  const leads = new Set<TapeNode>();
  const useful: SourceTest = (t, parent) => isSource(t, parent) || (parent !== null && leads.has(parent));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (node.inputs.some((t, k) => t !== null && useful(t, node.parents[k]!))) leads.add(node);
  }
  return { nodes: nodes.filter((n) => leads.has(n)), leads, useful };
}

/**
 * Runs `fn` with tape recording on, as inside a `GradientTape`. Synchronous only. Never throws of its own;
 * errors of `fn` pass through.
 * @see tf.GradientTape
 */
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

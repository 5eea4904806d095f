// Base of optimizers: parameter groups, state per parameter, and the update in a scope outside the recorded graph.
import * as core from "@isoform/core";
import { noGrad, scope, type Tensor as CoreTensor } from "@isoform/core";
import { forgetGrad } from "../tensor/gradient.js";
import { Tensor } from "../tensor/tensor.js";
import { StateOf, type ParamState } from "./state.js";

/** Hyper-parameters of an optimizer: numbers, booleans and pairs. */
export type Hyper = Readonly<Record<string, unknown>>;

/** Parameters that share hyper-parameters. `lr` may be assigned, e.g. by a schedule. */
export type ParamGroup<H extends Hyper> = {
  params: Tensor[];
  /** The learning rate that schedules start from; set by the first one. */
  initialLr?: number;
} & { -readonly [K in keyof H]: H[K] };

/** What schedules need to know of an optimizer. */
export type AnyOptimizer = Optimizer<{ readonly lr: number }>;

/** Parameters, or groups of them with their own hyper-parameters. */
export type ParamsInput<H extends Hyper> =
  | Iterable<Tensor>
  | Iterable<{ readonly params: Iterable<Tensor> } & Partial<H>>;

/**
 * Base class of `torch.optim` optimizers: groups of parameters of any shape with hyper-parameters, and a
 * state for each.
 * @throws {ArgumentError} when there are no parameters, one is given twice or is not a leaf, an option is
 * unknown, or a hyper-parameter is out of range.
 * @see torch.optim.Optimizer
 */
export abstract class Optimizer<H extends Hyper> {
  readonly paramGroups: ParamGroup<H>[];
  readonly defaults: H;
  readonly state: Map<Tensor, ParamState> = new Map();

  constructor(params: ParamsInput<H>, defaults: H, options: object) {
    core.checkOptions(new.target.name, options, Object.keys(defaults));
    this.defaults = { ...defaults, ...options };
    this.paramGroups = toGroups(new.target.name, params, this.defaults);
    requireDistinct(new.target.name, this.paramGroups);
  }

  /**
   * Adds a group of parameters of any shape, e.g. for layers unfrozen later; other hyper-parameters are the
   * optimizer's.
   * @throws {ArgumentError} when a parameter is known already or is not a leaf, or a hyper-parameter is
   * unknown or out of range.
   */
  addParamGroup(group: { readonly params: Iterable<Tensor> } & Partial<H>): void {
    const added = toGroups(this.constructor.name, [group], this.defaults);
    requireDistinct(this.constructor.name, [...this.paramGroups, ...added]);
    this.paramGroups.push(...added);
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const p of params) forgetGrad(p);
  }

  /**
   * Updates every parameter that has a gradient. `closure` re-evaluates the model and returns the loss; what
   * it throws passes through. In a compiled step, learning rate, momentum and the counts of steps are read
   * anew at every run.
   * @returns what `closure` returned
   * @throws {LifetimeError} when a parameter or gradient was disposed, or a compiled step is the first one.
   * @throws {ShapeError} when an assigned gradient does not broadcast to its parameter.
   * @throws {UnsupportedOpError} when a compiled step uses a gradient from before it.
   */
  step<L = void>(closure?: () => L): L | undefined {
    const loss = closure?.();
    noGrad(() => {
      for (const group of this.paramGroups) {
        const shared = new Map<string, CoreTensor | number>();
        this.watch(group);
        for (const p of group.params) {
          const { grad } = p;
          if (grad === null) continue;
          besides(p, () =>
            scope(() => {
              p.copy_(this.update(p, grad, group, this.stateOf(p, shared)));
            }),
          );
        }
      }
    });
    return loss;
  }

  /** The new value of one parameter. */
  protected abstract update(p: Tensor, grad: CoreTensor, group: ParamGroup<H>, state: StateOf): CoreTensor;

  private stateOf(p: Tensor, shared: Map<string, CoreTensor | number>): StateOf {
    let entries = this.state.get(p);
    if (entries === undefined) this.state.set(p, (entries = new Map()));
    const used = entries;
    core.traceGuard(() => this.state.get(p) === used);
    return new StateOf(entries, p.dtype, shared);
  }

  /** A compiled step is for the hyper-parameters that it has as constants, and for these parameters. */
  private watch(group: ParamGroup<H>): void {
    const notes = core.traceNotes();
    if (notes === null || notes.has(group)) return;
    notes.set(group, true);
    const groups = this.paramGroups.length;
    const params = [...group.params];
    core.traceGuard(
      () =>
        this.paramGroups.length === groups &&
        group.params.length === params.length &&
        params.every((p, i) => group.params[i] === p),
    );
    for (const name of Object.keys(this.defaults)) {
      if (READ_EVERY_RUN.includes(name)) continue;
      const read = (): unknown => Reflect.get(group, name);
      const value = read();
      if (!Array.isArray(value)) core.traceGuard(() => Object.is(read(), value));
      else core.traceGuard(() => sameFrom(name === "betas" ? 1 : 0, value, read()));
    }
  }

  /** Releases the optimizer's tensors. */
  dispose(): void {
    for (const entries of this.state.values()) {
      for (const v of entries.values()) if (v instanceof core.Tensor) v.dispose();
    }
    this.state.clear();
  }
}

/** Hyper-parameters that schedules change: `hostNumber` gives them to compiled steps. So is the first of `betas`. */
const READ_EVERY_RUN = ["lr", "momentum"];

function sameFrom(start: number, a: readonly unknown[], b: unknown): boolean {
  return Array.isArray(b) && a.length === b.length && a.every((v, i) => i < start || Object.is(v, b[i]));
}

/** Runs `fn` with the device of `p` for new tensors; a traced value has none. */
function besides(p: Tensor, fn: () => void): void {
  if (p._traced === null) core.withDevice(p.device, fn);
  else fn();
}

const NOT_NEGATIVE = [
  "lr",
  "eps",
  "momentum",
  "weightDecay",
  "alpha",
  "rho",
  "lrDecay",
  "momentumDecay",
  "initialAccumulatorValue",
];

/** @throws {ArgumentError} for hyper-parameters outside their range */
function checkRanges(owner: string, hyper: Hyper): void {
  const wrong = (name: string, hint: string): Error =>
    new core.ArgumentError(`${name} is ${String(hyper[name])}`, { code: "argument/range", op: owner, hint });
  for (const name of NOT_NEGATIVE) {
    const value = hyper[name];
    if (value !== undefined && !(typeof value === "number" && value >= 0)) throw wrong(name, "use 0 or more");
  }
  const { betas, nesterov, momentum, dampening } = hyper;
  if (Array.isArray(betas) && !betas.every((b) => b >= 0 && b < 1)) {
    throw wrong("betas", "use two numbers from 0 to below 1");
  }
  if (nesterov === true && (momentum === 0 || dampening !== 0)) {
    throw wrong("nesterov", "Nesterov momentum needs a momentum and no dampening");
  }
}

function toGroups<H extends Hyper>(owner: string, params: ParamsInput<H>, defaults: H): ParamGroup<H>[] {
  checkRanges(owner, defaults);
  const list = [...params];
  const plain = list.filter((p) => p instanceof Tensor);
  if (plain.length === list.length && plain.length > 0) {
    return [{ ...defaults, params: plain.map((p) => requireLeaf(owner, p)) }];
  }
  const groups: ParamGroup<H>[] = [];
  for (const entry of list) {
    if (entry instanceof Tensor || !("params" in entry)) continue;
    const { params: own, ...rest } = entry;
    core.checkOptions(owner, rest, Object.keys(defaults));
    checkRanges(owner, { ...defaults, ...rest });
    groups.push({ ...defaults, ...rest, params: [...own].map((p) => requireLeaf(owner, p)) });
  }
  if (groups.length === 0 || groups.length !== list.length) {
    throw new core.ArgumentError("no parameters to optimise", {
      code: "argument/no-parameters",
      op: owner,
      hint: "pass model.parameters(), or a list of { params, … } groups",
    });
  }
  return groups;
}

function requireLeaf(owner: string, p: Tensor): Tensor {
  if (p.isLeaf) return p;
  throw new core.ArgumentError("a tensor made by a recorded op cannot be optimised", {
    code: "argument/not-a-leaf",
    op: owner,
    inputs: [core.describe(p)],
    hint: "pass the parameters it was made from, or nn.Parameter(tensor.detach())",
  });
}

function requireDistinct(owner: string, groups: readonly { readonly params: readonly Tensor[] }[]): void {
  const all = groups.flatMap((g) => g.params);
  if (new Set(all).size === all.length) return;
  const twice = all.find((p, i) => all.indexOf(p) !== i)!;
  throw new core.ArgumentError("a parameter is given twice", {
    code: "argument/duplicate-parameter",
    op: owner,
    inputs: [core.describe(twice)],
    hint: "list every parameter in one group only",
  });
}

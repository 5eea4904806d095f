// Base of optimizers: parameter groups, state per parameter, and the update in a scope outside the recorded graph.
import * as core from "@isoform/core";
import { noGrad, scope, type Tensor as CoreTensor } from "@isoform/core";
import {
  checkOptions,
  checkValue,
  FLAG,
  FUNCTION,
  listOf,
  NOT_NEGATIVE,
  NUMBER,
  PROBABILITY,
  withDefaults,
  type Kind,
  type Kinds,
} from "../checks.js";
import { forgetGrad } from "../tensor/gradient.js";
import { Tensor } from "../tensor/tensor.js";
import { printed } from "./repr.js";
import { readStateDict, writeStateDict, type OptimizerStateDict } from "./state-dict.js";
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
    this.defaults = hyperOf(new.target.name, defaults, options);
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
    const owner = `${this.constructor.name}.addParamGroup`;
    if (!isGroup(group)) {
      throw new core.ArgumentError(`${core.shown(group)} is not a group of parameters`, {
        code: "argument/parameters",
        op: owner,
        hint: "pass { params, … }",
      });
    }
    const added = toGroups(owner, [group], this.defaults);
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
    if (closure !== undefined) checkValue(`${this.constructor.name}.step`, "closure", closure, FUNCTION);
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

  /**
   * The state of all parameters and the hyper-parameters, in PyTorch's layout. Tensors are the optimizer's own: they change
   * with the next step.
   * @see torch.optim.Optimizer.state_dict
   */
  stateDict(): OptimizerStateDict {
    return readStateDict(this.paramGroups, this.state);
  }

  /**
   * Goes on from a state: takes copies of its tensors, its counts and its hyper-parameters.
   * @throws {ArgumentError} when it is not the state of such an optimizer, or groups or shapes do not fit; nothing is changed
   * then.
   * @throws {LifetimeError} when a given tensor was disposed.
   * @see torch.optim.Optimizer.load_state_dict
   */
  loadStateDict(stateDict: OptimizerStateDict): void {
    writeStateDict(this.constructor.name, stateDict, this.paramGroups, this.state);
  }

  /** As PyTorch prints it: the hyper-parameters of every group. */
  toString(): string {
    return printed(this.constructor.name, this.defaults, this.paramGroups);
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

/** Hyper-parameters with a range; others are of the type of their default. */
const RANGES: Kinds = {
  lr: NOT_NEGATIVE,
  eps: NOT_NEGATIVE,
  momentum: NOT_NEGATIVE,
  weightDecay: NOT_NEGATIVE,
  alpha: NOT_NEGATIVE,
  lrDecay: NOT_NEGATIVE,
  momentumDecay: NOT_NEGATIVE,
  initialAccumulatorValue: NOT_NEGATIVE,
  rho: PROBABILITY,
  betas: /* @__PURE__ */ pairOf(
    (v) => v[0]! >= 0 && v[1]! >= 0 && v[0]! < 1 && v[1]! < 1,
    "two numbers from 0 to below 1",
  ),
  etas: /* @__PURE__ */ pairOf(
    (v) => v[0]! > 0 && v[0]! < 1 && v[1]! > 1,
    "a number from 0 to 1 and one above 1",
  ),
  stepSizes: /* @__PURE__ */ pairOf(() => true, "two numbers"),
};

function pairOf(fits: (v: readonly number[]) => boolean, use: string): Kind {
  const pair = listOf(NUMBER, use, 2);
  return { is: (v) => pair.is(v) && fits(v as readonly number[]), use, code: "argument/range" };
}

/** The hyper-parameters given in place of the defaults; undefined stands for the default. @throws {ArgumentError} */
function hyperOf<H extends Hyper>(owner: string, defaults: H, given: object): H {
  const names = Object.keys(defaults);
  const kindOf = (name: string): Kind =>
    RANGES[name] ?? (typeof defaults[name] === "boolean" ? FLAG : NUMBER);
  checkOptions(owner, given, Object.fromEntries(names.map((name) => [name, kindOf(name)])));
  const hyper = withDefaults(defaults, given);
  const { nesterov, momentum, dampening } = hyper;
  if (nesterov !== true || (momentum !== 0 && dampening === 0)) return hyper;
  throw new core.ArgumentError("nesterov is true", {
    code: "argument/range",
    op: owner,
    hint: "Nesterov momentum needs a momentum and no dampening",
  });
}

/** @throws {ArgumentError} for what cannot be gone through, as a module or a tensor */
function listed<T>(owner: string, params: Iterable<T>): T[] {
  const list = (typeof params === "object" && params !== null) || typeof params === "function";
  if (list && !(params instanceof core.Tensor) && Symbol.iterator in params && !("parameters" in params)) {
    return [...params];
  }
  const module = list && "parameters" in params;
  throw new core.ArgumentError(`${module ? "a module" : core.shown(params)} is given for the parameters`, {
    code: "argument/parameters",
    op: owner,
    hint: module ? "pass its parameters()" : "pass model.parameters(), or a list of { params, … } groups",
  });
}

function toGroups<H extends Hyper>(owner: string, params: ParamsInput<H>, defaults: H): ParamGroup<H>[] {
  const list: readonly unknown[] = listed<unknown>(owner, params);
  if (list.length === 0) {
    throw new core.ArgumentError("no parameters to optimise", {
      code: "argument/no-parameters",
      op: owner,
      hint: "pass model.parameters(), or a list of { params, … } groups",
    });
  }
  if (!isGroup(list[0])) return [{ ...defaults, params: list.map((p) => requireLeaf(owner, p)) }];
  return list.map((entry) => {
    if (!isGroup(entry)) throw core.notTensor(owner, entry, "a group of parameters");
    const { params: own, ...rest } = entry;
    const tensors = own instanceof Tensor ? [own] : listed<unknown>(owner, own);
    return { ...hyperOf(owner, defaults, rest), params: tensors.map((p) => requireLeaf(owner, p)) };
  });
}

function isGroup(entry: unknown): entry is { readonly params: Iterable<unknown> | Tensor } {
  return typeof entry === "object" && entry !== null && !(entry instanceof core.Tensor) && "params" in entry;
}

function requireLeaf(owner: string, p: unknown): Tensor {
  if (!(p instanceof Tensor)) throw core.notTensor(owner, p, "a parameter");
  if (p._traced === null) p._live(owner);
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

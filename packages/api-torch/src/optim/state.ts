// The state that an optimizer keeps of one parameter, and the numbers of a step that change from step to step.
import * as core from "@isoform/core";
import type { DType, Tensor } from "@isoform/core";

/** State of one parameter: tensors such as momentum buffers, and counters. */
export type ParamState = Map<string, Tensor | number>;

/**
 * Reads and replaces the state of one parameter. Counts and other numbers change before every run of a
 * compiled step: they are changed in `effect`, and read in functions given to `effect`, `host`, `shared` and
 * `choose`. State tensors may have any shape. The constructor never throws.
 * @see torch.optim.Optimizer.state
 */
export class StateOf {
  private readonly entries: ParamState;
  private readonly dtype: DType;
  /** Numbers that all parameters of the group use in this step. */
  private readonly group: Map<string, Tensor | number>;

  constructor(entries: ParamState, dtype: DType, group: Map<string, Tensor | number>) {
    this.entries = entries;
    this.dtype = dtype;
    this.group = group;
  }

  /**
   * Counts up. The result reads the new count, and throws LifetimeError where a compiled step could not
   * repeat it. Never throws itself.
   */
  count(name: string): () => number {
    this.effect(() => this.setNumber(name, this.number(name, 0) + 1));
    return () => this.number(name, 0);
  }
  /** Does something now, and before every run of a compiled step. Never throws itself. */
  effect(run: () => void): void {
    core.hostEffect(run);
  }
  /**
   * A number in the dtype of the parameter: as it is, or a scalar tensor in a compiled step. Never throws
   * itself.
   */
  host(read: () => number): Tensor | number {
    return core.hostNumber(read, this.dtype);
  }
  /**
   * A number of the group under a name, made once per step: as it is, or a scalar tensor in a compiled step.
   * Never throws itself.
   */
  shared(name: string, read: () => number): Tensor | number {
    const key = `${this.dtype}:${name}`;
    let found = this.group.get(key);
    if (found === undefined) this.group.set(key, (found = this.host(read)));
    return found;
  }
  /**
   * One of two values, of one shape, by a condition that changes from step to step; a compiled step computes
   * both.
   * @throws {ShapeError} when a compiled step is given shapes that do not broadcast.
   */
  choose(condition: () => boolean, yes: () => Tensor, no: () => Tensor): Tensor {
    if (core.traceNotes() === null) return condition() ? yes() : no();
    const flag = core.hostTensor({ shape: [], dtype: "bool" }, () => Uint8Array.of(condition() ? 1 : 0));
    return core.where(flag, yes(), no());
  }

  /**
   * A state tensor, in the shape it was set with, or null before the first `set`.
   * @throws {LifetimeError} when a step is compiled before that.
   */
  get(name: string): Tensor | null {
    const v = this.entries.get(name);
    const found = v instanceof core.Tensor ? v : null;
    if (core.traceNotes() === null) return found;
    if (found === null) {
      throw new core.LifetimeError(`the optimizer has no ${name} yet`, {
        code: core.NOT_WARM,
        op: "step",
        hint: "the first step runs eagerly and makes it",
      });
    }
    core.traceGuard(() => this.entries.get(name) === found);
    return found;
  }
  /**
   * Gives a state tensor a new value, which keeps its shape and dtype; the first one may have any.
   * @throws {LifetimeError} when the value was disposed.
   */
  set(name: string, value: Tensor): Tensor {
    const old = this.entries.get(name);
    if (old instanceof core.Tensor) {
      core.rebind(old, value);
      return old;
    }
    const own = core.keep(core.detach(value));
    this.entries.set(name, own);
    return own;
  }
  /**
   * A number of the state, `initial` when it is not set.
   * @throws {LifetimeError} where a compiled step could not repeat it.
   */
  number(name: string, initial: number): number {
    refuse(name);
    const v = this.entries.get(name);
    return typeof v === "number" ? v : initial;
  }
  /**
   * Replaces a number of the state.
   * @throws {LifetimeError} where a compiled step could not repeat it.
   */
  setNumber(name: string, value: number): void {
    refuse(name);
    this.entries.set(name, value);
  }
}

function refuse(name: string): void {
  core.refuseInTrace(
    "step",
    `the number ${name} of the optimizer's state is used while a step is compiled`,
    "use it in functions given to effect, host, shared or choose",
  );
}

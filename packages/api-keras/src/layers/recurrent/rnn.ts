// RNN: the loop over time around a cell, with masks, states and direction. StackedRNNCells.
import * as core from "@isoform/core";
import {
  ArgumentError,
  LifetimeError,
  ShapeError,
  constructible,
  type Constructible,
  shown,
} from "@isoform/core";
import { oneOrList } from "../../engine/input-spec.js";
import { invalid } from "../../config/values.js";
import { REQUIRED, type AnyDefaults, type Resolved, given } from "../../config/options.js";
import { visibleShape } from "../../engine/abstract.js";
import { formatShape, type SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, isShape, type CallOptions, type LayerOptions } from "../../engine/layer.js";
import { initScope, session } from "../../session.js";
import { Variable } from "../../tensor/variable.js";
import { Cell, NO_MASKS, type States, type StepMasks, checkStates } from "./cell.js";
import { LOOP, type LoopOptions } from "./options.js";

/** Options of a call of a recurrent layer. */
export interface RecurrentCallOptions extends CallOptions {
  readonly initialState?: core.Tensor | States | null;
}
/** What a fused run gives: outputs of all steps `[batch, time, units]` in processing order, and the last states. */
export interface Sequence {
  readonly outputs: core.Tensor;
  readonly states: States;
}

/** See `RNN`. */
export interface RNNLayer extends Resolved<LoopOptions> {}
/** See `RNN`. */
export class RNNLayer extends Layer {
  static override readonly className: string = "RNN";
  static override readonly positional: readonly string[] = ["cell"];
  static override readonly buildNames: readonly string[] = ["sequences_shape", "initial_state_shape"];
  cell: Cell;
  /** Kept states of a stateful layer. */
  declare $kept: Variable[] | null;
  /** True from a reset to the next batch, which may have another size. */
  declare $fresh: boolean;

  constructor(
    cell: Cell | readonly Cell[],
    options: LoopOptions & LayerOptions = {},
    defaults: AnyDefaults = { ...LOOP, cell: REQUIRED },
  ) {
    const single = Array.isArray(cell) ? new StackedRNNCellsLayer(cell) : (cell as Cell);
    super("cell" in defaults ? given(options, { cell: single }) : options, defaults);
    checkCell(this.describe(), single);
    this.cell = single;
    this.supportsMasking = true;
    this.takes = oneOrList(Infinity);
    Object.defineProperty(this, "$kept", { value: null, writable: true });
    Object.defineProperty(this, "$fresh", { value: true, writable: true });
  }

  override build(shape: SymbolicShape | readonly SymbolicShape[]): void {
    const sequence = isShape(shape) ? shape : shape[0]!;
    if (sequence.length < 3) {
      throw new ShapeError(`the input has ${sequence.length} axes`, {
        code: "shape/input-spec",
        op: this.describe(),
        inputs: [`(${formatShape(sequence)})`],
        hint: "pass sequences: [batch, time, features]",
      });
    }
    if (!this.cell.built) this.cell.build(...([[sequence[0] ?? null, ...sequence.slice(2)]] as never[]));
  }

  override call(
    sequence: core.Tensor | States,
    second: RecurrentCallOptions | core.Tensor | States,
    third?: RecurrentCallOptions,
  ): unknown {
    const options = third ?? (isOptions(second) ? second : { training: false });
    const [x, ...given] = Array.isArray(sequence) ? (sequence as core.Tensor[]) : [sequence as core.Tensor];
    const state = isOptions(second) ? (options.initialState ?? null) : second;
    const from =
      given.length > 0 ? given : state === null ? null : state instanceof core.Tensor ? [state] : state;
    const mask: unknown = Array.isArray(options.mask) ? options.mask[0] : options.mask;
    const steps = mask instanceof core.Tensor ? stepMask(this.describe(), mask, x!) : null;
    return this.run(x!, from, steps, options.training);
  }

  /** The result of a call on tensors. */
  protected run(
    x: core.Tensor,
    initial: States | null,
    mask: core.Tensor | null,
    training: boolean,
  ): unknown {
    const start = initial ?? this.#startStates(x);
    checkStates(this.describe(), start, this.cell.stateSize.length);
    const sequence =
      (mask === null && this.fused(x, start, training)) || this.#loop(x, start, mask, training);
    if (this.stateful) this.#keep(sequence.states);
    const last = () => core.squeeze(core.sliceAxis(sequence.outputs, 1, -1), [1]);
    const output = this.returnSequences ? sequence.outputs : last();
    return this.returnState ? [output, ...sequence.states] : output;
  }

  /** A single op for all steps, for cells that have one; null to loop. */
  protected fused(_x: core.Tensor, _states: States, _training: boolean): Sequence | null {
    return null;
  }

  #startStates(x: core.Tensor): States {
    const first = core.squeeze(core.sliceAxis(x, 1, 0, 1), [1]);
    if (!this.stateful || session.call?.abstract) return this.cell.initialStates(first);
    const batch = this.$kept?.[0]?.shape[0];
    if (this.$fresh && batch !== undefined && batch !== x.shape[0]) this.#forget();
    if (this.$kept) return handles(this.$kept);
    const states = this.cell.initialStates(first);
    if (!core.ambient.trace?.stateful) return states;
    if (!this.#startsAtZero) throw notWarm(this.describe());
    return handles(this.#make(states));
  }
  get #startsAtZero(): boolean {
    return this.cell.initialStates === Cell.prototype.initialStates;
  }
  #make(states: States): Variable[] {
    this.$kept ??= states.map(({ shape, dtype }, i) => {
      const options = { shape, dtype, trainable: false, name: `state_${i}` };
      return initScope(() => new Variable((s, d) => core.zeros(s, d), options));
    });
    return this.$kept;
  }
  #keep(states: States): void {
    if (states.some((s) => s._traced !== null) && !core.ambient.trace?.stateful) return;
    this.#make(states).forEach((v, i) => v.assign(core.detach(states[i]!)));
    core.hostEffect(() => (this.$fresh = false));
  }
  /** Frees all weights, and the kept states. */
  override dispose(): void {
    super.dispose();
    this.#forget();
  }
  #forget(): void {
    for (const v of this.$kept ?? []) v.dispose();
    this.$kept = null;
  }
  /** Starts the next batch from zeros again (stateful layers). */
  resetState(): void {
    this.$fresh = true;
    if (!this.#startsAtZero) return this.#forget();
    for (const v of this.$kept ?? []) v.assign(core.zerosLike(v));
  }

  #loop(x: core.Tensor, start: States, mask: core.Tensor | null, training: boolean): Sequence {
    const steps = x.shape[1]!;
    const at = (t: number) => core.squeeze(core.sliceAxis(x, 1, t, t + 1), [1]);
    const masks = this.cell.masks(at(0), start, training);
    let states = start;
    let before: core.Tensor | null = null;
    const outputs: core.Tensor[] = [];
    for (let i = 0; i < steps; i++) {
      const t = this.goBackwards ? steps - 1 - i : i;
      let [output, next] = this.cell.step(at(t), states, masks);
      if (mask) {
        const use = core.squeeze(core.sliceAxis(mask, 1, t, t + 1), [1]);
        const old = this.zeroOutputForMask ? null : before;
        output = core.where(spread(use, output), output, old ?? 0);
        next = next.map((s, k) => core.where(spread(use, s), s, states[k]!));
      }
      before = output;
      states = next;
      outputs.push(core.unsqueeze(output, [1]));
    }
    return { outputs: core.concat(outputs, 1), states };
  }

  override computeMask(_inputs: unknown, mask: unknown): unknown {
    const own: unknown = Array.isArray(mask) ? mask[0] : mask;
    const output = this.returnSequences ? (own ?? null) : null;
    return this.returnState ? [output, ...this.cell.stateSize.map(() => null)] : output;
  }
}

function isOptions(value: unknown): value is RecurrentCallOptions {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof core.Tensor)
  );
}

/** Refuses what is not a cell. @throws {ArgumentError} when it is none */
function checkCell(owner: string, cell: unknown): void {
  if (cell instanceof Cell) return;
  throw new ArgumentError(`${shown(cell)} is not a cell`, {
    code: "argument/not-a-cell",
    op: owner,
    hint: "pass a cell such as layers.LSTMCell(8), or a class that extends layers.Cell",
  });
}

/** A mask `[batch, time]` (or `[batch, time, 1]`) for x. @throws {ShapeError} when it has other sizes */
function stepMask(owner: string, mask: core.Tensor, x: core.Tensor): core.Tensor {
  const lead = x.shape.slice(0, 2);
  if (core.sameShape(mask.shape, lead)) return mask;
  if (core.sameShape(mask.shape, [...lead, 1])) return core.reshape(mask, lead);
  throw core.shapeError(
    owner,
    "the mask is not one of the steps",
    [x, mask],
    `pass a mask [${lead.join(", ")}]`,
  );
}

/** The values of variables as they are now: the step assigns the variables before it is differentiated. */
function handles(variables: readonly Variable[]): core.Tensor[] {
  return variables.map((v) => core.detach(v));
}

/** The first step runs eagerly: the states of the cell are known then. */
function notWarm(op: string): LifetimeError {
  return new LifetimeError("the states of the layer do not exist yet", {
    code: core.NOT_WARM,
    op,
    hint: "call the layer once outside a compiled step",
  });
}

/** `[batch]` as `[batch, 1, …]` with the rank of `like`. */
function spread(mask: core.Tensor, like: core.Tensor): core.Tensor {
  return core.reshape(core.cast(mask, "bool"), [
    mask.shape[0]!,
    ...Array.from({ length: like.rank - 1 }, () => 1),
  ]);
}

/** Several cells one above the other, as one cell. */
class StackedRNNCellsLayer extends Cell {
  static override readonly className: string = "StackedRNNCells";
  static override readonly positional: readonly string[] = ["cells"];
  cells: readonly Cell[];
  constructor(cells: readonly Cell[], options: LayerOptions = {}) {
    super(given(options, { cells }), { cells: REQUIRED });
    const isList = Array.isArray(cells) && cells.length > 0;
    if (!isList)
      throw invalid(
        this.describe(),
        "cells",
        cells,
        "pass one or more cells in an array; there are no cells",
      );
    for (const cell of cells) checkCell(this.describe(), cell);
    this.cells = [...cells];
  }
  override get stateSize(): readonly SymbolicShape[] {
    return this.cells.flatMap((c) => c.stateSize);
  }
  override build(shape: SymbolicShape): void {
    let input = shape;
    for (const cell of this.cells) {
      if (!cell.built) cell.build(...([input] as never[]));
      input = visibleShape([shape[0] ?? null, ...cell.stateSize[0]!]);
    }
  }
  override step(x: core.Tensor, states: States): readonly [core.Tensor, States] {
    let output = x;
    let at = 0;
    const next: core.Tensor[] = [];
    for (const cell of this.cells) {
      const own = states.slice(at, (at += cell.stateSize.length));
      const [y, changed] = cell.step(output, own, this.#masks.get(cell) ?? NO_MASKS);
      output = y;
      next.push(...changed);
    }
    return [output, next];
  }
  #masks: Map<Cell, StepMasks> = new Map();
  override masks(x: core.Tensor, states: States, training: boolean): StepMasks {
    this.#masks = new Map();
    let at = 0;
    let input = x;
    for (const cell of this.cells) {
      const own = states.slice(at, (at += cell.stateSize.length));
      this.#masks.set(cell, cell.masks(input, own, training));
      input = own[0]!;
    }
    return NO_MASKS;
  }
}

/**
 * The loop over time of `[batch, time, …]` around a cell, or a list of cells: the output of the last step, of
 * all steps `[batch, time, …]` with `returnSequences`, and `[output, ...states]` with `returnState`.
 * @throws {ArgumentError} when an option is unknown, the first argument is not a cell, or the number of
 *   initial states is wrong
 * @throws {ShapeError} when the input has fewer than 3 axes or no steps, or the cell does not take its steps
 * @throws {LifetimeError} when a stateful layer, whose cell makes its own first states, is first called in a
 *   compiled step
 * @see keras.layers.RNN
 */
export const RNN: Constructible<typeof RNNLayer> = /* @__PURE__ */ constructible(RNNLayer);
/**
 * Several cells one above the other: `[N, features]` and the states of all cells to the output of the last
 * one and new states.
 * @throws {ArgumentError} when an option is unknown
 * @throws {ShapeError} when input or states do not fit the weights of a cell
 * @see keras.layers.StackedRNNCells
 */
export const StackedRNNCells: Constructible<typeof StackedRNNCellsLayer> =
  /* @__PURE__ */ constructible(StackedRNNCellsLayer);

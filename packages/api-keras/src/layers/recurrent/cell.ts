// What a cell is: one step of a recurrent layer.
import * as core from "@isoform/core";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer } from "../../engine/layer.js";
import { dropOut } from "../../nn/dropout.js";
import type { SeedGenerator } from "../../random/seed.js";

/** States of one step. */
export type States = readonly core.Tensor[];

/** Masks of dropout, the same at all steps; null where nothing is dropped. */
export interface StepMasks {
  readonly input: core.Tensor | null;
  readonly recurrent: core.Tensor | null;
}
/** Dropout masks of a call without dropout. */
export const NO_MASKS: StepMasks = { input: null, recurrent: null };

/**
 * Base of cells: `call(x, states)` gives `[output, newStates]`, for x `[N, features]` and states
 * `[N, ...size]`.
 * @throws {ArgumentError} when an option is unknown
 * @see keras.layers.RNN
 */
export abstract class Cell extends Layer {
  static override readonly callArguments: readonly string[] = ["inputs", "states"];
  /** Sizes of the states, without the batch. */
  abstract readonly stateSize: readonly SymbolicShape[];
  /**
   * One step: x `[N, features]` and the states `[N, ...size]` to the output and new states of the same
   * shapes.
   * @throws {ShapeError} when input or states do not fit the weights
   */
  abstract step(
    x: core.Tensor,
    states: States,
    masks: StepMasks,
  ): readonly [output: core.Tensor, states: States];
  /**
   * Zero states `[N, ...size]` for inputs of one step, `[N, features]`.
   * @throws {ShapeError} when a cell that works them out from the input cannot take its shape
   */
  initialStates(x: core.Tensor): core.Tensor[] {
    return this.stateSize.map((s) => core.zeros([x.shape[0]!, ...s.map((n) => n ?? 1)], this.computeDtype));
  }
  /**
   * Dropout masks of the shapes of x and the first state, for a whole run; null where nothing is dropped.
   * Never throws unless a subclass does.
   */
  masks(_x: core.Tensor, _states: States, _training: boolean): StepMasks {
    return NO_MASKS;
  }
  override call(
    x: core.Tensor,
    states: States | core.Tensor,
    options: { readonly training?: boolean } = {},
  ): unknown {
    const list = states instanceof core.Tensor ? [states] : states;
    checkStates(this.describe(), list, this.stateSize.length);
    const [output, next] = this.step(x, list, this.masks(x, list, options.training ?? false));
    return [output, [...next]];
  }
}

/** Refuses states that are not one tensor per state of a cell. @throws {ArgumentError} when they are others */
export function checkStates(owner: string, states: unknown, count: number): void {
  const isList = Array.isArray(states) && states.every((s) => s instanceof core.Tensor);
  if (isList && states.length === count) return;
  throw new core.ArgumentError(
    isList ? `${states.length} states for ${count}` : "the states are no tensors",
    {
      code: "argument/length",
      op: owner,
      hint: "pass one tensor per state, in an array",
    },
  );
}

/** Dropout masks of a cell with one input and one recurrent share. */
export function dropoutMasks(
  x: core.Tensor,
  state: core.Tensor,
  rates: { readonly dropout: number; readonly recurrentDropout: number },
  seed: SeedGenerator | null,
  training: boolean,
): StepMasks {
  if (!training || seed === null) return NO_MASKS;
  const mask = (like: core.Tensor, rate: number) =>
    rate > 0 ? dropOut("a cell", core.onesLike(like), rate, { seed }) : null;
  return { input: mask(x, rates.dropout), recurrent: mask(state, rates.recurrentDropout) };
}

/** x times a mask, or x. */
export function masked(x: core.Tensor, mask: core.Tensor | null): core.Tensor {
  return mask ? core.mul(x, mask) : x;
}

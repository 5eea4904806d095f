// Options and weights that recurrent layers and their cells share.
import type { ActivationLike } from "../../activations.js";
import type { ConstraintLike } from "../../constraints.js";
import type { Layer, WeightOptions } from "../../engine/layer.js";
import type { InitializerFn, InitializerLike } from "../../initializers/index.js";
import type { RegularizerFn, RegularizerLike } from "../../regularizers.js";
import type { ConstraintFn } from "../../constraints.js";
import type { Variable } from "../../tensor/variable.js";

/** Options of the loop over time. */
export interface LoopOptions {
  /** Give the outputs of all steps, not only of the last. */
  readonly returnSequences?: boolean;
  /** Give the last states too: `[output, ...states]`. */
  readonly returnState?: boolean;
  /** Start with the last step; outputs come in that order. */
  readonly goBackwards?: boolean;
  /** Start each batch with the last states of the one before. */
  readonly stateful?: boolean;
  /** Taken for compatibility: results are the same. */
  readonly unroll?: boolean;
  /** Give zeros for masked steps instead of the output before. */
  readonly zeroOutputForMask?: boolean;
}
/** Options of the loop over time. */
export const LOOP = {
  returnSequences: false,
  returnState: false,
  goBackwards: false,
  stateful: false,
  unroll: false,
  zeroOutputForMask: false,
};

/** Options of cells. */
export interface CellOptions {
  readonly activation?: ActivationLike;
  readonly useBias?: boolean;
  readonly kernelInitializer?: InitializerLike;
  readonly recurrentInitializer?: InitializerLike;
  readonly biasInitializer?: InitializerLike;
  readonly kernelRegularizer?: RegularizerLike;
  readonly recurrentRegularizer?: RegularizerLike;
  readonly biasRegularizer?: RegularizerLike;
  readonly kernelConstraint?: ConstraintLike;
  readonly recurrentConstraint?: ConstraintLike;
  readonly biasConstraint?: ConstraintLike;
  /** Share of inputs that is dropped in training. */
  readonly dropout?: number;
  /** Share of states that is dropped in training. */
  readonly recurrentDropout?: number;
  readonly seed?: number | null;
}
/** Options of cells with gates. */
export interface GatedCellOptions extends CellOptions {
  readonly recurrentActivation?: ActivationLike;
}

/** Initializers, regularizers and constraints in Keras' order. */
export const WEIGHTS = {
  kernelInitializer: "glorot_uniform",
  recurrentInitializer: "orthogonal",
  biasInitializer: "zeros",
} as const;
/** Names of the regularizers. */
export const PENALTIES = {
  kernelRegularizer: null,
  recurrentRegularizer: null,
  biasRegularizer: null,
} as const;
/** Names of the constraints. */
export const CONSTRAINTS = {
  kernelConstraint: null,
  recurrentConstraint: null,
  biasConstraint: null,
} as const;
/** Options of dropout within a cell. */
export const DROPS = { dropout: 0, recurrentDropout: 0 } as const;

/** What `cellWeights` reads of a cell. */
interface Weighted {
  readonly useBias: boolean;
  readonly kernelInitializer: InitializerFn;
  readonly recurrentInitializer: InitializerFn;
  readonly biasInitializer: InitializerFn;
  readonly kernelRegularizer: RegularizerFn | null;
  readonly recurrentRegularizer: RegularizerFn | null;
  readonly biasRegularizer: RegularizerFn | null;
  readonly kernelConstraint: ConstraintFn | null;
  readonly recurrentConstraint: ConstraintFn | null;
  readonly biasConstraint: ConstraintFn | null;
}

/** The three weights of a cell. */
export interface CellWeights {
  kernel: Variable;
  recurrentKernel: Variable;
  bias: Variable | null;
}

/** Adds `kernel`, `recurrent_kernel` and `bias`. */
export function cellWeights(
  cell: Layer & Weighted,
  kernel: readonly number[],
  recurrent: readonly number[],
  bias: readonly number[],
  biasInitializer: InitializerFn = cell.biasInitializer,
): CellWeights {
  const add = (options: WeightOptions) => cell.addWeight(options);
  return {
    kernel: add({
      name: "kernel",
      shape: kernel,
      initializer: cell.kernelInitializer,
      regularizer: cell.kernelRegularizer,
      constraint: cell.kernelConstraint,
    }),
    recurrentKernel: add({
      name: "recurrent_kernel",
      shape: recurrent,
      initializer: cell.recurrentInitializer,
      regularizer: cell.recurrentRegularizer,
      constraint: cell.recurrentConstraint,
    }),
    bias: cell.useBias
      ? add({
          name: "bias",
          shape: bias,
          initializer: biasInitializer,
          regularizer: cell.biasRegularizer,
          constraint: cell.biasConstraint,
        })
      : null,
  };
}

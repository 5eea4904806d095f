// The format of a gradient case of a primitive. The oracle gives the function whose differences are taken.
import type { PrimId } from "@isoform/core";
import type { CaseTensor } from "../composite-case.js";

/** One use of a differentiable primitive. */
export interface GradientCase {
  readonly op: PrimId;
  /** Unique among the cases of the op. */
  readonly name: string;
  /** Inputs without a dtype are floats. */
  readonly inputs: readonly CaseTensor[];
  readonly attrs: object;
  /** Inputs whose gradients are checked; default: all floats. */
  readonly wrt?: readonly number[];
  /** Also check second derivatives. */
  readonly second?: boolean;
  /** The op has no gradient here: a typed error is expected. */
  readonly refused?: boolean;
}

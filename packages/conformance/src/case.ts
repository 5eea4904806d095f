// A case as the suite runs it, whatever its level.
import type { DType } from "@isoform/core";
import type { Session } from "./session.js";
import type { Allowance } from "./tolerance.js";

/** Levels of the suite: memory, forward, gradients, composites, models. */
export const LEVELS = ["L0", "L1", "L2", "L3", "L4"] as const;
/** Name of a level. */
export type Level = (typeof LEVELS)[number];

/** One test. */
export interface Case {
  /** `L1/add/float32/transposed`: unique and stable; what `expectedFailures` names. */
  readonly id: string;
  readonly level: Level;
  /** Op or subject. */
  readonly subject: string;
  readonly dtype?: DType;
  /** Why the backend's declared capabilities rule the case out. */
  readonly skip?: string;
  /** Throws when the backend is wrong; `allowance` widens the bounds of float results. */
  run(session: Session, allowance?: Allowance): Promise<void>;
}

// All forward cases of primitives.
import { contractionCases } from "./contraction.js";
import { elementwiseCases } from "./elementwise.js";
import { indexingCases } from "./indexing.js";
import { movementCases } from "./movement.js";
import type { PrimitiveCase } from "./primitive-case.js";
import { reductionCases } from "./reduce.js";
import { windowCases } from "./window.js";

/** Every forward case of every primitive. */
export const primitiveCases: readonly PrimitiveCase[] = [
  ...elementwiseCases,
  ...movementCases,
  ...reductionCases,
  ...contractionCases,
  ...windowCases,
  ...indexingCases,
];

// All composite cases: one file per composite or tight family, listed here.
import type { CompositeCase } from "../composite-case.js";
import { activationCases } from "./activations.js";
import { arithmeticCases } from "./arithmetic.js";
import { contractionCases } from "./contraction.js";
import { indexingCases } from "./indexing.js";
import { lossCases } from "./losses.js";
import { normCases } from "./norms.js";
import { poolingCases } from "./pooling.js";
import { recurrentCases } from "./recurrent.js";
import { reductionCases } from "./reductions.js";
import { resizeCases } from "./resize.js";
import { roundingCases } from "./rounding.js";
import { shapeCases } from "./shape.js";

/** Every case of every composite op. */
export const compositeCases: readonly CompositeCase[] = [
  ...activationCases,
  ...arithmeticCases,
  ...contractionCases,
  ...indexingCases,
  ...lossCases,
  ...normCases,
  ...poolingCases,
  ...recurrentCases,
  ...reductionCases,
  ...resizeCases,
  ...roundingCases,
  ...shapeCases,
];

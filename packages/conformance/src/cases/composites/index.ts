// All composite cases: one file per composite or tight family, listed here.
import type { CompositeCase } from "../composite-case.js";
import { roundingCases } from "./rounding.js";

/** Every case of every composite op. */
export const compositeCases: readonly CompositeCase[] = [...roundingCases];

// Cases of the elementwise arithmetic composites.
import {
  acos,
  acosh,
  asin,
  asinh,
  atan2,
  atanh,
  clip,
  cosh,
  erfinv,
  exp2,
  floorDiv,
  isFinite,
  isInf,
  isNan,
  log10,
  log2,
  logAddExp,
  mod,
  reciprocal,
  sinh,
  square,
  tan,
  type Tensor,
} from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { arithmetic } from "./frozen/arithmetic.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(arithmetic);
const NO_GRAD = { grad: [] };
const SECOND = { second: true };

const UNARY: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  square,
  reciprocal,
  exp2,
  log2,
  log10,
  tan,
  asin,
  acos,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  erfinv,
  clip: (x) => clip(x, -0.5, 1.5),
};

const PREDICATES: Readonly<Record<string, (x: Tensor) => Tensor>> = { isNan, isInf, isFinite };

/** Cases of the elementwise arithmetic composites. */
export const arithmeticCases: readonly CompositeCase[] = [
  ...Object.entries(UNARY).flatMap(([op, run]) => [
    make(op, "specials", run, NO_GRAD),
    make(op, "slopes", run, SECOND),
  ]),
  make("clip", "low only", (x) => clip(x, 0, null), NO_GRAD),
  make("clip", "high only", (x) => clip(x, null, 0), NO_GRAD),
  make("clip", "low above high", (x) => clip(x, 2, 1), NO_GRAD),
  make("clip", "integers", (x) => clip(x, -2, 3)),
  ...Object.entries(PREDICATES).flatMap(([op, run]) => [
    make(op, "floats", run, NO_GRAD),
    make(op, "integers", run),
  ]),
  make("atan2", "zeros and infinities", atan2, NO_GRAD),
  make("atan2", "all octants", atan2, SECOND),
  make("atan2", "broadcast", atan2),
  make("mod", "signs", mod, NO_GRAD),
  make("mod", "integers", mod),
  make("mod", "broadcast", mod),
  make("floorDiv", "signs", floorDiv, NO_GRAD),
  make("floorDiv", "integers", floorDiv),
  make("floorDiv", "broadcast", floorDiv),
  make("floorDiv", "quotient that rounds up", floorDiv, NO_GRAD),
  make("logAddExp", "far apart and infinite", logAddExp, NO_GRAD),
  make("logAddExp", "broadcast", logAddExp, SECOND),
];

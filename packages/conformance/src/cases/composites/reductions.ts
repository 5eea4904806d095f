// Cases of reductions and scans.
import {
  all,
  any,
  countNonZero,
  cumprod,
  cumsum,
  logSumExp,
  mean,
  norm,
  std,
  variance,
  type Tensor,
} from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { reductions } from "./frozen/reductions.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(reductions);
const NO_GRAD = { grad: [] };
const SECOND = { second: true };
const KEEP = { keepDims: true };

const SPREADS: readonly (readonly [op: string, run: typeof variance])[] = [
  ["variance", variance],
  ["std", std],
];
const ORDERS: readonly (readonly [name: string, p: number])[] = [
  ["1", 1],
  ["2", 2],
  ["3.5", 3.5],
  ["infinity", Infinity],
  ["minus infinity", -Infinity],
];

/** Cases of reductions and scans. */
export const reductionCases: readonly CompositeCase[] = [
  make("mean", "all axes", (x) => mean(x), SECOND),
  make("mean", "last, kept", (x) => mean(x, -1, KEEP)),
  make("mean", "two axes", (x) => mean(x, [0, 2])),
  make("mean", "0-d", (x) => mean(x)),
  make("mean", "no axes", (x) => mean(x, [])),
  make("mean", "empty axis", (x) => mean(x, 1)),
  ...SPREADS.flatMap(([op, run]) => [
    make(op, "population", (x: Tensor) => run(x), SECOND),
    make(op, "sample, last, kept", (x: Tensor) => run(x, -1, { correction: 1, keepDims: true })),
    make(op, "two axes", (x: Tensor) => run(x, [0, 2])),
    make(op, "one value", (x: Tensor) => run(x, 1), NO_GRAD),
    make(op, "no freedom", (x: Tensor) => run(x, 1, { correction: 1 }), NO_GRAD),
    make(op, "far from 0", (x: Tensor) => run(x), NO_GRAD),
  ]),
  make("logSumExp", "all axes", (x) => logSumExp(x), SECOND),
  make("logSumExp", "middle, kept", (x) => logSumExp(x, 1, KEEP)),
  make("logSumExp", "two axes", (x) => logSumExp(x, [0, -1])),
  make("logSumExp", "infinite rows", (x) => logSumExp(x, 1), NO_GRAD),
  make("logSumExp", "empty axis", (x) => logSumExp(x, 1)),
  make("norm", "p 0", (x) => norm(x, { p: 0, axes: 1 }), NO_GRAD),
  ...ORDERS.map(([name, p]) => make("norm", `p ${name}`, (x) => norm(x, { p, axes: 1 }), SECOND)),
  make("norm", "all axes, kept", (x) => norm(x, KEEP)),
  make("norm", "two axes", (x) => norm(x, { axes: [0, 2] })),
  make("norm", "zeros", (x) => norm(x, { axes: 1 }), NO_GRAD),
  make("any", "rows", (x) => any(x, 1), NO_GRAD),
  make("any", "all axes, kept", (x) => any(x, undefined, KEEP), NO_GRAD),
  make("any", "empty", (x) => any(x, 0), NO_GRAD),
  make("all", "rows", (x) => all(x, 1), NO_GRAD),
  make("all", "bool", (x) => all(x, 0)),
  make("all", "empty", (x) => all(x, 0), NO_GRAD),
  make("countNonZero", "columns", (x) => countNonZero(x, 0), NO_GRAD),
  make("countNonZero", "all axes", (x) => countNonZero(x), NO_GRAD),
  make("cumsum", "last", (x) => cumsum(x, -1)),
  make("cumsum", "exclusive", (x) => cumsum(x, 1, { exclusive: true })),
  make("cumsum", "reverse", (x) => cumsum(x, 1, { reverse: true })),
  make("cumsum", "exclusive, reverse, integers", (x) => cumsum(x, 0, { exclusive: true, reverse: true })),
  make("cumprod", "last", (x) => cumprod(x, -1), SECOND),
  make("cumprod", "exclusive", (x) => cumprod(x, 0, { exclusive: true })),
  make("cumprod", "reverse", (x) => cumprod(x, 1, { reverse: true })),
  make("cumprod", "with zeros", (x) => cumprod(x, 0)),
];

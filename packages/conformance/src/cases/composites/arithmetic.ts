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
  xlogy,
  type Tensor,
} from "@isoform/core";
import { values, type CompositeCase } from "../composite-case.js";
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

/** Values of Python's math.log, and the specials by the definition of torch.xlogy. */
const PYTHON = "Python: x * math.log(y), as torch.xlogy";

const xlogyCases: readonly CompositeCase[] = [
  {
    op: "xlogy",
    name: "zeros, infinities and NaN",
    inputs: [
      values([12], [0, 0, 0, 0, 0, 0, 2, -1.5, 1, 1, -2, NaN]),
      values([12], [0, -1, Infinity, NaN, 1, 3, 0, 0.25, Infinity, -1, 1, 2]),
    ],
    run: xlogy,
    expected: {
      provenance: PYTHON,
      outputs: [values([12], [0, 0, 0, NaN, 0, 0, -Infinity, 2.0794415416798357, Infinity, NaN, -0, NaN])],
    },
    grad: [],
  },
  {
    op: "xlogy",
    name: "slopes",
    inputs: [values([2, 3], [-1.5, 0.75, 2, 0.1, -0.3, 3]), values([2, 3], [0.3, 0.9, 1.7, 2.6, 0.05, 5])],
    run: xlogy,
    expected: {
      provenance: PYTHON,
      outputs: [
        values(
          [2, 3],
          [
            1.8059592064889043, -0.07902038674336971, 1.0612565021243408, 0.09555114450274364,
            0.8987196820661972, 4.828313737302301,
          ],
        ),
      ],
    },
    second: true,
  },
  {
    op: "xlogy",
    name: "broadcast",
    inputs: [values([3, 1], [0.5, -2, 1.25]), values([4], [0.2, 1, 2.5, 4])],
    run: xlogy,
    expected: {
      provenance: PYTHON,
      outputs: [
        values(
          [3, 4],
          [
            -0.8047189562170501, 0, 0.45814536593707755, 0.6931471805599453, 3.2188758248682006, -0,
            -1.8325814637483102, -2.772588722239781, -2.0117973905426254, 0, 1.1453634148426939,
            1.7328679513998633,
          ],
        ),
      ],
    },
  },
  {
    op: "xlogy",
    name: "empty",
    inputs: [values([0, 2], []), values([2], [1, 2])],
    run: xlogy,
    expected: { provenance: PYTHON, outputs: [values([0, 2], [])] },
    grad: [],
  },
];

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
  ...xlogyCases,
];

// Cases of trunc.
import { trunc } from "@isoform/core";
import { values, type CompositeCase } from "../composite-case.js";

/** Cases of the rounding composites. */
export const roundingCases: readonly CompositeCase[] = [
  {
    op: "trunc",
    name: "both signs, halves, specials",
    inputs: [values([2, 4], [1.5, -1.5, 0.2, -0.2, 7, -7, Infinity, NaN])],
    run: (x) => trunc(x),
    expected: {
      provenance: "IEEE 754 roundToIntegralTowardZero",
      outputs: [values([2, 4], [1, -1, 0, -0, 7, -7, Infinity, NaN])],
    },
    grad: [],
  },
];

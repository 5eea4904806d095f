// Gradient cases of reduce, cumulative and sort: zeros in products, every kind and direction.
import { spread, values } from "../composite-case.js";
import type { GradientCase } from "./gradient-case.js";

const reduceCases: readonly GradientCase[] = [
  {
    op: "reduce",
    name: "sum, middle axis",
    inputs: [spread([2, 3, 2], 1)],
    attrs: { kind: "sum", axes: [1] },
    second: true,
  },
  { op: "reduce", name: "sum, all axes", inputs: [spread([2, 3], 2)], attrs: { kind: "sum", axes: [0, 1] } },
  { op: "reduce", name: "sum, no axes", inputs: [spread([2, 3], 3)], attrs: { kind: "sum", axes: [] } },
  {
    op: "reduce",
    name: "max, outer axes",
    inputs: [spread([2, 3, 2], 4)],
    attrs: { kind: "max", axes: [0, 2] },
    second: true,
  },
  { op: "reduce", name: "min, last axis", inputs: [spread([3, 4], 5)], attrs: { kind: "min", axes: [1] } },
  {
    op: "reduce",
    name: "prod, last axis",
    inputs: [spread([2, 3], 6, -2, 2)],
    attrs: { kind: "prod", axes: [1] },
    second: true,
  },
  {
    op: "reduce",
    name: "prod, one zero",
    inputs: [values([2, 3], [1.5, 0, -2, 0.5, 1, 3])],
    attrs: { kind: "prod", axes: [1] },
    second: true,
  },
  {
    op: "reduce",
    name: "prod, two zeros",
    inputs: [values([2, 3], [0, 0, -2, 0.5, 0, 0])],
    attrs: { kind: "prod", axes: [1] },
  },
  {
    op: "reduce",
    name: "prod, outer axes",
    inputs: [spread([2, 3, 2], 7, 0.5, 2)],
    attrs: { kind: "prod", axes: [0, 2] },
  },
  {
    op: "reduce",
    name: "prod, all axes",
    inputs: [spread([2, 2], 8, 0.5, 2)],
    attrs: { kind: "prod", axes: [0, 1] },
  },
  {
    op: "reduce",
    name: "prod, no axes",
    inputs: [spread([3], 9, 0.5, 2)],
    attrs: { kind: "prod", axes: [] },
  },
];

const cumulativeCases = (["sum", "prod", "max", "min"] as const).flatMap((kind) =>
  [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse): GradientCase[] => {
      const tag = `${kind}${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`;
      const attrs = (axis: number) => ({ kind, axis, exclusive, reverse });
      const refused = exclusive && (kind === "max" || kind === "min");
      const cases: GradientCase[] = [
        {
          op: "cumulative",
          name: `${tag}, last axis`,
          inputs: [spread([2, 4], 1, -2, 2)],
          attrs: attrs(1),
          refused,
          second: !refused,
        },
      ];
      if (refused) return cases;
      cases.push({
        op: "cumulative",
        name: `${tag}, first of three`,
        inputs: [spread([3, 2, 2], 2, 0.5, 2)],
        attrs: attrs(0),
      });
      if (kind === "prod") {
        cases.push({
          op: "cumulative",
          name: `${tag}, zeros`,
          inputs: [values([2, 4], [2, 0, 3, 0, 0, 1.5, 2, -1])],
          attrs: attrs(1),
          second: true,
        });
        cases.push({
          op: "cumulative",
          name: `${tag}, eleven elements`,
          inputs: [values([1, 11, 1], [1.2, -0.8, 0, 0.9, 1.1, -1.3, 0.7, 1.4, -0.6, 1, 1.5])],
          attrs: attrs(1),
        });
      }
      return cases;
    }),
  ),
);

const sortCases = [false, true].flatMap((descending): GradientCase[] => [
  {
    op: "sort",
    name: `descending ${descending}, vector`,
    inputs: [spread([5], 1)],
    attrs: { axis: 0, descending },
    second: true,
  },
  {
    op: "sort",
    name: `descending ${descending}, middle axis`,
    inputs: [spread([2, 3, 2], 2)],
    attrs: { axis: 1, descending },
  },
]);

/** Gradient cases of reductions and sort. */
export const reduceGradients: readonly GradientCase[] = [...reduceCases, ...cumulativeCases, ...sortCases];

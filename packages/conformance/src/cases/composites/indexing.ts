// Cases of look-up and writing by index.
import { embedding, gatherElements, gatherNd, oneHot, scatterElements, scatterNd, topK } from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { indexing } from "./frozen/indexing.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(indexing);
const NO_GRAD = { grad: [] };
const SECOND = { second: true };

/** Cases of look-up and writing by index. */
export const indexingCases: readonly CompositeCase[] = [
  make("embedding", "rows", embedding, SECOND),
  make("embedding", "rank 2 indices", embedding),
  make("embedding", "no indices", embedding),
  make("oneHot", "last axis", (i) => oneHot(i, 4)),
  make("oneHot", "first axis, int64", (i) => oneHot(i, 3, { axis: 0, dtype: "int64" })),
  make("oneHot", "0-d", (i) => oneHot(i, 3)),
  make("oneHot", "outside", (i) => oneHot(i, 3, { dtype: "bool" })),
  make("gatherElements", "axis 0", (x, i) => gatherElements(x, i, 0), SECOND),
  make("gatherElements", "axis -1, fewer rows, repeated", (x, i) => gatherElements(x, i, -1)),
  make("gatherElements", "negative", (x, i) => gatherElements(x, i, 1)),
  make("gatherElements", "outside gives 0", (x, i) => gatherElements(x, i, 0)),
  make("gatherElements", "rank 3", (x, i) => gatherElements(x, i, 1)),
  make("scatterElements", "set, axis 0", (x, i, u) => scatterElements(x, i, u)),
  make("scatterElements", "add, repeated", (x, i, u) => scatterElements(x, i, u, { axis: 1, mode: "add" })),
  make("scatterElements", "mul", (x, i, u) => scatterElements(x, i, u, { mode: "mul" }), NO_GRAD),
  make("scatterElements", "max", (x, i, u) => scatterElements(x, i, u, { mode: "max" })),
  make("scatterElements", "min", (x, i, u) => scatterElements(x, i, u, { mode: "min" })),
  make("scatterElements", "negative", (x, i, u) => scatterElements(x, i, u)),
  make("gatherNd", "whole tuples", (x, i) => gatherNd(x, i)),
  make("gatherNd", "slices", (x, i) => gatherNd(x, i)),
  make("gatherNd", "batch axis", (x, i) => gatherNd(x, i, { batchDims: 1 })),
  make("gatherNd", "negative", (x, i) => gatherNd(x, i)),
  make("scatterNd", "set slices", (x, i, u) => scatterNd(x, i, u)),
  make("scatterNd", "add, repeated", (x, i, u) => scatterNd(x, i, u, { mode: "add" })),
  make("scatterNd", "max", (x, i, u) => scatterNd(x, i, u, { mode: "max" })),
  make("topK", "largest", (x) => topK(x, 2), SECOND),
  make("topK", "least, axis 0", (x) => topK(x, 3, { axis: 0, largest: false })),
  make("topK", "all", (x) => topK(x, 5)),
  make("topK", "none", (x) => topK(x, 0)),
  make("topK", "equal elements", (x) => topK(x, 3), NO_GRAD),
];

// Cases of shape, layout and padding.
import {
  depthToSpace,
  expandDims,
  eye,
  flatten,
  fold,
  padMode,
  pixelShuffle,
  pixelUnshuffle,
  repeatInterleave,
  roll,
  spaceToDepth,
  split,
  squeeze,
  stack,
  tile,
  tril,
  triu,
  unfold,
  unsqueeze,
  type PadModeName,
} from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { shape } from "./frozen/shape.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(shape);
const MODES: readonly PadModeName[] = ["reflect", "edge", "symmetric", "wrap"];
const UNFOLD = {
  window: [2, 2],
  strides: [2, 2],
  dilation: [1, 2],
  padding: [
    [1, 1],
    [1, 1],
  ],
} as const;

/** Cases of shape, layout and padding. */
export const shapeCases: readonly CompositeCase[] = [
  make("squeeze", "all", (x) => squeeze(x)),
  make("squeeze", "one, negative", (x) => squeeze(x, -1)),
  make("squeeze", "two", (x) => squeeze(x, [0, 2])),
  make("unsqueeze", "two places", (x) => unsqueeze(x, [1, -1])),
  make("unsqueeze", "0-d", (x) => unsqueeze(x, [0])),
  make("unsqueeze", "expandDims, negative", (x) => expandDims(x, -1)),
  make("flatten", "all", (x) => flatten(x)),
  make("flatten", "from 1", (x) => flatten(x, 1, -2)),
  make("flatten", "0-d", (x) => flatten(x)),
  make("flatten", "size 0", (x) => flatten(x, 1)),
  make("stack", "first", (a, b) => stack([a, b])),
  make("stack", "last", (a, b, c) => stack([a, b, c], -1)),
  make("stack", "0-d", (a, b) => stack([a, b])),
  make("split", "equal", (x) => split(x, 3, 1)),
  make("split", "sizes, axis -2", (x) => split(x, [2, 0, 3], -2)),
  make("split", "one part is all", (x) => split(x, [3, 0])),
  make("tile", "every axis", (x) => tile(x, [2, 3])),
  make("tile", "fewer counts", (x) => tile(x, [2])),
  make("tile", "more counts", (x) => tile(x, [2, 2])),
  make("tile", "0 times", (x) => tile(x, [0, 1])),
  make("repeatInterleave", "middle", (x) => repeatInterleave(x, 2, 1)),
  make("repeatInterleave", "last, integers", (x) => repeatInterleave(x, 3, -1)),
  make("roll", "one axis", (x) => roll(x, 1, 1)),
  make("roll", "two axes, negative and long", (x) => roll(x, [-1, 7], [0, -2])),
  make("roll", "size 0", (x) => roll(x, 1, 0)),
  make("padMode", "constant", (x) => padMode(x, { low: [0, 1], high: [1, 2], value: 5 })),
  make("padMode", "constant, cropping", (x) => padMode(x, { low: [1, -1], high: [-2, 1] })),
  ...MODES.flatMap((mode) => [
    make("padMode", mode, (x) => padMode(x, { low: [1, 2], high: [2, 0], mode })),
    make("padMode", `${mode}, longer than the axis`, (x) => padMode(x, { low: [8], high: [9], mode })),
    make("padMode", `${mode}, uneven ends`, (x) => padMode(x, { low: [1], high: [8], mode })),
  ]),
  make("triu", "plain", (x) => triu(x)),
  make("triu", "above, batch", (x) => triu(x, 1)),
  make("tril", "below", (x) => tril(x, -1)),
  make("tril", "integers", (x) => tril(x)),
  make("eye", "square", () => eye(3)),
  make("eye", "wide, diagonal 1, int64", () => eye(2, 3, "int64", 1)),
  make("depthToSpace", "CRD", (x) => pixelShuffle(x, 2)),
  make("depthToSpace", "DCR", (x) => depthToSpace(x, 2)),
  make("spaceToDepth", "CRD", (x) => pixelUnshuffle(x, 2)),
  make("spaceToDepth", "DCR", (x) => spaceToDepth(x, 2)),
  make("unfold", "2-d", (x) => unfold(x, { window: [2, 2] }), { second: true }),
  make("unfold", "stride, padding, dilation", (x) => unfold(x, UNFOLD)),
  make("unfold", "1-d", (x) => unfold(x, { window: [3] })),
  make("fold", "overlapping", (x) => fold(x, { window: [2, 2], outputSpatial: [3, 3] })),
  make("fold", "stride, padding, dilation", (x) => fold(x, { ...UNFOLD, outputSpatial: [4, 5] })),
];

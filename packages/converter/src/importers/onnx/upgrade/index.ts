// Which rules bring which op to the newest operator set. Ops that are not here never changed in a way that matters.
import type { Upgrade } from "../node.js";
import { legacyBroadcast, legacyCast, legacyPRelu, legacyScan } from "./legacy.js";
import {
  batchNorm,
  clip,
  dft,
  dropout,
  gridSample,
  groupNorm,
  reduce,
  roiAlign,
  softmax,
  topK,
} from "./math.js";
import { concat, listToInput, pad, resize, scatter, slice, split, upsample } from "./shape.js";

/** A rule and the first opset that no longer needs it. */
export interface UpgradeRule {
  readonly before: number;
  readonly apply: Upgrade;
}

const rule = (before: number, apply: Upgrade): UpgradeRule => ({ before, apply });
const NEVER = 1000;

/** Rules by op of the default domain. A map, so that op names like `constructor` find nothing. */
export const UPGRADES: ReadonlyMap<string, UpgradeRule> = new Map([
  ...["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"].map(
    (op): [string, UpgradeRule] => [op, rule(7, legacyBroadcast)],
  ),
  ...[
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
    "ReduceSumSquare",
  ].map((op): [string, UpgradeRule] => [op, rule(18, reduce)]),
  ...["Softmax", "LogSoftmax", "Hardmax"].map((op): [string, UpgradeRule] => [op, rule(13, softmax)]),
  ["BatchNormalization", rule(14, batchNorm)],
  ["Cast", rule(6, legacyCast)],
  ["Clip", rule(11, clip)],
  ["Concat", rule(4, concat)],
  ["DFT", rule(20, dft)],
  ["Dropout", rule(12, dropout)],
  ["Gemm", rule(7, legacyBroadcast)],
  ["GridSample", rule(20, gridSample)],
  ["GroupNormalization", rule(21, groupNorm)],
  ["PRelu", rule(7, legacyPRelu)],
  ["Pad", rule(11, pad)],
  ["Reshape", rule(5, listToInput("shape", 1))],
  ["Resize", rule(11, resize)],
  ["RoiAlign", rule(16, roiAlign)],
  ["Scan", rule(9, legacyScan)],
  ["Scatter", rule(NEVER, scatter)],
  ["Slice", rule(10, slice)],
  ["Split", rule(NEVER, split)],
  ["Squeeze", rule(13, listToInput("axes", 1))],
  ["TopK", rule(10, topK)],
  ["Unsqueeze", rule(13, listToInput("axes", 1))],
  ["Upsample", rule(NEVER, upsample)],
]);

/** Attributes that old files carry and that never had an effect on inference. */
export const IGNORED_ATTRIBUTES: ReadonlySet<string> = new Set([
  "consumed_inputs",
  "output_sequence",
  "__type",
]);

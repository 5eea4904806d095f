// What each operator set has: ops and attributes that are newer than opset 13, IR versions, and rules to write
// newer forms in older ones. Facts from the ONNX operator schemas.
import type { IrOp } from "../../ir/ops/table.js";
import type { RewriteRules } from "../../ir/passes/rewrite.js";
import { adaptiveAverage, adaptiveMax } from "./lower/adaptive.js";
import { castLike, gelu, hardSwish, linear, mish, swiGlu, swish } from "./lower/basic.js";
import { oneHot, resizeAxes } from "./lower/compat.js";
import { attention, groupNorm, layerNorm, rmsNorm } from "./lower/norm.js";

/** Opsets that can be written. */
export const OPSET_RANGE: readonly [number, number] = [13, 28];
/** Written unless asked otherwise: new enough for Gelu and LayerNormalization, loaded by all current runtimes. */
export const DEFAULT_OPSET = 20;

/** First opset of ops that came after 13. */
export const OP_SINCE: Readonly<Partial<Record<IrOp, number>>> = {
  AffineGrid: 20,
  Attention: 23,
  Bernoulli: 15,
  BitCast: 26,
  BitwiseAnd: 18,
  BitwiseNot: 18,
  BitwiseOr: 18,
  BitwiseXor: 18,
  BlackmanWindow: 17,
  CastLike: 15,
  CausalConvWithState: 27,
  CenterCropPad: 18,
  Col2Im: 18,
  CumProd: 26,
  DFT: 20,
  DeformConv: 19,
  Gelu: 20,
  GridSample: 16,
  GroupNormalization: 21,
  HammingWindow: 17,
  HannWindow: 17,
  HardSwish: 14,
  ImageDecoder: 20,
  LayerNormalization: 17,
  LinearAttention: 27,
  MelWeightMatrix: 17,
  Mish: 18,
  Optional: 15,
  OptionalGetElement: 15,
  OptionalHasElement: 15,
  RMSNormalization: 23,
  RegexFullMatch: 20,
  RotaryEmbedding: 23,
  STFT: 17,
  SequenceMap: 17,
  StringConcat: 20,
  StringSplit: 20,
  SwiGLU: 28,
  Swish: 24,
  TensorScatter: 24,
  Trilu: 14,
};

/** First opset of attributes that came after their op, `Op.attribute`. */
export const ATTR_SINCE: ReadonlyMap<string, number> = new Map([
  ["Attention.left_window_size", 25],
  ["Attention.right_window_size", 25],
  ["AveragePool.dilations", 19],
  ["BatchNormalization.training_mode", 14],
  ["Cast.round_mode", 24],
  ["Cast.saturate", 19],
  ["CastLike.round_mode", 24],
  ["CastLike.saturate", 19],
  ["DequantizeLinear.block_size", 21],
  ["DequantizeLinear.output_dtype", 23],
  ["GRU.layout", 14],
  ["GroupNormalization.stash_type", 21],
  ["LSTM.layout", 14],
  ["LpPool.ceil_mode", 18],
  ["LpPool.dilations", 18],
  ["QuantizeLinear.block_size", 21],
  ["QuantizeLinear.output_dtype", 21],
  ["QuantizeLinear.precision", 23],
  ["QuantizeLinear.saturate", 19],
  ["RNN.layout", 14],
  ["Range.stash_type", 27],
  ["Reshape.allowzero", 14],
  ["Resize.antialias", 18],
  ["Resize.axes", 18],
  ["Resize.keep_aspect_ratio_policy", 18],
  ["RoiAlign.coordinate_transformation_mode", 16],
  ["ScatterElements.reduction", 16],
  ["ScatterND.reduction", 16],
  ["Shape.end", 15],
  ["Shape.start", 15],
  ["SpaceToDepth.mode", 28],
  ["Split.num_outputs", 18],
]);

/** IR version that belongs to an opset. */
export function irVersionOf(opset: number): number {
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  if (opset <= 22) return 10;
  if (opset === 23) return 11;
  if (opset === 24) return 12;
  return opset <= 27 ? 13 : 14;
}

const LOWERINGS: RewriteRules = {
  Attention: attention,
  CastLike: castLike,
  Gelu: gelu,
  GroupNormalization: groupNorm,
  HardSwish: hardSwish,
  LayerNormalization: layerNorm,
  Mish: mish,
  RMSNormalization: rmsNorm,
  SwiGLU: swiGlu,
  Swish: swish,
};

/** The rewrite rules that a graph needs for an opset. */
export function loweringsFor(opset: number): RewriteRules {
  const wanted = Object.entries(LOWERINGS).filter(([op]) => sinceOf(op) > opset);
  const rules: RewriteRules = Object.fromEntries(wanted);
  const resize: RewriteRules = opset < 18 ? { Resize: resizeAxes } : {};
  return {
    ...rules,
    ...resize,
    OneHot: oneHot,
    Linear: linear,
    AdaptiveAveragePool: adaptiveAverage,
    AdaptiveMaxPool: adaptiveMax,
  };
}

function sinceOf(op: string): number {
  return new Map<string, number>(Object.entries(OP_SINCE)).get(op) ?? 1;
}

// nn.MultiheadAttention and the transformer layers (Vaswani et al. 2017), with PyTorch's weight names.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { Parameter } from "../../tensor/parameter.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { gelu, relu } from "../functional/activation.js";
import { dropout } from "../functional/dropout.js";
import * as init from "../init.js";
import {
  checkOptions,
  COUNT,
  FLAG,
  NUMBER,
  oneOf,
  orNull,
  PROBABILITY,
  TENSOR,
  type Kind,
  type Kinds,
} from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { Dropout } from "./dropout.js";
import { emptyParameter, Linear } from "./linear.js";
import { LayerNorm } from "./normalization.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of `MultiheadAttention`. */
export interface AttentionOptions {
  readonly dropout?: number;
  readonly bias?: boolean;
  readonly batchFirst?: boolean;
}
/** Options of a call of `MultiheadAttention`. Bool masks are true where attention is NOT allowed, as in PyTorch. */
export interface AttentionCall {
  readonly keyPaddingMask?: CoreTensor | null;
  readonly needWeights?: boolean;
  readonly attnMask?: CoreTensor | null;
  readonly averageAttnWeights?: boolean;
}

/** Throws unless every head gets as many features. @throws {ArgumentError} */
export function checkHeads(owner: string, features: number, heads: number): void {
  if (features % heads === 0) return;
  const [whole, part] = owner === "MultiheadAttention" ? ["embedDim", "numHeads"] : ["dModel", "nhead"];
  throw new core.ArgumentError(`${heads} heads do not divide ${features} features`, {
    code: "argument/heads",
    op: owner,
    hint: `${whole} must be a multiple of ${part}`,
  });
}

/** A `Linear` under the name that PyTorch prints for the output projection. */
class NonDynamicallyQuantizableLinear extends Linear {}

const ATTENTION = ["dropout", "bias"] as const;

/** Attention with several heads: `(q, k, v) -> [output, weights | null]`. */
export class MultiheadAttention extends Module<
  [query: CoreTensor, key: CoreTensor, value: CoreTensor, options?: AttentionCall],
  [Tensor, Tensor | null]
> {
  static override readonly name: string = "MultiheadAttention";
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;
  in_proj_weight: Parameter;
  in_proj_bias: Parameter | null;
  out_proj: Linear;

  constructor(embedDim: number, numHeads: number, ...given: InOrder<AttentionOptions, typeof ATTENTION>) {
    const options = inOrder<AttentionOptions>("MultiheadAttention", given, ATTENTION);
    super();
    checkArguments("MultiheadAttention", {
      sizes: { embedDim, numHeads },
      least: 1,
      options,
      known: { dropout: PROBABILITY, bias: FLAG, batchFirst: FLAG },
    });
    checkHeads("MultiheadAttention", embedDim, numHeads);
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = options.dropout ?? 0;
    this.batchFirst = options.batchFirst ?? false;
    const bias = options.bias ?? true;
    this.in_proj_weight = emptyParameter([3 * embedDim, embedDim]);
    this.in_proj_bias = bias ? emptyParameter([3 * embedDim]) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias });
    init.xavierUniform_(this.in_proj_weight);
    if (this.out_proj.bias) init.zeros_(this.out_proj.bias);
  }

  override forward(
    query: CoreTensor,
    key: CoreTensor,
    value: CoreTensor,
    options: AttentionCall = {},
  ): [Tensor, Tensor | null] {
    checkOptions("MultiheadAttention", options, {
      keyPaddingMask: MASK,
      needWeights: FLAG,
      attnMask: MASK,
      averageAttnWeights: FLAG,
    });
    checkTensors("MultiheadAttention", { query, key, value });
    const unbatched = query.rank === 2;
    const all = [query, key, value];
    if (all.some((x) => x.rank !== query.rank) || (query.rank !== 3 && !unbatched)) {
      const hint = "query, key and value are [L, N, E] ([N, L, E] with batchFirst), or [L, E] for one sample";
      throw core.shapeError("MultiheadAttention", "expected 3 or 2 axes", all, hint);
    }
    const { keyPaddingMask = null, needWeights = true, attnMask = null, averageAttnWeights = true } = options;
    const e = this.embedDim;
    const order = (x: CoreTensor) =>
      unbatched ? core.unsqueeze(x, [0]) : this.batchFirst ? x : core.swapaxes(x, 0, 1);
    const [n, l] = order(query).shape as [number, number];
    const [m, s] = order(key).shape as [number, number];
    if (m !== n || !core.sameShape(order(value).shape.slice(0, 2), [m, s])) {
      const hint = "key and value belong together, and the batch is that of the query: check batchFirst";
      throw core.shapeError("MultiheadAttention", "query, key and value do not fit", all, hint);
    }
    const project = (x: CoreTensor, i: number) => {
      const w = core.sliceAxis(this.in_proj_weight, 0, i * e, (i + 1) * e);
      const b = this.in_proj_bias && core.sliceAxis(this.in_proj_bias, 0, i * e, (i + 1) * e);
      return this.heads(core.linear(order(x), w, b));
    };
    const [q, k, v] = [project(query, 0), project(key, 1), project(value, 2)];
    const scores = core.mul(core.matmul(q, core.swapLast(k)), 1 / Math.sqrt(e / this.numHeads));
    const perHead = [n, this.numHeads, l, s];
    const masked = [
      attnMask &&
        (attnMask.rank === 2
          ? maskOf("attnMask", attnMask, [l, s], [l, s])
          : maskOf("attnMask", attnMask, [n * this.numHeads, l, s], perHead)),
      keyPaddingMask && maskOf("keyPaddingMask", keyPaddingMask, unbatched ? [s] : [n, s], [n, 1, 1, s]),
    ]
      .filter((mask) => mask !== null)
      .reduce<CoreTensor>(
        (sum, mask) => (mask.dtype === "bool" ? core.where(mask, -Infinity, sum) : core.add(sum, mask)),
        scores,
      );
    let weights = core.softmax(masked, -1);
    if (this.dropout > 0 && this.training) weights = dropout(weights, { p: this.dropout });
    const context = core.matmul(weights, v);
    const out = this.out_proj(core.reshape(core.swapaxes(context, 1, 2), [n, l, e]));
    const shown = averageAttnWeights ? core.mean(weights, 1) : weights;
    if (unbatched) {
      return [asTensor(core.squeeze(out, [0])), needWeights ? asTensor(core.squeeze(shown, [0])) : null];
    }
    return [asTensor(order(out)), needWeights ? asTensor(shown) : null];
  }

  private heads(x: CoreTensor): CoreTensor {
    const [n, l] = x.shape as [number, number];
    return core.swapaxes(core.reshape(x, [n, l, this.numHeads, this.embedDim / this.numHeads]), 1, 2);
  }
}

/** A mask, or null. */
export const MASK: Kind = /* @__PURE__ */ orNull(TENSOR);

/** A mask of the shape `want` as `shape`. @throws {ShapeError, DTypeError} unless it has the shape, bool or float */
function maskOf(
  name: string,
  mask: CoreTensor,
  want: readonly number[],
  shape: readonly number[],
): CoreTensor {
  if (!core.sameShape(mask.shape, want)) {
    const hint = "keyPaddingMask is [N, S] ([S] for one sample), attnMask [L, S] or [N·heads, L, S]";
    throw core.shapeError("MultiheadAttention", `${name} must be [${want.join(",")}]`, [mask], hint);
  }
  if (mask.dtype !== "bool" && !core.isFloat(mask.dtype)) {
    throw core.dtypeError(
      "MultiheadAttention",
      [mask],
      "masks are bool, true where not allowed, or float, added",
    );
  }
  return core.sameShape(want, shape) ? mask : core.reshape(mask, shape);
}

/** Options of the transformer layers. */
export interface TransformerLayerOptions {
  readonly dimFeedforward?: number;
  readonly dropout?: number;
  readonly activation?: "relu" | "gelu";
  readonly layerNormEps?: number;
  readonly batchFirst?: boolean;
  readonly normFirst?: boolean;
  /** Biases of the linear layers and the layer norms. */
  readonly bias?: boolean;
}
/** Kinds of the options of the transformer layers. */
export const LAYER_OPTIONS: Kinds = {
  dimFeedforward: COUNT,
  dropout: PROBABILITY,
  activation: /* @__PURE__ */ oneOf("relu", "gelu"),
  layerNormEps: NUMBER,
  batchFirst: FLAG,
  normFirst: FLAG,
  bias: FLAG,
};

/** What both layers are made with. @throws {ArgumentError} */
function checkLayer(owner: string, dModel: number, nhead: number, options: TransformerLayerOptions): void {
  checkArguments(owner, { sizes: { dModel, nhead }, least: 1, options, known: LAYER_OPTIONS });
  checkHeads(owner, dModel, nhead);
}

/** Masks of an encoder layer. */
export interface EncoderMasks {
  readonly srcMask?: CoreTensor | null;
  readonly srcKeyPaddingMask?: CoreTensor | null;
}

const LAYER = [
  "dimFeedforward",
  "dropout",
  "activation",
  "layerNormEps",
  "batchFirst",
  "normFirst",
  "bias",
] as const;

/** Self-attention and a two-layer network, each with residual and layer norm. */
export class TransformerEncoderLayer extends Module<[src: CoreTensor, options?: EncoderMasks], Tensor> {
  static override readonly name: string = "TransformerEncoderLayer";
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  readonly activation: "relu" | "gelu";
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, ...given: InOrder<TransformerLayerOptions, typeof LAYER>) {
    const options = inOrder<TransformerLayerOptions>("TransformerEncoderLayer", given, LAYER);
    super();
    checkLayer("TransformerEncoderLayer", dModel, nhead, options);
    const { dimFeedforward = 2048, dropout: p = 0.1, layerNormEps: eps = 1e-5 } = options;
    const { batchFirst = false, bias = true } = options;
    this.activation = options.activation ?? "relu";
    this.normFirst = options.normFirst ?? false;
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst, bias });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(p);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps, bias });
    this.norm2 = new LayerNorm(dModel, { eps, bias });
    this.dropout1 = new Dropout(p);
    this.dropout2 = new Dropout(p);
  }

  override forward(src: CoreTensor, options: EncoderMasks = {}): Tensor {
    checkOptions("TransformerEncoderLayer", options, { srcMask: MASK, srcKeyPaddingMask: MASK });
    checkTensors("TransformerEncoderLayer", { src });
    const masks = {
      attnMask: options.srcMask ?? null,
      keyPaddingMask: options.srcKeyPaddingMask ?? null,
      needWeights: false,
    };
    const attend = (x: CoreTensor) => this.dropout1(this.self_attn(x, x, x, masks)[0]);
    const act = this.activation === "gelu" ? gelu : relu;
    const feed = (x: CoreTensor) => this.dropout2(this.linear2(this.dropout(act(this.linear1(x)))));
    if (this.normFirst) {
      const x = core.add(src, attend(this.norm1(src)));
      return asTensor(core.add(x, feed(this.norm2(x))));
    }
    const x = this.norm1(core.add(src, attend(src)));
    return this.norm2(core.add(x, feed(x)));
  }
}

/** Masks of a decoder layer. */
export interface DecoderMasks {
  readonly tgtMask?: CoreTensor | null;
  readonly memoryMask?: CoreTensor | null;
  readonly tgtKeyPaddingMask?: CoreTensor | null;
  readonly memoryKeyPaddingMask?: CoreTensor | null;
}

/** Kinds of the masks of a decoder. */
export const DECODER_MASKS: Kinds = {
  tgtMask: MASK,
  memoryMask: MASK,
  tgtKeyPaddingMask: MASK,
  memoryKeyPaddingMask: MASK,
};

/** Self-attention, attention to the encoder's memory, and a two-layer network. */
export class TransformerDecoderLayer extends Module<
  [tgt: CoreTensor, memory: CoreTensor, masks?: DecoderMasks],
  Tensor
> {
  static override readonly name: string = "TransformerDecoderLayer";
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  readonly activation: "relu" | "gelu";
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, ...given: InOrder<TransformerLayerOptions, typeof LAYER>) {
    const options = inOrder<TransformerLayerOptions>("TransformerDecoderLayer", given, LAYER);
    super();
    checkLayer("TransformerDecoderLayer", dModel, nhead, options);
    const { dimFeedforward = 2048, dropout: p = 0.1, layerNormEps: eps = 1e-5 } = options;
    const { batchFirst = false, bias = true } = options;
    this.activation = options.activation ?? "relu";
    this.normFirst = options.normFirst ?? false;
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst, bias });
    this.multihead_attn = new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst, bias });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(p);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps, bias });
    this.norm2 = new LayerNorm(dModel, { eps, bias });
    this.norm3 = new LayerNorm(dModel, { eps, bias });
    this.dropout1 = new Dropout(p);
    this.dropout2 = new Dropout(p);
    this.dropout3 = new Dropout(p);
  }

  override forward(tgt: CoreTensor, memory: CoreTensor, masks: DecoderMasks = {}): Tensor {
    checkOptions("TransformerDecoderLayer", masks, DECODER_MASKS);
    checkTensors("TransformerDecoderLayer", { tgt, memory });
    const own = {
      attnMask: masks.tgtMask ?? null,
      keyPaddingMask: masks.tgtKeyPaddingMask ?? null,
      needWeights: false,
    };
    const cross = {
      attnMask: masks.memoryMask ?? null,
      keyPaddingMask: masks.memoryKeyPaddingMask ?? null,
      needWeights: false,
    };
    const self = (x: CoreTensor) => this.dropout1(this.self_attn(x, x, x, own)[0]);
    const attend = (x: CoreTensor) => this.dropout2(this.multihead_attn(x, memory, memory, cross)[0]);
    const act = this.activation === "gelu" ? gelu : relu;
    const feed = (x: CoreTensor) => this.dropout3(this.linear2(this.dropout(act(this.linear1(x)))));
    if (this.normFirst) {
      let x = core.add(tgt, self(this.norm1(tgt)));
      x = core.add(x, attend(this.norm2(x)));
      return asTensor(core.add(x, feed(this.norm3(x))));
    }
    let x: CoreTensor = this.norm1(core.add(tgt, self(tgt)));
    x = this.norm2(core.add(x, attend(x)));
    return this.norm3(core.add(x, feed(x)));
  }
}

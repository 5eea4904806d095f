// nn.MultiheadAttention and the transformer layers (Vaswani et al. 2017), with PyTorch's weight names.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { Parameter } from "../../tensor/parameter.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { gelu, relu } from "../functional/activation.js";
import { dropout } from "../functional/dropout.js";
import * as init from "../init.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { Dropout } from "./dropout.js";
import { emptyParameter, Linear } from "./linear.js";
import { LayerNorm } from "./normalization.js";

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

/** A `Linear` under the name that PyTorch prints for the output projection. */
class NonDynamicallyQuantizableLinear extends Linear {}

/** Attention with several heads: `(q, k, v) -> [output, weights | null]`. */
export class MultiheadAttention extends Module<
  [query: CoreTensor, key: CoreTensor, value: CoreTensor, options?: AttentionCall],
  [Tensor, Tensor | null]
> {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;
  in_proj_weight: Parameter;
  in_proj_bias: Parameter | null;
  out_proj: Linear;

  constructor(embedDim: number, numHeads: number, options: AttentionOptions = {}) {
    super();
    checkArguments("MultiheadAttention", {
      sizes: { embedDim, numHeads },
      options,
      known: ["dropout", "bias", "batchFirst"],
    });
    if (embedDim % numHeads !== 0) {
      throw new core.ArgumentError(`${numHeads} heads do not divide ${embedDim} features`, {
        code: "argument/heads",
        op: "MultiheadAttention",
        hint: "embedDim must be a multiple of numHeads",
      });
    }
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
    core.checkOptions("MultiheadAttention", options, [
      "keyPaddingMask",
      "needWeights",
      "attnMask",
      "averageAttnWeights",
    ]);
    const { keyPaddingMask = null, needWeights = true, attnMask = null, averageAttnWeights = true } = options;
    const e = this.embedDim;
    const order = (x: CoreTensor) => (this.batchFirst ? x : core.swapaxes(x, 0, 1));
    const project = (x: CoreTensor, i: number) => {
      const w = core.sliceAxis(this.in_proj_weight, 0, i * e, (i + 1) * e);
      const b = this.in_proj_bias && core.sliceAxis(this.in_proj_bias, 0, i * e, (i + 1) * e);
      return this.heads(core.linear(order(x), w, b));
    };
    const [q, k, v] = [project(query, 0), project(key, 1), project(value, 2)];
    const scores = core.mul(core.matmul(q, core.swapLast(k)), 1 / Math.sqrt(e / this.numHeads));
    const masked = [
      attnMask && this.spread(attnMask),
      keyPaddingMask && core.unsqueeze(keyPaddingMask, [1, 2]),
    ]
      .filter((m) => m !== null)
      .reduce<CoreTensor>(
        (s, m) => (m.dtype === "bool" ? core.where(m, -Infinity, s) : core.add(s, m)),
        scores,
      );
    let weights = core.softmax(masked, -1);
    if (this.dropout > 0 && this.training) weights = dropout(weights, { p: this.dropout });
    const context = core.matmul(weights, v);
    const [n, , l] = context.shape as [number, number, number];
    const merged = core.reshape(core.swapaxes(context, 1, 2), [n, l, e]);
    const out = this.out_proj(merged);
    const shown = averageAttnWeights ? core.mean(weights, 1) : weights;
    return [asTensor(order(out)), needWeights ? asTensor(shown) : null];
  }

  private heads(x: CoreTensor): CoreTensor {
    const [n, l] = x.shape as [number, number];
    return core.swapaxes(core.reshape(x, [n, l, this.numHeads, this.embedDim / this.numHeads]), 1, 2);
  }

  /** `[L, S]` or `[N·H, L, S]` as something that broadcasts to `[N, H, L, S]`. */
  private spread(mask: CoreTensor): CoreTensor {
    if (mask.rank === 2) return mask;
    return core.reshape(mask, [-1, this.numHeads, mask.shape[1]!, mask.shape[2]!]);
  }
}

/** Options of the transformer layers. */
export interface TransformerLayerOptions {
  readonly dimFeedforward?: number;
  readonly dropout?: number;
  readonly activation?: "relu" | "gelu";
  readonly layerNormEps?: number;
  readonly batchFirst?: boolean;
  readonly normFirst?: boolean;
}
const KNOWN = ["dimFeedforward", "dropout", "activation", "layerNormEps", "batchFirst", "normFirst"];

/** Self-attention and a two-layer network, each with residual and layer norm. */
export class TransformerEncoderLayer extends Module<
  [
    src: CoreTensor,
    options?: { readonly srcMask?: CoreTensor | null; readonly srcKeyPaddingMask?: CoreTensor | null },
  ],
  Tensor
> {
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

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    checkArguments("TransformerEncoderLayer", { sizes: { dModel, nhead }, options, known: KNOWN });
    const { dimFeedforward = 2048, dropout: p = 0.1, layerNormEps: eps = 1e-5, batchFirst = false } = options;
    this.activation = options.activation ?? "relu";
    this.normFirst = options.normFirst ?? false;
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward);
    this.dropout = new Dropout(p);
    this.linear2 = new Linear(dimFeedforward, dModel);
    this.norm1 = new LayerNorm(dModel, { eps });
    this.norm2 = new LayerNorm(dModel, { eps });
    this.dropout1 = new Dropout(p);
    this.dropout2 = new Dropout(p);
  }

  override forward(
    src: CoreTensor,
    options: { readonly srcMask?: CoreTensor | null; readonly srcKeyPaddingMask?: CoreTensor | null } = {},
  ): Tensor {
    core.checkOptions("TransformerEncoderLayer", options, ["srcMask", "srcKeyPaddingMask"]);
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

/** Self-attention, attention to the encoder's memory, and a two-layer network. */
export class TransformerDecoderLayer extends Module<
  [tgt: CoreTensor, memory: CoreTensor, masks?: DecoderMasks],
  Tensor
> {
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

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    checkArguments("TransformerDecoderLayer", { sizes: { dModel, nhead }, options, known: KNOWN });
    const { dimFeedforward = 2048, dropout: p = 0.1, layerNormEps: eps = 1e-5, batchFirst = false } = options;
    this.activation = options.activation ?? "relu";
    this.normFirst = options.normFirst ?? false;
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst });
    this.multihead_attn = new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward);
    this.dropout = new Dropout(p);
    this.linear2 = new Linear(dimFeedforward, dModel);
    this.norm1 = new LayerNorm(dModel, { eps });
    this.norm2 = new LayerNorm(dModel, { eps });
    this.norm3 = new LayerNorm(dModel, { eps });
    this.dropout1 = new Dropout(p);
    this.dropout2 = new Dropout(p);
    this.dropout3 = new Dropout(p);
  }

  override forward(tgt: CoreTensor, memory: CoreTensor, masks: DecoderMasks = {}): Tensor {
    core.checkOptions("TransformerDecoderLayer", masks, [
      "tgtMask",
      "memoryMask",
      "tgtKeyPaddingMask",
      "memoryKeyPaddingMask",
    ]);
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

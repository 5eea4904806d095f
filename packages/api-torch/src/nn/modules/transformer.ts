// nn.TransformerEncoder, TransformerDecoder and Transformer: stacks of the layers in attention.ts.
import * as core from "@isoform/core";
import type { DType, Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { checkOptions, checkValue, COUNT, orNull, POSITIVE, TEXT, type Kind } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { checkArguments } from "../arguments.js";
import { copyModule } from "../copy.js";
import * as init from "../init.js";
import { Module } from "../module.js";
import {
  checkHeads,
  DECODER_MASKS,
  LAYER_OPTIONS,
  MASK,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type DecoderMasks,
  type EncoderMasks,
  type TransformerLayerOptions,
} from "./attention.js";
import { ModuleList } from "./container.js";
import { LayerNorm } from "./normalization.js";
import { inOrder, type InOrder } from "../../options.js";

/** Layers that a `TransformerEncoder` stacks. */
export type EncoderLayer = Module<[src: CoreTensor, options?: EncoderMasks], Tensor>;
/** Layers that a `TransformerDecoder` stacks. */
export type DecoderLayer = Module<[tgt: CoreTensor, memory: CoreTensor, masks?: DecoderMasks], Tensor>;
/** What follows the last layer. */
export type FinalNorm = Module<[x: CoreTensor], Tensor>;

const MODULE: Kind = { is: (v) => v instanceof Module, use: "a module" };
const NORM = { norm: /* @__PURE__ */ orNull(MODULE) };

/** Copies of a layer, with equal weights. */
function copies<M extends Module>(layer: M, count: number): ModuleList<M> {
  return new ModuleList(Array.from({ length: count }, () => copyModule(layer)));
}

type TransformerEncoderOptions = { readonly norm?: FinalNorm | null };
const FINAL_NORM = ["norm"] as const;

/** A stack of encoder layers. */
export class TransformerEncoder extends Module<
  [
    src: CoreTensor,
    options?: { readonly mask?: CoreTensor | null; readonly srcKeyPaddingMask?: CoreTensor | null },
  ],
  Tensor
> {
  static override readonly name: string = "TransformerEncoder";
  layers: ModuleList<EncoderLayer>;
  norm: FinalNorm | null;
  readonly numLayers: number;

  constructor(
    encoderLayer: EncoderLayer,
    numLayers: number,
    ...given: InOrder<TransformerEncoderOptions, typeof FINAL_NORM>
  ) {
    const options = inOrder<TransformerEncoderOptions>("TransformerEncoder", given, FINAL_NORM);
    super();
    const also = { encoderLayer: [encoderLayer, MODULE], numLayers: [numLayers, POSITIVE] } as const;
    checkArguments("TransformerEncoder", { also, options, known: NORM });
    this.layers = copies(encoderLayer, numLayers);
    this.norm = options.norm ?? null;
    this.numLayers = numLayers;
  }

  override forward(
    src: CoreTensor,
    options: { readonly mask?: CoreTensor | null; readonly srcKeyPaddingMask?: CoreTensor | null } = {},
  ): Tensor {
    checkOptions("TransformerEncoder", options, { mask: MASK, srcKeyPaddingMask: MASK });
    checkTensors("TransformerEncoder", { src });
    const masks = { srcMask: options.mask ?? null, srcKeyPaddingMask: options.srcKeyPaddingMask ?? null };
    let x = asTensor(src);
    for (const layer of this.layers) x = layer(x, masks);
    return this.norm ? this.norm(x) : x;
  }
}

type TransformerDecoderOptions = { readonly norm?: FinalNorm | null };

/** A stack of decoder layers. */
export class TransformerDecoder extends Module<
  [tgt: CoreTensor, memory: CoreTensor, masks?: DecoderMasks],
  Tensor
> {
  static override readonly name: string = "TransformerDecoder";
  layers: ModuleList<DecoderLayer>;
  norm: FinalNorm | null;
  readonly numLayers: number;

  constructor(
    decoderLayer: DecoderLayer,
    numLayers: number,
    ...given: InOrder<TransformerDecoderOptions, typeof FINAL_NORM>
  ) {
    const options = inOrder<TransformerDecoderOptions>("TransformerDecoder", given, FINAL_NORM);
    super();
    const also = { decoderLayer: [decoderLayer, MODULE], numLayers: [numLayers, POSITIVE] } as const;
    checkArguments("TransformerDecoder", { also, options, known: NORM });
    this.layers = copies(decoderLayer, numLayers);
    this.norm = options.norm ?? null;
    this.numLayers = numLayers;
  }

  override forward(tgt: CoreTensor, memory: CoreTensor, masks: DecoderMasks = {}): Tensor {
    checkOptions("TransformerDecoder", masks, DECODER_MASKS);
    checkTensors("TransformerDecoder", { tgt, memory });
    let x = asTensor(tgt);
    for (const layer of this.layers) x = layer(x, memory, masks);
    return this.norm ? this.norm(x) : x;
  }
}

/** Options of `Transformer`, PyTorch's names and defaults. */
export interface TransformerOptions extends TransformerLayerOptions {
  readonly dModel?: number;
  readonly nhead?: number;
  readonly numEncoderLayers?: number;
  readonly numDecoderLayers?: number;
  /** Instead of the `TransformerEncoder`. */
  readonly customEncoder?: Module<[src: CoreTensor, options?: TransformerEncoderCall], Tensor> | null;
  /** Instead of the `TransformerDecoder`. */
  readonly customDecoder?: DecoderLayer | null;
}
type TransformerEncoderCall = NonNullable<Parameters<TransformerEncoder["forward"]>[1]>;

/** Masks of a call of `Transformer`. */
export interface TransformerMasks extends EncoderMasks, DecoderMasks {}

const TRANSFORMER_MASKS = { ...DECODER_MASKS, srcMask: MASK, srcKeyPaddingMask: MASK };

const TRANSFORMER = [
  "dModel",
  "nhead",
  "numEncoderLayers",
  "numDecoderLayers",
  "dimFeedforward",
  "dropout",
  "activation",
  "customEncoder",
  "customDecoder",
  "layerNormEps",
  "batchFirst",
  "normFirst",
  "bias",
] as const;

/** Encoder and decoder. */
export class Transformer extends Module<
  [src: CoreTensor, tgt: CoreTensor, masks?: TransformerMasks],
  Tensor
> {
  static override readonly name: string = "Transformer";
  encoder: Module<[src: CoreTensor, options?: TransformerEncoderCall], Tensor>;
  decoder: DecoderLayer;
  readonly dModel: number;
  readonly nhead: number;
  readonly batchFirst: boolean;

  constructor(...given: InOrder<TransformerOptions, typeof TRANSFORMER>) {
    const options = inOrder<TransformerOptions>("Transformer", given, TRANSFORMER);
    super();
    checkOptions("Transformer", options, {
      dModel: POSITIVE,
      nhead: POSITIVE,
      numEncoderLayers: POSITIVE,
      numDecoderLayers: POSITIVE,
      customEncoder: orNull(MODULE),
      customDecoder: orNull(MODULE),
      ...LAYER_OPTIONS,
    });
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    const { customEncoder = null, customDecoder = null, ...rest } = options;
    checkHeads("Transformer", dModel, nhead);
    const layerOptions = Object.fromEntries(Object.entries(rest).filter(([name]) => name in LAYER_OPTIONS));
    const { layerNormEps: eps = 1e-5, bias = true } = options;
    const norm = () => new LayerNorm(dModel, { eps, bias });
    this.encoder =
      customEncoder ??
      stackOf(
        new TransformerEncoderLayer(dModel, nhead, layerOptions),
        (layer) => new TransformerEncoder(layer, numEncoderLayers, { norm: norm() }),
      );
    this.decoder =
      customDecoder ??
      stackOf(
        new TransformerDecoderLayer(dModel, nhead, layerOptions),
        (layer) => new TransformerDecoder(layer, numDecoderLayers, { norm: norm() }),
      );
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = options.batchFirst ?? false;
    this.resetParameters();
  }

  /** Draws new matrices: Glorot uniform. Vectors stay as they are. */
  resetParameters(): void {
    for (const p of this.parameters()) if (p.rank > 1) init.xavierUniform_(p);
  }

  override forward(src: CoreTensor, tgt: CoreTensor, masks: TransformerMasks = {}): Tensor {
    checkOptions("Transformer", masks, TRANSFORMER_MASKS);
    checkTensors("Transformer", { src, tgt });
    const { srcMask = null, srcKeyPaddingMask = null, ...others } = masks;
    if (src.shape.at(-1) !== this.dModel || tgt.shape.at(-1) !== this.dModel) {
      const hint = "the last axis of src and tgt must have size dModel";
      throw core.shapeError("Transformer", `src and tgt need ${this.dModel} features`, [src, tgt], hint);
    }
    const batch = this.batchFirst ? 0 : 1;
    if (src.rank !== tgt.rank || (src.rank === 3 && src.shape[batch] !== tgt.shape[batch])) {
      const hint = "pass [S, N, E] and [T, N, E] ([N, S, E] and [N, T, E] with batchFirst)";
      throw core.shapeError("Transformer", "src and tgt have different batches", [src, tgt], hint);
    }
    return this.decoder(tgt, this.encoder(src, { mask: srcMask, srcKeyPaddingMask }), others);
  }

  /**
   * The mask that hides later positions: `[sz, sz]`, −∞ above the diagonal, 0 elsewhere; float32 by default.
   * @throws {ArgumentError} when `sz` is no non-negative integer or an option is unknown.
   * @throws {DTypeError} when the dtype is not float.
   */
  static generateSquareSubsequentMask(sz: number, options: { readonly dtype?: DType } = {}): Tensor {
    checkValue("generateSquareSubsequentMask", "sz", sz, COUNT);
    checkOptions("generateSquareSubsequentMask", options, { dtype: TEXT });
    const { dtype = "float32" } = options;
    core.itemSize(dtype);
    core.requireFloat("generateSquareSubsequentMask", { shape: [sz, sz], dtype });
    const later = core.lt(core.iota([sz, sz], 0), core.iota([sz, sz], 1));
    return asTensor(core.where(later, -Infinity, core.zeros([sz, sz], dtype)));
  }
}

/** A stack of copies of a layer, which itself goes. */
function stackOf<L extends Module, S extends Module>(layer: L, make: (layer: L) => S): S {
  try {
    return make(layer);
  } finally {
    layer.dispose();
  }
}

// Embedding and ReversibleEmbedding.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import {
  REQUIRED,
  positive,
  type AnyDefaults,
  type Defaults,
  type Resolved,
  given,
} from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";

/** Options of `Embedding`, Keras' names and defaults. */
export interface EmbeddingOptions {
  readonly embeddingsInitializer?: InitializerLike;
  readonly embeddingsRegularizer?: RegularizerLike;
  readonly activityRegularizer?: RegularizerLike;
  readonly embeddingsConstraint?: ConstraintLike;
  /** Whether 0 marks steps that do not count. */
  readonly maskZero?: boolean;
  readonly quantizationConfig?: null;
}
interface EmbeddingConfig extends EmbeddingOptions {
  readonly inputDim: number;
  readonly outputDim: number;
}
const DEFAULTS: Defaults<EmbeddingConfig> = {
  inputDim: REQUIRED,
  outputDim: REQUIRED,
  embeddingsInitializer: "uniform",
  embeddingsRegularizer: null,
  activityRegularizer: null,
  embeddingsConstraint: null,
  maskZero: false,
  quantizationConfig: null,
};

/** See `Embedding`. */
export interface EmbeddingLayer extends Resolved<Omit<EmbeddingConfig, "activityRegularizer">> {}
/** See `Embedding`. */
export class EmbeddingLayer extends Layer {
  static override readonly className: string = "Embedding";
  static override readonly positional: readonly string[] = ["inputDim", "outputDim"];
  /** `[inputDim, outputDim]`. */
  embeddings!: Variable;

  constructor(
    inputDim: number,
    outputDim: number,
    options: EmbeddingOptions & LayerOptions = {},
    defaults: AnyDefaults = DEFAULTS,
  ) {
    super(given(options, { inputDim, outputDim }), defaults);
    positive(this.describe(), "inputDim", inputDim);
    positive(this.describe(), "outputDim", outputDim);
    this.supportsMasking = this.maskZero;
    this.autocast = false;
    this.inputSpec = {};
  }
  override build(..._shape: never[]): void {
    this.embeddings = this.addWeight({
      name: "embeddings",
      shape: [this.inputDim, this.outputDim],
      initializer: this.embeddingsInitializer,
      regularizer: this.embeddingsRegularizer,
      constraint: this.embeddingsConstraint,
    });
  }
  override call(x: core.Tensor, _options?: unknown): core.Tensor {
    const indices = core.isInteger(x.dtype) ? x : core.cast(x, "int32");
    core.countIndices(this.describe(), indices, this.inputDim, { what: "the table" });
    return core.cast(core.embedding(this.embeddings, indices), this.computeDtype);
  }
  override computeMask(inputs: unknown): unknown {
    return this.maskZero && inputs instanceof core.Tensor ? core.ne(inputs, 0) : null;
  }
}

/** Options of `ReversibleEmbedding`. */
export interface ReversibleEmbeddingOptions extends EmbeddingOptions {
  /** Whether the reverse direction uses the same weights, transposed. */
  readonly tieWeights?: boolean;
  /** Dtype of the reverse direction. */
  readonly reverseDtype?: core.DType | null;
  /** Limit of the logits, by tanh. */
  readonly logitSoftCap?: number | null;
}
interface ReversibleConfig extends ReversibleEmbeddingOptions {
  readonly inputDim: number;
  readonly outputDim: number;
}
const REVERSIBLE: Defaults<ReversibleConfig> = {
  ...DEFAULTS,
  tieWeights: true,
  reverseDtype: null,
  logitSoftCap: null,
};

class ReversibleEmbeddingLayer extends EmbeddingLayer {
  static override readonly className: string = "ReversibleEmbedding";
  declare readonly tieWeights: boolean;
  declare readonly reverseDtype: core.DType | null;
  declare readonly logitSoftCap: number | null;
  /** `[outputDim, inputDim]` when the weights are not tied. */
  reverseEmbeddings: Variable | null = null;
  constructor(inputDim: number, outputDim: number, options: ReversibleEmbeddingOptions & LayerOptions = {}) {
    super(inputDim, outputDim, options, REVERSIBLE);
  }
  override build(): void {
    super.build();
    if (this.tieWeights) return;
    this.reverseEmbeddings = this.addWeight({
      name: "reverse_embeddings",
      shape: [this.outputDim, this.inputDim],
      initializer: this.embeddingsInitializer,
    });
  }
  override call(x: core.Tensor, options: { readonly reverse?: boolean } = {}): core.Tensor {
    if (!options.reverse) return super.call(x);
    const dtype = this.reverseDtype ?? this.computeDtype;
    const w = this.reverseEmbeddings ?? core.transpose(this.embeddings);
    const logits = core.matmul(core.cast(x, dtype), core.cast(w, dtype));
    const cap = this.logitSoftCap;
    return cap === null ? logits : core.mul(core.tanh(core.div(logits, cap)), cap);
  }
}

/**
 * Rows of a table by index: `[...]` integers to `[..., outputDim]`. Weight `embeddings`
 * `[inputDim, outputDim]`. With `maskZero` steps of index 0 do not count.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, or an index is outside
 *   the table, on devices that are read at once
 * @see keras.layers.Embedding
 */
export const Embedding: Constructible<typeof EmbeddingLayer> = /* @__PURE__ */ constructible(EmbeddingLayer);
/**
 * An embedding that also maps vectors back to logits: `layer(x, { reverse: true })`,
 * `[..., outputDim] -> [..., inputDim]`, with the transposed weights unless `tieWeights` is false; otherwise
 * as `Embedding`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, or an index is outside
 *   the table, on devices that are read at once
 * @throws {ShapeError} in reverse when the last axis is not `outputDim`
 * @see keras.layers.ReversibleEmbedding
 */
export const ReversibleEmbedding: Constructible<typeof ReversibleEmbeddingLayer> =
  /* @__PURE__ */ constructible(ReversibleEmbeddingLayer);

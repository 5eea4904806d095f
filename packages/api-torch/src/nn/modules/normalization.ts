// Normalisation modules.
import * as core from "@isoform/core";
import { Parameter } from "../../tensor/parameter.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/normalization.js";
import { Module } from "../module.js";

type Input = [x: core.Tensor];
const pyBool = (v: boolean): string => (v ? "True" : "False");
/** Numbers as Python prints them: 1e-05. */
export const pyNumber = (v: number | null): string =>
  v === null
    ? "None"
    : String(v)
        .replace(/e([+-])(\d)$/, "e$10$2")
        .replace(/^0\.0000(\d)$/, "$1e-05");

const filled = (shape: readonly number[], value: number): Parameter =>
  core.scope(() => new Parameter(core.full(shape, value)));

/** Options of the batch normalisation modules. */
export interface BatchNormOptions {
  readonly eps?: number;
  /** Share of the new batch in the running statistics; null for a cumulative average. */
  readonly momentum?: number | null;
  readonly affine?: boolean;
  readonly trackRunningStats?: boolean;
}

/** State-dict names are properties: `running_mean`, `running_var`, `num_batches_tracked`. */
abstract class BatchNormNd extends Module<Input, Tensor> {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;
  private readonly ranks: readonly number[];

  constructor(ranks: readonly number[], numFeatures: number, options: BatchNormOptions) {
    super();
    core.checkOptions(this.constructor.name, options, ["eps", "momentum", "affine", "trackRunningStats"]);
    this.ranks = ranks;
    this.numFeatures = numFeatures;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.affine = options.affine ?? true;
    this.trackRunningStats = options.trackRunningStats ?? true;
    this.weight = this.affine ? filled([numFeatures], 1) : null;
    this.bias = this.affine ? filled([numFeatures], 0) : null;
    const track = this.trackRunningStats;
    core.scope(() => {
      this.registerBuffer("running_mean", track ? asTensor(core.zeros([numFeatures])) : null);
      this.registerBuffer("running_var", track ? asTensor(core.ones([numFeatures])) : null);
      this.registerBuffer("num_batches_tracked", track ? asTensor(core.zeros([], "int64")) : null);
    });
  }

  override forward(x: core.Tensor): Tensor {
    if (!this.ranks.includes(x.rank) || x.shape[1] !== this.numFeatures) {
      throw core.shapeError(
        this.constructor.name,
        `expected ${this.ranks.join(" or ")} axes with ${this.numFeatures} channels on axis 1`,
        [x],
        "check the layout: PyTorch is [N, C, …]",
      );
    }
    let momentum = this.momentum ?? 0;
    if (this.training && this.num_batches_tracked) {
      const counter = this.num_batches_tracked;
      core.noGrad(() => counter.add_(1));
      if (this.momentum === null) momentum = 1 / Number(counter.itemSync());
    }
    return F.batchNorm(x, this.running_mean, this.running_var, {
      weight: this.weight,
      bias: this.bias,
      training: this.training || !this.trackRunningStats,
      momentum,
      eps: this.eps,
    });
  }

  override extraRepr(): string {
    return (
      `${this.numFeatures}, eps=${pyNumber(this.eps)}, momentum=${pyNumber(this.momentum)}, ` +
      `affine=${pyBool(this.affine)}, track_running_stats=${pyBool(this.trackRunningStats)}`
    );
  }
}
/** Batch normalisation of `[N, C]` or `[N, C, L]`. */
export class BatchNorm1d extends BatchNormNd {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super([2, 3], numFeatures, options);
  }
}
/** Batch normalisation of `[N, C, H, W]`. */
export class BatchNorm2d extends BatchNormNd {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super([4], numFeatures, options);
  }
}
/** Batch normalisation of `[N, C, D, H, W]`. */
export class BatchNorm3d extends BatchNormNd {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super([5], numFeatures, options);
  }
}

const shapeList = (s: number | readonly number[]): readonly number[] => (typeof s === "number" ? [s] : s);
const tupleText = (s: readonly number[]): string => (s.length === 1 ? `(${s[0]},)` : `(${s.join(", ")})`);

/** Layer normalisation over trailing axes. */
export class LayerNorm extends Module<Input, Tensor> {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  weight: Parameter | null;
  bias: Parameter | null;
  constructor(
    normalizedShape: number | readonly number[],
    options: { readonly eps?: number; readonly elementwiseAffine?: boolean; readonly bias?: boolean } = {},
  ) {
    super();
    core.checkOptions("LayerNorm", options, ["eps", "elementwiseAffine", "bias"]);
    const affine = options.elementwiseAffine ?? true;
    this.normalizedShape = shapeList(normalizedShape);
    this.eps = options.eps ?? 1e-5;
    this.weight = affine ? filled(this.normalizedShape, 1) : null;
    this.bias = affine && options.bias !== false ? filled(this.normalizedShape, 0) : null;
  }
  override forward(x: core.Tensor): Tensor {
    return F.layerNorm(x, this.normalizedShape, { weight: this.weight, bias: this.bias, eps: this.eps });
  }
  override extraRepr(): string {
    return `${tupleText(this.normalizedShape)}, eps=${pyNumber(this.eps)}, elementwise_affine=${pyBool(this.weight !== null)}`;
  }
}

/** Root-mean-square normalisation over trailing axes. */
export class RMSNorm extends Module<Input, Tensor> {
  readonly normalizedShape: readonly number[];
  readonly eps: number | null;
  weight: Parameter | null;
  constructor(
    normalizedShape: number | readonly number[],
    options: { readonly eps?: number | null; readonly elementwiseAffine?: boolean } = {},
  ) {
    super();
    core.checkOptions("RMSNorm", options, ["eps", "elementwiseAffine"]);
    this.normalizedShape = shapeList(normalizedShape);
    this.eps = options.eps ?? null;
    this.weight = options.elementwiseAffine === false ? null : filled(this.normalizedShape, 1);
  }
  override forward(x: core.Tensor): Tensor {
    return F.rmsNorm(x, this.normalizedShape, { weight: this.weight, eps: this.eps });
  }
  override extraRepr(): string {
    return `${tupleText(this.normalizedShape)}, eps=${pyNumber(this.eps)}, elementwise_affine=${pyBool(this.weight !== null)}`;
  }
}

/** Group normalisation. */
export class GroupNorm extends Module<Input, Tensor> {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  weight: Parameter | null;
  bias: Parameter | null;
  constructor(
    numGroups: number,
    numChannels: number,
    options: { readonly eps?: number; readonly affine?: boolean } = {},
  ) {
    super();
    core.checkOptions("GroupNorm", options, ["eps", "affine"]);
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = options.eps ?? 1e-5;
    this.weight = options.affine === false ? null : filled([numChannels], 1);
    this.bias = options.affine === false ? null : filled([numChannels], 0);
  }
  override forward(x: core.Tensor): Tensor {
    return F.groupNorm(x, this.numGroups, { weight: this.weight, bias: this.bias, eps: this.eps });
  }
  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${pyNumber(this.eps)}, affine=${pyBool(this.weight !== null)}`;
  }
}

/** Instance normalisation of `[N, C, H, W]` without running statistics. */
export class InstanceNorm2d extends Module<Input, Tensor> {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  weight: Parameter | null;
  bias: Parameter | null;
  constructor(
    numFeatures: number,
    options: { readonly eps?: number; readonly momentum?: number; readonly affine?: boolean } = {},
  ) {
    super();
    core.checkOptions("InstanceNorm2d", options, ["eps", "momentum", "affine"]);
    this.numFeatures = numFeatures;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum ?? 0.1;
    this.weight = options.affine ? filled([numFeatures], 1) : null;
    this.bias = options.affine ? filled([numFeatures], 0) : null;
  }
  override forward(x: core.Tensor): Tensor {
    return F.instanceNorm(x, { weight: this.weight, bias: this.bias, eps: this.eps });
  }
  override extraRepr(): string {
    return (
      `${this.numFeatures}, eps=${pyNumber(this.eps)}, momentum=${pyNumber(this.momentum)}, ` +
      `affine=${pyBool(this.weight !== null)}, track_running_stats=False`
    );
  }
}

/** Local response normalisation. */
export class LocalResponseNorm extends Module<Input, Tensor> {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
  constructor(
    size: number,
    options: { readonly alpha?: number; readonly beta?: number; readonly k?: number } = {},
  ) {
    super();
    core.checkOptions("LocalResponseNorm", options, ["alpha", "beta", "k"]);
    this.size = size;
    this.alpha = options.alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
  }
  override forward(x: core.Tensor): Tensor {
    return F.localResponseNorm(x, this.size, { alpha: this.alpha, beta: this.beta, k: this.k });
  }
  override extraRepr(): string {
    return `${this.size}, alpha=${this.alpha}, beta=${this.beta}, k=${this.k.toFixed(1)}`;
  }
}

/** Cosine of the angle between two tensors along `dim`. */
export class CosineSimilarity extends Module<[x1: core.Tensor, x2: core.Tensor], Tensor> {
  readonly dim: number;
  readonly eps: number;
  constructor(options: { readonly dim?: number; readonly eps?: number } = {}) {
    super();
    core.checkOptions("CosineSimilarity", options, ["dim", "eps"]);
    this.dim = options.dim ?? 1;
    this.eps = options.eps ?? 1e-8;
  }
  override forward(x1: core.Tensor, x2: core.Tensor): Tensor {
    return F.cosineSimilarity(x1, x2, { dim: this.dim, eps: this.eps });
  }
}

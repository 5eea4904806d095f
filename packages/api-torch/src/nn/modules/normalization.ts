// Normalisation modules.
import * as core from "@isoform/core";
import { Parameter } from "../../tensor/parameter.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { averageShares, normalizeBatch } from "../functional/batch-norm.js";
import * as F from "../functional/normalization.js";
import { COUNT, checkOptions, either, FLAG, INTEGER, listOf, NUMBER, orNull } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyBool, pyGiven, pyNumber, pyTuple } from "../python-text.js";
import { inOrder, type InOrder } from "../../options.js";

type Input = [x: core.Tensor];

const filled = (shape: readonly number[], value: number): Parameter =>
  core.scope(() => new Parameter(core.full(shape, value)));

/** Options of the batch normalisation modules. */
export interface BatchNormOptions {
  readonly eps?: number;
  /** Share of the new batch in the running statistics; null for a cumulative average. */
  readonly momentum?: number | null;
  readonly affine?: boolean;
  readonly trackRunningStats?: boolean;
  /** With `affine`: false leaves out the shift. */
  readonly bias?: boolean;
}

function checkChannels(owner: string, ranks: readonly number[], channels: number, x: core.Tensor): void {
  checkTensors(owner, { x });
  if (ranks.includes(x.rank) && x.shape[1] === channels) return;
  throw core.shapeError(
    owner,
    `expected ${ranks.join(" or ")} axes with ${channels} channels on axis 1`,
    [x],
    "check the layout: PyTorch is [N, C, …]",
  );
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
    checkArguments(this.constructor.name, {
      sizes: { numFeatures },
      options,
      known: {
        eps: NUMBER,
        momentum: orNull(NUMBER),
        affine: FLAG,
        trackRunningStats: FLAG,
        bias: FLAG,
      },
    });
    this.ranks = ranks;
    this.numFeatures = numFeatures;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.affine = options.affine ?? true;
    this.trackRunningStats = options.trackRunningStats ?? true;
    this.weight = this.affine ? filled([numFeatures], 1) : null;
    this.bias = this.affine && options.bias !== false ? filled([numFeatures], 0) : null;
    const track = this.trackRunningStats;
    core.scope(() => {
      this.registerBuffer("running_mean", track ? asTensor(core.zeros([numFeatures])) : null);
      this.registerBuffer("running_var", track ? asTensor(core.ones([numFeatures])) : null);
      this.registerBuffer("num_batches_tracked", track ? asTensor(core.zeros([], "int64")) : null);
    });
  }

  override forward(x: core.Tensor): Tensor {
    checkChannels(this.constructor.name, this.ranks, this.numFeatures, x);
    const { weight, bias, eps } = this;
    const training = this.training || !this.trackRunningStats;
    const options = { weight, bias, training, eps };
    const counter = this.training ? this.num_batches_tracked : null;
    if (counter) core.noGrad(() => counter.add_(1));
    const { momentum } = this;
    const statistics = [this.running_mean, this.running_var] as const;
    if (momentum !== null || !counter) {
      return F.batchNorm(x, ...statistics, { ...options, momentum: momentum ?? 0 });
    }
    return normalizeBatch(
      x,
      ...statistics,
      options,
      averageShares(counter, this.running_mean?.dtype ?? x.dtype),
    );
  }

  override extraRepr(): string {
    return (
      `${this.numFeatures}, eps=${pyNumber(this.eps)}, momentum=${pyNumber(this.momentum)}, ` +
      `affine=${pyBool(this.affine)}, bias=${pyBool(this.bias !== null)}, track_running_stats=${pyBool(this.trackRunningStats)}`
    );
  }
}
const BATCH_NORM = ["eps", "momentum", "affine", "trackRunningStats"] as const;

/** Batch normalisation of `[N, C]` or `[N, C, L]`. */
export class BatchNorm1d extends BatchNormNd {
  static override readonly name: string = "BatchNorm1d";
  constructor(numFeatures: number, ...given: InOrder<BatchNormOptions, typeof BATCH_NORM>) {
    super([2, 3], numFeatures, inOrder<BatchNormOptions>("BatchNorm1d", given, BATCH_NORM));
  }
}
/** Batch normalisation of `[N, C, H, W]`. */
export class BatchNorm2d extends BatchNormNd {
  static override readonly name: string = "BatchNorm2d";
  constructor(numFeatures: number, ...given: InOrder<BatchNormOptions, typeof BATCH_NORM>) {
    super([4], numFeatures, inOrder<BatchNormOptions>("BatchNorm2d", given, BATCH_NORM));
  }
}
/** Batch normalisation of `[N, C, D, H, W]`. */
export class BatchNorm3d extends BatchNormNd {
  static override readonly name: string = "BatchNorm3d";
  constructor(numFeatures: number, ...given: InOrder<BatchNormOptions, typeof BATCH_NORM>) {
    super([5], numFeatures, inOrder<BatchNormOptions>("BatchNorm3d", given, BATCH_NORM));
  }
}

const SHAPE = /* @__PURE__ */ either(
  COUNT,
  /* @__PURE__ */ listOf(COUNT, "sizes"),
  "the size of the last axis, or a list of the sizes of the last axes",
);
const shapeList = (s: number | readonly number[]): readonly number[] =>
  typeof s === "number" ? [s] : [...s];

type LayerNormOptions = {
  readonly eps?: number;
  readonly elementwiseAffine?: boolean;
  readonly bias?: boolean;
};
const LAYER_NORM = ["eps", "elementwiseAffine", "bias"] as const;

/** Layer normalisation over trailing axes. */
export class LayerNorm extends Module<Input, Tensor> {
  static override readonly name: string = "LayerNorm";
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  weight: Parameter | null;
  bias: Parameter | null;
  constructor(
    normalizedShape: number | readonly number[],
    ...given: InOrder<LayerNormOptions, typeof LAYER_NORM>
  ) {
    const options = inOrder<LayerNormOptions>("LayerNorm", given, LAYER_NORM);
    super();
    const known = { eps: NUMBER, elementwiseAffine: FLAG, bias: FLAG };
    checkArguments("LayerNorm", { also: { normalizedShape: [normalizedShape, SHAPE] }, options, known });
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
    return `${pyTuple(this.normalizedShape)}, eps=${pyNumber(this.eps)}, elementwise_affine=${pyBool(this.weight !== null)}, bias=${pyBool(this.bias !== null)}`;
  }
}

type RMSNormOptions = { readonly eps?: number | null; readonly elementwiseAffine?: boolean };
const RMS_NORM = ["eps", "elementwiseAffine"] as const;

/** Root-mean-square normalisation over trailing axes. */
export class RMSNorm extends Module<Input, Tensor> {
  static override readonly name: string = "RMSNorm";
  readonly normalizedShape: readonly number[];
  readonly eps: number | null;
  weight: Parameter | null;
  constructor(
    normalizedShape: number | readonly number[],
    ...given: InOrder<RMSNormOptions, typeof RMS_NORM>
  ) {
    const options = inOrder<RMSNormOptions>("RMSNorm", given, RMS_NORM);
    super();
    const known = { eps: orNull(NUMBER), elementwiseAffine: FLAG };
    checkArguments("RMSNorm", { also: { normalizedShape: [normalizedShape, SHAPE] }, options, known });
    this.normalizedShape = shapeList(normalizedShape);
    this.eps = options.eps ?? null;
    this.weight = options.elementwiseAffine === false ? null : filled(this.normalizedShape, 1);
  }
  override forward(x: core.Tensor): Tensor {
    return F.rmsNorm(x, this.normalizedShape, { weight: this.weight, eps: this.eps });
  }
  override extraRepr(): string {
    return `${pyTuple(this.normalizedShape)}, eps=${pyNumber(this.eps)}, elementwise_affine=${pyBool(this.weight !== null)}`;
  }
}

type GroupNormOptions = { readonly eps?: number; readonly affine?: boolean; readonly bias?: boolean };
const GROUP_NORM = ["eps", "affine"] as const;

/** Group normalisation. */
export class GroupNorm extends Module<Input, Tensor> {
  static override readonly name: string = "GroupNorm";
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  weight: Parameter | null;
  bias: Parameter | null;
  constructor(
    numGroups: number,
    numChannels: number,
    ...given: InOrder<GroupNormOptions, typeof GROUP_NORM>
  ) {
    const options = inOrder<GroupNormOptions>("GroupNorm", given, GROUP_NORM);
    super();
    checkArguments("GroupNorm", {
      sizes: { numGroups, numChannels },
      options,
      known: { eps: NUMBER, affine: FLAG, bias: FLAG },
    });
    checkArguments("GroupNorm", { sizes: { numGroups }, least: 1 });
    if (numChannels % numGroups !== 0) {
      throw new core.ArgumentError(`${numGroups} groups do not divide ${numChannels} channels`, {
        code: "argument/groups",
        op: "GroupNorm",
        hint: "numChannels must be a multiple of numGroups",
      });
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = options.eps ?? 1e-5;
    this.weight = options.affine === false ? null : filled([numChannels], 1);
    this.bias = options.affine === false || options.bias === false ? null : filled([numChannels], 0);
  }
  override forward(x: core.Tensor): Tensor {
    checkTensors("GroupNorm", { x });
    if (x.rank < 2 || x.shape[1] !== this.numChannels) {
      const problem = `expected ${this.numChannels} channels on axis 1`;
      throw core.shapeError("GroupNorm", problem, [x], "check the layout: PyTorch is [N, C, …]");
    }
    return F.groupNorm(x, this.numGroups, { weight: this.weight, bias: this.bias, eps: this.eps });
  }
  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${pyNumber(this.eps)}, affine=${pyBool(this.weight !== null)}, bias=${pyBool(this.bias !== null)}`;
  }
}

/** Options of the instance normalisation modules. There are no running statistics. */
export interface InstanceNormOptions {
  readonly eps?: number;
  readonly momentum?: number;
  readonly affine?: boolean;
  /** With `affine`: false leaves out the shift. */
  readonly bias?: boolean;
}

abstract class InstanceNormNd extends Module<Input, Tensor> {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  weight: Parameter | null;
  bias: Parameter | null;
  private readonly spatial: number;
  constructor(spatial: number, numFeatures: number, options: InstanceNormOptions) {
    super();
    const known = { eps: NUMBER, momentum: NUMBER, affine: FLAG, bias: FLAG };
    checkArguments(this.constructor.name, { sizes: { numFeatures }, options, known });
    this.spatial = spatial;
    this.numFeatures = numFeatures;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum ?? 0.1;
    this.weight = options.affine ? filled([numFeatures], 1) : null;
    this.bias = options.affine && options.bias !== false ? filled([numFeatures], 0) : null;
  }
  /** PyTorch also takes `[C, …]`, one sample without a batch axis. */
  override forward(x: core.Tensor): Tensor {
    checkTensors(this.constructor.name, { x });
    const unbatched = x.rank === this.spatial + 1;
    const batch = unbatched ? core.unsqueeze(x, [0]) : x;
    // Without parameters PyTorch takes any number of channels, with a warning.
    const channels = this.weight === null ? (batch.shape[1] ?? 0) : this.numFeatures;
    checkChannels(this.constructor.name, [this.spatial + 2], channels, batch);
    const y = F.instanceNorm(batch, { weight: this.weight, bias: this.bias, eps: this.eps });
    return unbatched ? asTensor(core.squeeze(y, [0])) : y;
  }
  override extraRepr(): string {
    return (
      `${this.numFeatures}, eps=${pyNumber(this.eps)}, momentum=${pyNumber(this.momentum)}, ` +
      `affine=${pyBool(this.weight !== null)}, bias=${pyBool(this.bias !== null)}, track_running_stats=False`
    );
  }
}
const INSTANCE_NORM = ["eps", "momentum", "affine"] as const;

/** Instance normalisation of `[N, C, L]` without running statistics. */
export class InstanceNorm1d extends InstanceNormNd {
  static override readonly name: string = "InstanceNorm1d";
  constructor(numFeatures: number, ...given: InOrder<InstanceNormOptions, typeof INSTANCE_NORM>) {
    super(1, numFeatures, inOrder<InstanceNormOptions>("InstanceNorm1d", given, INSTANCE_NORM));
  }
}
/** Instance normalisation of `[N, C, H, W]` without running statistics. */
export class InstanceNorm2d extends InstanceNormNd {
  static override readonly name: string = "InstanceNorm2d";
  constructor(numFeatures: number, ...given: InOrder<InstanceNormOptions, typeof INSTANCE_NORM>) {
    super(2, numFeatures, inOrder<InstanceNormOptions>("InstanceNorm2d", given, INSTANCE_NORM));
  }
}
/** Instance normalisation of `[N, C, D, H, W]` without running statistics. */
export class InstanceNorm3d extends InstanceNormNd {
  static override readonly name: string = "InstanceNorm3d";
  constructor(numFeatures: number, ...given: InOrder<InstanceNormOptions, typeof INSTANCE_NORM>) {
    super(3, numFeatures, inOrder<InstanceNormOptions>("InstanceNorm3d", given, INSTANCE_NORM));
  }
}

type LocalResponseNormOptions = { readonly alpha?: number; readonly beta?: number; readonly k?: number };
const LOCAL_RESPONSE = ["alpha", "beta", "k"] as const;

/** Local response normalisation. */
export class LocalResponseNorm extends Module<Input, Tensor> {
  static override readonly name: string = "LocalResponseNorm";
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
  private readonly kText: string;
  constructor(size: number, ...given: InOrder<LocalResponseNormOptions, typeof LOCAL_RESPONSE>) {
    const options = inOrder<LocalResponseNormOptions>("LocalResponseNorm", given, LOCAL_RESPONSE);
    super();
    const known = { alpha: NUMBER, beta: NUMBER, k: NUMBER };
    checkArguments("LocalResponseNorm", { sizes: { size }, least: 1, options, known });
    this.size = size;
    this.alpha = options.alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
    this.kText = pyGiven(options.k, this.k);
  }
  override forward(x: core.Tensor): Tensor {
    return F.localResponseNorm(x, this.size, { alpha: this.alpha, beta: this.beta, k: this.k });
  }
  override extraRepr(): string {
    return `${this.size}, alpha=${pyNumber(this.alpha)}, beta=${pyNumber(this.beta)}, k=${this.kText}`;
  }
}

type CosineSimilarityOptions = { readonly dim?: number; readonly eps?: number };
const COSINE = ["dim", "eps"] as const;

/** Cosine of the angle between two tensors along `dim`. */
export class CosineSimilarity extends Module<[x1: core.Tensor, x2: core.Tensor], Tensor> {
  static override readonly name: string = "CosineSimilarity";
  readonly dim: number;
  readonly eps: number;
  constructor(...given: InOrder<CosineSimilarityOptions, typeof COSINE>) {
    const options = inOrder<CosineSimilarityOptions>("CosineSimilarity", given, COSINE);
    super();
    checkOptions("CosineSimilarity", options, { dim: INTEGER, eps: NUMBER });
    this.dim = options.dim ?? 1;
    this.eps = options.eps ?? 1e-8;
  }
  override forward(x1: core.Tensor, x2: core.Tensor): Tensor {
    return F.cosineSimilarity(x1, x2, { dim: this.dim, eps: this.eps });
  }
}

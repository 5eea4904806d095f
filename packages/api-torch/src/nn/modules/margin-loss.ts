// Loss modules with a margin between scores or distances.
import type { Tensor as CoreTensor } from "@isoform/core";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/margin-loss.js";
import * as kinds from "../functional/reduction.js";
import type { LossOptions } from "../functional/reduction.js";
import { PairwiseDistance } from "./distance.js";
import { Loss } from "./loss.js";
import { inOrder, type InOrder } from "../../options.js";

const MARGIN = ["margin"] as const;

/** Hinge on the order of two scores: `(x1, x2, y of 1 or −1) -> loss`. */
export class MarginRankingLoss extends Loss<
  F.MarginOptions,
  [input1: CoreTensor, input2: CoreTensor, target: CoreTensor]
> {
  static override readonly name: string = "MarginRankingLoss";
  constructor(...given: InOrder<F.MarginOptions, typeof MARGIN>) {
    super(inOrder<F.MarginOptions>("MarginRankingLoss", given, MARGIN), kinds.MARGIN);
  }
  override forward(input1: CoreTensor, input2: CoreTensor, target: CoreTensor): Tensor {
    return F.marginRankingLoss(input1, input2, target, this.options);
  }
}
/** Distances where y = 1, hinge on them where y = −1. */
export class HingeEmbeddingLoss extends Loss<F.MarginOptions> {
  static override readonly name: string = "HingeEmbeddingLoss";
  constructor(...given: InOrder<F.MarginOptions, typeof MARGIN>) {
    super(inOrder<F.MarginOptions>("HingeEmbeddingLoss", given, MARGIN), kinds.MARGIN);
  }
  override forward(input: CoreTensor, target: CoreTensor): Tensor {
    return F.hingeEmbeddingLoss(input, target, this.options);
  }
}
/** Cosine distance where y = 1, hinge on the cosine where y = −1: `(x1, x2, y) -> loss`. */
export class CosineEmbeddingLoss extends Loss<
  F.MarginOptions,
  [input1: CoreTensor, input2: CoreTensor, target: CoreTensor]
> {
  static override readonly name: string = "CosineEmbeddingLoss";
  constructor(...given: InOrder<F.MarginOptions, typeof MARGIN>) {
    super(inOrder<F.MarginOptions>("CosineEmbeddingLoss", given, MARGIN), kinds.MARGIN);
  }
  override forward(input1: CoreTensor, input2: CoreTensor, target: CoreTensor): Tensor {
    return F.cosineEmbeddingLoss(input1, input2, target, this.options);
  }
}
const TRIPLET = ["margin", "p", "eps", "swap"] as const;

/** Hinge on the distances to a positive and a negative: `(anchor, positive, negative) -> loss`. */
export class TripletMarginLoss extends Loss<
  F.TripletMarginOptions,
  [anchor: CoreTensor, positive: CoreTensor, negative: CoreTensor]
> {
  static override readonly name: string = "TripletMarginLoss";
  constructor(...given: InOrder<F.TripletMarginOptions, typeof TRIPLET>) {
    super(inOrder<F.TripletMarginOptions>("TripletMarginLoss", given, TRIPLET), kinds.TRIPLET);
  }
  override forward(anchor: CoreTensor, positive: CoreTensor, negative: CoreTensor): Tensor {
    return F.tripletMarginLoss(anchor, positive, negative, this.options);
  }
}
/** Logistic loss of y of 1 and −1. */
export class SoftMarginLoss extends Loss<LossOptions> {
  static override readonly name: string = "SoftMarginLoss";
  constructor(options: LossOptions = {}) {
    super(options, kinds.PLAIN);
  }
  override forward(input: CoreTensor, target: CoreTensor): Tensor {
    return F.softMarginLoss(input, target, this.options);
  }
}
const MULTI_MARGIN = ["p", "margin", "weight"] as const;

/** Hinge of every class against the right one. */
export class MultiMarginLoss extends Loss<F.MultiMarginOptions> {
  static override readonly name: string = "MultiMarginLoss";
  constructor(...given: InOrder<F.MultiMarginOptions, typeof MULTI_MARGIN>) {
    super(inOrder<F.MultiMarginOptions>("MultiMarginLoss", given, MULTI_MARGIN), kinds.MULTI_MARGIN);
  }
  override forward(input: CoreTensor, target: CoreTensor): Tensor {
    return F.multiMarginLoss(input, target, { ...this.options, weight: this.weight });
  }
}
const WEIGHT = ["weight"] as const;

/** Binary cross entropy of logits, averaged over the classes. */
export class MultiLabelSoftMarginLoss extends Loss<F.MultiLabelOptions> {
  static override readonly name: string = "MultiLabelSoftMarginLoss";
  constructor(...given: InOrder<F.MultiLabelOptions, typeof WEIGHT>) {
    super(inOrder<F.MultiLabelOptions>("MultiLabelSoftMarginLoss", given, WEIGHT), kinds.WEIGHTED);
  }
  override forward(input: CoreTensor, target: CoreTensor): Tensor {
    return F.multilabelSoftMarginLoss(input, target, { ...this.options, weight: this.weight });
  }
}
/** Hinge of every right class against every wrong one. */
export class MultiLabelMarginLoss extends Loss<LossOptions> {
  static override readonly name: string = "MultiLabelMarginLoss";
  constructor(options: LossOptions = {}) {
    super(options, kinds.PLAIN);
  }
  override forward(input: CoreTensor, target: CoreTensor): Tensor {
    return F.multilabelMarginLoss(input, target, this.options);
  }
}
/** Hinge on the distances to a positive and a negative by a distance that is given. */
export class TripletMarginWithDistanceLoss extends Loss<
  F.TripletDistanceOptions,
  [anchor: CoreTensor, positive: CoreTensor, negative: CoreTensor]
> {
  static override readonly name: string = "TripletMarginWithDistanceLoss";
  distance_function: F.Distance;
  constructor(options: F.TripletDistanceOptions = {}) {
    super(options, kinds.TRIPLET_DISTANCE);
    this.distance_function = options.distanceFunction ?? new PairwiseDistance();
  }
  override forward(anchor: CoreTensor, positive: CoreTensor, negative: CoreTensor): Tensor {
    const distanceFunction = this.distance_function;
    return F.tripletMarginWithDistanceLoss(anchor, positive, negative, { ...this.options, distanceFunction });
  }
}

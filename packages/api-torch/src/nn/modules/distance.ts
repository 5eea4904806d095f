// nn.PairwiseDistance.
import type { Tensor as CoreTensor } from "@isoform/core";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/distance.js";
import { Module } from "../module.js";
import { inOrder, type InOrder } from "../../options.js";

const PAIRWISE = ["p", "eps", "keepdim"] as const;

/** p-norm of the difference of two tensors along the last axis. */
export class PairwiseDistance extends Module<[x1: CoreTensor, x2: CoreTensor], Tensor> {
  static override readonly name: string = "PairwiseDistance";
  readonly options: F.PairwiseDistanceOptions;
  constructor(...given: InOrder<F.PairwiseDistanceOptions, typeof PAIRWISE>) {
    const options = inOrder<F.PairwiseDistanceOptions>("PairwiseDistance", given, PAIRWISE);
    super();
    F.checkPairwise("PairwiseDistance", options);
    this.options = options;
  }
  override forward(x1: CoreTensor, x2: CoreTensor): Tensor {
    return F.pairwiseDistance(x1, x2, this.options);
  }
}

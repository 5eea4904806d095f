// nn.Embedding.
import * as core from "@isoform/core";
import type { Parameter } from "../../tensor/parameter.js";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/sparse.js";
import * as init from "../init.js";
import { INTEGER, oneOf, orNull } from "../../checks.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { emptyParameter } from "./linear.js";
import { inOrder, type InOrder } from "../../options.js";

type EmbeddingOptions = { readonly paddingIdx?: number | null };
const EMBEDDING = ["paddingIdx"] as const;

/** Rows of a learned table `[numEmbeddings, embeddingDim]`, standard normal at first. */
export class Embedding extends Module<[indices: core.Tensor], Tensor> {
  static override readonly name: string = "Embedding";
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  weight: Parameter;
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...given: InOrder<EmbeddingOptions, typeof EMBEDDING>
  ) {
    const options = inOrder<EmbeddingOptions>("Embedding", given, EMBEDDING);
    super();
    checkArguments("Embedding", {
      sizes: { numEmbeddings, embeddingDim },
      options,
      known: { paddingIdx: orNull(INTEGER) },
    });
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = options.paddingIdx ?? null;
    if (this.paddingIdx !== null && (this.paddingIdx < -numEmbeddings || this.paddingIdx >= numEmbeddings)) {
      throw new core.ArgumentError(`paddingIdx is ${this.paddingIdx}`, {
        code: "argument/index",
        op: "Embedding",
        hint: `use a row of the table of ${numEmbeddings}`,
      });
    }
    this.weight = emptyParameter([numEmbeddings, embeddingDim]);
    init.normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) core.noGrad(() => core.scope(() => this.weight.setAt([paddingIdx], 0)));
  }
  override forward(indices: core.Tensor): Tensor {
    return F.embedding(indices, this.weight, { paddingIdx: this.paddingIdx });
  }
  override extraRepr(): string {
    const padding = this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}

/** Sum, mean or maximum of embedding rows per bag `[B, N]`. */
export class EmbeddingBag extends Module<[indices: core.Tensor], Tensor> {
  static override readonly name: string = "EmbeddingBag";
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly mode: "sum" | "mean" | "max";
  weight: Parameter;
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    options: { readonly mode?: "sum" | "mean" | "max" } = {},
  ) {
    super();
    checkArguments("EmbeddingBag", {
      sizes: { numEmbeddings, embeddingDim },
      options,
      known: { mode: oneOf("sum", "mean", "max") },
    });
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.mode = options.mode ?? "mean";
    this.weight = emptyParameter([numEmbeddings, embeddingDim]);
    init.normal_(this.weight);
  }
  override forward(indices: core.Tensor): Tensor {
    return F.embeddingBag(indices, this.weight, { mode: this.mode });
  }
  override extraRepr(): string {
    return `${this.numEmbeddings}, ${this.embeddingDim}, mode='${this.mode}'`;
  }
}

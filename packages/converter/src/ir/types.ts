// The model IR: a typed graph of layer-level nodes with ONNX's vocabulary, newest-opset semantics and the
// canonical axis order N, C, spatial. Plain data; building, checking and printing live beside it.
import type { RawDType, RawTensor } from "../formats/raw-tensor.js";
import type { IrAttrs, IrOp } from "./ops/table.js";
import type { WeightSource } from "./weights.js";

/** A size: known, named (equal names are equal sizes), or unknown. */
export type Dim = number | string | null;

/** What a value holds. Sequences and optionals occur in ONNX files only. */
export type ValueKind = "tensor" | "sequence" | "optional";

/** A value of a graph. Identity is the object; names are unique within a graph and its subgraphs. */
export interface IrValue {
  name: string;
  kind: ValueKind;
  /** Element type; null when not known. */
  dtype: RawDType | null;
  /** Sizes; null when not even the rank is known. */
  dims: readonly Dim[] | null;
}

/** Facts that inference does not need but training does, e.g. the rate of a noise layer. */
export type Facts = Readonly<Record<string, number | string | boolean>>;

/** One layer-level op applied to values. Optional inputs that are left out are null, as are unused outputs. */
export interface IrNode<K extends IrOp = IrOp> {
  readonly op: K;
  /** Layer or node name of the source; unique where the source had one, else made up. */
  readonly name: string;
  /** Path of the module or block it came from, e.g. `layer1.0`; empty at the top. */
  readonly scope: string;
  inputs: readonly (IrValue | null)[];
  readonly outputs: readonly (IrValue | null)[];
  readonly attrs: IrAttrs<K>;
  readonly facts?: Facts;
}

/** A value known before running: a parameter, buffer or literal. */
export interface IrWeight {
  readonly tensor: RawTensor;
  /** Null when the source does not say (literals, ONNX). */
  readonly trainable: boolean | null;
  /** How it was made from tensors of the source file; null for literals. */
  readonly source: WeightSource | null;
}

/** A graph or subgraph. Nodes are in an order in which every value is defined before its use. */
export interface IrGraph {
  readonly name: string;
  readonly inputs: readonly IrValue[];
  outputs: readonly IrValue[];
  nodes: readonly IrNode[];
  readonly weights: Map<IrValue, IrWeight>;
}

/** Layer-level facts about training that belong to no node. */
export interface TrainingFacts {
  /** Optimizer class and settings as the source states them, opaque. */
  readonly optimizer?: unknown;
  readonly loss?: unknown;
}

/** A whole model. */
export interface IrModel {
  readonly graph: IrGraph;
  /** What the file was, e.g. `keras 3.15.1` or `onnx opset 13 (pytorch 2.4)`. */
  readonly producer: string;
  /** Free text properties of the source that travel unchanged. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly training: TrainingFacts;
  /** Everything the importer could not carry over exactly, one sentence each. */
  readonly notes: readonly string[];
}

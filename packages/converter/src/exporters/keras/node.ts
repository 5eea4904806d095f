// One IR node while it is exported to Keras: its inputs as Keras tensors in the order that a layer wants.
import { isDType, isFloat, UnsupportedOpError, type DType } from "@isoform/core";
import type { PlainJson, PlainObject } from "../../formats/keras/index.js";
import { rawTensor, type RawDType, type RawTensor } from "../../formats/raw-tensor.js";
import type { IrAttrs, IrOp } from "../../ir/ops/table.js";
import type { Dim, IrNode, IrValue } from "../../ir/types.js";
import { literalNumbers } from "../../ir/walk.js";
import { permuteBytes, type WeightStep } from "../../ir/weights.js";
import { identityOrder, invertOrder, isIdentity, plainView } from "../../layout/index.js";
import { channelsLastPlaces, placed, type KerasEmitter, type KView, type LayerInit } from "./emitter.js";
import { arrayArg, KTensor, type Arg, type LayerWeights, type WeightGiven } from "./tensors.js";

/** A layer of a node; name and outputs have defaults. */
export interface NodeLayer {
  readonly config?: PlainObject;
  readonly args?: readonly Arg[];
  readonly kwargs?: Readonly<Record<string, Arg>>;
  readonly weights?: LayerWeights;
  /** Part of the name behind that of the node, for layers that are not the main one. */
  readonly part?: string;
  readonly name?: string;
}

/** One node. */
export class NodeExport<K extends IrOp = IrOp> {
  readonly node: IrNode<K>;
  readonly out: KerasEmitter;

  constructor(node: IrNode<K>, out: KerasEmitter) {
    this.node = node;
    this.out = out;
  }

  get attrs(): IrAttrs<K> {
    return this.node.attrs;
  }
  get path(): string {
    return this.node.scope ? `${this.node.scope}.${this.node.name}` : this.node.name;
  }
  error(problem: string): UnsupportedOpError {
    return new UnsupportedOpError(problem, {
      code: "export/keras-unsupported",
      op: this.node.op,
      path: this.path,
      inputs: this.node.inputs.map((v) => (v ? `${v.dtype ?? "?"}[${v.dims?.join(",") ?? "?"}]` : "null")),
    });
  }

  // Inputs ----------------------------------------------------------------------------------------------------------

  has(i: number): boolean {
    return Boolean(this.node.inputs[i]);
  }
  value(i: number): IrValue {
    const v = this.node.inputs[i];
    if (!v) throw this.error(`input ${i} is missing`);
    return v;
  }
  /** True when input `i` is known before running. */
  isConstant(i: number): boolean {
    const v = this.node.inputs[i];
    return Boolean(v && this.out.graph.weights.has(v));
  }
  /** Sizes of input `i`. @throws {UnsupportedOpError} when not even the rank is known */
  dims(i: number): readonly Dim[] {
    const { dims, name } = this.value(i);
    if (dims) return dims;
    throw this.error(`the shape of ${name} is not known`);
  }
  rank(i: number): number {
    return this.dims(i).length;
  }
  /** A known size. @throws {UnsupportedOpError} */
  size(i: number, axis: number, why: string): number {
    const d = this.dims(i).at(axis);
    if (typeof d === "number") return d;
    throw this.error(`axis ${axis} of input ${i} is dynamic, but ${why}`);
  }
  dtype(i: number): DType {
    const { dtype } = this.value(i);
    return dtype !== null && isDType(dtype) ? dtype : "float32";
  }
  /** Numbers of input `i`, or null when they are computed. */
  numbers(i: number): readonly number[] | null {
    const v = this.node.inputs[i];
    return v ? literalNumbers(this.out.graph, v) : null;
  }
  /** Numbers of input `i`. @throws {UnsupportedOpError} when they are computed */
  literal(i: number, what: string): readonly number[] {
    const found = this.numbers(i);
    if (found) return found;
    throw this.error(`${what} is computed at run time`);
  }
  /** The tensor of constant input `i`. @throws {UnsupportedOpError} when it is computed */
  constant(i: number, what: string): RawTensor {
    const found = this.out.tensorOf(this.value(i));
    if (found) return found;
    throw this.error(`${what} is computed at run time`);
  }
  /** Constant input `i` as a weight of a layer. */
  weight(i: number, steps: readonly WeightStep[] = []): WeightGiven {
    return { value: this.value(i), steps };
  }

  /** How input `i` is seen. */
  view(i: number): KView {
    return this.out.view(this.value(i));
  }
  /** As `view`, without a pending order of features. */
  ordered(i: number): KView {
    const view = this.view(i);
    return view.shuffle === null
      ? view
      : plainView(this.out.layouts.plain(view, this.wanted()), view.order.length);
  }
  /** Input `i` with its axis k at place order[k]. */
  arranged(i: number, order: readonly number[]): KTensor {
    return this.out.layouts.as(this.ordered(i), order, this.wanted());
  }
  /** Input `i` in the IR's order. */
  plain(i: number): KTensor {
    return this.out.layouts.plain(this.view(i), this.wanted());
  }
  /** Input `i` with the channels last. */
  channelsLast(i: number): KTensor {
    return this.arranged(i, channelsLastPlaces(this.rank(i)));
  }

  // Outputs ---------------------------------------------------------------------------------------------------------

  get result(): IrValue {
    const [v] = this.node.outputs;
    if (!v) throw this.error("the first output is not used");
    return v;
  }
  /** Element type of output `i`. */
  outType(i = 0): RawDType {
    return this.node.outputs[i]?.dtype ?? "float32";
  }
  /** Sizes of output `i` in the IR's order. @throws {UnsupportedOpError} */
  outDims(i = 0): readonly Dim[] {
    const v = this.node.outputs[i];
    if (v?.dims) return v.dims;
    throw this.error("the shape of the output is not known");
  }
  /** Says how the first output is seen. */
  set(
    t: KTensor,
    order: readonly number[] = identityOrder(t.dims.length),
    shuffle: KView["shuffle"] = null,
  ): void {
    this.out.set(this.result, { value: t, order, shuffle });
  }

  /** Name of the layer: of its weights' module where the source has such names, else of the node. */
  wanted(part?: string): string {
    const base = this.moduleName() ?? this.path;
    return part === undefined ? base : `${base}_${part}`;
  }
  private moduleName(): string | null {
    for (const v of this.node.inputs) {
      const name = v && this.out.graph.weights.get(v)?.source?.pieces[0]?.name;
      if (name?.endsWith(".weight") && !name.includes("::")) return name.slice(0, -".weight".length);
    }
    return null;
  }

  private init(
    className: string,
    given: NodeLayer,
    outputs: LayerInit["outputs"],
    x: readonly Arg[],
  ): LayerInit {
    return {
      name: given.name ?? this.wanted(given.part),
      className,
      config: given.config ?? {},
      args: given.args ?? x,
      kwargs: given.kwargs ?? {},
      weights: given.weights ?? {},
      outputs,
    };
  }
  /** A layer that gives a tensor of the given sizes. */
  layer(className: string, x: KTensor, dims: readonly Dim[], given: NodeLayer = {}): KTensor {
    const outputs = [{ dims, dtype: given.part === undefined ? this.outType() : x.dtype }];
    return this.out.layer(this.init(className, given, outputs, [x]))[0]!;
  }
  /** An operation that gives a tensor of the given sizes. */
  operation(
    className: string,
    args: readonly Arg[],
    dims: readonly Dim[],
    given: NodeLayer & { readonly dtype?: RawDType } = {},
  ): KTensor {
    const outputs = [{ dims, dtype: given.dtype ?? this.outType() }];
    return this.out.operation(this.init(className, given, outputs, args))[0]!;
  }
  /** As `layer`, several outputs. */
  layers(
    className: string,
    args: readonly Arg[],
    outputs: LayerInit["outputs"],
    given: NodeLayer = {},
  ): readonly KTensor[] {
    return this.out.layer(this.init(className, given, outputs, args));
  }
  operations(
    className: string,
    args: readonly Arg[],
    outputs: LayerInit["outputs"],
    given: NodeLayer = {},
  ): readonly KTensor[] {
    return this.out.operation(this.init(className, given, outputs, args));
  }

  /** Sizes of the first output for a tensor with the given order. */
  placedOut(order: readonly number[], i = 0): Dim[] {
    return placed(this.outDims(i), order);
  }

  // Constants -------------------------------------------------------------------------------------------------------

  /**
   * Constant input `i` beside tensors of `rank` axes in the given order: a number where it has one element and the
   * type allows it, else an array.
   */
  constantArg(i: number, rank: number, order: readonly number[]): PlainJson {
    return this.constantOf(this.constant(i, `input ${i}`), rank, order, this.value(i).name);
  }
  constantOf(tensor: RawTensor, rank: number, order: readonly number[], name: string): PlainJson {
    const { dtype, shape } = tensor;
    const count = shape.reduce((p, n) => p * n, 1);
    if (count === 1 && isDType(dtype)) {
      const array = arrayArg(rawTensor(dtype, [], tensor.data), name);
      const value = (array as { readonly config: PlainObject }).config["value"];
      if (isFloat(dtype) || typeof value === "number") return value ?? null;
    }
    if (isIdentity(order) || shape.length === 0) return arrayArg(tensor, name);
    const full = rawTensor(
      dtype,
      [...Array.from({ length: rank - shape.length }, () => 1), ...shape],
      tensor.data,
    );
    return arrayArg(permuteBytes(full, invertOrder(order)), name);
  }
}

/** How an op becomes Keras layers: it sets the views of the node's outputs. */
export type KerasRule<K extends IrOp> = (n: NodeExport<K>) => void;
/** A table of rules. */
export type KerasRules = { readonly [K in IrOp]?: KerasRule<K> };

// Builds a graph node by node: unique names, filled-in attribute defaults, shared literals.
import { ArgumentError, LimitExceededError, newTypedArray, elementWriter, type DType } from "@isoform/core";
import { fromTypedArray, type RawDType, type RawTensor } from "../formats/raw-tensor.js";
import {
  attrSpecs,
  IR_OPS,
  parseSlots,
  type AttrValue,
  type IrAttrs,
  type IrAttrsGiven,
  type IrOp,
} from "./ops/table.js";
import type { Dim, Facts, IrGraph, IrNode, IrValue, IrWeight } from "./types.js";
import { uniqueName } from "../unique-name.js";

/** Inputs or outputs of one node: arguments of calls lie on the stack. */
const MAX_VALUES = 65_536;

/** What a new node may be given beside inputs and attributes. */
export interface NodeOptions {
  /** Wanted name of the node; made unique when taken. */
  readonly name?: string | undefined;
  readonly scope?: string | undefined;
  /** Wanted names of the outputs, null for outputs that nothing uses; default: one output per declared one. */
  readonly outputs?: readonly (string | null)[] | undefined;
  /** Number of outputs of a variadic op. */
  readonly count?: number | undefined;
  readonly facts?: Facts | undefined;
}

/** Fills in the defaults of an op's attributes. Sound because `attrSpecs` is read from the table that types them. */
export function fillAttrs<K extends IrOp>(op: K, given: IrAttrsGiven<K>): IrAttrs<K> {
  const values = new Map<string, AttrValue>();
  const plain: Readonly<Record<string, AttrValue | undefined>> = { ...given };
  for (const [name, value] of Object.entries(plain)) {
    if (value !== undefined) values.set(name, value);
  }
  for (const [name, spec] of attrSpecs(op)) {
    if (!values.has(name) && spec.fallback !== undefined) values.set(name, spec.fallback);
    if (!values.has(name) && spec.required) {
      throw new ArgumentError(`attribute ${name} is missing`, { code: "ir/attribute-missing", op });
    }
  }
  return attrsFrom<K>(values);
}

/** The attributes of an op from checked values; the one place where a map becomes the typed record. */
export function attrsFrom<K extends IrOp>(values: ReadonlyMap<string, AttrValue>): IrAttrs<K> {
  const out: object = Object.fromEntries(values);
  return out as IrAttrs<K>;
}

/** Builds one graph; subgraphs get their own builder with this one as `outer`. */
export class GraphBuilder {
  readonly name: string;
  readonly inputs: IrValue[] = [];
  readonly nodes: IrNode[] = [];
  readonly weights: Map<IrValue, IrWeight> = new Map();
  /** Called after every new node, e.g. to infer its shapes. */
  onNode: ((node: IrNode) => void) | null = null;
  /** Called after every new input. */
  onInput: ((value: IrValue) => void) | null = null;
  /** Called after every new weight. */
  onWeight: ((value: IrValue, weight: IrWeight) => void) | null = null;
  private readonly valueNames: Set<string>;
  private readonly nodeNames: Set<string>;
  private readonly reserved: Set<string>;
  private readonly inner: boolean;
  private readonly makers: Set<IrValue> = new Set();
  private readonly literals: Map<string, IrValue> = new Map();

  constructor(name: string, outer?: GraphBuilder) {
    this.name = name;
    this.valueNames = outer ? outer.valueNames : new Set();
    this.nodeNames = outer ? outer.nodeNames : new Set();
    this.reserved = outer ? outer.reserved : new Set();
    this.inner = outer !== undefined;
  }

  /** Keeps names for the outermost graph: values of subgraphs get others. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.reserved.add(name);
  }

  /** Gives a value another name, made unique when taken. */
  rename(v: IrValue, wanted: string): void {
    if (v.name !== wanted) v.name = this.uniqueName(wanted);
  }

  /** Takes over inputs, weights and all names of an existing graph that is being copied. */
  adopt(graph: IrGraph): void {
    for (const v of graph.inputs) this.inputs.push(v);
    for (const [v, w] of graph.weights) this.weights.set(v, w);
    const names = [...graph.inputs, ...graph.weights.keys(), ...graph.nodes.flatMap((n) => n.outputs)];
    for (const v of names) if (v) this.valueNames.add(v.name);
    for (const n of graph.nodes) this.nodeNames.add(n.name);
  }

  /** True for values that a node of this builder made. */
  made(v: IrValue): boolean {
    return this.makers.has(v);
  }

  /** Gives `v` the name of a value that is no longer there. */
  takeName(v: IrValue, from: IrValue): void {
    v.name = from.name;
    v.dtype ??= from.dtype;
    v.dims ??= from.dims;
  }

  /** `wanted`, or `wanted_1`, `wanted_2`, … when it is taken. */
  uniqueName(wanted: string): string {
    return claim(this.valueNames, wanted, this.inner ? this.reserved : undefined);
  }

  /** A value that a node or the caller defines. */
  value(name: string, dtype: RawDType | null, dims: readonly Dim[] | null): IrValue {
    return { name: this.uniqueName(name), kind: "tensor", dtype, dims };
  }

  /** A graph input. */
  input(name: string, dtype: RawDType | null, dims: readonly Dim[] | null): IrValue {
    const v = this.value(name, dtype, dims);
    this.inputs.push(v);
    this.onInput?.(v);
    return v;
  }

  /** A parameter or buffer. */
  weight(name: string, tensor: RawTensor, facts: Partial<Omit<IrWeight, "tensor">> = {}): IrValue {
    const v = this.value(name, tensor.dtype, tensor.shape);
    const weight: IrWeight = { tensor, trainable: facts.trainable ?? null, source: facts.source ?? null };
    this.weights.set(v, weight);
    this.onWeight?.(v, weight);
    return v;
  }

  /** A literal; equal literals are one value. */
  literal(values: readonly (number | bigint)[], shape: readonly number[], dtype: DType): IrValue {
    const key = `${dtype}[${shape.join()}]${values.map((v) => (Object.is(v, -0) ? "-0" : String(v))).join()}`;
    const found = this.literals.get(key);
    if (found) return found;
    const data = newTypedArray(dtype, values.length);
    const write = elementWriter(dtype);
    values.forEach((v, i) => write(data, i, v));
    const v = this.weight("const", fromTypedArray(dtype, shape, data));
    this.literals.set(key, v);
    return v;
  }

  /** A 1-d int64 literal: shapes, axes, pads. */
  ints(values: readonly number[]): IrValue {
    return this.literal(values.map(saturate), [values.length], "int64");
  }

  /** A 0-d literal. */
  scalar(value: number, dtype: DType = "float32"): IrValue {
    return this.literal([value], [], dtype);
  }

  /** Adds a node and returns all its outputs. */
  node<K extends IrOp>(
    op: K,
    inputs: readonly (IrValue | null)[],
    attrs: IrAttrsGiven<K>,
    options: NodeOptions = {},
  ): readonly (IrValue | null)[] {
    const name = claim(this.nodeNames, options.name ?? op);
    const names = options.outputs ?? defaultOutputs(op, name, options.count ?? 1);
    const outputs = names.map((n) => (n === null ? null : this.value(n, null, null)));
    return this.push<K>({
      op,
      name,
      scope: options.scope ?? "",
      inputs,
      outputs,
      attrs: fillAttrs(op, attrs),
      ...(options.facts ? { facts: options.facts } : {}),
    });
  }

  /** Adds a finished node. @throws {LimitExceededError} when it has over 65,536 inputs or outputs */
  push<K extends IrOp>(node: IrNode<K>): readonly (IrValue | null)[] {
    const values = Math.max(node.inputs.length, node.outputs.length);
    if (values > MAX_VALUES)
      throw new LimitExceededError(`a node has ${values} inputs or outputs, at most ${MAX_VALUES} are read`, {
        code: "limit/node-values",
        op: `${node.op} ${JSON.stringify(node.name)}`,
        hint: "split the node into several with fewer inputs and outputs each",
      });
    this.nodes.push(node);
    for (const v of node.outputs) if (v) this.makers.add(v);
    this.onNode?.(node);
    return node.outputs;
  }

  /** Adds a node with one output that is used. */
  op<K extends IrOp>(
    op: K,
    inputs: readonly (IrValue | null)[],
    attrs: IrAttrsGiven<K>,
    options: NodeOptions = {},
  ): IrValue {
    const [first] = this.node(op, inputs, attrs, options);
    if (!first) throw new ArgumentError("the node has no first output", { code: "ir/no-output", op });
    return first;
  }

  /** A name for a node that no other has. */
  uniqueNodeName(wanted: string): string {
    return claim(this.nodeNames, wanted);
  }

  /** The finished graph. */
  finish(outputs: readonly IrValue[]): IrGraph {
    return {
      name: this.name,
      inputs: this.inputs,
      outputs: [...outputs],
      nodes: this.nodes,
      weights: this.weights,
    };
  }
}

/** Numbers over the int64 range stand for `to the end`. */
function saturate(v: number): number | bigint {
  if (v >= 2 ** 63) return 2n ** 63n - 1n;
  return v <= -(2 ** 63) ? -(2n ** 63n) : v;
}

function defaultOutputs(op: IrOp, name: string, count: number): (string | null)[] {
  const slots = parseSlots(IR_OPS[op].out);
  const first = slots[0];
  if (first?.variadic) return Array.from({ length: count }, (_, i) => (count === 1 ? name : `${name}.${i}`));
  return Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}.${slots[i]?.name ?? i}`));
}

function claim(taken: Set<string>, wanted: string, reserved?: ReadonlySet<string>): string {
  const name = uniqueName(
    wanted,
    (n) => taken.has(n) || reserved?.has(n) === true || n === "",
    (i) => `${wanted === "" ? "value" : wanted}_${i}`,
  );
  taken.add(name);
  return name;
}

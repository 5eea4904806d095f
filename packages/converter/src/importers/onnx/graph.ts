// GraphProto to IR graph: names to values, functions inlined, nodes upgraded, every unsupported node collected.
import { LimitExceededError, ModelFormatError, UnsupportedOpError } from "@isoform/core";
import { encodeStrings, fromTypedArray, type RawTensor } from "../../formats/raw-tensor.js";
import {
  int64ToNumber,
  rawDTypeOf,
  sparseToRaw,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
} from "../../formats/onnx/index.js";
import { attrsFrom, fillAttrs, GraphBuilder } from "../../ir/builder.js";
import { attrSpecs, isIrOp, type AttrKind, type AttrValue, type IrOp } from "../../ir/ops/table.js";
import { FACT_KEYS, parseFacts } from "../../ir/facts.js";
import { formatValue } from "../../ir/print.js";
import type { IrGraph, IrValue } from "../../ir/types.js";
import { slotProblems } from "../../ir/verify.js";
import { sameAs } from "../../ir/weights.js";
import { Attributes, type OnnxAttr } from "./attributes.js";
import type { Draft } from "./node.js";
import type { LoadedTensors } from "./tensors.js";
import { applyType, readType } from "./types.js";
import { IGNORED_ATTRIBUTES, UPGRADES } from "./upgrade/index.js";

/** What the whole import shares. */
export interface ImportContext {
  readonly tensors: LoadedTensors;
  readonly functions: ReadonlyMap<string, FunctionProto>;
  /** Nodes that cannot be imported, one line each. */
  readonly problems: string[];
  readonly maxDepth: number;
}

/** Operator set version by domain; `ai.onnx` and the empty domain are one. */
export type Opsets = ReadonlyMap<string, number>;

const DEFAULT_DOMAINS: ReadonlySet<string> = new Set(["", "ai.onnx", "ai.onnx.preview"]);

/** Names visible to a node: its graph's and those of the enclosing ones. */
class Names {
  private readonly values: Map<string, IrValue> = new Map();
  private readonly outer: Names | null;
  constructor(outer: Names | null) {
    this.outer = outer;
  }
  get(name: string): IrValue | undefined {
    return this.values.get(name) ?? this.outer?.get(name);
  }
  set(name: string, v: IrValue): void {
    this.values.set(name, v);
  }
  /** As `set`, for names that a graph may define only once. @throws {ModelFormatError} */
  define(name: string, v: IrValue, path: string): void {
    if (this.values.has(name))
      throw new ModelFormatError(`the value ${JSON.stringify(name)} is defined twice`, {
        code: "onnx/graph",
        path,
        hint: "every input, initializer and node output needs a name of its own; export the model again",
      });
    this.values.set(name, v);
  }
}

/** Where a node stands: its opsets, and inside a function the caller's attributes. */
interface Place {
  readonly opsets: Opsets;
  readonly names: Names;
  readonly builder: GraphBuilder;
  readonly arguments: Attributes | null;
  /** Prefix of local names of an inlined function. */
  readonly prefix: string;
  readonly depth: number;
}

/** Key of a function. */
export function functionKey(domain: string, name: string, overload: string): string {
  return `${domain}\u0000${name}\u0000${overload}`;
}

/** The function that a node calls; operators that are known here are not replaced. */
export function calledFunction(
  node: NodeProto,
  functions: ReadonlyMap<string, FunctionProto>,
): FunctionProto | undefined {
  const { opType = "", domain = "", overload = "" } = node;
  if (DEFAULT_DOMAINS.has(domain) && isIrOp(opType)) return undefined;
  return functions.get(functionKey(domain, opType, overload));
}

/** Imports the main graph. */
export function importGraph(
  graph: GraphProto,
  builder: GraphBuilder,
  opsets: Opsets,
  ctx: ImportContext,
): IrGraph {
  return buildGraph(
    graph,
    { opsets, names: new Names(null), builder, arguments: null, prefix: "", depth: 0 },
    ctx,
  );
}

function buildGraph(graph: GraphProto, place: Place, ctx: ImportContext): IrGraph {
  const { builder, names } = place;
  const initialized = new Set(graph.initializer.map((t) => t.name ?? ""));
  for (const t of graph.sparseInitializer) initialized.add(t.values?.name ?? "");
  for (const info of graph.input) {
    const name = info.name ?? "";
    if (initialized.has(name)) continue;
    const type = readType(info.type, `graph.input ${name}`);
    const v = builder.input(name, type.dtype, type.dims);
    v.kind = type.kind;
    names.define(name, v, "graph.input");
  }
  for (const t of graph.initializer) define(place, t.name ?? "", loaded(t.name ?? "", ctx.tensors.get(t)));
  for (const t of graph.sparseInitializer) define(place, t.values?.name ?? "", sparseToRaw(t));
  const types = new Map([...graph.valueInfo, ...graph.output].map((info) => [info.name ?? "", info.type]));
  graph.node.forEach((node, i) => importNode(node, i, place, ctx, types));
  const outputs = graph.output.map((info) => {
    const v = names.get(info.name ?? "");
    if (!v) {
      throw new ModelFormatError(`output ${info.name ?? ""} is made by no node`, {
        code: "onnx/graph",
        path: graph.name ?? "graph",
      });
    }
    applyType(v, readType(info.type, `graph.output ${info.name ?? ""}`));
    return v;
  });
  return builder.finish(outputs);
}

function loaded(name: string, tensor: RawTensor | undefined): RawTensor {
  if (tensor) return tensor;
  throw new ModelFormatError(`the tensor ${name} was not loaded`, { code: "onnx/tensor", path: name });
}

function define(place: Place, name: string, tensor: RawTensor): void {
  const v = place.builder.weight(place.prefix + name, tensor, { source: sameAs(name, tensor.shape) });
  place.names.define(name, v, place.prefix + name);
}

/** The value of a Constant node. */
function constantValue(attrs: Attributes, ctx: ImportContext, path: string): RawTensor | null {
  for (const name of attrs.names) {
    const a = attrs.get(name);
    if (!a) continue;
    if (name === "value" && a.kind === "tensor") return loaded(path, ctx.tensors.get(a.value));
    if (name === "value_float" && a.kind === "float")
      return fromTypedArray("float32", [], Float32Array.of(a.value));
    if (name === "value_floats" && a.kind === "floats") {
      return fromTypedArray("float32", [a.value.length], Float32Array.from(a.value));
    }
    if (name === "value_int" && a.kind === "int")
      return fromTypedArray("int64", [], BigInt64Array.of(a.value));
    if (name === "value_ints" && a.kind === "ints") {
      return fromTypedArray("int64", [a.value.length], BigInt64Array.from(a.value));
    }
    if (name === "value_string" && a.kind === "string") return encodeStrings([], [a.value]);
    if (name === "value_strings" && a.kind === "strings") return encodeStrings([a.value.length], a.value);
  }
  return null;
}

function importNode(
  node: NodeProto,
  index: number,
  place: Place,
  ctx: ImportContext,
  types: ReadonlyMap<string, Parameters<typeof readType>[0]>,
): void {
  const op = node.opType ?? "";
  const domain = node.domain ?? "";
  const name = place.prefix + (node.name || `${op}_${index}`);
  const attrs = resolveReferences(new Attributes(node.attribute, name), place.arguments);
  const outputs = node.output.map((n) => (n === "" ? null : n));
  const fn = calledFunction(node, ctx.functions);
  const standard = DEFAULT_DOMAINS.has(domain);
  const publish = (values: readonly (IrValue | null)[]) => {
    outputs.forEach((n, i) => {
      const v = values[i];
      if (n === null || !v) return;
      place.names.define(n, v, `${op} ${JSON.stringify(name)}`);
      const type = types.get(n);
      if (type) applyType(v, readType(type, n));
    });
  };
  const fail = (problem: string) => {
    ctx.problems.push(`${domain ? `${domain}.` : ""}${op} ${JSON.stringify(name)}: ${problem}`);
    publish(outputs.map((n) => (n === null ? null : place.builder.value(place.prefix + n, null, null))));
  };
  if (standard && op === "Constant") {
    const sparse = node.attribute.find((a) => a.name === "sparse_value")?.sparseTensor;
    const tensor = sparse ? sparseToRaw(sparse) : constantValue(attrs, ctx, name);
    if (tensor === null) return fail("has no value");
    const [out] = outputs;
    if (out) define(place, out, tensor);
    return;
  }
  const inputs = node.input.map((n): IrValue | null => {
    if (n === "") return null;
    const v = place.names.get(n);
    if (v) return v;
    throw new ModelFormatError(`input ${JSON.stringify(n)} is made by no node before it`, {
      code: "onnx/graph",
      path: name,
    });
  });
  if (fn) return publish(inlineFunction(fn, name, inputs, outputs, attrs, place, ctx));
  if (!standard) return fail("the operator domain is not known");
  const version = place.opsets.get(domain === "ai.onnx.preview" ? domain : "") ?? 1;
  const draft: Draft = {
    op,
    name,
    version,
    inputs,
    attrs,
    outputs: outputs.map((n) => (n === null ? null : place.prefix + n)),
    builder: place.builder,
  };
  try {
    const rule = UPGRADES.get(op);
    const replaced = rule && version < rule.before ? rule.apply(draft) : undefined;
    if (replaced) return publish(replaced);
    if (!isIrOp(draft.op)) return fail("the operator is not known");
    publish(pushNode(draft.op, draft, place, ctx, node));
  } catch (error) {
    if (!(error instanceof UnsupportedOpError)) throw error;
    fail(error.problem);
  }
}

function pushNode(
  op: IrOp,
  d: Draft,
  place: Place,
  ctx: ImportContext,
  node: NodeProto,
): readonly (IrValue | null)[] {
  const values = new Map<string, AttrValue>();
  const specs = attrSpecs(op);
  for (const name of d.attrs.names) {
    if (IGNORED_ATTRIBUTES.has(name)) continue;
    const spec = specs.get(name);
    const attr = d.attrs.get(name);
    if (!attr) continue;
    if (!spec) {
      if (op === "Optional" && name === "type") continue;
      throw new UnsupportedOpError(`attribute ${name} is not known`, { code: "onnx/attribute", op });
    }
    const value = toIr(spec.kind, attr, place, ctx, `${d.name}.${name}`);
    if (value !== undefined) values.set(name, value);
  }
  const outputs = d.outputs.map((n) => (n === null ? null : d.builder.value(n, null, null)));
  while (outputs.length > 0 && outputs[outputs.length - 1] === null) outputs.pop();
  const inputs = [...d.inputs];
  while (inputs.length > 0 && inputs[inputs.length - 1] === null) inputs.pop();
  const missing = [...specs].find(([name, spec]) => spec.required && !values.has(name))?.[0];
  const problems =
    missing === undefined ? slotProblems({ op, inputs, outputs }) : [`attribute ${missing} is missing`];
  if (problems.length > 0) throw badNode(d, problems);
  const attrs = fillAttrs(op, attrsFrom(values));
  const name = d.builder.uniqueNodeName(d.name);
  const note = (key: string) => node.metadataProps.find((p) => p.key === key)?.value;
  const facts = note(FACT_KEYS.facts);
  const known = facts === undefined ? {} : { facts: parseFacts(facts, `${name}: ${FACT_KEYS.facts}`) };
  return d.builder.push({ op, name, scope: note(FACT_KEYS.scope) ?? "", inputs, outputs, attrs, ...known });
}

function badNode(d: Draft, problems: readonly string[]): ModelFormatError {
  return new ModelFormatError(problems.join("; "), {
    code: "onnx/node",
    op: `${d.op} ${JSON.stringify(d.name)}`,
    inputs: d.inputs.map((v) => (v ? formatValue(v) : "absent")),
    hint: "the node breaks the rules of its operator; check the file with onnx.checker, or export it again",
  });
}

/** An attribute as the IR's kind wants it; undefined when it says nothing. */
function toIr(
  kind: AttrKind,
  a: OnnxAttr,
  place: Place,
  ctx: ImportContext,
  path: string,
): AttrValue | undefined {
  const wrong = () =>
    new ModelFormatError(`the attribute is of type ${a.kind}, not ${kind}`, { code: "onnx/attribute", path });
  switch (kind) {
    case "int":
      if (a.kind === "int") return int64ToNumber(a.value, path);
      if (a.kind === "float" && Number.isInteger(a.value)) return a.value;
      throw wrong();
    case "ints":
      if (a.kind === "ints") return a.value.map((v) => int64ToNumber(v, path));
      throw wrong();
    case "float":
      if (a.kind === "float") return a.value;
      if (a.kind === "int") return Number(a.value);
      throw wrong();
    case "floats":
      if (a.kind === "floats") return a.value;
      if (a.kind === "ints" && a.value.length === 0) return [];
      throw wrong();
    case "string":
      if (a.kind === "string") return a.value;
      throw wrong();
    case "strings":
      if (a.kind === "strings") return a.value;
      throw wrong();
    case "dtype":
      if (a.kind !== "int") throw wrong();
      return a.value === 0n ? undefined : rawDTypeOf(Number(a.value), path);
    case "tensor":
      if (a.kind === "tensor") return loaded(path, ctx.tensors.get(a.value));
      throw wrong();
    case "graph":
      if (a.kind === "graph") return importSubgraph(a.value, place, ctx, path);
      throw wrong();
  }
}

function importSubgraph(graph: GraphProto, place: Place, ctx: ImportContext, path: string): IrGraph {
  if (place.depth >= ctx.maxDepth) {
    throw new LimitExceededError(`graphs are nested deeper than ${ctx.maxDepth}`, {
      code: "limit/nesting",
      path,
    });
  }
  const builder = new GraphBuilder(graph.name || path, place.builder);
  return buildGraph(graph, { ...place, builder, names: new Names(place.names), depth: place.depth + 1 }, ctx);
}

/** Replaces references to a function's attributes by what the caller gave; without a value they vanish. */
function resolveReferences(attrs: Attributes, given: Attributes | null): Attributes {
  for (const name of attrs.names) {
    const a = attrs.get(name);
    if (a?.kind !== "reference") continue;
    const value = given?.get(a.value);
    if (value) attrs.set(name, value);
    else attrs.take(name);
  }
  return attrs;
}

function inlineFunction(
  fn: FunctionProto,
  name: string,
  inputs: readonly (IrValue | null)[],
  outputs: readonly (string | null)[],
  attrs: Attributes,
  place: Place,
  ctx: ImportContext,
): readonly (IrValue | null)[] {
  if (place.depth >= ctx.maxDepth) {
    throw new LimitExceededError(`functions call each other deeper than ${ctx.maxDepth}`, {
      code: "limit/nesting",
      path: name,
      hint: "a function that calls itself is not valid ONNX",
    });
  }
  const given = new Attributes(fn.attributeProto, name);
  for (const key of attrs.names) {
    const a = attrs.get(key);
    if (a) given.set(key, a);
  }
  const names = new Names(null);
  fn.input.forEach((n, i) => {
    const v = inputs[i];
    if (v) names.set(n, v);
  });
  const opsets = new Map(place.opsets);
  for (const o of fn.opsetImport)
    opsets.set(o.domain === "ai.onnx" ? "" : (o.domain ?? ""), Number(o.version ?? 1n));
  const inner: Place = {
    ...place,
    names,
    opsets,
    arguments: given,
    prefix: `${name}/`,
    depth: place.depth + 1,
  };
  const absent = new Set(fn.input.filter((n) => !names.get(n)));
  const nodes = fn.node.map((node) => dropAbsent(node, absent));
  nodes.forEach((node, i) => importNode(node, i, inner, ctx, new Map()));
  const graphInputs = new Set(place.builder.inputs);
  return fn.output.map((n, i) => {
    const v = names.get(n) ?? null;
    const wanted = outputs[i];
    if (v && wanted && !graphInputs.has(v)) place.builder.rename(v, place.prefix + wanted);
    return v;
  });
}

/** Inputs of a function that the caller left out become absent inputs of its nodes. */
function dropAbsent(node: NodeProto, absent: ReadonlySet<string>): NodeProto {
  if (!node.input.some((n) => absent.has(n))) return node;
  return { ...node, input: node.input.map((n) => (absent.has(n) ? "" : n)) };
}

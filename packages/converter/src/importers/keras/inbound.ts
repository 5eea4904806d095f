// How the layers of a functional config are called: `inbound_nodes` in the forms of Keras 1, 2 and 3.
import { ModelFormatError } from "@isoform/core";
import { isPlainObject, type PlainJson, type PlainObject } from "../../formats/keras/index.js";

/** A tensor of the config: output `tensor` of call `node` of a layer. */
export interface TensorRef {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** An argument as the file has it. */
export type RawArgument =
  | { readonly kind: "ref"; readonly ref: TensorRef }
  | { readonly kind: "list"; readonly items: readonly RawArgument[] }
  | { readonly kind: "constant"; readonly value: PlainJson };

/** One call of a layer. */
export interface RawCall {
  readonly args: readonly RawArgument[];
  readonly kwargs: ReadonlyMap<string, RawArgument>;
}

type Known = (name: string) => boolean;

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "keras/config", path });
}

function isList(v: PlainJson | undefined): v is readonly PlainJson[] {
  return Array.isArray(v);
}

/** `["dense", 0, 0]`, with or without keyword arguments behind; null for anything else. */
function asRef(v: PlainJson | undefined, known: Known): TensorRef | null {
  if (!isList(v) || v.length < 3) return null;
  const [layer, node, tensor] = v;
  if (typeof layer !== "string" || !known(layer)) return null;
  if (typeof node !== "number" || typeof tensor !== "number") return null;
  return { layer, node, tensor };
}

/** The calls of one layer. @throws {ModelFormatError} */
export function readInboundNodes(layer: PlainObject, path: string, known: Known): readonly RawCall[] {
  const nodes = layer["inbound_nodes"];
  if (nodes === undefined || nodes === null) return [];
  if (!isList(nodes)) throw bad("inbound_nodes is not a list", `${path}.inbound_nodes`);
  return nodes.map((node, i) => readCall(node, `${path}.inbound_nodes[${i}]`, known));
}

function readCall(node: PlainJson, path: string, known: Known): RawCall {
  if (isPlainObject(node)) {
    const args = node["args"] ?? [];
    const kwargs = node["kwargs"] ?? {};
    if (!isList(args) || !isPlainObject(kwargs)) throw bad("expected args and kwargs", path);
    return {
      args: args.map((arg, i) => readArgument(arg, `${path}.args[${i}]`, known)),
      kwargs: readKwargs(kwargs, path, known),
    };
  }
  if (!isList(node)) throw bad("expected a call", path);
  return readLegacyCall(node, path, known);
}

/** `[["a", 0, 0, {}], ["b", 0, 0, {}]]`: one tensor, or a list of tensors. */
function readLegacyCall(node: readonly PlainJson[], path: string, known: Known): RawCall {
  const kwargs = new Map<string, RawArgument>();
  const items: RawArgument[] = [];
  const visit = (item: PlainJson, place: string): void => {
    if (!isList(item)) throw bad("expected [layer, node, tensor]", place);
    if (item.length > 0 && isList(item[0])) {
      item.forEach((inner, i) => visit(inner, `${place}[${i}]`));
      return;
    }
    const [layer, , third, options] = item;
    if (layer === "_CONSTANT_VALUE") items.push({ kind: "constant", value: third ?? null });
    else {
      const ref = asRef(item, known);
      if (!ref) throw bad(`no layer is called ${JSON.stringify(layer)}`, place);
      items.push({ kind: "ref", ref });
    }
    if (isPlainObject(options)) for (const [key, v] of readKwargs(options, place, known)) kwargs.set(key, v);
  };
  node.forEach((item, i) => visit(item, `${path}[${i}]`));
  const [only] = items;
  return { args: only && items.length === 1 ? [only] : [{ kind: "list", items }], kwargs };
}

function readKwargs(kwargs: PlainObject, path: string, known: Known): ReadonlyMap<string, RawArgument> {
  return new Map(
    Object.entries(kwargs).map(([key, v]) => [key, readArgument(v, `${path}.kwargs.${key}`, known)]),
  );
}

function readArgument(v: PlainJson, path: string, known: Known): RawArgument {
  const ref = asRef(v, known);
  if (ref) return { kind: "ref", ref };
  if (isList(v)) {
    const items = v.map((item, i) => readArgument(item, `${path}[${i}]`, known));
    return items.some((item) => item.kind !== "constant")
      ? { kind: "list", items }
      : { kind: "constant", value: v };
  }
  if (!isPlainObject(v)) return { kind: "constant", value: v };
  const { class_name: className, config, items } = v;
  if (className === "__tuple__" && isList(items)) return readArgument(items, path, known);
  if (className !== "__keras_tensor__") return { kind: "constant", value: v };
  const history = isPlainObject(config) ? config["keras_history"] : undefined;
  const found = asRef(history, known);
  if (!found)
    throw bad(
      `keras_history is ${JSON.stringify(history ?? null).slice(0, 60)}, no layer of the model`,
      path,
    );
  return { kind: "ref", ref: found };
}

/** Inputs or outputs of a model: one reference, a list, or any nesting of lists and objects, flattened. */
export function readRefs(v: PlainJson | undefined, path: string, known: Known): readonly TensorRef[] {
  const ref = asRef(v, known);
  if (ref) return [ref];
  if (isList(v) && typeof v[0] !== "string")
    return v.flatMap((item, i) => readRefs(item, `${path}[${i}]`, known));
  if (isPlainObject(v)) {
    const names = Object.keys(v).toSorted((a, b) => (a < b ? -1 : 1));
    return names.flatMap((name) => readRefs(v[name], `${path}.${name}`, known));
  }
  throw bad(`expected references to layers, found ${JSON.stringify(v ?? null).slice(0, 60)}`, path);
}

/** All references inside an argument. */
export function refsOf(argument: RawArgument): readonly TensorRef[] {
  if (argument.kind === "ref") return [argument.ref];
  return argument.kind === "list" ? argument.items.flatMap(refsOf) : [];
}

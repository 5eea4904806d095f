// Arguments of keras.ops nodes: tensors, numbers and constant arrays, brought to one element type.
import { isDType, isFloat, type DType } from "@isoform/core";
import { isPlainObject, type PlainJson } from "../../../formats/keras/index.js";
import { identityOrder } from "../../../layout/index.js";
import { dtypeOf, type Laid, type Site } from "../laid.js";
import { tensorsOf, type Argument, type LayerCall } from "../layer.js";

/** The argument at a position or under a name. */
export function argumentOf(c: LayerCall, index: number, name?: string): Argument | undefined {
  return (name === undefined ? undefined : c.kwargs.get(name)) ?? c.args[index];
}

/** The tensor at a position. */
export function tensorAt(c: LayerCall, index: number, name?: string): Laid {
  const found = operandAt(c, index, null, name);
  if (found) return found;
  throw c.cfg.unsupported(`argument ${index} is no tensor`);
}

/** All tensors of the first argument, constants among them included. */
export function tensorList(c: LayerCall): readonly Laid[] {
  const first = c.args[0];
  const items = first?.kind === "list" ? first.items : c.args;
  const like = tensorsOf(first)[0] ?? c.inputs[0] ?? null;
  return items.flatMap((item) => {
    const found = operand(c, item, like);
    return found ? [found] : [];
  });
}

/** A constant of the config or of an argument; undefined when there is none. */
export function settingOf(c: LayerCall, key: string, index = -1): PlainJson | undefined {
  const own = c.cfg.get(key);
  if (own !== undefined) return own;
  const given = c.kwargs.get(key) ?? c.args[index];
  return given?.kind === "constant" ? given.value : undefined;
}

/** Tensor, number or array; null when there is no such argument. `like` gives numbers their element type. */
export function operandAt(c: LayerCall, index: number, like: Laid | null, name?: string): Laid | null {
  return operand(c, argumentOf(c, index, name), like);
}

function operand(c: LayerCall, argument: Argument | undefined, like: Laid | null): Laid | null {
  if (!argument || argument.kind === "list") return null;
  if (argument.kind === "tensor") return argument.tensor;
  return constantOf(c, argument.value, like);
}

interface Flat {
  readonly shape: number[];
  readonly values: number[];
}

/** Nested lists of numbers as one list and its shape; null for anything else. */
export function flatNumbers(v: PlainJson | undefined): Flat | null {
  if (typeof v === "number") return { shape: [], values: [v] };
  if (typeof v === "boolean") return { shape: [], values: [v ? 1 : 0] };
  if (!Array.isArray(v)) return null;
  const parts = (v as readonly PlainJson[]).map(flatNumbers);
  const inner = parts[0]?.shape ?? [];
  const values: number[] = [];
  for (const part of parts) {
    if (!part || part.shape.join() !== inner.join()) return null;
    for (const n of part.values) values.push(n);
  }
  return { shape: [parts.length, ...inner], values };
}

/** A number, a list, or a serialised array as a literal. */
function constantOf(c: LayerCall, v: PlainJson, like: Laid | null): Laid | null {
  const config =
    isPlainObject(v) && (v["class_name"] === "__numpy__" || v["class_name"] === "__tensor__")
      ? v["config"]
      : null;
  const flat = flatNumbers(isPlainObject(config) ? config["value"] : v);
  if (!flat) return null;
  const stated = isPlainObject(config) ? config["dtype"] : undefined;
  const dtype = typeof stated === "string" && isDType(stated) ? stated : naturalType(flat.values, like);
  const value = c.site.b.literal(flat.values, flat.shape, dtype);
  return { value, order: identityOrder(flat.shape.length), shuffle: null, mask: null };
}

/** Numbers take the type of the tensor beside them; fractions beside integers make floats. */
function naturalType(values: readonly number[], like: Laid | null): DType {
  const whole = values.every((n) => Number.isInteger(n));
  if (!like) return whole ? "int32" : "float32";
  const dtype = dtypeOf(like);
  return isFloat(dtype) || (whole && dtype !== "bool") ? dtype : whole ? "int32" : "float32";
}

const RANKS: readonly DType[] = [
  "bool",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "int64",
  "float16",
  "float32",
  "float64",
];

/** Tensors of one element type: the widest of theirs. */
export function promoted(site: Site, xs: readonly Laid[]): readonly Laid[] {
  const types = xs.map(dtypeOf);
  const widest = RANKS[types.reduce((most, t) => Math.max(most, RANKS.indexOf(t)), -1)] ?? types[0]!;
  return xs.map((x, i) =>
    types[i] === widest ? x : site.map(x, (v) => site.op("Cast", [v], { to: widest }, "cast")),
  );
}

/** A setting as a list of whole numbers; null when it is none. */
export function wholeNumbers(v: PlainJson | undefined): readonly number[] | null {
  const list: readonly PlainJson[] = Array.isArray(v) ? v : [v ?? null];
  const numbers = list.flatMap((n) => (typeof n === "number" && Number.isSafeInteger(n) ? [n] : []));
  return numbers.length === list.length ? numbers : null;
}

/** As bools: true where not zero. */
export function asBool(c: LayerCall, x: Laid): Laid {
  return dtypeOf(x) === "bool" ? x : c.site.map(x, (v) => c.site.op("Cast", [v], { to: "bool" }, "bool"));
}

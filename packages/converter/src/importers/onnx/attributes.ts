// AttributeProto as plain values. Files older than IR version 3 may leave the type out.
import { ModelFormatError } from "@isoform/core";
import { decodeUtf8 } from "../../formats/bytes.js";
import {
  AttributeType,
  int64ToNumber,
  type AttributeProto,
  type GraphProto,
  type TensorProto,
} from "../../formats/onnx/index.js";

/** An attribute as the file states it. */
export type OnnxAttr =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "ints"; readonly value: readonly bigint[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: TensorProto }
  | { readonly kind: "graph"; readonly value: GraphProto }
  | { readonly kind: "reference"; readonly value: string }
  | { readonly kind: "other"; readonly value: number };

/** The type that the set fields imply. */
function impliedType(a: AttributeProto): number {
  if (a.f !== undefined) return AttributeType.FLOAT;
  if (a.i !== undefined) return AttributeType.INT;
  if (a.s !== undefined) return AttributeType.STRING;
  if (a.t !== undefined) return AttributeType.TENSOR;
  if (a.g !== undefined) return AttributeType.GRAPH;
  if (a.floats.length > 0) return AttributeType.FLOATS;
  if (a.ints.length > 0) return AttributeType.INTS;
  if (a.strings.length > 0) return AttributeType.STRINGS;
  return AttributeType.UNDEFINED;
}

/** Reads one attribute. @throws {ModelFormatError} when its value is missing */
export function readAttribute(a: AttributeProto, path: string): OnnxAttr {
  if (a.refAttrName) return { kind: "reference", value: a.refAttrName };
  const type = a.type || impliedType(a);
  const need = <T>(value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new ModelFormatError(`attribute ${a.name ?? ""} has no value`, { code: "onnx/attribute", path });
  };
  switch (type) {
    case AttributeType.FLOAT:
      return { kind: "float", value: a.f ?? 0 };
    case AttributeType.INT:
      return { kind: "int", value: a.i ?? 0n };
    case AttributeType.STRING:
      return { kind: "string", value: decodeUtf8(a.s ?? new Uint8Array(), path) };
    case AttributeType.TENSOR:
      return { kind: "tensor", value: need(a.t) };
    case AttributeType.GRAPH:
      return { kind: "graph", value: need(a.g) };
    case AttributeType.FLOATS:
      return { kind: "floats", value: Array.from(a.floats) };
    case AttributeType.INTS:
      return { kind: "ints", value: Array.from(a.ints) };
    case AttributeType.STRINGS:
      return { kind: "strings", value: a.strings.map((s) => decodeUtf8(s, path)) };
    default:
      return { kind: "other", value: type };
  }
}

/** Attributes of one node by name. @throws {ModelFormatError} for a repeated name */
export class Attributes {
  private readonly values: Map<string, OnnxAttr> = new Map();
  private readonly path: string;

  constructor(list: readonly AttributeProto[], path: string) {
    this.path = path;
    for (const a of list) {
      const name = a.name ?? "";
      if (this.values.has(name)) {
        throw new ModelFormatError(`attribute ${name} is given twice`, { code: "onnx/attribute", path });
      }
      this.values.set(name, readAttribute(a, `${path}.${name}`));
    }
  }

  get names(): readonly string[] {
    return [...this.values.keys()];
  }
  has(name: string): boolean {
    return this.values.has(name);
  }
  get(name: string): OnnxAttr | undefined {
    return this.values.get(name);
  }
  set(name: string, attr: OnnxAttr): void {
    this.values.set(name, attr);
  }
  /** Removes an attribute and returns it. */
  take(name: string): OnnxAttr | undefined {
    const found = this.values.get(name);
    this.values.delete(name);
    return found;
  }
  takeInt(name: string, fallback: number): number {
    const a = this.take(name);
    return a?.kind === "int" ? int64ToNumber(a.value, this.path) : fallback;
  }
  takeFloat(name: string, fallback: number): number {
    const a = this.take(name);
    if (a?.kind === "int") return Number(a.value);
    return a?.kind === "float" ? a.value : fallback;
  }
  takeInts(name: string): number[] | null {
    const a = this.take(name);
    if (a?.kind === "int") return [Number(a.value)];
    return a?.kind === "ints" ? a.value.map(Number) : null;
  }
  takeFloats(name: string): number[] | null {
    const a = this.take(name);
    return a?.kind === "floats" ? [...a.value] : null;
  }
  takeString(name: string, fallback: string): string {
    const a = this.take(name);
    return a?.kind === "string" ? a.value : fallback;
  }
  setInt(name: string, value: number): void {
    this.set(name, { kind: "int", value: BigInt(value) });
  }
  setString(name: string, value: string): void {
    this.set(name, { kind: "string", value });
  }
}

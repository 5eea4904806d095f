// Encodes ONNX protobuf by the field table of the schema, fields in the order of their numbers.
import { ArgumentError, IsoformError } from "@isoform/core";
import protobuf from "protobufjs/minimal.js";
import { MESSAGES, type FieldSpec, type MessageTypes, type ModelProto } from "./schema/onnx.gen.js";

type Writer = InstanceType<typeof protobuf.Writer>;

/** A message to be written: lists may be left out. */
export type Init<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Largest protobuf message that ONNX readers accept. */
const MAX_BYTES = 2 ** 31 - 1;
const MAX_DEPTH = 100;

/**
 * A message with all its lists present, those of `init` and empty ones. Values are not looked at.
 * Never throws for a message of the schema.
 * @example create("NodeProto", { opType: "Relu", input: ["x"], output: ["y"] })
 */
export function create<K extends keyof MessageTypes>(type: K, init: Init<MessageTypes[K]>): MessageTypes[K] {
  const lists = MESSAGES[type].filter((field) => field.repeated).map((field) => [field.name, []]);
  const message: object = { ...Object.fromEntries(lists), ...init };
  return message as MessageTypes[K];
}

/**
 * Encodes an ONNX model. Equal models give equal bytes; unknown fields are written after the known ones.
 * @throws {ArgumentError} when a value does not fit its field, messages nest over 100 deep, or the model
 * needs 2 GiB or more
 */
export function encodeModel(model: ModelProto): Uint8Array {
  return encodeMessage("ModelProto", model);
}

/**
 * Encodes any message of the schema.
 * @param type Name of the message, e.g. `TensorProto`.
 * @throws {ArgumentError} when a value does not fit its field, messages nest over 100 deep, or it needs 2 GiB
 * or more
 */
export function encodeMessage<K extends keyof MessageTypes>(
  type: K,
  message: Init<MessageTypes[K]>,
): Uint8Array {
  // Not Writer.create(): in Node that gives a Buffer, whose slices are views of a shared pool.
  const writer = new protobuf.Writer();
  try {
    writeMessage(writer, type, message as Readonly<Record<string, unknown>>, 0);
    return writer.finishInto(new Uint8Array(writer.pos));
  } catch (cause) {
    if (cause instanceof IsoformError) throw cause;
    throw new ArgumentError(`the ${type} cannot be encoded (${String(cause)})`, {
      code: "onnx/encode",
      op: "encodeMessage",
      hint: "keep weights of 2 GiB and more as external data",
      cause,
    });
  }
}

function isMessage(type: FieldSpec["type"]): type is keyof MessageTypes {
  return Object.hasOwn(MESSAGES, type);
}

function writeMessage(
  writer: Writer,
  type: keyof MessageTypes,
  message: Readonly<Record<string, unknown>>,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw bad(type, "graphs are nested too deeply, or contain themselves");
  for (const field of MESSAGES[type]) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    const path = `${type}.${field.name}`;
    if (!field.repeated) writeValue(writer, field, value, path, depth);
    else if (field.packed) writePacked(writer, field, value, path);
    else for (const item of listOf(value, path)) writeValue(writer, field, item, path, depth);
  }
  const { unknownFields } = message;
  if (unknownFields !== undefined)
    for (const bytes of listOf(unknownFields, `${type}.unknownFields`))
      writer.raw(bytesOf(bytes, `${type}.unknownFields`));
  if (writer.pos > MAX_BYTES) throw bad(type, "the model needs 2 GiB or more");
}

function writeValue(writer: Writer, field: FieldSpec, value: unknown, path: string, depth: number): void {
  const tag = field.id << 3;
  const { type } = field;
  if (isMessage(type)) {
    if (typeof value !== "object" || value === null) throw bad(path, "is not a message");
    writer.uint32(tag | 2).fork();
    writeMessage(writer, type, value as Readonly<Record<string, unknown>>, depth + 1);
    writer.ldelim();
    return;
  }
  switch (type) {
    case "string":
      if (typeof value !== "string") throw bad(path, "is not a string");
      writer.uint32(tag | 2).bytes(new TextEncoder().encode(value));
      return;
    case "bytes":
      writer.uint32(tag | 2).bytes(bytesOf(value, path));
      return;
    case "float":
      writer.uint32(tag | 5).float(numberOf(value, path));
      return;
    case "double":
      writer.uint32(tag | 1).double(numberOf(value, path));
      return;
    case "int32":
      writer.uint32(tag).int32(int32Of(value, path));
      return;
    case "int64":
      writer.uint32(tag).int64(longOf(value, path, -(2n ** 63n), 2n ** 63n - 1n));
      return;
    default:
      writer.uint32(tag).uint64(longOf(value, path, 0n, 2n ** 64n - 1n));
  }
}

function writePacked(writer: Writer, field: FieldSpec, value: unknown, path: string): void {
  const list = listOf(value, path);
  if (list.length === 0) return;
  writer.uint32((field.id << 3) | 2).fork();
  for (const item of list) {
    if (field.type === "float") writer.float(numberOf(item, path));
    else if (field.type === "double") writer.double(numberOf(item, path));
    else if (field.type === "int32") writer.int32(int32Of(item, path));
    else if (field.type === "int64") writer.int64(longOf(item, path, -(2n ** 63n), 2n ** 63n - 1n));
    else writer.uint64(longOf(item, path, 0n, 2n ** 64n - 1n));
  }
  writer.ldelim();
}

function bad(path: string, problem: string): ArgumentError {
  return new ArgumentError(problem, { code: "onnx/encode", op: "encodeMessage", path });
}

type List = Iterable<unknown> & ArrayLike<unknown>;

function listOf(value: unknown, path: string): List {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))
    return value as List;
  throw bad(path, "is not a list");
}

function bytesOf(value: unknown, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw bad(path, "is not a Uint8Array");
}

function numberOf(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  throw bad(path, "is not a number");
}

function int32Of(value: unknown, path: string): number {
  if (typeof value === "number" && value === (value | 0)) return value;
  throw bad(path, `${String(value)} is not a 32-bit integer`);
}

/** A bigint (or a safe whole number) as protobufjs takes it. */
function longOf(value: unknown, path: string, least: bigint, most: bigint): number | string {
  if (typeof value === "number" && Number.isSafeInteger(value) && BigInt(value) >= least) return value;
  if (typeof value !== "bigint" || value < least || value > most)
    throw bad(path, `${String(value)} is not a 64-bit integer`);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt.asIntN(64, value).toString();
}

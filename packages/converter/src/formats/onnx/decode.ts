// Decodes ONNX protobuf by the field table of the schema. Unknown fields are kept, nothing in a file names code.
import { IsoformError, LimitExceededError, ModelFormatError } from "@isoform/core";
import protobuf from "protobufjs/minimal.js";
import { decodeUtf8 } from "../bytes.js";
import { checkLimit, resolveLimits, type Limits } from "../limits.js";
import { MESSAGES, type FieldSpec, type MessageTypes, type ModelProto } from "./schema/onnx.gen.js";
import { alignedCopy, unpackInt32, unpackInt64, unpackUint64 } from "./varint.js";

/** Options of the decoders. */
export interface DecodeOptions {
  /** Name used in messages. */
  readonly name?: string;
  readonly limits?: Partial<Limits>;
}

type Reader = InstanceType<typeof protobuf.Reader>;

/** Messages per level of graphs: graph, node, attribute. */
const MESSAGES_PER_LEVEL = 3;
/** Messages, texts and single numbers that one graph node may bring along on average. */
const ITEMS_PER_NODE = 8;
const EMPTY: readonly never[] = Object.freeze([]);

function isMessage(type: FieldSpec["type"]): type is keyof MessageTypes {
  return Object.hasOwn(MESSAGES, type);
}

/**
 * Decodes an ONNX model. Bytes fields are views of `bytes`; 64-bit integers are bigints; lists of numbers may
 * be typed arrays. Fields that the schema does not know are kept in `unknownFields`.
 * @throws {ModelFormatError} when the bytes are no protobuf, or have no graph or no opset
 * @throws {LimitExceededError} when it is over `fileBytes`, or has more nodes, values or levels than the
 * limits allow
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function decodeModel(bytes: Uint8Array, options: DecodeOptions = {}): ModelProto {
  const name = options.name ?? "model.onnx";
  const model = decodeMessage("ModelProto", bytes, { ...options, name });
  const hint = "an ONNX file is a protobuf ModelProto with a graph and its opset_import";
  if (!model.graph)
    throw new ModelFormatError("the model has no graph", { code: "onnx/model", path: name, hint });
  if (model.opsetImport.length === 0)
    throw new ModelFormatError("the model does not say which opset it uses", {
      code: "onnx/model",
      path: name,
      hint,
    });
  return model;
}

/**
 * Decodes any message of the schema; see `decodeModel` for what becomes of the fields.
 * @param type Name of the message, e.g. `TensorProto`.
 * @param bytes The message in protobuf's wire format, all of it.
 * @throws {ModelFormatError} (`onnx/protobuf`) when the bytes are not such a message
 * @throws {LimitExceededError} when it is over `fileBytes`, or has more nodes, values or levels than the
 * limits allow
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 */
export function decodeMessage<K extends keyof MessageTypes>(
  type: K,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): MessageTypes[K] {
  const name = options.name ?? type;
  const limits = resolveLimits(options.limits);
  checkLimit(limits, "fileBytes", bytes.byteLength, name);
  const decoder = new Decoder(name, limits);
  try {
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return decoder.message(type, plain, 0) as MessageTypes[K];
  } catch (cause) {
    if (cause instanceof IsoformError) throw cause;
    throw new ModelFormatError(`not a protobuf ${type} (${String(cause)})`, {
      code: "onnx/protobuf",
      path: name,
      hint: "the file is damaged, cut off, or of another format",
      cause,
    });
  }
}

/** Values of one field while its message is read. */
interface Collected {
  readonly field: FieldSpec;
  /** Wire bytes of messages, texts and byte strings, or single numbers. */
  readonly items: unknown[];
  readonly packed: Uint8Array[];
}

class Decoder {
  readonly #name: string;
  readonly #limits: Limits;
  readonly #tables = new Map<string, ReadonlyMap<number, FieldSpec>>();
  #nodes = 0;
  #items = 0;

  constructor(name: string, limits: Limits) {
    this.#name = name;
    this.#limits = limits;
  }

  #count(): void {
    if (++this.#items > this.#limits.nodes * ITEMS_PER_NODE)
      throw new LimitExceededError(`more than ${this.#limits.nodes * ITEMS_PER_NODE} values and messages`, {
        code: "limit/nodes",
        path: this.#name,
        hint: "if you trust the file, raise limits.nodes",
      });
  }

  /** Fields of a message by number. */
  #fieldsOf(message: keyof MessageTypes): ReadonlyMap<number, FieldSpec> {
    let table = this.#tables.get(message);
    if (!table) {
      table = new Map(MESSAGES[message].map((field) => [field.id, field]));
      this.#tables.set(message, table);
    }
    return table;
  }

  message(type: keyof MessageTypes, bytes: Uint8Array, depth: number): object {
    checkLimit(this.#limits, "nesting", Math.floor(depth / MESSAGES_PER_LEVEL), this.#name);
    if (type === "NodeProto") checkLimit(this.#limits, "nodes", ++this.#nodes, this.#name);
    const reader = new protobuf.Reader(bytes);
    const table = this.#fieldsOf(type);
    const collected = new Map<number, Collected>();
    const unknown: Uint8Array[] = [];
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const tag = reader.tag();
      const field = table.get(tag >>> 3);
      if (!field || !this.#collect(reader, field, tag & 7, collected)) {
        reader.skipType(tag & 7, 0, tag >>> 3);
        unknown.push(bytes.subarray(start, reader.pos));
        this.#count();
      }
    }
    const message: Record<string, unknown> = {};
    for (const field of MESSAGES[type]) {
      const found = collected.get(field.id);
      if (found) message[field.name] = this.#finish(found, depth);
      else if (field.repeated) message[field.name] = EMPTY;
    }
    if (unknown.length > 0) message["unknownFields"] = unknown;
    return message;
  }

  /** Takes one value; false when its wire type is not that of the field, which makes it an unknown one. */
  #collect(reader: Reader, field: FieldSpec, wire: number, collected: Map<number, Collected>): boolean {
    const kind = wireOf(field);
    const packed = wire === 2 && kind !== 2 && field.repeated === true;
    if (wire !== kind && !packed) return false;
    let entry = collected.get(field.id);
    if (!entry) {
      if (field.oneof !== undefined)
        for (const [id, other] of collected) if (other.field.oneof === field.oneof) collected.delete(id);
      entry = { field, items: [], packed: [] };
      collected.set(field.id, entry);
    }
    if (packed) {
      entry.packed.push(reader.bytes());
      return true;
    }
    this.#count();
    const value = readScalar(reader, field);
    // Of a single value the last one counts; parts of a single message are merged.
    if (!field.repeated && !isMessage(field.type)) entry.items.length = 0;
    entry.items.push(value);
    return true;
  }

  #finish({ field, items, packed }: Collected, depth: number): unknown {
    const { type } = field;
    if (isMessage(type)) {
      const parts = items as Uint8Array[];
      if (field.repeated) return parts.map((part) => this.message(type, part, depth + 1));
      return this.message(
        type,
        parts.length === 1 ? (parts[0] ?? new Uint8Array()) : concat(parts),
        depth + 1,
      );
    }
    if (type === "string") {
      const texts = (items as Uint8Array[]).map((part) => this.#text(part));
      return field.repeated ? texts : texts[0];
    }
    if (!field.repeated) return items[0];
    if (type === "bytes") return items;
    const lists = packed.map((part) => unpack(type, part));
    if (items.length > 0 || lists.length !== 1) return joinNumbers(type, items, lists);
    return lists[0];
  }

  #text(bytes: Uint8Array): string {
    if (bytes.length > 64) return decodeUtf8(bytes, this.#name);
    for (const byte of bytes) if (byte > 127) return decodeUtf8(bytes, this.#name);
    return String.fromCharCode(...bytes);
  }
}

/** Wire type of an unpacked value: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
function wireOf(field: FieldSpec): number {
  switch (field.type) {
    case "int32":
    case "int64":
    case "uint64":
      return 0;
    case "double":
      return 1;
    case "float":
      return 5;
    default:
      return 2;
  }
}

function readScalar(reader: Reader, field: FieldSpec): unknown {
  switch (field.type) {
    case "int32":
      return reader.int32();
    case "int64":
      return toBigInt(reader.int64(), true);
    case "uint64":
      return toBigInt(reader.uint64(), false);
    case "float":
      return reader.float();
    case "double":
      return reader.double();
    default:
      return reader.bytes();
  }
}

/** protobufjs gives a pair of 32-bit halves. */
function toBigInt(long: { readonly low: number; readonly high: number }, signed: boolean): bigint {
  const value = (BigInt(long.high >>> 0) << 32n) | BigInt(long.low >>> 0);
  return signed ? BigInt.asIntN(64, value) : value;
}

type NumberType = "int32" | "int64" | "uint64" | "float" | "double";
type NumberList = Int32Array | BigInt64Array | BigUint64Array | Float32Array | Float64Array;

function unpack(type: NumberType, bytes: Uint8Array): NumberList {
  switch (type) {
    case "int32":
      return unpackInt32(bytes);
    case "int64":
      return unpackInt64(bytes);
    case "uint64":
      return unpackUint64(bytes);
    case "float":
      return new Float32Array(alignedCopy(bytes, 4));
    default:
      return new Float64Array(alignedCopy(bytes, 8));
  }
}

/** Single and packed values together; a file that mixes both has its packed values first. */
function joinNumbers(type: NumberType, items: readonly unknown[], lists: readonly NumberList[]): NumberList {
  const all: unknown[] = [];
  for (const list of lists) for (const value of list) all.push(value);
  for (const value of items) all.push(value);
  switch (type) {
    case "int32":
      return Int32Array.from(all as number[]);
    case "int64":
      return BigInt64Array.from(all as bigint[]);
    case "uint64":
      return BigUint64Array.from(all as bigint[]);
    case "float":
      return Float32Array.from(all as number[]);
    default:
      return Float64Array.from(all as number[]);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

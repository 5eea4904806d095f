// What a pickle can hold, as plain tagged data. Nothing here has a prototype, method or class from the file.
import { ModelFormatError } from "@isoform/core";
import type { StorageRef, TensorRef } from "./tensor-ref.js";

/** `None`. */
export interface PickleNone {
  readonly kind: "none";
}
/** `True` or `False`. */
export interface PickleBool {
  readonly kind: "bool";
  readonly value: boolean;
}
/** An integer of any size. */
export interface PickleInt {
  readonly kind: "int";
  readonly value: bigint;
}
/** A float. */
export interface PickleFloat {
  readonly kind: "float";
  readonly value: number;
}
/** A string. Python 2 strings are this when they are UTF-8, otherwise bytes. */
export interface PickleString {
  readonly kind: "str";
  readonly value: string;
}
/** `bytes` or `bytearray`. */
export interface PickleBytes {
  readonly kind: "bytes";
  readonly value: Uint8Array;
}
/** A list or deque. */
export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}
/** A tuple, `torch.Size` included. */
export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}
/** A set or frozenset. */
export interface PickleSet {
  readonly kind: "set";
  readonly items: PickleValue[];
}
/** A dict, OrderedDict, defaultdict or Counter in insertion order; string and int keys are unique. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: (readonly [PickleValue, PickleValue])[];
  /** Attributes set on the dict object itself, such as `_metadata` of a state dict. */
  attributes?: PickleValue;
}
/** The name of an allowed class, function or constant, e.g. `torch.float32`. It is only a name. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly name: string;
}
/** An instance of an allowed class, as data: constructor arguments and state, never constructed. */
export interface PickleObject {
  readonly kind: "object";
  /** Qualified class name, e.g. `torch.nn.modules.conv.Conv2d`. */
  readonly type: string;
  readonly args: readonly PickleValue[];
  readonly kwargs?: PickleValue;
  /** What `__setstate__` would get: usually a dict of attributes. */
  state?: PickleValue;
  /** List items, for subclasses of list. */
  readonly items: PickleValue[];
  /** Dict items, for subclasses of dict. */
  readonly entries: (readonly [PickleValue, PickleValue])[];
}
/** A tensor; its values lie in a storage outside the pickle. */
export interface PickleTensor {
  readonly kind: "tensor";
  readonly tensor: TensorRef;
  /** Python attributes of the tensor object. */
  attributes?: PickleValue;
}
/** A storage outside the pickle. */
export interface PickleStorage {
  readonly kind: "storage";
  readonly storage: StorageRef;
}

/** Any pickled value. Values may be shared and may contain themselves. */
export type PickleValue =
  | PickleNone
  | PickleBool
  | PickleInt
  | PickleFloat
  | PickleString
  | PickleBytes
  | PickleList
  | PickleTuple
  | PickleSet
  | PickleDict
  | PickleGlobal
  | PickleObject
  | PickleTensor
  | PickleStorage;

/** The error for a value of an unexpected kind. Makes it; never throws. */
export function unexpected(what: string, value: PickleValue | undefined, path: string): ModelFormatError {
  const got = value === undefined ? "nothing" : value.kind === "object" ? value.type : value.kind;
  return new ModelFormatError(`${what} is expected, but ${got} was found`, {
    code: "format/pickle-value",
    path,
  });
}

/** The string in `value`. @throws {ModelFormatError} when it is none */
export function stringOf(value: PickleValue | undefined, path: string): string {
  if (value?.kind === "str") return value.value;
  throw unexpected("a string", value, path);
}

/**
 * The integer (or bool) in `value` as a number.
 * @throws {ModelFormatError} when it is none or beyond ±(2^53 - 1)
 */
export function intOf(value: PickleValue | undefined, path: string): number {
  if (value?.kind === "bool") return value.value ? 1 : 0;
  if (value?.kind !== "int") throw unexpected("an integer", value, path);
  const number = Number(value.value);
  if (Number.isSafeInteger(number)) return number;
  throw new ModelFormatError(`the integer ${value.value} is out of range`, {
    code: "format/pickle-value",
    path,
  });
}

/**
 * The number in `value`, from a float, int or bool.
 * @throws {ModelFormatError} when it is none, or an int beyond ±(2^53 - 1)
 */
export function numberOf(value: PickleValue | undefined, path: string): number {
  return value?.kind === "float" ? value.value : intOf(value, path);
}

/** The bool in `value`. @throws {ModelFormatError} when it is none */
export function boolOf(value: PickleValue | undefined, path: string): boolean {
  if (value?.kind === "bool") return value.value;
  throw unexpected("a bool", value, path);
}

/** The items of a tuple or list. @throws {ModelFormatError} when `value` is neither */
export function itemsOf(value: PickleValue | undefined, path: string): readonly PickleValue[] {
  if (value?.kind === "tuple" || value?.kind === "list") return value.items;
  throw unexpected("a tuple or list", value, path);
}

/**
 * The integers of a tuple or list.
 * @throws {ModelFormatError} when `value` is neither or an item is no integer
 */
export function intsOf(value: PickleValue | undefined, path: string): number[] {
  return itemsOf(value, path).map((item) => intOf(item, path));
}

/**
 * The entries of a dict, or of an object's state when that is a dict; undefined for anything else, such as an
 * object that is its own state. Never throws.
 */
export function entriesOf(value: PickleValue | undefined): PickleDict["entries"] | undefined {
  let behind = value;
  let at = value;
  // Every second step the value behind follows; it is met again only when states go in a circle.
  for (let step = 1; at?.kind === "object" && at.state; step++) {
    at = at.state;
    if (at === behind) return undefined;
    if (step % 2 === 0 && behind?.kind === "object") behind = behind.state;
  }
  return at?.kind === "dict" || at?.kind === "object" ? at.entries : undefined;
}

/**
 * The value under a string key of a dict or of an object's state; undefined when there is none. Never throws.
 */
export function fieldOf(value: PickleValue | undefined, key: string): PickleValue | undefined {
  return entriesOf(value)?.find(([name]) => name.kind === "str" && name.value === key)?.[1];
}

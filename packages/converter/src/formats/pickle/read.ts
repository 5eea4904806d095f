// Reading a pickle of untrusted origin as data.
import { ModelFormatError, UnsafeModelError } from "@isoform/core";
import { ByteReader } from "../bytes.js";
import { checkLimit, resolveLimits, type Limits } from "../limits.js";
import { checkPickle } from "./check.js";
import {
  CLASS_RULE,
  joinTables,
  NUMPY_GLOBALS,
  STANDARD_GLOBALS,
  type GlobalRule,
  type GlobalTable,
} from "./globals.js";
import { PickleMachine } from "./machine.js";
import type { PickleValue } from "./value.js";

/**
 * Which classes outside the closed tables become data: none, all that are not dangerous, or those it says yes
 * to.
 */
export type UnknownClasses = "refuse" | "data" | ((qualifiedName: string) => boolean);

/** Options of `readPickle`. */
export interface PickleOptions {
  readonly limits?: Partial<Limits>;
  /** Rules beside Python's own data types and NumPy arrays. */
  readonly globals?: GlobalTable;
  /** Default `refuse`. Objects of such classes are only ever data; nothing runs. */
  readonly unknownClasses?: UnknownClasses;
  /**
   * Values of persistent ids; what it throws is passed on. Default: a pickle with persistent ids is an error.
   */
  readonly persistent?: (id: PickleValue, place: string) => PickleValue;
}

/** A pickle that was read. */
export interface PickleResult {
  readonly value: PickleValue;
  /** Bytes up to and including STOP. */
  readonly byteLength: number;
  /** Names outside the closed tables that became data, in order of first use. */
  readonly unknown: readonly string[];
}

/** Modules whose names are never data: a model that mentions them wants to run something. */
const NEVER = new Set([
  "builtins",
  "ctypes",
  "importlib",
  "marshal",
  "multiprocessing",
  "nt",
  "operator",
  "os",
  "pickle",
  "posix",
  "pty",
  "runpy",
  "shutil",
  "socket",
  "subprocess",
  "sys",
  "webbrowser",
]);

/**
 * Reads the pickle (protocol 0 to 5) at the start of `bytes`; bytes behind its STOP are ignored.
 * @param name File name for messages.
 * @param base Offset of `bytes` in that file in bytes, for messages.
 * @throws {UnsafeModelError} when it uses a global that is not allowed; the error names all of them
 * @throws {ModelFormatError} when it is malformed or cut off, has a dict key twice or refers to data outside
 * itself
 * @throws {LimitExceededError} when it has more bytes than `headerBytes`, more values than `nodes` or nests
 * deeper than 8 × `nesting`
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see Python's pickle and pickletools
 */
export function readPickle(
  bytes: Uint8Array,
  name: string,
  options: PickleOptions = {},
  base = 0,
): PickleResult {
  const limits = resolveLimits(options.limits);
  const table = options.globals
    ? joinTables(options.globals, STANDARD_GLOBALS, NUMPY_GLOBALS)
    : joinTables(STANDARD_GLOBALS, NUMPY_GLOBALS);
  const unknown = new Set<string>();
  const rule = (global: string, place: string): GlobalRule => {
    const known = table(global);
    if (known) return known;
    if (!allowed(global, options.unknownClasses ?? "refuse"))
      throw refusal(
        global,
        place,
        listPickleGlobals(bytes, name, limits, base).filter((other) => !table(other)),
      );
    unknown.add(global);
    return CLASS_RULE;
  };
  const reader = new ByteReader(bytes, name, base);
  const value = new PickleMachine(reader, {
    limits,
    rule,
    persistent: options.persistent ?? noPersistent,
  }).run();
  checkLimit(limits, "headerBytes", reader.offset, name);
  checkPickle(value, limits, name);
  return { value, byteLength: reader.offset, unknown: [...unknown] };
}

/**
 * Every global that the pickle mentions, allowed or not, once each in order, without building anything. Stops
 * quietly where the pickle is malformed or over a limit. Never throws.
 * @param bytes The pickle; bytes behind its STOP are ignored.
 * @param base Offset of `bytes` in the file in bytes.
 */
export function listPickleGlobals(
  bytes: Uint8Array,
  name: string,
  limits?: Partial<Limits>,
  base = 0,
): string[] {
  const names = new Set<string>();
  const rule = (global: string): GlobalRule => {
    names.add(global);
    return CLASS_RULE;
  };
  const reader = new ByteReader(bytes, name, base);
  try {
    new PickleMachine(reader, { limits: resolveLimits(limits), rule, persistent: identity }).run();
  } catch {
    return [...names];
  }
  return [...names];
}

function identity(id: PickleValue): PickleValue {
  return id;
}

function allowed(name: string, unknown: UnknownClasses): boolean {
  if (unknown === "refuse" || NEVER.has(name.split(".", 1)[0] ?? "")) return false;
  return unknown === "data" || unknown(name);
}

function refusal(name: string, place: string, all: readonly string[]): UnsafeModelError {
  const others = all.filter((other) => other !== name);
  const more = others.length > 0 ? ` (as well as ${others.slice(0, 20).join(", ")})` : "";
  return new UnsafeModelError(`the pickle names ${name}${more}, which is not on the list of data types`, {
    code: "unsafe/global",
    path: place,
    attrs: { globals: [name, ...others] },
    hint: NEVER.has(name.split(".", 1)[0] ?? "")
      ? "a model file has no reason to name this; do not use the file"
      : 'if it is a class of the model, read it as data with unknownClasses: "data" (nothing is run)',
  });
}

function noPersistent(_: PickleValue, place: string): PickleValue {
  throw new ModelFormatError("the pickle refers to data outside itself", {
    code: "format/pickle",
    path: place,
    hint: "is this part of a PyTorch file? read the whole file instead",
  });
}

// Which names a pickle may mention, and what data they become. Nothing is ever looked up, imported or called.
import { ModelFormatError } from "@isoform/core";
import {
  type PickleDict,
  type PickleGlobal,
  type PickleValue,
  itemsOf,
  stringOf,
  unexpected,
} from "./value.js";

/** What a rule may ask of the machine while it builds data. */
export interface RuleContext {
  /** Place in the file, for messages. */
  readonly place: string;
  /** The data for an instance of a named class. @throws {UnsafeModelError} when the class is not allowed */
  instantiate(type: PickleGlobal, args: readonly PickleValue[]): PickleValue;
}

/**
 * How a global may be used. `name`: mentioned only. `class`: instances become PickleObject.
 * `call`: a pure function of this package builds data from the arguments.
 */
export type GlobalRule =
  | { readonly use: "name" }
  | { readonly use: "class" }
  | {
      readonly use: "call";
      readonly call: (args: readonly PickleValue[], context: RuleContext) => PickleValue;
    };

/** A closed table: the rule of a qualified name such as `collections.OrderedDict`, or undefined. */
export type GlobalTable = (name: string) => GlobalRule | undefined;

/** The rule for names that are only mentioned. */
export const NAME_RULE: GlobalRule = Object.freeze({ use: "name" });
/** The rule for classes whose instances become data. */
export const CLASS_RULE: GlobalRule = Object.freeze({ use: "class" });

/** A table that asks `tables` in turn; the first rule counts. Never throws. */
export function joinTables(...tables: readonly GlobalTable[]): GlobalTable {
  return (name) => {
    for (const table of tables) {
      const rule = table(name);
      if (rule) return rule;
    }
    return undefined;
  };
}

/** A table from entries: qualified name to rule. Never throws. */
export function tableOf(rules: ReadonlyMap<string, GlobalRule>): GlobalTable {
  return (name) => rules.get(name);
}

/** The qualified name `module.name`, Python 2 and NumPy 1 names as today's. Never throws. */
export function modernName(module: string, name: string): string {
  if (module === "__builtin__") return `builtins.${name}`;
  if (module === "copy_reg") return `copyreg.${name}`;
  if (module.startsWith("numpy.core.")) return `numpy._core.${module.slice(11)}.${name}`;
  return `${module}.${name}`;
}

function dict(pairs: PickleValue | undefined, place: string): PickleDict {
  const entries: (readonly [PickleValue, PickleValue])[] = [];
  if (pairs?.kind === "dict") {
    for (const entry of pairs.entries) entries.push(entry);
  } else if (pairs) {
    for (const pair of itemsOf(pairs, place)) {
      const [key, value, ...rest] = itemsOf(pair, place);
      if (!key || !value || rest.length > 0) throw unexpected("a pair", pair, place);
      entries.push([key, value]);
    }
  }
  return { kind: "dict", entries };
}

function sequence(args: readonly PickleValue[], place: string): readonly PickleValue[] {
  const first = args[0];
  if (first?.kind === "set") return first.items;
  return first ? itemsOf(first, place) : [];
}

function encode(args: readonly PickleValue[], place: string): PickleValue {
  const text = stringOf(args[0], place);
  const codec = args[1] ? stringOf(args[1], place).toLowerCase().replaceAll(/[-_]/g, "") : "utf8";
  if (codec === "utf8") return { kind: "bytes", value: new TextEncoder().encode(text) };
  if (codec !== "latin1")
    throw new ModelFormatError(`the codec ${codec} is not read`, { code: "format/pickle", path: place });
  const value = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new ModelFormatError("text is not Latin-1", { code: "format/pickle", path: place });
    value[i] = code;
  }
  return { kind: "bytes", value };
}

function bytesOf(args: readonly PickleValue[], place: string): PickleValue {
  const first = args[0];
  if (!first) return { kind: "bytes", value: new Uint8Array() };
  if (first.kind === "bytes") return first;
  if (first.kind === "str") return encode(args, place);
  throw unexpected("bytes", first, place);
}

/** An instance whose class is an argument: `copyreg.__newobj__`, `copyreg._reconstructor`. */
function instance(
  args: readonly PickleValue[],
  rest: readonly PickleValue[],
  context: RuleContext,
): PickleValue {
  const type = args[0];
  if (type?.kind !== "global") throw unexpected("a class", type, context.place);
  return context.instantiate(type, rest);
}

const call = (build: (args: readonly PickleValue[], context: RuleContext) => PickleValue): GlobalRule => ({
  use: "call",
  call: build,
});

/**
 * The rules of Python's own data types and of the helpers that pickles use to build them; undefined for other
 * names. The table never throws; a rule's `call` does.
 * @throws {ModelFormatError} from a rule's `call` when the arguments are not those of the Python type
 * @throws {UnsafeModelError} from a rule's `call` when it would make an instance of a class that is not
 * allowed
 */
export const STANDARD_GLOBALS: GlobalTable = /* @__PURE__ */ tableOf(
  new Map<string, GlobalRule>([
    ["collections.OrderedDict", call((args, { place }) => dict(args[0], place))],
    ["collections.Counter", call((args, { place }) => dict(args[0], place))],
    ["collections.defaultdict", call((args, { place }) => dict(args[1], place))],
    ["builtins.dict", call((args, { place }) => dict(args[0], place))],
    ["collections.deque", call((args, { place }) => ({ kind: "list", items: [...sequence(args, place)] }))],
    ["builtins.list", call((args, { place }) => ({ kind: "list", items: [...sequence(args, place)] }))],
    ["builtins.tuple", call((args, { place }) => ({ kind: "tuple", items: sequence(args, place) }))],
    ["builtins.set", call((args, { place }) => ({ kind: "set", items: [...sequence(args, place)] }))],
    ["builtins.frozenset", call((args, { place }) => ({ kind: "set", items: [...sequence(args, place)] }))],
    ["builtins.bytearray", call((args, { place }) => bytesOf(args, place))],
    ["builtins.bytes", call((args, { place }) => bytesOf(args, place))],
    ["_codecs.encode", call((args, { place }) => encode(args, place))],
    ["copyreg.__newobj__", call((args, context) => instance(args, args.slice(1), context))],
    [
      "copyreg._reconstructor",
      call((args, context) => instance(args, args[2] && args[2].kind !== "none" ? [args[2]] : [], context)),
    ],
    ...["complex", "slice", "range"].map((name) => [`builtins.${name}`, CLASS_RULE] as const),
    ...["int", "float", "str", "bool", "object", "type"].map(
      (name) => [`builtins.${name}`, NAME_RULE] as const,
    ),
    ["argparse.Namespace", CLASS_RULE],
    ["types.SimpleNamespace", CLASS_RULE],
    ["pathlib.PosixPath", CLASS_RULE],
    ["pathlib.WindowsPath", CLASS_RULE],
    ["pathlib.PurePosixPath", CLASS_RULE],
    ["datetime.datetime", CLASS_RULE],
    ["datetime.date", CLASS_RULE],
    ["datetime.timedelta", CLASS_RULE],
  ]),
);

const NUMPY_SCALAR = /^numpy\.(bool_?|u?int(8|16|32|64)|float(16|32|64)|complex(64|128)|str_|bytes_)$/;

/**
 * The rules of NumPy arrays, scalars and dtypes, undefined for other names; see `numpyArrayOf` for their
 * values. The table never throws; a rule's `call` does.
 * @throws {ModelFormatError} from the `call` of `_reconstruct` when its first argument is no class
 * @throws {UnsafeModelError} from the same when the class is not allowed
 */
export const NUMPY_GLOBALS: GlobalTable = (name) => {
  switch (name) {
    case "numpy._core.multiarray._reconstruct":
      return call((args, context) => instance(args, args.slice(1), context));
    case "numpy._core.multiarray.scalar":
      return call((args) => ({ kind: "object", type: "numpy.scalar", args, items: [], entries: [] }));
    case "numpy._core.numeric._frombuffer":
      return call((args) => ({ kind: "object", type: "numpy.frombuffer", args, items: [], entries: [] }));
    case "numpy.ndarray":
    case "numpy.dtype":
      return CLASS_RULE;
    default:
      if (NUMPY_SCALAR.test(name)) return NAME_RULE;
      return /^numpy\.dtypes\.[A-Za-z0-9]+DType$/.test(name) ? CLASS_RULE : undefined;
  }
};

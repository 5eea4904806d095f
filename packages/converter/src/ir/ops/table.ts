// The one table of IR ops: inputs, outputs and attributes of each, as values and as types.
// Everything keyed by op (importers, exporters, the executor) is a table over `IrOp`.
import type { RawDType, RawTensor } from "../../formats/raw-tensor.js";
import type { IrGraph } from "../types.js";
import { ACTIVATION_OPS } from "./activation.js";
import { ATTENTION_OPS } from "./attention.js";
import { CONTROL_OPS } from "./control.js";
import { CONV_OPS } from "./conv.js";
import { ELEMENTWISE_OPS } from "./elementwise.js";
import { IMAGE_OPS } from "./image.js";
import { INDEXING_OPS } from "./indexing.js";
import { LINEAR_OPS } from "./linear.js";
import { LOSS_OPS } from "./loss.js";
import { NORM_OPS } from "./norm.js";
import { POOL_OPS } from "./pool.js";
import { QUANTIZE_OPS } from "./quantize.js";
import { RANDOM_OPS } from "./random.js";
import { RECURRENT_OPS } from "./recurrent.js";
import { REDUCE_OPS } from "./reduce.js";
import { SEQUENCE_OPS } from "./sequence.js";
import { SHAPE_OPS } from "./shape.js";
import { SIGNAL_OPS } from "./signal.js";
import { TEXT_OPS } from "./text.js";

type Tables = typeof ACTIVATION_OPS &
  typeof ATTENTION_OPS &
  typeof CONTROL_OPS &
  typeof CONV_OPS &
  typeof ELEMENTWISE_OPS &
  typeof IMAGE_OPS &
  typeof INDEXING_OPS &
  typeof LINEAR_OPS &
  typeof LOSS_OPS &
  typeof NORM_OPS &
  typeof POOL_OPS &
  typeof QUANTIZE_OPS &
  typeof RANDOM_OPS &
  typeof RECURRENT_OPS &
  typeof REDUCE_OPS &
  typeof SEQUENCE_OPS &
  typeof SHAPE_OPS &
  typeof SIGNAL_OPS &
  typeof TEXT_OPS;

/** Name of an IR op. */
export type IrOp = keyof Tables;

/** What a table entry says: input and output names (`?` optional, `*` variadic) and attributes. */
export interface IrOpEntry {
  readonly in: string;
  readonly out: string;
  /** `[kind]` required, `[kind, default]`, or `[kind?]` optional without default. */
  readonly attrs: Readonly<Record<string, readonly [string, ...unknown[]]>>;
}

/** Value types by attribute kind. */
export interface AttrKinds {
  int: number;
  ints: readonly number[];
  float: number;
  floats: readonly number[];
  string: string;
  strings: readonly string[];
  dtype: RawDType;
  tensor: RawTensor;
  graph: IrGraph;
}
/** Kind of an attribute. */
export type AttrKind = keyof AttrKinds;
/** Any attribute value. */
export type AttrValue = AttrKinds[AttrKind];

type Specs<K extends IrOp> = Tables[K]["attrs"];
type Optional<S> = { [A in keyof S]: S[A] extends readonly [`${string}?`] ? A : never }[keyof S];
type Defaulted<S> = { [A in keyof S]: S[A] extends readonly [string, unknown] ? A : never }[keyof S];
type ValueOf<P> = P extends readonly [infer N, ...unknown[]]
  ? N extends `${infer B}?`
    ? B extends AttrKind
      ? AttrKinds[B]
      : never
    : N extends AttrKind
      ? AttrKinds[N]
      : never
  : never;

type Attrs<S> = { readonly [A in Exclude<keyof S, Optional<S>>]: ValueOf<S[A]> } & {
  readonly [A in Optional<S>]?: ValueOf<S[A]> | undefined;
};
type Given<S> = { readonly [A in Exclude<keyof S, Optional<S> | Defaulted<S>>]: ValueOf<S[A]> } & {
  readonly [A in Optional<S> | Defaulted<S>]?: ValueOf<S[A]> | undefined;
};

/** Attributes of a node: defaults are filled in, optional ones may be missing. */
export type IrAttrs<K extends IrOp> = { [P in K]: Attrs<Specs<P>> }[K];
/** Attributes as given to a builder: those with defaults may be left out. */
export type IrAttrsGiven<K extends IrOp> = { [P in K]: Given<Specs<P>> }[K];

/** All IR ops. */
export const IR_OPS: Readonly<Record<IrOp, IrOpEntry>> = {
  ...ACTIVATION_OPS,
  ...ATTENTION_OPS,
  ...CONTROL_OPS,
  ...CONV_OPS,
  ...ELEMENTWISE_OPS,
  ...IMAGE_OPS,
  ...INDEXING_OPS,
  ...LINEAR_OPS,
  ...LOSS_OPS,
  ...NORM_OPS,
  ...POOL_OPS,
  ...QUANTIZE_OPS,
  ...RANDOM_OPS,
  ...RECURRENT_OPS,
  ...REDUCE_OPS,
  ...SEQUENCE_OPS,
  ...SHAPE_OPS,
  ...SIGNAL_OPS,
  ...TEXT_OPS,
};

/** True when `name` is an IR op. */
export function isIrOp(name: string): name is IrOp {
  return Object.hasOwn(IR_OPS, name);
}

/** One declared input or output. */
export interface Slot {
  readonly name: string;
  readonly optional: boolean;
  readonly variadic: boolean;
}

/** Reads `X W B?` or `inputs*`. */
export function parseSlots(text: string): Slot[] {
  if (text === "") return [];
  return text.split(" ").map((word) => ({
    name: word.replace(/[?*]$/, ""),
    optional: word.endsWith("?"),
    variadic: word.endsWith("*"),
  }));
}

/** Kind and default of an attribute. */
export interface AttrSpec {
  readonly kind: AttrKind;
  readonly required: boolean;
  readonly fallback: AttrValue | undefined;
}

const KINDS: Readonly<Record<AttrKind, true>> = {
  int: true,
  ints: true,
  float: true,
  floats: true,
  string: true,
  strings: true,
  dtype: true,
  tensor: true,
  graph: true,
};

function isKind(text: string): text is AttrKind {
  return Object.hasOwn(KINDS, text);
}

/** The declared attributes of an op. */
export function attrSpecs(op: IrOp): ReadonlyMap<string, AttrSpec> {
  const out = new Map<string, AttrSpec>();
  for (const [name, [word, ...rest]] of Object.entries(IR_OPS[op].attrs)) {
    const kind = word.replace("?", "");
    if (!isKind(kind)) continue;
    const fallback = rest[0];
    const value = isPlain(fallback) ? fallback : undefined;
    out.set(name, { kind, required: !word.endsWith("?") && rest.length === 0, fallback: value });
  }
  return out;
}

function isPlain(value: unknown): value is number | string | readonly number[] {
  return (
    typeof value === "number" ||
    typeof value === "string" ||
    (Array.isArray(value) && value.every((v) => typeof v === "number"))
  );
}

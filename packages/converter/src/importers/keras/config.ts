// Typed access to the inert config of one Keras layer. Errors name the layer and the key; keys that nobody read are
// found in the end.
import { closest, ModelFormatError, UnsupportedOpError } from "@isoform/core";
import {
  isPlainObject,
  type LayerEntry,
  type PlainJson,
  type PlainObject,
} from "../../formats/keras/index.js";

/** Keys that say nothing about what a layer computes at inference. */
const HARMLESS: ReadonlySet<string> = new Set([
  "name",
  "trainable",
  "dtype",
  "build_config",
  "batch_input_shape",
  "batch_shape",
  "input_dtype",
  "input_dim",
  "input_length",
  "input_shape",
  "seed",
  "seed_generator",
  "implementation",
  "unroll",
  "consume_less",
  "lora_rank",
  "lora_alpha",
  "quantization_config",
  "autocast",
  "experimental_autocast",
  "noise_shape",
  "synchronized",
  "virtual_batch_size",
  "fused",
  "renorm_clipping",
  "renorm_momentum",
  "weights",
  "use_cudnn",
  "flash_attention",
  "input_spec",
  "sparse",
  "ragged",
]);
const HARMLESS_END = /_(initializer|regularizer|constraint)$/;

/** The config of a layer. Missing and null keys take the fallback. */
export class LayerConfig {
  readonly className: string;
  readonly name: string;
  readonly path: string;
  readonly raw: PlainObject;
  private readonly read: Set<string> = new Set();

  constructor(entry: Pick<LayerEntry, "className" | "name" | "path"> & { readonly config: PlainObject }) {
    this.className = entry.className;
    this.name = entry.name;
    this.path = entry.path;
    this.raw = entry.config;
  }

  get(key: string): PlainJson | undefined {
    this.read.add(key);
    const v = this.raw[key];
    return v === null ? undefined : v;
  }
  has(key: string): boolean {
    return this.get(key) !== undefined;
  }
  /** Marks keys as known. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.read.add(key);
  }

  /** An error about one key. */
  wrong(key: string, wanted: string): ModelFormatError {
    const v = this.raw[key];
    const shown = v === undefined ? "missing" : JSON.stringify(v).slice(0, 80);
    return new ModelFormatError(`${key} is ${shown}, not ${wanted}`, {
      code: "keras/config",
      op: `${this.className} ${JSON.stringify(this.name)}`,
      path: `${this.path}.config.${key}`,
    });
  }
  private given<T>(key: string, fallback: T | undefined, wanted: string): T {
    if (fallback !== undefined) return fallback;
    throw this.wrong(key, wanted);
  }

  number(key: string, fallback?: number): number {
    const v = this.get(key);
    if (v === undefined) return this.given(key, fallback, "a number");
    if (typeof v === "number") return v;
    throw this.wrong(key, "a number");
  }
  /** A whole number of at least `least`. */
  int(key: string, fallback?: number, least: number = Number.MIN_SAFE_INTEGER): number {
    const v = this.number(key, fallback);
    if (Number.isSafeInteger(v) && v >= least) return v;
    throw this.wrong(key, least < 0 ? "a whole number" : `a whole number of at least ${least}`);
  }
  flag(key: string, fallback?: boolean): boolean {
    const v = this.get(key);
    if (v === undefined) return this.given(key, fallback, "true or false");
    if (typeof v === "boolean") return v;
    if (v === 0 || v === 1) return v === 1;
    throw this.wrong(key, "true or false");
  }
  text(key: string, fallback?: string): string {
    const v = this.get(key);
    if (v === undefined) return this.given(key, fallback, "text");
    if (typeof v === "string") return v;
    throw this.wrong(key, "text");
  }
  /** One of a few words. */
  choice<T extends string>(key: string, options: readonly T[], fallback?: T): T {
    const v = this.text(key, fallback);
    const found = options.find((o) => o === v);
    if (found !== undefined) return found;
    throw this.wrong(key, `one of ${options.join(", ")}`);
  }
  /** A number or a list of whole numbers, of any length. */
  ints(key: string, fallback?: readonly number[]): readonly number[] {
    const list = this.numbers(key, fallback);
    if (list.every((n) => Number.isSafeInteger(n))) return list;
    throw this.wrong(key, "a list of whole numbers");
  }
  /** A number or a list of numbers; nested lists are flattened. */
  numbers(key: string, fallback?: readonly number[]): readonly number[] {
    const v = this.get(key);
    if (v === undefined) return this.given(key, fallback, "a list of numbers");
    if (typeof v === "number") return [v];
    const list = isList(v) ? v.flat(8) : [null];
    if (list.some((n) => typeof n !== "number")) throw this.wrong(key, "a list of numbers");
    return list.map(Number);
  }
  /** One whole number per axis, of at least `least`; a single number stands for all axes. */
  perAxis(key: string, axes: number, fallback?: readonly number[], least = 1): readonly number[] {
    const v = this.get(key);
    if (v === undefined) return this.given(key, fallback, `${axes} whole numbers`);
    const list = typeof v === "number" ? Array.from({ length: axes }, () => v) : isList(v) ? v : [];
    const good = list.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= least);
    if (list.length === axes && good) return list.map(Number);
    throw this.wrong(key, `${axes} whole numbers of at least ${least}`);
  }
  /** A list of sizes; null = not fixed. */
  dims(key: string): readonly (number | null)[] | undefined {
    const v = this.get(key);
    if (v === undefined) return undefined;
    if (!isList(v)) throw this.wrong(key, "a list of sizes");
    return v.map((n) => {
      if (n === null) return null;
      if (typeof n === "number" && Number.isSafeInteger(n) && n >= -1) return n === -1 ? null : n;
      throw this.wrong(key, "a list of sizes");
    });
  }
  /** Pairs of whole numbers per spatial axis: `n`, `[a, b]` (both sides alike) or `[[a, b], …]`. */
  pairs(key: string, count: number): readonly (readonly [number, number])[] {
    const v = this.get(key);
    const size = (n: PlainJson | undefined): number => {
      if (typeof n === "number" && Number.isSafeInteger(n) && n >= 0) return n;
      throw this.wrong(key, `${count} pairs of whole numbers`);
    };
    if (typeof v === "number") return Array.from({ length: count }, () => [size(v), size(v)] as const);
    if (!isList(v)) throw this.wrong(key, `${count} pairs of whole numbers`);
    if (count === 1 && v.length === 2 && !v.some(isList)) return [[size(v[0]), size(v[1])]];
    if (v.length !== count) throw this.wrong(key, `${count} pairs of whole numbers`);
    return v.map((item) => {
      if (isList(item) && item.length === 2) return [size(item[0]), size(item[1])] as const;
      return [size(item as number), size(item as number)] as const;
    });
  }
  /** True for the default, channels last. Keras 1 calls the key `dim_ordering`. */
  get channelsLast(): boolean {
    return (
      this.choice("data_format", ["channels_last", "channels_first"], "channels_last") === "channels_last"
    );
  }

  /** An error that names the layer. */
  unsupported(problem: string, hint?: string): UnsupportedOpError {
    return new UnsupportedOpError(problem, {
      code: "keras/unsupported",
      op: `${this.className} ${JSON.stringify(this.name)}`,
      path: this.path,
      hint,
    });
  }

  /**
   * Checks that every key was understood. Returns unknown keys that are empty and so have no effect.
   * @throws {ModelFormatError} for an unknown key that says something
   */
  finish(): readonly string[] {
    const unknown = Object.keys(this.raw).filter(
      (key) => !this.read.has(key) && !HARMLESS.has(key) && !HARMLESS_END.test(key),
    );
    const says = (v: PlainJson | undefined): boolean =>
      v !== null && v !== undefined && v !== false && !(isList(v) && v.length === 0);
    const bad = unknown.find((key) => says(this.raw[key]));
    if (bad === undefined) return unknown;
    const near = closest(bad, this.read);
    throw new ModelFormatError(`${this.className} has no option ${JSON.stringify(bad)}`, {
      code: "keras/unknown-option",
      op: `${this.className} ${JSON.stringify(this.name)}`,
      path: `${this.path}.config.${bad}`,
      hint: near === undefined ? "the file may be of a newer Keras" : `did you mean ${JSON.stringify(near)}?`,
    });
  }
}

function isList(v: PlainJson | undefined): v is readonly PlainJson[] {
  return Array.isArray(v);
}

/** The name of a serialised function, class or plain text: `relu` of `{class_name: "function", config: "relu"}`. */
export function serialisedName(v: PlainJson | undefined): string | null {
  if (typeof v === "string") return v.slice(v.lastIndexOf(">") + 1);
  if (!isPlainObject(v)) return null;
  const { class_name: className, config } = v;
  if (className === "function" && typeof config === "string") return config;
  return typeof className === "string" ? className : null;
}

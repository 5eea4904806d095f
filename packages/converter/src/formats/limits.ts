// Upper bounds on what a model file may declare, checked before anything is allocated.
import { ArgumentError, LimitExceededError, checkOptions } from "@isoform/core";

/** Upper bounds for reading untrusted files. All are counts or bytes; raise one only for files you trust. */
export interface Limits {
  /** Bytes of one file, and of all unpacked entries of one archive together. */
  readonly fileBytes: number;
  /** Bytes of one tensor once unpacked and made contiguous. */
  readonly tensorBytes: number;
  /**
   * Bytes of structural data read at once: a safetensors header, a pickle, a config, a graph without weights.
   */
  readonly headerBytes: number;
  /** Archive entries, tensors or datasets in one file. */
  readonly entries: number;
  /** Graph nodes or pickled values in one file. */
  readonly nodes: number;
  /**
   * Levels of graphs in graphs or layers in layers, at most 200 whatever is set. Pickled values may nest eight
   * times as deep.
   */
  readonly nesting: number;
  /** Unpacked bytes divided by stored bytes of one compressed entry. */
  readonly ratio: number;
}

/**
 * The defaults: file 4 GiB, tensor 2 GiB, header 100 MB, 100,000 entries, 1,000,000 nodes, nesting 32, ratio
 * 1000.
 */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  fileBytes: 4 * 2 ** 30,
  tensorBytes: 2 * 2 ** 30,
  headerBytes: 100_000_000,
  entries: 100_000,
  nodes: 1_000_000,
  nesting: 32,
  ratio: 1000,
});

/** Readers walk nested structures by recursion; deeper ones would fill the stack. */
const MAX_NESTING = 200;

const KEYS = ["fileBytes", "tensorBytes", "headerBytes", "entries", "nodes", "nesting", "ratio"] as const;

/**
 * The defaults overridden by `options`; bytes or counts, see `Limits`. A `nesting` over 200 becomes 200.
 * @throws {ArgumentError} when a key is unknown or a value is not a positive number
 */
export function resolveLimits(options: Partial<Limits> = {}): Limits {
  checkOptions("limits", options, KEYS);
  for (const key of KEYS) {
    const value = options[key];
    if (value === undefined || value > 0) continue;
    throw new ArgumentError(`limit ${key} is ${value}`, {
      code: "argument/out-of-range",
      path: `limits.${key}`,
      hint: "a limit is a positive number; Infinity switches it off",
    });
  }
  const limits = { ...DEFAULT_LIMITS, ...options };
  return { ...limits, nesting: Math.min(limits.nesting, MAX_NESTING) };
}

/**
 * Checks a declared amount against one limit.
 * @param path Where the amount is declared, e.g. `model.pt: data/3`.
 * @throws {LimitExceededError} (`limit/<key>`) when `amount` is over it
 */
export function checkLimit(limits: Limits, key: keyof Limits, amount: number | bigint, path: string): void {
  if (amount <= limits[key]) return;
  throw new LimitExceededError(`${amount} is over the limit ${key} = ${limits[key]}`, {
    code: `limit/${key}`,
    path,
    attrs: { limit: limits[key], actual: String(amount) },
    hint:
      key === "nesting" && limits[key] >= MAX_NESTING
        ? "no reader goes deeper: save the model with fewer levels"
        : `if you trust the file, raise it: limits: { ${key}: … }`,
  });
}

/**
 * Checks a compressed entry against `ratio`. Entries that unpack to at most 1 MiB are never a bomb.
 * @param stored Bytes in the archive.
 * @param unpacked Bytes once unpacked.
 * @throws {LimitExceededError} (`limit/ratio`) when it unpacks to more than `ratio` times its stored bytes
 */
export function checkRatio(limits: Limits, stored: number, unpacked: number, path: string): void {
  if (unpacked <= 2 ** 20) return;
  checkLimit(limits, "ratio", Math.ceil(unpacked / Math.max(1, stored)), path);
}

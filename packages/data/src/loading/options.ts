// Options every loader shares: limits on untrusted files, progress and cancellation.
import { ArgumentError, LimitExceededError, checkOptions } from "@isoform/core";

/** Upper bounds for reading untrusted files, in bytes or counts; raise one only for files you trust. */
export interface DataLimits {
  /** Bytes of one file, and of all unpacked entries of one archive together. */
  readonly fileBytes: number;
  /** Bytes of one array. */
  readonly arrayBytes: number;
  /** Bytes of an npy header. */
  readonly headerBytes: number;
  /** Arrays in one archive. */
  readonly entries: number;
  /** Unpacked bytes divided by stored bytes, looked at from 16 MiB on (zeros pack 1032 times). */
  readonly ratio: number;
}

/** The defaults: file 4 GiB, array 2 GiB, header 1 MiB, 100,000 entries, ratio 1000. */
export const DEFAULT_DATA_LIMITS: DataLimits = Object.freeze({
  fileBytes: 4 * 2 ** 30,
  arrayBytes: 2 * 2 ** 30,
  headerBytes: 2 ** 20,
  entries: 100_000,
  ratio: 1000,
});

/** One step of a long call; the same form for loading, converting, compiling and fitting. */
export interface ProgressEvent {
  readonly task: "load" | "convert" | "compile" | "fit";
  /** What is being done, e.g. `read`, `unpack`. */
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: "bytes" | "nodes" | "tensors" | "steps";
  /** Name of the file or entry. */
  readonly label?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Options of everything that reads a file. */
export interface ReadOptions {
  /** Name of the file in error messages. */
  readonly name?: string;
  readonly limits?: Partial<DataLimits>;
}

/** Options of the asynchronous loaders. */
export interface LoadOptions extends ReadOptions {
  /** Cancels the load: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called as the load goes on, at most once per chunk or entry. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Options with the defaults filled in. */
export interface Resolved {
  readonly name: string;
  readonly limits: DataLimits;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((event: ProgressEvent) => void) | undefined;
}

const KEYS: readonly string[] = Object.keys(DEFAULT_DATA_LIMITS);

/**
 * Checks the options and fills in the defaults.
 * @param known Names of further options of the caller.
 * @throws {ArgumentError} for an unknown option or a limit that is not a positive number
 */
export function resolveOptions(
  op: string,
  options: LoadOptions,
  name: string,
  known: readonly string[] = [],
): Resolved {
  checkOptions(op, options, ["name", "limits", "signal", "onProgress", ...known]);
  const limits = options.limits ?? {};
  checkOptions(`${op} limits`, limits, KEYS);
  for (const [key, value] of Object.entries(limits)) {
    if (typeof value === "number" && value > 0) continue;
    throw new ArgumentError(`limit ${key} is ${String(value)}`, {
      code: "argument/out-of-range",
      op,
      hint: "a limit is a positive number; Infinity switches it off",
    });
  }
  return {
    name: options.name ?? name,
    limits: { ...DEFAULT_DATA_LIMITS, ...limits },
    signal: options.signal,
    onProgress: options.onProgress,
  };
}

/** Checks a declared amount against one limit. @throws {LimitExceededError} (`limit/<key>`) */
export function checkLimit(limits: DataLimits, key: keyof DataLimits, amount: number, path: string): void {
  if (amount <= limits[key]) return;
  throw new LimitExceededError(`${amount} is over the limit ${key} = ${limits[key]}`, {
    code: `limit/${key}`,
    path,
    hint: `pass { limits: { ${key}: ... } } if you trust the file`,
  });
}

const SMALL = 16 * 2 ** 20;

/** Checks how much larger than stored something gets. @throws {LimitExceededError} (`limit/ratio`) */
export function checkRatio(limits: DataLimits, stored: number, unpacked: number, path: string): void {
  if (unpacked > SMALL) checkLimit(limits, "ratio", Math.ceil(unpacked / Math.max(1, stored)), path);
}

// The typed errors of Isoform. Every failure a user can cause is one of these, never a bare Error.

/** A machine-readable name of what went wrong; the class is coarser than the code. */
export type ErrorCode = string;

/** What an error knows about its place. All fields are optional but `code`. */
export interface ErrorInfo {
  /** Stable identifier, e.g. `shape/mismatch`. */
  readonly code: ErrorCode;
  /** Op or layer that failed, e.g. `matmul` or `Dense "dense_1"`. */
  readonly op?: string | undefined;
  /** Place inside a file, model or config, e.g. `layers[3].config.units`. */
  readonly path?: string | undefined;
  /** Shapes and dtypes of the inputs, printed as `float32[2,3]`. */
  readonly inputs?: readonly string[] | undefined;
  /** Attributes or options of the op. */
  readonly attrs?: Readonly<Record<string, unknown>> | undefined;
  /** Name of the backend involved. */
  readonly backend?: string | undefined;
  /** What to do about it, one sentence. */
  readonly hint?: string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Base class of all errors thrown on purpose. `message` carries op, path, shapes and hint; `problem` is the
 * text without them. The constructor never throws.
 */
export class IsoformError extends Error {
  // Written out here and below, as minifiers shorten the names of classes.
  override name = "IsoformError";
  declare readonly code: ErrorCode;
  declare readonly op: string | undefined;
  declare readonly path: string | undefined;
  declare readonly inputs: readonly string[] | undefined;
  declare readonly attrs: Readonly<Record<string, unknown>> | undefined;
  declare readonly backend: string | undefined;
  declare readonly hint: string | undefined;
  /** The message without place and hint. */
  declare readonly problem: string;

  constructor(problem: string, info: ErrorInfo) {
    const { cause, ...known } = info;
    super(render(problem, info), cause === undefined ? undefined : { cause });
    Object.assign(this, known, { problem });
  }

  /** Plain data for `--json` output and logs. */
  toJSON(): Record<string, unknown> {
    const out: Record<string, unknown> = { name: this.name, code: this.code, message: this.problem };
    for (const key of ["op", "path", "inputs", "attrs", "backend", "hint"] as const) {
      if (this[key] !== undefined) out[key] = this[key];
    }
    return out;
  }
}

/**
 * The same error, of the same class, with its place put in front: the layer, node or step in which an op
 * failed. Never throws: the error is returned.
 * @param op Layer or node, e.g. `Dense "dense_1"`; the op that failed is named behind it.
 * @param shapes Shapes and dtypes of the inputs of the layer or node, for errors that have none of their own.
 */
export function placeError(error: IsoformError, op: string, shapes?: readonly string[]): IsoformError {
  const Same = error.constructor as new (problem: string, info: ErrorInfo) => IsoformError;
  const placed = error.op === undefined ? op : `${op}: ${error.op}`;
  const inputs = error.inputs ?? shapes;
  return new Same(error.problem, { ...error, op: placed, inputs, cause: error.cause });
}

function render(problem: string, info: ErrorInfo): string {
  const where = [info.op, info.path && `at ${info.path}`].filter(Boolean).join(" ");
  let text = where ? `${where}: ${problem}` : problem;
  if (info.inputs?.length) text += ` (inputs: ${info.inputs.join(", ")})`;
  if (info.backend) text += ` [backend ${info.backend}]`;
  if (info.hint) text += `\n  Fix: ${info.hint}`;
  return text;
}

/** Shapes do not fit an op, a layer or each other. */
export class ShapeError extends IsoformError {
  override name = "ShapeError";
}
/** A dtype is not allowed here. */
export class DTypeError extends IsoformError {
  override name = "DTypeError";
}
/** An argument or option is unknown, missing or out of range. */
export class ArgumentError extends IsoformError {
  override name = "ArgumentError";
}
/** An op, layer or dtype that this backend, API or format does not have. */
export class UnsupportedOpError extends IsoformError {
  override name = "UnsupportedOpError";
}
/** A file is malformed, truncated or not of the stated format. */
export class ModelFormatError extends IsoformError {
  override name = "ModelFormatError";
}
/** A file asks for something that is never done: running code, reading other files. */
export class UnsafeModelError extends IsoformError {
  override name = "UnsafeModelError";
}
/** A declared size, count or nesting is over the caller's limit. */
export class LimitExceededError extends IsoformError {
  override name = "LimitExceededError";
}
/** Two results that must agree do not. */
export class VerificationError extends IsoformError {
  override name = "VerificationError";
}
/** The device went away; see `reason` in `attrs`. */
export class DeviceLostError extends IsoformError {
  override name = "DeviceLostError";
}
/** The device has no memory left for an allocation. */
export class OutOfMemoryError extends IsoformError {
  override name = "OutOfMemoryError";
}
/** A tensor, scope, tape or runtime is used after its end or in the wrong state. */
export class LifetimeError extends IsoformError {
  override name = "LifetimeError";
}

/**
 * The name of `names` nearest to `name` by edit distance, or undefined when none is near, which is at most 2
 * edits or a third of `name`'s length. Case and underscores do not count. None is near to what is no string.
 * Never throws.
 */
export function closest(name: string, names: Iterable<string>): string | undefined {
  if (typeof name !== "string") return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  const plain = (s: string) => s.toLowerCase().replaceAll("_", "");
  for (const candidate of names) {
    const d = editDistance(plain(name), plain(candidate));
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A value as error texts show it: `3`, `"a"`, `[1,null]`, `float32[2,3]`, `a Map`. Never throws. */
export function shown(value: unknown, depth = 3): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) {
    const items = value.slice(0, depth && 12).map((v: unknown) => shown(v, depth - 1));
    if (items.length < value.length) items.push("…");
    return `[${items.join(",")}]`;
  }
  const prototype: { readonly constructor?: { readonly name?: unknown } } | null =
    Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    const entries = Object.entries(value);
    const items = entries
      .slice(0, 12)
      .map(([k, v]) => `${JSON.stringify(k)}:${depth ? shown(v, depth - 1) : "…"}`);
    if (items.length < entries.length) items.push("…");
    return `{${items.join(",")}}`;
  }
  if ("dtype" in value && "shape" in value && Array.isArray(value.shape)) {
    return `${String(value.dtype)}[${value.shape.join(",")}]`;
  }
  const name = prototype.constructor?.name;
  return typeof name === "string" && name !== "" ? `a ${name}` : "an object";
}

/**
 * Checks that options are an object with only known keys.
 * @throws {ArgumentError} when they are no object (`argument/options`), or have another key
 *   (`argument/unknown-option`), naming the key and the nearest known one
 */
export function checkOptions(owner: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ArgumentError(`the options are ${shown(options)}`, {
      code: "argument/options",
      op: owner,
      hint: `options go into one object: { ${known.join(", ")} }`,
    });
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = closest(key, known);
    throw new ArgumentError(`unknown option ${JSON.stringify(key)}`, {
      code: "argument/unknown-option",
      op: owner,
      hint: near ? `did you mean \`${near}\`?` : `options are: ${known.join(", ")}`,
    });
  }
}

/**
 * The value, which can be called.
 * @throws {ArgumentError} when it is not a function
 */
export function requireFunction<T>(op: string, value: T): T {
  if (typeof value === "function") return value;
  throw new ArgumentError(`expected a function, got ${shown(value)}`, {
    code: "argument/not-a-function",
    op,
    hint: "pass a function",
  });
}

// The state that Keras keeps per process: name counters, name scopes, seeds, numeric defaults and the running call.
// The only mutable module state of this package; `keras.backend.clearSession()` resets it.
import {
  ArgumentError,
  ambient,
  closest,
  isFloat,
  refuseInTrace,
  shown,
  type DType,
  type Tensor,
} from "@isoform/core";
import { toSnakeCase } from "./names.js";

/** Order of the axes of images and sequences: `channels_last` is `[batch, ...spatial, channels]`. */
export type DataFormat = "channels_last" | "channels_first";

/** What the outermost layer call shares with the calls inside it. */
export interface CallContext {
  readonly training: boolean;
  /** Losses and masks made inside, which must outlive the scopes of inner layers. */
  readonly escaping: Tensor[];
  /** True while only shapes are worked out: no state may change. */
  readonly abstract: boolean;
  /** The size that stands for unknown axes in an abstract call, or 0. */
  readonly placeholder: number;
}

interface Session {
  readonly names: Map<string, number>;
  readonly scopes: string[];
  seed: number | null;
  draws: number;
  dtypePolicy: string;
  floatx: DType;
  epsilon: number;
  imageDataFormat: DataFormat;
  call: CallContext | null;
  /** True while `fit` differentiates a step, see losses/functions.ts. */
  compiledStep: boolean;
  /** The last softmax or sigmoid of such a step, and what it was applied to. */
  logits: { readonly output: Tensor; readonly input: Tensor; readonly kind: "softmax" | "sigmoid" } | null;
  /** Counts variables made and freed and layers added, which compiled steps may depend on. */
  revision: number;
  /** When training last let the event loop run, see training/pace.ts. */
  rested: number;
  /** Classes and functions of users, see config/custom.ts. */
  readonly customObjects: Map<string, unknown>;
}

/** The current state. */
export const session: Session = {
  names: new Map(),
  scopes: [],
  seed: null,
  draws: 0,
  dtypePolicy: "float32",
  floatx: "float32",
  epsilon: 1e-7,
  imageDataFormat: "channels_last",
  call: null,
  compiledStep: false,
  logits: null,
  revision: 0,
  rested: 0,
  customObjects: new Map(),
};

/** The next free name of a class: `dense`, `dense_1`, … */
export function autoName(className: string): string {
  return uniquify(toSnakeCase(className));
}

/**
 * `name` at its first use, `name_1` at the second, … Never throws.
 * @see keras.backend.get_uid
 */
export function uniquify(name: string): string {
  const count = session.names.get(name) ?? 0;
  session.names.set(name, count + 1);
  return count === 0 ? name : `${name}_${count}`;
}

/** Runs `fn` with `name` as a part of the path of variables made inside. */
export function nameScope<T>(name: string, fn: () => T): T {
  session.scopes.push(name);
  try {
    return fn();
  } finally {
    session.scopes.pop();
  }
}

/** `name` behind the open name scopes. */
export function scopedPath(name: string): string {
  return [...session.scopes, name].join("/");
}

/** Runs `fn` outside every scope, trace and recording: variables made inside are real and stay. */
export function initScope<T>(fn: () => T): T {
  const { trace, scope, mask } = ambient;
  ambient.trace = null;
  ambient.scope = null;
  ambient.mask = 0;
  try {
    return fn();
  } finally {
    ambient.trace = trace;
    ambient.scope = scope;
    ambient.mask = mask;
  }
}

/**
 * Refuses to read or set a value that changes from step to step while a step is being compiled, where it
 * would become a constant.
 * @throws {LifetimeError} when a step is being compiled
 */
export function refuseInStep(what: string, hint: string): void {
  refuseInTrace(what, "a value that changes from step to step is used while the step is compiled", hint);
}

/** Runs `fn` with `context` as the running call. */
export function withCall<T>(context: CallContext, fn: () => T): T {
  const before = session.call;
  session.call = context;
  try {
    return fn();
  } finally {
    session.call = before;
  }
}

/**
 * Resets names (and so the numbering of layers). Existing models keep working. Never throws.
 * @see keras.backend.clear_session
 */
export function clearSession(): void {
  session.names.clear();
}

/**
 * The image data format, `"channels_last"` unless set. Never throws.
 * @see keras.backend.image_data_format
 */
export function imageDataFormat(): DataFormat {
  return session.imageDataFormat;
}
/**
 * Sets the image data format of layers made from now on.
 * @throws {ArgumentError} when it is neither `"channels_last"` nor `"channels_first"`
 * @see keras.backend.set_image_data_format
 */
export function setImageDataFormat(format: DataFormat): void {
  session.imageDataFormat = standardizeDataFormat("setImageDataFormat", format);
}
/**
 * The default float dtype, float32 unless set. Never throws.
 * @see keras.backend.floatx
 */
export function floatx(): DType {
  return session.floatx;
}
/**
 * Sets the default float dtype, and the dtype policy with it.
 * @throws {ArgumentError} when it is another element type than a float
 * @throws {DTypeError} when it is no element type
 * @see keras.backend.set_floatx
 */
export function setFloatx(dtype: DType): void {
  if (!isFloat(dtype)) {
    throw new ArgumentError(`${shown(dtype)} is not a float dtype`, {
      code: "argument/dtype",
      op: "setFloatx",
    });
  }
  session.floatx = dtype;
  session.dtypePolicy = dtype;
}
/**
 * The small number that Keras adds to avoid division by zero, 1e-7 unless set. Never throws.
 * @see keras.backend.epsilon
 */
export function epsilon(): number {
  return session.epsilon;
}
/**
 * Sets `epsilon()`.
 * @throws {ArgumentError} unless it is a positive, finite number
 * @see keras.backend.set_epsilon
 */
export function setEpsilon(value: number): void {
  if (!(typeof value === "number" && value > 0 && value < Infinity)) {
    throw new ArgumentError(`epsilon is ${shown(value)}`, {
      code: "argument/invalid",
      op: "setEpsilon",
      hint: "use a small positive number, e.g. 1e-7",
    });
  }
  session.epsilon = value;
}

/**
 * A data format, the session's when null.
 * @throws {ArgumentError} when it is neither `"channels_last"` nor `"channels_first"`
 */
export function standardizeDataFormat(owner: string, format: string | null | undefined): DataFormat {
  if (format === null || format === undefined) return session.imageDataFormat;
  if (format === "channels_last" || format === "channels_first") return format;
  const near = closest(format, ["channels_last", "channels_first"]);
  throw new ArgumentError(`no data format ${shown(format)}`, {
    code: "argument/invalid",
    op: owner,
    hint: `use "${near ?? "channels_last"}"`,
  });
}

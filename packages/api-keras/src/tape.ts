// GradientTape: records what happens to variables and watched tensors in a block, and differentiates it.
import * as core from "@isoform/core";
import { ArgumentError, LifetimeError, Scope, TRACK_TAPE, ambient, updateMask } from "@isoform/core";
import { checkOptions } from "./config/arguments.js";
import { asTensor } from "./tensor/like.js";
import { Tensor } from "./tensor/tensor.js";

/** Options of `GradientTape`. */
export interface GradientTapeOptions {
  /** Allow several `gradient` calls; default false. */
  readonly persistent?: boolean;
}

/** Options of `gradient`. */
export interface GradientOptions {
  /** Gradient of the result with respect to each target; default ones. */
  readonly outputGradients?: core.Tensor | readonly (core.Tensor | null)[];
  /** What to give for a source that the target does not depend on; default `none`, which is null. */
  readonly unconnectedGradients?: "none" | "zero";
}

/** Tensors in nested arrays and plain objects. */
export type Nested<T> = T | readonly Nested<T>[] | { readonly [key: string]: Nested<T> };
/** The structure of `S` with a gradient, or null, in place of every tensor. */
export type Gradients<S> = S extends core.Tensor
  ? Tensor
  : S extends readonly unknown[]
    ? { -readonly [I in keyof S]: Gradients<S[I]> }
    : { -readonly [K in keyof S]: Gradients<S[K]> };

/**
 * Records operations on trainable variables and watched tensors until it is closed (`using`), and computes gradients
 * inside its block. The tape owns everything made in its block and releases it at the end; one-element tensors stay
 * readable, and gradients taken while another tape records belong to that one, so tapes nest for higher derivatives.
 * Follows `tf.GradientTape`. The block must be synchronous.
 */
export class Tape implements Disposable {
  readonly persistent: boolean;
  readonly #scope: Scope;
  readonly #watched: Tensor[] = [];
  #recording = false;
  #used = false;
  #closed = false;

  constructor(options: GradientTapeOptions = {}) {
    checkOptions("GradientTape", options, ["persistent"]);
    this.persistent = options.persistent ?? false;
    this.#scope = new Scope();
    this.#record(true);
  }

  #record(on: boolean): void {
    if (this.#recording === on) return;
    this.#recording = on;
    ambient.tapes += on ? 1 : -1;
    updateMask();
  }

  /**
   * Records what is done with a float tensor of any shape that is not a trainable variable.
   * @throws {ArgumentError} when a tensor is no float, or a value is no tensor in arrays or plain objects
   */
  watch(tensor: Nested<core.Tensor>): void {
    for (const t of flattenNested(tensor)) {
      if (!core.isFloat(t.dtype)) {
        throw new ArgumentError("only floating-point tensors have gradients", {
          code: "autograd/not-float",
          op: "GradientTape.watch",
          inputs: [core.describe(t)],
          hint: "make it float, e.g. tf.constant(values, { dtype: 'float32' })",
        });
      }
      if (t._track & TRACK_TAPE) continue;
      t._track |= TRACK_TAPE;
      if (t instanceof Tensor) this.#watched.push(t);
    }
  }

  /**
   * Runs `fn` without recording on this tape.
   * @throws {Error} when `fn` throws: its error passes through
   */
  stopRecording<T>(fn: () => T): T {
    const before = this.#recording;
    this.#record(false);
    try {
      return fn();
    } finally {
      this.#record(before);
    }
  }

  /**
   * d(target)/d(source) for every source, in the structure and shapes of `sources`; for several or larger
   * targets the gradient of their sum. Null where the target does not depend on the source.
   * @throws {LifetimeError} when it is the second call of a tape that is not persistent, after its block, or
   *   a variable was assigned after its use
   * @throws {ArgumentError} when an option is unknown, the target is no float, or a source is no tensor
   * @throws {ShapeError} when `outputGradients` have other shapes than the targets
   */
  gradient<S extends Nested<core.Tensor>>(
    target: core.Tensor | readonly core.Tensor[],
    sources: S,
    options: GradientOptions = {},
  ): Gradients<S> {
    checkOptions("GradientTape.gradient", options, ["outputGradients", "unconnectedGradients"]);
    this.#checkOpen();
    const targets = target instanceof core.Tensor ? [target] : [...target];
    const given = options.outputGradients;
    const seeds = targets.map((_, i) => (given instanceof core.Tensor ? given : (given?.[i] ?? null)));
    const list = flattenNested(sources);
    const wasRecording = this.#recording;
    this.#record(false);
    const nested = ambient.tapes > 0;
    let found: Map<core.Tensor, core.Tensor>;
    try {
      found = core.backward(
        targets,
        seeds,
        { sources: list },
        { createGraph: nested, retainGraph: this.persistent },
      );
    } finally {
      if (this.persistent) this.#record(wasRecording);
    }
    this.#used = true;
    const zero = options.unconnectedGradients === "zero";
    const results = list.map((s) => {
      const g = found.get(s);
      if (g) return asTensor(g);
      return zero ? asTensor(core.zerosLike(s)) : null;
    });
    if (nested) this.#scope.escape(results);
    return rebuild(sources, new Map(list.map((s, i) => [s, results[i] ?? null])));
  }

  /**
   * Derivatives of every element of `target` with respect to `source`: `[...target.shape, ...source.shape]`.
   * @throws {LifetimeError} when the tape is not persistent, or its block has ended
   */
  jacobian(target: core.Tensor, source: core.Tensor): Tensor {
    if (!this.persistent) {
      throw new LifetimeError("a jacobian needs several passes over the tape", {
        code: "autograd/tape-used",
        op: "GradientTape.jacobian",
        hint: "make it with tf.GradientTape({ persistent: true })",
      });
    }
    const flat = Array.from({ length: target.size }, (_, i) => {
      const one = core.oneHot(core.tensor([i], { dtype: "int64" }), target.size, { dtype: target.dtype });
      const seed = core.reshape(one, target.shape);
      const options = { outputGradients: seed, unconnectedGradients: "zero" } as const;
      return core.reshape(this.gradient(target, source, options) as core.Tensor, [1, ...source.shape]);
    });
    return asTensor(core.reshape(core.concat(flat, 0), [...target.shape, ...source.shape]));
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new LifetimeError("the tape is closed and what it recorded is released", {
        code: "autograd/tape-closed",
        op: "GradientTape.gradient",
        hint: "call gradient() inside the block of the tape",
      });
    }
    if (this.#used && !this.persistent) {
      throw new LifetimeError("the tape was already used", {
        code: "autograd/tape-used",
        op: "GradientTape.gradient",
        hint: "make it with tf.GradientTape({ persistent: true })",
      });
    }
  }

  /** Ends recording and releases what was made in the block. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#record(false);
    for (const t of this.#watched) t._track &= ~TRACK_TAPE;
    this.#scope[Symbol.dispose]();
  }

  /** @internal Moves tensors in `value` to the surrounding scope. */
  _escape<T>(value: T): T {
    return this.#scope.escape(value);
  }
}

/** `GradientTape(options)` for `using`, or `GradientTape(fn, options)`, which returns what `fn` returns. */
export interface GradientTapeFactory {
  new (options?: GradientTapeOptions): Tape;
  (options?: GradientTapeOptions): Tape;
  <T>(fn: (tape: Tape) => T, options?: GradientTapeOptions): T;
}

/**
 * Makes a tape, or runs a callback under one and gives its result. Gradients have the shapes of their
 * sources. See `Tape`.
 * @throws {ArgumentError} when an option is unknown
 * @throws {LifetimeError} when the callback returns a promise
 * @see tf.GradientTape
 */
export const GradientTape: GradientTapeFactory = /* @__PURE__ */ new Proxy(Tape, {
  apply: (_target, _this, args: unknown[]) => {
    const [first, second] = args;
    if (typeof first !== "function") return new Tape(first as GradientTapeOptions | undefined);
    return runUnderTape(first as (tape: Tape) => unknown, second as GradientTapeOptions | undefined);
  },
}) as typeof Tape & GradientTapeFactory;

function runUnderTape<T>(fn: (tape: Tape) => T, options: GradientTapeOptions = {}): T {
  using tape = new Tape(options);
  const result = fn(tape);
  if (
    typeof result === "object" &&
    result !== null &&
    "then" in result &&
    typeof result.then === "function"
  ) {
    throw new LifetimeError("the callback returned a promise", {
      code: "lifetime/async-scope",
      op: "GradientTape",
      hint: "a tape is synchronous; await outside its block",
    });
  }
  return tape._escape(result);
}

function flattenNested(value: Nested<core.Tensor>): core.Tensor[] {
  if (value instanceof core.Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap((v: Nested<core.Tensor>) => flattenNested(v));
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).flatMap((v: Nested<core.Tensor>) => flattenNested(v));
  }
  throw new ArgumentError("sources must be tensors in arrays or plain objects", {
    code: "argument/not-a-tensor",
    op: "GradientTape",
    hint: "pass a variable, a watched tensor or a list of them",
  });
}

/** The structure of `sources` with every tensor replaced. */
function rebuild<S>(sources: S, values: ReadonlyMap<core.Tensor, Tensor | null>): Gradients<S>;
function rebuild(sources: unknown, values: ReadonlyMap<core.Tensor, Tensor | null>): unknown {
  if (sources instanceof core.Tensor) return values.get(sources) ?? null;
  if (Array.isArray(sources)) return sources.map((s: unknown) => rebuild(s, values));
  return Object.fromEntries(Object.entries(sources as object).map(([k, v]) => [k, rebuild(v, values)]));
}

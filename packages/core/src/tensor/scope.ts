// Scopes own the tensors made inside them and release them at their end. Scopes nest and are strictly synchronous.
import { LifetimeError, requireFunction } from "../errors.js";
import { ambient } from "../dispatch/ambient.js";
import { Tensor } from "./tensor.js";

/**
 * Owner of the tensors made while it is the innermost open scope.
 * At its end they are released, except those kept with `keep()` or moved out with `escape()`.
 * A released one-element tensor keeps its value on devices that can read synchronously.
 */
export class Scope implements Disposable {
  private owned: Tensor[] = [];
  private readonly parent: Scope | null;
  private open = true;

  constructor() {
    this.parent = ambient.scope;
    ambient.scope = this;
  }

  /** Adds a tensor of any shape; called for every new tensor. Never throws. */
  own(t: Tensor): void {
    this.owned.push(t);
  }

  /**
   * Hands the tensors inside `value` (arrays, maps, sets and plain objects are searched) to the parent scope.
   * Returns `value`. Never throws.
   */
  escape<T>(value: T): T {
    const only = onlyTensor(value);
    if (only !== null) {
      const at = this.owned.lastIndexOf(only);
      if (at >= 0) {
        this.owned.splice(at, 1);
        if (this.parent) this.parent.own(only);
        else only._watch();
      }
      return value;
    }
    const marked = new Set<Tensor>();
    collectTensors(value, marked);
    if (marked.size === 0) return value;
    const rest: Tensor[] = [];
    for (const t of this.owned) {
      if (!marked.has(t)) rest.push(t);
      else if (this.parent) this.parent.own(t);
      else t._watch();
    }
    this.owned = rest;
    return value;
  }

  /** Releases one tensor of any shape before the scope ends; leaves it alone when the scope does not own it. Never throws. */
  release(t: Tensor): void {
    const at = this.owned.lastIndexOf(t);
    if (at < 0) return;
    this.owned.splice(at, 1);
    t._leaveScope();
  }

  /** How many tensors the scope owns: what is made from here on can be released with `releaseFrom`. */
  get count(): number {
    return this.owned.length;
  }

  /** Releases the tensors of any shape owned since there were `count`, except those in `kept`. Never throws. */
  releaseFrom(count: number, kept: readonly (Tensor | null | undefined)[]): void {
    const { owned } = this;
    let left = count;
    for (let i = count; i < owned.length; i++) {
      const t = owned[i]!;
      if (kept.includes(t)) owned[left++] = t;
      else t._leaveScope();
    }
    owned.length = left;
  }

  /**
   * Releases what the scope owns.
   * @throws {LifetimeError} when an inner scope is still open
   */
  [Symbol.dispose](): void {
    if (!this.open) return;
    if (ambient.scope !== this) {
      this.abandon();
      throw new LifetimeError("a scope ends while another one opened inside it is still open", {
        code: "lifetime/scope-order",
        op: "scope",
        hint: "end inner scopes first; scopes must not span an await",
      });
    }
    this.open = false;
    ambient.scope = Scope.nearestOpen(this.parent);
    const owned = this.owned;
    for (let i = 0; i < owned.length; i++) owned[i]!._leaveScope();
    this.owned = [];
  }

  /** Ends the scope of an asynchronous loop body; when other scopes are still open inside, nothing is freed by hand. */
  endOrAbandon(): void {
    if (this.open && ambient.scope !== this) this.abandon();
    else this[Symbol.dispose]();
  }

  /** Gives all tensors to the garbage collector: nothing is freed that someone may still use. */
  private abandon(): void {
    this.open = false;
    for (const t of this.owned) t._watch();
    this.owned = [];
    ambient.scope = Scope.nearestOpen(ambient.scope);
  }

  /** The innermost scope from `s` outward that has not ended, or null. Never throws. */
  static nearestOpen(s: Scope | null): Scope | null {
    let at = s;
    while (at !== null && !at.open) at = at.parent;
    return at;
  }
}

/**
 * Runs `fn` in a new scope and returns its result; tensors in the result move to the surrounding scope.
 * Errors of `fn` pass through, and what it made is released.
 * @throws {ArgumentError} when `fn` is not a function
 * @throws {LifetimeError} when `fn` returns a promise, or leaves a scope open that it opened
 * @see tf.tidy of TensorFlow.js
 */
export function scope<T>(fn: (scope: Scope) => T): T {
  requireFunction("scope", fn);
  const s = new Scope();
  try {
    const result = fn(s);
    if (isPromise(result)) {
      throw new LifetimeError("the callback returned a promise", {
        code: "lifetime/async-scope",
        op: "scope",
        hint: "await outside the scope; scopes are synchronous",
      });
    }
    return s.escape(result);
  } finally {
    s[Symbol.dispose]();
  }
}

/**
 * Excludes a tensor from all scopes: it lives until `dispose()` or garbage collection. Returns it.
 * Never throws.
 */
export function keep<T extends Tensor>(tensor: T): T {
  tensor._keep();
  return tensor;
}

function isPromise(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** The usual results: a tensor, or a list of one. */
function onlyTensor(value: unknown): Tensor | null {
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return only instanceof Tensor ? only : null;
}

/**
 * Adds the tensors in nested arrays, maps, sets and plain objects to `into`, whatever their shapes; looks at
 * most eight levels deep. Never throws.
 */
export function collectTensors(value: unknown, into: Set<Tensor>, depth = 0): void {
  if (value instanceof Tensor) into.add(value);
  else if (typeof value !== "object" || value === null || depth > 8) return;
  else if (Array.isArray(value) || value instanceof Set) {
    for (const v of value) collectTensors(v, into, depth + 1);
  } else if (value instanceof Map) {
    for (const v of value.values()) collectTensors(v, into, depth + 1);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const v of Object.values(value)) collectTensors(v, into, depth + 1);
  }
}

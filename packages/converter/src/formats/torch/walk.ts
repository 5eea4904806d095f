// Bookkeeping of a walk over pickled values: stops at values that contain themselves, and counts visits.
import { LimitExceededError } from "@isoform/core";
import { checkLimit, type Limits } from "../limits.js";
import type { PickleValue } from "../pickle/value.js";

/** Walks are recursive; this holds whatever limits the caller sets. */
const MAX_DEPTH = 1000;

/** Items looked at per allowed node, as values pushed in a pickle. */
const LOOKS_PER_NODE = 16;

/** One walk. Values shared many times are visited many times, so the visits are limited, not only the values. */
export class Walk {
  readonly #limits: Limits;
  readonly #name: string;
  readonly #open = new Set<PickleValue>();
  #visits = 0;
  #steps = 0;
  #tensors = 0;

  constructor(limits: Limits, name: string) {
    this.#limits = limits;
    this.#name = name;
  }

  /** False when `value` is being visited already, further out. @throws {LimitExceededError} */
  enter(value: PickleValue, path: string): boolean {
    checkLimit(this.#limits, "nodes", ++this.#visits, this.#name);
    checkLimit(this.#limits, "headerBytes", path.length, this.#name);
    if (this.#open.has(value)) return false;
    if (this.#open.size >= MAX_DEPTH)
      throw new LimitExceededError(`values are nested more than ${MAX_DEPTH} levels deep`, {
        code: "limit/nesting",
        path: this.#name,
      });
    this.#open.add(value);
    return true;
  }

  /** Counts values that are only looked at: a visit to a shared value looks at all its items again. @throws {LimitExceededError} */
  look(items: number): void {
    this.#steps += items;
    checkLimit(this.#limits, "nodes", Math.floor(this.#steps / LOOKS_PER_NODE), this.#name);
  }

  leave(value: PickleValue): void {
    this.#open.delete(value);
  }

  /** Counts a tensor found. @throws {LimitExceededError} */
  tensor(): void {
    checkLimit(this.#limits, "entries", ++this.#tensors, this.#name);
  }
}

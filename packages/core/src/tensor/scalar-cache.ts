// Shared 0-d constants of a device: those used lately. Without a bound, changing constants (the bias corrections of an
// optimizer, say) would fill it for good.
import type { Tensor } from "./tensor.js";

/** Constants per generation. */
const GENERATION = 256;

type Key = number | bigint | string;

/**
 * Constants of one dtype by value, in two generations: when the young one is full it becomes the old one, and what was
 * not used since the last change goes. A constant in use thus stays while at least `GENERATION` others are made.
 */
export class ScalarCache {
  private young: Map<Key, Tensor> = new Map();
  private old: Map<Key, Tensor> = new Map();

  /** Constants held. */
  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: Key): Tensor | undefined {
    const found = this.young.get(key);
    if (found !== undefined) return found;
    const again = this.old.get(key);
    if (again === undefined) return undefined;
    this.old.delete(key);
    this.set(key, again);
    return again;
  }

  set(key: Key, constant: Tensor): void {
    if (this.young.size >= GENERATION) {
      for (const t of this.old.values()) t._retire();
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, constant);
  }
}

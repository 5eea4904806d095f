// Counts how many values of a run hold each device tensor, and frees a tensor when the last one goes.
import type { Tensor } from "@isoform/core";
import { tensorsIn, type Val } from "./value.js";

/** The holders of one run. */
export class Ledger {
  private readonly counts: Map<Tensor, number> = new Map();
  private readonly pinned: Set<Tensor> = new Set();

  /** Tensors that the run does not own: weights and what the caller passed. */
  pin(t: Tensor): void {
    this.pinned.add(t);
  }

  hold(v: Val | null): void {
    for (const t of tensorsIn(v)) this.counts.set(t, (this.counts.get(t) ?? 0) + 1);
  }

  drop(v: Val | null): void {
    for (const t of tensorsIn(v)) {
      const left = (this.counts.get(t) ?? 1) - 1;
      if (left > 0) this.counts.set(t, left);
      else {
        this.counts.delete(t);
        if (!this.pinned.has(t)) t.dispose();
      }
    }
  }

  /** Frees everything still held, after a failure. */
  clear(): void {
    for (const t of this.counts.keys()) if (!this.pinned.has(t)) t.dispose();
    this.counts.clear();
  }
}

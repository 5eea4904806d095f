// Parameters of a kernel call by name instead of by number.
import type { Code } from "../../wgsl/kernel.js";

/** A parameter of a call, as text within its code. */
export type Param = (c: Code) => string;

/** Collects parameters. */
export class Params {
  readonly values: number[] = [];

  /** Adds a 32-bit integer, negative ones as two's complement. */
  add(value: number): Param {
    const at = this.values.push(value >>> 0) - 1;
    return (c) => c.param(at);
  }

  /** Adds several; gives the number of the first. */
  addAll(values: readonly number[]): number {
    const at = this.values.length;
    for (const v of values) this.values.push(v >>> 0);
    return at;
  }
}

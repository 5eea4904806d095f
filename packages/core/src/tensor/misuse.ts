// What tensor classes of APIs say to JavaScript: its operators, and its ways to print.
import { ArgumentError } from "../errors.js";
import type { TypedArray } from "./dtype.js";
import { describe, type Tensor } from "./tensor.js";

/**
 * `Symbol.toPrimitive` of tensors of any shape: text in templates, an error for `t + 1`, `t > 1` or `Math.sqrt(t)`, which
 * would give text or NaN.
 * @throws {ArgumentError} unless text is asked for
 */
export function asPrimitive(t: Tensor, hint: string): string {
  if (hint === "string") return t.toString();
  throw new ArgumentError("a tensor stands where JavaScript needs a number or text", {
    code: "argument/operator",
    inputs: [describe(t)],
    hint: "operators do not work on tensors: use add(), mul(), gt() and the like, or read the value: await x.item()",
  });
}

/**
 * Makes Node's `console.log` show tensors of a class, of any shape, as `format` gives them where the device can be read at
 * once, elsewhere as `toString()`. Never throws.
 */
export function showValues<T extends Tensor>(prototype: T, format: (t: T, data: TypedArray) => string): void {
  const value = function (this: T): string {
    const readable = !this.disposed && this._traced === null && this.device.capabilities.syncRead;
    return readable ? format(this, this.dataSync()) : this.toString();
  };
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), { value });
}

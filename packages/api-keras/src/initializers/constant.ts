// Initializers without randomness: Zeros, Ones, Constant, Identity.
import { constructible, ShapeError, type Constructible } from "@isoform/core";
import { checkOptions } from "../config/arguments.js";
import type { Config } from "../config/object.js";
import { Initializer } from "./initializer.js";

class ZerosInitializer extends Initializer {
  static readonly className: string = "Zeros";
  constructor(options: object = {}) {
    super();
    checkOptions("Zeros", options, []);
  }
  protected override values(_shape: readonly number[], size: number): ArrayLike<number> {
    return new Float64Array(size);
  }
}

class OnesInitializer extends Initializer {
  static readonly className: string = "Ones";
  constructor(options: object = {}) {
    super();
    checkOptions("Ones", options, []);
  }
  protected override values(_shape: readonly number[], size: number): ArrayLike<number> {
    return new Float64Array(size).fill(1);
  }
}

class ConstantInitializer extends Initializer {
  static readonly className: string = "Constant";
  readonly value: number;
  constructor(options: { readonly value?: number } | number = {}) {
    super();
    if (typeof options !== "number") checkOptions("Constant", options, ["value"]);
    this.value = typeof options === "number" ? options : (options.value ?? 0);
  }
  protected override values(_shape: readonly number[], size: number): ArrayLike<number> {
    return new Float64Array(size).fill(this.value);
  }
  override getConfig(): Config {
    return { value: this.value };
  }
}

class IdentityInitializer extends Initializer {
  static readonly className: string = "Identity";
  readonly gain: number;
  constructor(options: { readonly gain?: number } = {}) {
    super();
    checkOptions("Identity", options, ["gain"]);
    this.gain = options.gain ?? 1;
  }
  protected override values(shape: readonly number[], size: number): ArrayLike<number> {
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows === undefined || columns === undefined) {
      throw new ShapeError(`[${shape.join(",")}] is not a matrix`, {
        code: "shape/rank",
        op: "initializers.Identity",
        hint: "use it for weights with two axes",
      });
    }
    const out = new Float64Array(size);
    for (let i = 0; i < Math.min(rows, columns); i++) out[i * columns + i] = this.gain;
    return out;
  }
  override getConfig(): Config {
    return { gain: this.gain };
  }
}

/**
 * Zeros in the shape that it is called with.
 * @throws {DTypeError} when it is called with a dtype that is no element type
 * @see keras.initializers.Zeros
 */
export const Zeros: Constructible<typeof ZerosInitializer> = /* @__PURE__ */ constructible(ZerosInitializer);
/**
 * Ones in the shape that it is called with.
 * @throws {DTypeError} when it is called with a dtype that is no element type
 * @see keras.initializers.Ones
 */
export const Ones: Constructible<typeof OnesInitializer> = /* @__PURE__ */ constructible(OnesInitializer);
/**
 * One value (default 0) in the shape that it is called with: `Constant({ value: 2 })` or `Constant(2)`.
 * @throws {ArgumentError} when an option is unknown
 * @throws {DTypeError} when it is called for an integer dtype and the value has a fraction
 * @see keras.initializers.Constant
 */
export const Constant: Constructible<typeof ConstantInitializer> =
  /* @__PURE__ */ constructible(ConstantInitializer);
/**
 * The identity matrix `[n, m]` times `gain` (default 1).
 * @throws {ShapeError} when it is called for a shape without exactly two axes
 * @throws {ArgumentError} when an option is unknown
 * @see keras.initializers.Identity
 */
export const Identity: Constructible<typeof IdentityInitializer> =
  /* @__PURE__ */ constructible(IdentityInitializer);

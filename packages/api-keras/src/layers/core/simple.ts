// Identity, Masking, Lambda.
import * as core from "@isoform/core";
import { UnsafeModelError, constructible, type Constructible } from "@isoform/core";
import { lookUpCustom } from "../../config/custom.js";
import { isObjectConfig, type Config } from "../../config/object.js";
import { REQUIRED, type Defaults, type Resolved, given } from "../../config/options.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";

class IdentityLayer extends Layer {
  static override readonly className: string = "Identity";
  constructor(options: LayerOptions = {}) {
    super(options);
    this.supportsMasking = true;
    this.built = true;
  }
  override call<T>(x: T): T {
    return x;
  }
}

/** Options of `Masking`. */
export interface MaskingOptions {
  /** Steps of which all features equal this do not count; default 0. */
  readonly maskValue?: number;
}
interface MaskingLayer extends Resolved<MaskingOptions> {}
class MaskingLayer extends Layer {
  static override readonly className: string = "Masking";
  constructor(options: MaskingOptions & LayerOptions = {}) {
    super(options, { maskValue: 0 });
    this.inputSpec = {};
    this.supportsMasking = true;
    this.built = true;
  }
  #keeps(x: core.Tensor, keepDims: boolean): core.Tensor {
    return core.max(core.ne(x, this.maskValue), -1, { keepDims });
  }
  override call(x: core.Tensor): core.Tensor {
    return core.mul(x, core.cast(this.#keeps(x, true), x.dtype));
  }
  override computeMask(inputs: unknown): unknown {
    return inputs instanceof core.Tensor ? this.#keeps(inputs, false) : null;
  }
}

/** A function of a tensor. */
export type LambdaFn = (x: core.Tensor, ...rest: unknown[]) => unknown;
/** Options of `Lambda`. */
export interface LambdaOptions {
  /** More arguments for the function, in one object. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}
interface LambdaConfig extends LambdaOptions {
  readonly function: unknown;
}
const LAMBDA: Defaults<LambdaConfig> = { function: REQUIRED, arguments: {} };

class LambdaLayer extends Layer {
  static override readonly className: string = "Lambda";
  static override readonly positional: readonly string[] = ["function"];
  declare readonly fn: LambdaFn;
  declare readonly arguments: Readonly<Record<string, unknown>>;
  constructor(fn: LambdaFn | unknown, options: LambdaOptions & LayerOptions = {}) {
    super(given(options, { function: fn }), LAMBDA);
    Object.defineProperty(this, "fn", { value: this.#resolve(fn) });
    this.built = true;
  }
  /** A function of JavaScript, or one that the caller registered for a function of a file. Never the file's own code. */
  #resolve(fn: unknown): LambdaFn {
    if (isFunction(fn)) return fn;
    const record =
      isObjectConfig(fn) || typeof fn === "object"
        ? (fn as { config?: unknown; registered_name?: string | null })
        : null;
    const named = typeof fn === "string" ? fn : typeof record?.config === "string" ? record.config : null;
    const known =
      lookUpCustom(named, isFunction) ??
      lookUpCustom(record?.registered_name, isFunction) ??
      lookUpCustom(this.name, isFunction);
    if (known) return known;
    throw new UnsafeModelError("a Lambda layer of a file holds Python code, which is never run", {
      code: "unsafe/lambda",
      op: this.describe(),
      path: this.name,
      hint: `pass customObjects: { ${JSON.stringify(this.name)}: (x) => … } with the same function in JavaScript`,
    });
  }
  override call(x: core.Tensor): unknown {
    return Object.keys(this.arguments).length > 0 ? this.fn(x, this.arguments) : this.fn(x);
  }
  override getConfig(): Config {
    const { function: stored, ...config } = super.getConfig();
    const name = typeof stored === "function" ? stored.name : null;
    const record = { module: "builtins", class_name: "function", config: name, registered_name: name };
    return { ...config, function: name === null ? stored : record };
  }
}

function isFunction(value: unknown): value is LambdaFn {
  return typeof value === "function";
}

/**
 * The input as it is, any shape.
 * @throws {ArgumentError} when an option is unknown
 * @see keras.layers.Identity
 */
export const Identity: Constructible<typeof IdentityLayer> = /* @__PURE__ */ constructible(IdentityLayer);
/**
 * Marks steps whose features all equal `maskValue` (0 by default), so that later layers skip them, and sets
 * them to 0: `[N, T, features]`, same shape, mask `[N, T]`.
 * @throws {ArgumentError} when an option is unknown or the input is a scalar
 * @throws {DTypeError} when the input is bool
 * @see keras.layers.Masking
 */
export const Masking: Constructible<typeof MaskingLayer> = /* @__PURE__ */ constructible(MaskingLayer);
/**
 * A function as a layer; it decides the shapes. From files only functions that the caller gives by name
 * (`customObjects`) are run. Errors of the function pass through.
 * @throws {ArgumentError} when an option is unknown or the function is missing
 * @throws {UnsafeModelError} when the function is not one of JavaScript, as the Python code of a file
 * @see keras.layers.Lambda
 */
export const Lambda: Constructible<typeof LambdaLayer> = /* @__PURE__ */ constructible(LambdaLayer);

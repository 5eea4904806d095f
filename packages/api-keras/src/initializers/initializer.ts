// Base of initializers: callable objects that make the first value of a weight.
import * as core from "@isoform/core";
import { ArgumentError, LimitExceededError, type DType } from "@isoform/core";
import { shapeOf } from "../config/arguments.js";
import { classNameOf, objectText, type Config, type Configurable } from "../config/object.js";
import { HostStream } from "../random/host.js";
import { SeedGenerator, drawKey } from "../random/seed.js";
import { session } from "../session.js";
import { Tensor } from "../tensor/tensor.js";

/** An initializer is called like a function. */
export interface Initializer {
  (shape: number | readonly number[], dtype?: DType): Tensor;
}

/** Most elements of a weight; they are made in double precision on the host. */
const MAX_ELEMENTS = 2 ** 30;

/**
 * Base class, called with a shape and a dtype (default `floatx()`). Subclasses give `values`; the result is
 * the same on every backend. Values are drawn in double precision and rounded once.
 * @throws {DTypeError} when it is called for an integer dtype and a value has a fraction
 * @see keras.initializers.Initializer
 */
export abstract class Initializer implements Configurable {
  constructor() {
    return core.callableInstance<Initializer>(new.target.prototype, (self, [shape, dtype]) =>
      self._make(
        shapeOf(`initializers.${classNameOf(self)}`, shape as number | readonly number[]),
        (dtype as DType | undefined) ?? session.floatx,
      ),
    );
  }

  /** The elements in row-major order. */
  protected abstract values(shape: readonly number[], size: number): ArrayLike<number>;

  /** `<Constant value=2>`. */
  toString(): string {
    return objectText(this);
  }

  /** The options, with Keras' names. */
  getConfig(): Config {
    return {};
  }

  /** @internal */
  _make(shape: readonly number[], dtype: DType): Tensor {
    const size = core.sizeOf(shape);
    if (size > MAX_ELEMENTS) {
      throw new LimitExceededError(`[${shape.join(",")}] has ${size} elements, over ${MAX_ELEMENTS}`, {
        code: "limit/elements",
        op: `initializers.${classNameOf(this)}`,
        hint: "make a smaller weight",
      });
    }
    const values = this.values(shape, size);
    const data = core.newTypedArray(dtype, size);
    const write = core.elementWriter(dtype);
    for (let i = 0; i < size; i++) write(data, i, values[i]!);
    const made = core.fromTypedArray(data, { shape, dtype, tensorClass: Tensor });
    if (made instanceof Tensor) return made;
    throw new ArgumentError("the tensor has another class", { code: "internal/class", op: "Initializer" });
  }
}

/** Options of initializers that draw. */
export interface SeedOptions {
  /** Same numbers at every call; default (null): other numbers at each, from the session's seed. */
  readonly seed?: number | SeedGenerator | null;
}

/**
 * Base of initializers that draw random numbers in the shape that they are called with.
 * @throws {ArgumentError} when it is called with a seed that is no 32-bit unsigned integer
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.Initializer
 */
export abstract class RandomInitializer extends Initializer {
  declare readonly seed: number | SeedGenerator | null;

  constructor(options: SeedOptions) {
    super();
    Object.defineProperty(this, "seed", { value: options.seed ?? null });
  }

  /** A new stream for one call. */
  protected stream(): HostStream {
    return new HostStream(drawKey("initializer", this.seed));
  }

  override getConfig(): Config {
    return { seed: this.seed instanceof SeedGenerator ? this.seed.seed : this.seed };
  }
}

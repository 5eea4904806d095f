// InputLayer and Input: the starting points of functional models.
import {
  ArgumentError,
  checkOptions,
  shown,
  type DType,
  constructible,
  type Constructible,
} from "@isoform/core";
import { filled, positive } from "../../config/options.js";
import type { Config } from "../../config/object.js";
import { KerasTensor, type SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, isShape, type LayerOptions } from "../../engine/layer.js";
import { Node } from "../../engine/node.js";
import { isPlainObject } from "../../engine/structure.js";
import { session } from "../../session.js";

/** Options of `Input`. */
export interface InputOptions {
  readonly batchSize?: number | null;
  /** Default: the session's float dtype. */
  readonly dtype?: DType | null;
  readonly name?: string | null;
  /** Whether the input may be left out (null). */
  readonly optional?: boolean;
  /** The whole shape with the batch axis, instead of `shape`. */
  readonly batchShape?: SymbolicShape | null;
}

/** `Input({ shape, dtype, name })`. */
export interface InputParts extends InputOptions {
  /** Sizes without the batch axis, null where unknown. */
  readonly shape?: SymbolicShape | null;
}
const OPTION_NAMES = ["batchSize", "dtype", "name", "optional", "batchShape"];

/** The layer behind a symbolic input. */
class InputLayerClass extends Layer {
  static override readonly className: string = "InputLayer";
  readonly batchShape: SymbolicShape;
  readonly inputDtype: DType;
  readonly optional: boolean;

  constructor(options: InputParts = {}) {
    const defaults = { shape: null, batchSize: null, batchShape: null, dtype: null, name: null };
    filled<object>("InputLayer", options, { ...defaults, optional: false, sparse: false, ragged: false });
    const base: LayerOptions =
      options.name === null || options.name === undefined ? {} : { name: options.name };
    super(base);
    this.batchShape = batchShapeOf(options);
    this.inputDtype = options.dtype ?? session.floatx;
    this.optional = options.optional ?? false;
    this.built = true;
    new Node(this, [], {}, new KerasTensor(this.batchShape, this.inputDtype, this.name));
  }

  override call(x: unknown): unknown {
    return x;
  }
  override getConfig(): Config {
    return {
      batch_shape: [...this.batchShape],
      dtype: this.inputDtype,
      sparse: false,
      ragged: false,
      name: this.name,
      optional: this.optional,
    };
  }
}

/** The whole shape that the options say. @throws {ArgumentError} when there is none, or it is no array of sizes */
function batchShapeOf(options: InputParts): SymbolicShape {
  const { shape = null, batchShape = null, batchSize = null } = options;
  const given: unknown = batchShape ?? shape;
  if (!isShape(given) || !given.every((n) => n === null || (Number.isSafeInteger(n) && n >= 0))) {
    const single = typeof given === "number" && Number.isSafeInteger(given) && given > 0;
    const problem =
      given === null ? "the shape is missing or not an array of sizes" : `the shape is ${shown(given)}`;
    throw new ArgumentError(problem, {
      code: "argument/shape",
      op: "Input",
      hint: single
        ? `pass the shape of one sample as an array: keras.Input([${given}])`
        : "pass the shape of one sample, e.g. keras.Input([28, 28, 1]), with null for sizes that are unknown",
    });
  }
  if (batchShape !== null) return [...batchShape];
  return [batchSize === null ? null : positive("Input", "batchSize", batchSize), ...given];
}

/**
 * A symbolic input for functional models: `keras.Input([784])`, or `keras.Input({ shape: [784] })` as Python writes it,
 * stands for float32 `[batch, 784]`.
 * @param shape sizes without the batch axis, null where unknown; or the shape and the options in one object
 * @throws {ArgumentError} when an option is unknown, the shape is missing or not an array of sizes and nulls,
 *   or the name has a slash
 * @throws {DTypeError} when the dtype is unknown
 * @see keras.Input
 */
export function Input(shape: SymbolicShape | InputParts | null, options: InputOptions = {}): KerasTensor {
  const alone = isPlainObject(shape);
  if (alone) checkOptions("Input", shape, ["shape", ...OPTION_NAMES]);
  checkOptions("Input", options, OPTION_NAMES);
  const parts = alone ? shape : { shape: shape as SymbolicShape | null };
  const layer = new InputLayer({ ...options, ...parts });
  return layer.inboundNodes[0]!.outputs[0]!;
}

/** An instance of `InputLayer`. */
export type InputLayer = InputLayerClass;
/**
 * The layer behind a symbolic input; `batchShape` is the whole shape, `shape` that without the batch axis.
 * @throws {ArgumentError} when an option is unknown, the shape is missing or not an array of sizes and nulls,
 *   or the name has a slash
 * @see keras.layers.InputLayer
 */
export const InputLayer: Constructible<typeof InputLayerClass> =
  /* @__PURE__ */ constructible(InputLayerClass);

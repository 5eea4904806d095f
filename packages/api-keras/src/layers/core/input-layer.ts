// InputLayer and Input: the starting points of functional models.
import { ArgumentError, checkOptions, type DType, constructible, type Constructible } from "@isoform/core";
import { filled } from "../../config/options.js";
import type { Config } from "../../config/object.js";
import { KerasTensor, type SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, isShape, type LayerOptions } from "../../engine/layer.js";
import { Node } from "../../engine/node.js";
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

/** The layer behind a symbolic input. */
class InputLayerClass extends Layer {
  static override readonly className: string = "InputLayer";
  readonly batchShape: SymbolicShape;
  readonly inputDtype: DType;
  readonly optional: boolean;

  constructor(options: { readonly shape?: SymbolicShape } & InputOptions = {}) {
    const defaults = { shape: null, batchSize: null, batchShape: null, dtype: null, name: null };
    filled<object>("InputLayer", options, { ...defaults, optional: false, sparse: false, ragged: false });
    const base: LayerOptions =
      options.name === null || options.name === undefined ? {} : { name: options.name };
    super(base);
    const shape =
      options.batchShape ?? (options.shape ? [options.batchSize ?? null, ...options.shape] : null);
    if (shape === null || !isShape(shape)) {
      throw new ArgumentError("the shape is missing or not an array of sizes", {
        code: "argument/shape",
        op: "Input",
        hint: "pass the shape of one sample, e.g. keras.Input([28, 28, 1])",
      });
    }
    this.batchShape = [...shape];
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

/**
 * A symbolic input for functional models: `keras.Input([784])` stands for float32 `[batch, 784]`.
 * @param shape sizes without the batch axis, null where unknown
 * @throws {ArgumentError} when an option is unknown, the shape is missing or not an array of sizes and nulls,
 *   or the name has a slash
 * @see keras.Input
 */
export function Input(shape: SymbolicShape | null, options: InputOptions = {}): KerasTensor {
  checkOptions("Input", options, ["batchSize", "dtype", "name", "optional", "batchShape"]);
  const layer = new InputLayer({ ...options, ...(shape === null ? {} : { shape }) });
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

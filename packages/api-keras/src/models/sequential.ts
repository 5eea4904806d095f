// Sequential: a chain of layers.
import {
  ArgumentError,
  checkOptions,
  constructible,
  shown,
  type Constructible,
  type DType,
} from "@isoform/core";
import type { Config } from "../config/object.js";
import { layerRecord } from "../config/layer-config.js";
import { Graph } from "../engine/graph.js";
import { KerasTensor, isKerasTensor, type SymbolicShape } from "../engine/keras-tensor.js";
import { Layer, isShape } from "../engine/layer.js";
import { InputLayer } from "../layers/core/input-layer.js";
import { nameScope, session } from "../session.js";
import { ModelLayer, type ModelOptions } from "./model.js";

/** See `Sequential`. */
export class SequentialModel extends ModelLayer {
  static override readonly className: string = "Sequential";
  /** @internal */ declare $chain: {
    readonly layers: Layer[];
    input: KerasTensor | null;
    output: KerasTensor | null;
  };

  constructor(layers: readonly (Layer | KerasTensor)[] = [], options: ModelOptions = {}) {
    checkOptions("Sequential", options, ["name", "trainable", "dtype"]);
    super(options);
    Object.defineProperty(this, "$chain", { value: { layers: [], input: null, output: null } });
    if (!Array.isArray(layers)) {
      throw new ArgumentError(`the layers are ${shown(layers)}`, {
        code: "argument/not-a-layer",
        op: "Sequential",
        hint: "pass the layers in an array: keras.Sequential([layers.Dense(10)])",
      });
    }
    for (const layer of layers as readonly (Layer | KerasTensor)[]) this.add(layer);
  }

  override get layers(): readonly Layer[] {
    return this.$chain.layers;
  }
  override subLayers(): Layer[] {
    return [...this.$chain.layers];
  }

  /**
   * Adds a layer at the end; it must take the shape of the output so far. A symbolic input must come first.
   * @throws {ArgumentError} when the value is not a layer, its name is taken, an input is not first, or the
   *   layer gives several outputs
   * @throws {ShapeError} when the layer does not take the output of the one before
   */
  add(layer: Layer | KerasTensor): void {
    const chain = this.$chain;
    if (isKerasTensor(layer)) return this.#setInput(layer);
    if (!(layer instanceof Layer)) {
      throw new ArgumentError("this is not a layer", {
        code: "argument/not-a-layer",
        op: this.describe(),
        hint: "pass layers, e.g. layers.Dense(10)",
      });
    }
    if (layer instanceof InputLayer) return this.#setInput(layer.inboundNodes[0]!.outputs[0]!);
    if (chain.layers.some((l) => l !== layer && l.name === layer.name)) {
      throw new ArgumentError(`the name ${JSON.stringify(layer.name)} is used twice`, {
        code: "model/duplicate-name",
        op: this.describe(),
        hint: "give the layers other names",
      });
    }
    if (chain.layers.length === 0 && chain.input === null) this.#inputFrom(layer);
    chain.layers.push(layer);
    session.revision++;
    if (chain.output !== null) this.#connect(layer);
    this.#finish();
  }

  /** Takes the last layer away and returns it. @throws {ArgumentError} when there is none */
  pop(): Layer {
    const { layers, input } = this.$chain;
    const last = layers.pop();
    session.revision++;
    if (last === undefined) {
      throw new ArgumentError("the model has no layers", { code: "model/empty", op: this.describe() });
    }
    if (input !== null) this.#rebuild(input);
    return last;
  }

  #setInput(input: KerasTensor): void {
    const chain = this.$chain;
    if (chain.input !== null || chain.layers.length > 0) {
      throw new ArgumentError("an input comes after layers or another input", {
        code: "model/input-order",
        op: this.describe(),
        hint: "put keras.Input first",
      });
    }
    chain.input = input;
    chain.output = input;
  }

  /** The first layer may say its input shape, or be a model that knows it. */
  #inputFrom(layer: Layer): void {
    const shape: unknown = Reflect.get(layer, "_inputShape");
    if (isShape(shape)) this.#setInput(newInput([null, ...shape], layer.computeDtype));
    else if (layer instanceof ModelLayer && layer.$graph !== null && layer.inputs.length === 1) {
      const [like] = layer.inputs;
      this.#setInput(newInput(like!.shape, like!.dtype));
    }
  }

  #connect(layer: Layer): void {
    const chain = this.$chain;
    const output = nameScope(this.name, () => layer<unknown>(chain.output!));
    if (!isKerasTensor(output)) {
      throw new ArgumentError(`${layer.describe()} gives several outputs`, {
        code: "model/several-outputs",
        op: this.describe(),
        hint: "use a functional model for layers with several outputs",
      });
    }
    chain.output = output;
  }

  #finish(): void {
    const { input, output, layers } = this.$chain;
    if (input === null || output === null || layers.length === 0) return;
    this.$graph = new Graph(input, output);
    this.built = true;
    this.$books.buildShapes = [input.shape];
  }

  #rebuild(input: KerasTensor): void {
    const chain = this.$chain;
    chain.output = input;
    this.$graph = null;
    for (const layer of chain.layers) {
      layer.inboundNodes.length = 0;
      this.#connect(layer);
    }
    this.#finish();
  }

  override build(shape: SymbolicShape): void {
    if (this.$chain.layers.length === 0) {
      throw new ArgumentError("the model has no layers", {
        code: "model/empty",
        op: this.describe(),
        hint: "add layers first",
      });
    }
    this.#start(shape, "float32");
  }

  #start(shape: SymbolicShape, dtype: DType): void {
    const chain = this.$chain;
    chain.input = newInput(shape, dtype);
    chain.output = chain.input;
    for (const layer of chain.layers) this.#connectBuilding(layer);
    this.#finish();
  }

  /** During `build` the model's name is already part of the path. */
  #connectBuilding(layer: Layer): void {
    const output = layer<unknown>(this.$chain.output!);
    if (isKerasTensor(output)) this.$chain.output = output;
    else this.#connect(layer);
  }

  /** The record of the class, with the shape it was built for. */
  override getConfig(): Config {
    const { name, trainable, dtype } = super.getConfig();
    const { input, layers } = this.$chain;
    const first = input?.history?.operation;
    const records = [...(first instanceof InputLayer ? [first] : []), ...layers].map(layerRecord);
    const config: Config = { name, trainable, dtype, layers: records };
    if (input !== null) config["build_input_shape"] = [...input.shape];
    return config;
  }
}

function newInput(shape: SymbolicShape, dtype: DType): KerasTensor {
  return new InputLayer({ batchShape: shape, dtype }).inboundNodes[0]!.outputs[0]!;
}

/**
 * A chain of layers: `Sequential([Input([784]), Dense(10)])`. Without an input it is built by its first call.
 * @throws {ArgumentError} when a value is not a layer, two layers have one name, an input is not first, or a
 *   layer gives several outputs
 * @throws {ShapeError} when a layer does not take the output of the one before
 * @see keras.Sequential
 */
export const Sequential: Constructible<typeof SequentialModel> =
  /* @__PURE__ */ constructible(SequentialModel);
export type Sequential = SequentialModel;

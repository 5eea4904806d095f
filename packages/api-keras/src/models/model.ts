// Model: layers put together, as a functional graph or by subclassing, with training and configs.
import * as core from "@isoform/core";
import { ArgumentError, checkOptions, constructible, type Constructible } from "@isoform/core";
import { Graph, inputName, type SymbolicStructure } from "../engine/graph.js";
import { KerasTensor, isKerasTensor } from "../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../engine/layer.js";
import { isPlainObject } from "../engine/structure.js";
import { standardOutput, terminalWidth } from "../platform.js";
import { autoName } from "../session.js";
import { summaryText, type SummaryOptions } from "./summary.js";

/** Options of `Model`. */
export type ModelOptions = Pick<LayerOptions, "name" | "trainable" | "dtype">;
/** `Model({ inputs, outputs, name })`. */
export interface ModelParts extends ModelOptions {
  readonly inputs: SymbolicStructure;
  readonly outputs: SymbolicStructure;
}

/** See `Model`. */
export class ModelLayer extends Layer {
  static override readonly className: string = "Model";
  /** @internal */ declare $graph: Graph | null;

  constructor(
    inputs?: SymbolicStructure | ModelParts | ModelOptions,
    outputs?: SymbolicStructure,
    options: ModelOptions = {},
  ) {
    const parts = readParts(inputs, outputs, options);
    const graph = parts.inputs === null ? null : new Graph(parts.inputs, parts.outputs!);
    const plain = graph !== null && new.target.className === "Model";
    const name = parts.options.name ?? (plain ? autoName("Functional") : null);
    super(name === null ? parts.options : { ...parts.options, name });
    Object.defineProperty(this, "$graph", { value: graph, writable: true });
    if (graph !== null) this.built = true;
  }

  /** Layers of the model, in Keras' order. */
  get layers(): readonly Layer[] {
    return this.subLayers();
  }
  override subLayers(): Layer[] {
    const own = super.subLayers();
    if (this.$graph === null) return own;
    const layers = this.$graph.layers;
    return [...layers, ...own.filter((l) => !layers.includes(l))];
  }

  /** Symbolic inputs, flat. @throws ArgumentError for models without a graph */
  get inputs(): readonly KerasTensor[] {
    return this.requireGraph("inputs").inputList;
  }
  /** Symbolic outputs, flat. @throws ArgumentError for models without a graph */
  get outputs(): readonly KerasTensor[] {
    return this.requireGraph("outputs").outputList;
  }
  override get input(): unknown {
    return this.$graph === null ? super.input : one(this.$graph.inputList);
  }
  override get output(): unknown {
    return this.$graph === null ? super.output : one(this.$graph.outputList);
  }
  /** Names of the inputs. */
  get inputNames(): string[] {
    return this.inputs.map(inputName);
  }
  /** Names of the layers that give the outputs. */
  get outputNames(): string[] {
    return this.outputs.map((t) => t.history!.operation.name);
  }
  /** Shapes of the inputs, null where unknown. */
  get inputShape(): unknown {
    return one(this.inputs.map((t) => t.shape));
  }
  /** Shapes of the outputs, null where unknown. */
  get outputShape(): unknown {
    return one(this.outputs.map((t) => t.shape));
  }

  private requireGraph(what: string): Graph {
    if (this.$graph) return this.$graph;
    throw new ArgumentError(`the model has no symbolic ${what}`, {
      code: "model/no-graph",
      op: this.describe(),
      hint: "only functional and built Sequential models have them",
    });
  }

  /** A layer by name, or by position in `layers`. @throws ArgumentError with the nearest name */
  getLayer(which: string | number): Layer {
    const { layers } = this;
    const found = typeof which === "number" ? layers.at(which) : layers.find((l) => l.name === which);
    if (found) return found;
    const near =
      typeof which === "string"
        ? core.closest(
            which,
            layers.map((l) => l.name),
          )
        : undefined;
    throw new ArgumentError(`no layer ${JSON.stringify(which)}`, {
      code: "model/unknown-layer",
      op: this.describe(),
      hint: near ? `did you mean "${near}"?` : `the layers are ${layers.map((l) => l.name).join(", ")}`,
    });
  }

  override call(inputs: unknown, ...rest: unknown[]): unknown {
    if (this.$graph === null) return super.call(inputs as never, ...(rest as never[]));
    return this.$graph.run(this.$graph.flatten(this.describe(), inputs));
  }

  /** Prints the table of layers (`keras.Model.summary`). */
  summary(options: SummaryOptions = {}): void {
    checkOptions("summary", options, [
      "lineLength",
      "positions",
      "printFn",
      "expandNested",
      "showTrainable",
      "layerRange",
    ]);
    const sized = (v: core.Tensor) => ({ size: v.size, bytes: v.size * core.itemSize(v.dtype) });
    const text = summaryText(
      {
        name: this.name,
        layers: this.layers,
        trainableWeights: this.trainableWeights.map(sized),
        nonTrainableWeights: this.nonTrainableWeights.map(sized),
        graph: this.$graph,
        optimizerWeights: this._optimizerWeights()?.map(sized) ?? null,
      },
      options,
      terminalWidth(),
    );
    if (options.printFn) options.printFn(text);
    else standardOutput().write(`${text}\n`);
  }

  /** @internal */
  _optimizerWeights(): readonly core.Tensor[] | null {
    return null;
  }
}

function one<T>(list: readonly T[]): T | readonly T[] {
  return list.length === 1 ? list[0]! : list;
}

interface Parts {
  readonly inputs: SymbolicStructure | null;
  readonly outputs: SymbolicStructure | null;
  readonly options: ModelOptions;
}

function isParts(value: unknown): value is ModelParts {
  return isPlainObject(value) && "inputs" in value && "outputs" in value;
}

const OPTION_NAMES = ["name", "trainable", "dtype"];

function readParts(
  inputs: SymbolicStructure | ModelParts | ModelOptions | undefined,
  outputs: SymbolicStructure | undefined,
  options: ModelOptions,
): Parts {
  if (inputs === undefined) return { inputs: null, outputs: null, options };
  if (outputs !== undefined) {
    checkOptions("Model", options, OPTION_NAMES);
    return { inputs: inputs as SymbolicStructure, outputs, options };
  }
  if (isParts(inputs)) {
    const { inputs: from, outputs: to, ...rest } = inputs;
    checkOptions("Model", rest, OPTION_NAMES);
    return { inputs: from, outputs: to, options: rest };
  }
  if (isKerasTensor(inputs) || Array.isArray(inputs)) {
    throw new ArgumentError("outputs are missing", {
      code: "argument/missing",
      op: "Model",
      hint: "pass keras.Model(inputs, outputs)",
    });
  }
  return { inputs: null, outputs: null, options: inputs as ModelOptions };
}

/**
 * A model: `Model(inputs, outputs)` from symbolic tensors, or a class that extends it and defines `call`. Follows
 * `keras.Model`. @throws ArgumentError for outputs that do not come from the inputs
 */
export const Model: Constructible<typeof ModelLayer> = /* @__PURE__ */ constructible(ModelLayer);
export type Model = ModelLayer;

// TimeDistributed and Bidirectional.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { oneOrList } from "../../engine/input-spec.js";
import { layerFromConfig, layerRecord, type ConfigReader } from "../../config/layer-config.js";
import { classNameOf, type Config, type ObjectConfig } from "../../config/object.js";
import { oneOf, type Resolved, isOptions } from "../../config/options.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, isShape, type LayerOptions } from "../../engine/layer.js";
import { allLayers } from "../../engine/tracking.js";
import { WrapperLayer } from "../core/wrapper.js";
import { BatchNormalizationLayer } from "../normalization/batch-normalization.js";
import { RNNLayer, type RecurrentCallOptions } from "./rnn.js";
import { checkStates, type States } from "./cell.js";

class TimeDistributedLayer extends WrapperLayer {
  static override readonly className: string = "TimeDistributed";
  constructor(layer: Layer, options: LayerOptions = {}) {
    super(layer, options);
    this.supportsMasking = true;
    this.inputSpec = { minNdim: 3 };
  }
  override build(shape: SymbolicShape): void {
    if (!this.layer.built) this.layer.build(...([[shape[0] ?? null, ...shape.slice(2)]] as never[]));
  }
  override call(
    x: core.Tensor,
    { training, mask }: { readonly training: boolean; readonly mask?: unknown },
  ): core.Tensor {
    const [batch, time] = x.shape as [number, number];
    const inner = (t: core.Tensor, m: core.Tensor | null) =>
      this.layer<core.Tensor>(t, m ? { training, mask: m } : { training });
    const perStep = training && allLayers(this.layer).some((l) => l instanceof BatchNormalizationLayer);
    if (perStep) {
      const steps = Array.from({ length: time }, (_, t) =>
        core.unsqueeze(inner(core.squeeze(core.sliceAxis(x, 1, t, t + 1), [1]), null), [1]),
      );
      return core.concat(steps, 1);
    }
    const flat = core.reshape(x, [batch * time, ...x.shape.slice(2)]);
    const deep =
      mask instanceof core.Tensor && mask.rank > 2
        ? core.reshape(mask, [batch * time, ...mask.shape.slice(2)])
        : null;
    const y = inner(flat, deep);
    return core.reshape(y, [batch, time, ...y.shape.slice(1)]);
  }
}

/** How the two directions are joined; null gives both. */
export type MergeMode = "concat" | "sum" | "mul" | "ave" | null;
/** Options of `Bidirectional`. */
export interface BidirectionalOptions {
  readonly mergeMode?: MergeMode;
  /** Default: a copy of the layer in the other direction. */
  readonly backwardLayer?: RNNLayer | null;
}

interface BidirectionalLayer extends Resolved<{ readonly mergeMode?: MergeMode }> {}
class BidirectionalLayer extends Layer {
  static override readonly className: string = "Bidirectional";
  static override readonly positional: readonly string[] = ["layer"];
  forwardLayer: RNNLayer;
  backwardLayer: RNNLayer;

  constructor(layer: Layer, options: BidirectionalOptions & LayerOptions = {}) {
    const { backwardLayer, ...rest }: BidirectionalOptions & LayerOptions = isOptions(options) ? options : {};
    super(isOptions(options) ? rest : options, { mergeMode: "concat" });
    if (!(layer instanceof RNNLayer)) {
      throw new ArgumentError("the first argument is not a recurrent layer", {
        code: "argument/not-a-layer",
        op: this.describe(),
        hint: "pass a layer such as layers.LSTM(8)",
      });
    }
    if (this.mergeMode !== null)
      oneOf(this.describe(), "mergeMode", this.mergeMode, ["concat", "sum", "mul", "ave"]);
    this.forwardLayer = renamed(layer, "forward_", layer.goBackwards);
    this.backwardLayer = renamed(
      backwardLayer ?? layer,
      "backward_",
      backwardLayer ? backwardLayer.goBackwards : !layer.goBackwards,
    );
    if (this.forwardLayer.goBackwards === this.backwardLayer.goBackwards) {
      throw new ArgumentError("both layers run in the same direction", {
        code: "argument/invalid",
        op: this.describe(),
        hint: "make backwardLayer with { goBackwards: true }",
      });
    }
    this.supportsMasking = true;
    this.takes = oneOrList(Infinity);
  }
  override build(shape: SymbolicShape | readonly SymbolicShape[]): void {
    const sequence = isShape(shape) ? shape : shape[0]!;
    for (const layer of [this.forwardLayer, this.backwardLayer]) if (!layer.built) layer.build(sequence);
  }
  override call(sequence: core.Tensor | States, options: RecurrentCallOptions): unknown {
    const [x, ...given] = Array.isArray(sequence) ? (sequence as core.Tensor[]) : [sequence as core.Tensor];
    const state = given.length > 0 ? given : (options.initialState ?? null);
    const list = state instanceof core.Tensor ? [state] : state;
    const { training, mask } = options;
    const one = (layer: RNNLayer, from: States | null) => {
      const rest = mask instanceof core.Tensor ? { training, mask } : { training };
      const result = layer<core.Tensor | core.Tensor[]>(x!, from ? { ...rest, initialState: from } : rest);
      return Array.isArray(result) ? result : [result];
    };
    const [forwards, backwards] = [this.forwardLayer, this.backwardLayer].map((l) => l.cell.stateSize.length);
    if (list !== null) checkStates(this.describe(), list, forwards! + backwards!);
    const [forward, ...forwardStates] = one(this.forwardLayer, list ? list.slice(0, forwards) : null);
    const [reversed, ...backwardStates] = one(this.backwardLayer, list ? list.slice(forwards) : null);
    const backward = this.forwardLayer.returnSequences ? core.flip(reversed!, [1]) : reversed!;
    const merged = this.#merge(forward!, backward);
    if (!this.forwardLayer.returnState) return merged;
    return [...(Array.isArray(merged) ? merged : [merged]), ...forwardStates, ...backwardStates];
  }
  #merge(a: core.Tensor, b: core.Tensor): core.Tensor | core.Tensor[] {
    switch (this.mergeMode) {
      case "concat":
        return core.concat([a, b], -1);
      case "sum":
        return core.add(a, b);
      case "ave":
        return core.div(core.add(a, b), 2);
      case "mul":
        return core.mul(a, b);
      case null:
        return [a, b];
    }
  }
  override computeMask(_inputs: unknown, mask: unknown): unknown {
    return this.forwardLayer.returnSequences ? (mask ?? null) : null;
  }
  override getConfig(): Config {
    const [layer, backward_layer] = [layerRecord(this.forwardLayer), layerRecord(this.backwardLayer)];
    return { ...super.getConfig(), layer, backward_layer };
  }
}

/** A copy of a layer with a prefix to its name and a direction. */
function renamed(layer: RNNLayer, prefix: string, goBackwards: boolean): RNNLayer {
  const name = prefix + layer.name.replace(new RegExp(`^${prefix}`), "");
  const own = layer.getConfig();
  const zero = layer.returnSequences ? true : own["zero_output_for_mask"];
  const config = { ...own, name, go_backwards: goBackwards, zero_output_for_mask: zero };
  const classes = new Map(allLayers(layer).map((l) => [classNameOf(l), l.constructor]));
  const reader: ConfigReader = {
    layer(record) {
      const { class_name: kind, config: inner } = record as ObjectConfig;
      return layerFromConfig(classes.get(kind) as never, inner, reader);
    },
  };
  const copy = layerFromConfig(layer.constructor as never, config, reader);
  if (copy instanceof RNNLayer) return copy;
  throw new ArgumentError("the copy is not a recurrent layer", {
    code: "argument/class",
    op: layer.describe(),
  });
}

/**
 * A layer at every step: `[batch, time, …] -> [batch, time, …]`, each step `[batch, …]` as the layer maps it.
 * @throws {ArgumentError} when an option is unknown or the first argument is not a layer
 * @throws {ShapeError} when the input has fewer than 3 axes or the layer inside does not take the shape of a
 *   step
 * @see keras.layers.TimeDistributed
 */
export const TimeDistributed: Constructible<typeof TimeDistributedLayer> =
  /* @__PURE__ */ constructible(TimeDistributedLayer);
/**
 * A recurrent layer in both directions, joined by `mergeMode`:
 * `[batch, time, features] -> [batch, 2 · units]` with `"concat"` (the default), with a time axis when the
 * layer returns sequences, two tensors with null. States: those of the forward layer, then those of the
 * backward layer.
 * @throws {ArgumentError} when an option is unknown, the first argument is not a recurrent layer, `mergeMode`
 *   is not one of its values, both layers run in the same direction, or the number of initial states is wrong
 * @throws {ShapeError} when the input has fewer than 3 axes or the outputs cannot be joined
 * @see keras.layers.Bidirectional
 */
export const Bidirectional: Constructible<typeof BidirectionalLayer> =
  /* @__PURE__ */ constructible(BidirectionalLayer);

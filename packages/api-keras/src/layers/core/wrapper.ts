// Wrapper: base of layers around another layer.
import { ArgumentError } from "@isoform/core";
import type { AnyDefaults } from "../../config/options.js";
import { REQUIRED, given } from "../../config/options.js";
import type { Shapes } from "../../engine/layer.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";

/**
 * Base of layers around another layer; the inner one is built with the same input shape.
 * @throws {ArgumentError} when the first argument is not a layer or an option is unknown
 * @see keras.layers.Wrapper
 */
export class WrapperLayer extends Layer {
  static override readonly className: string = "Wrapper";
  static override readonly positional: readonly string[] = ["layer"];
  /** The layer inside. */
  layer: Layer;

  constructor(layer: Layer, options: LayerOptions = {}, defaults: AnyDefaults = { layer: REQUIRED }) {
    if (!(layer instanceof Layer)) {
      throw new ArgumentError("the first argument is not a layer", {
        code: "argument/not-a-layer",
        op: "Wrapper",
        hint: "pass a layer, e.g. TimeDistributed(layers.Dense(4))",
      });
    }
    super(given(options, { layer }), defaults);
    this.layer = layer;
  }
  override build(shape: Shapes): void {
    if (!this.layer.built) this.layer.build(shape as never);
  }
  override call(...args: never[]): unknown {
    return Reflect.apply(this.layer, undefined, args);
  }
}

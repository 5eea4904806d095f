// Names of layers: those of the source, in characters that Keras and TensorFlow scopes allow, each used once.
import type { KTensor, LayerBuild } from "./tensors.js";
import { uniqueName } from "../../unique-name.js";

/** A name as a TensorFlow name scope takes it. */
export function sanitise(name: string): string {
  const plain = name.replaceAll(/[^\w.-]+/g, "_").replaceAll(/^[^A-Za-z0-9.]+/g, "");
  return plain === "" ? "layer" : plain;
}

/**
 * Gives every layer its name: inputs first, then the layers that make the outputs, whose names are the outputs', then
 * all others. Returns the layers as they came.
 */
export function settleNames(
  layers: readonly LayerBuild[],
  outputs: readonly KTensor[],
  outputNames: readonly string[],
): readonly LayerBuild[] {
  const taken = new Set<string>();
  const settled = new Set<LayerBuild>();
  const settle = (layer: LayerBuild, wanted: string): void => {
    if (settled.has(layer)) return;
    const base = sanitise(wanted);
    const name = uniqueName(base, (n) => taken.has(n.toLowerCase()));
    taken.add(name.toLowerCase());
    layer.name = name;
    settled.add(layer);
  };
  for (const layer of layers) if (layer.className === "InputLayer") settle(layer, layer.wanted);
  outputs.forEach((t, i) => settle(t.maker, outputNames[i] ?? t.maker.wanted));
  for (const layer of layers) settle(layer, layer.wanted);
  return layers;
}

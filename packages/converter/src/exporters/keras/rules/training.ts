// Layers that do nothing at inference: their class and settings travel as facts.
import type { PlainObject } from "../../../formats/keras/index.js";
import { channelsLastPlaces } from "../emitter.js";
import type { KerasRule, KerasRules } from "../node.js";

/** Layers of Keras that an Identity or Dropout node may stand for, with the settings they take. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  Dropout: ["rate"],
  SpatialDropout1D: ["rate"],
  SpatialDropout2D: ["rate"],
  SpatialDropout3D: ["rate"],
  AlphaDropout: ["rate"],
  GaussianDropout: ["rate"],
  GaussianNoise: ["stddev"],
  ActivityRegularization: ["l1", "l2"],
};

/** Class and config of the layer that a node's facts name; null for none. */
function layerOf(
  facts: Readonly<Record<string, number | string | boolean>> | undefined,
): { className: string; config: PlainObject } | null {
  const className = facts?.["layer"];
  const keys =
    typeof className === "string" && Object.hasOwn(SETTINGS, className) ? SETTINGS[className] : undefined;
  if (typeof className !== "string" || !facts || !keys) return null;
  return {
    className,
    config: Object.fromEntries(keys.flatMap((key) => (key in facts ? [[key, facts[key]!]] : []))),
  };
}

const identity: KerasRule<"Identity"> = (n) => {
  const view = n.view(0);
  const layer = layerOf(n.node.facts);
  if (!layer) {
    n.out.set(n.result, view);
    return;
  }
  const t = n.layer(layer.className, view.value, view.value.dims, { config: layer.config });
  n.out.set(n.result, { ...view, value: t });
};

const dropout: KerasRule<"Dropout"> = (n) => {
  if (n.node.outputs[1]) throw n.error("the mask of a Dropout");
  const rate = n.has(1) ? (n.numbers(1)?.[0] ?? 0.5) : 0.5;
  const stated = layerOf(n.node.facts);
  const className = stated?.className ?? "Dropout";
  const fact = n.node.facts?.["rate"];
  const config = stated?.config ?? { rate: typeof fact === "number" ? fact : rate };
  if (className.startsWith("Spatial")) {
    const order = channelsLastPlaces(n.rank(0));
    n.set(n.layer(className, n.channelsLast(0), n.placedOut(order), { config }), order);
    return;
  }
  const view = n.view(0);
  const t = n.layer(className, view.value, view.value.dims, { config });
  n.out.set(n.result, { ...view, value: t });
};

/** Layers for training. */
export const TRAINING_RULES: KerasRules = { Identity: identity, Dropout: dropout };

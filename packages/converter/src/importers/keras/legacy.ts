// Configs of Keras 1 in the words of Keras 2 and 3. Later configs pass unchanged.
import {
  canonicalClass,
  isPlainObject,
  type PlainJson,
  type PlainObject,
} from "../../formats/keras/index.js";

/** Options that Keras 2 renamed. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["border_mode", "padding"],
  ["subsample", "strides"],
  ["subsample_length", "strides"],
  ["filter_length", "kernel_size"],
  ["nb_filter", "filters"],
  ["inner_activation", "recurrent_activation"],
  ["atrous_rate", "dilation_rate"],
  ["bias", "use_bias"],
  ["pool_length", "pool_size"],
]);
/** Options of Keras 1 without a counterpart that say nothing at inference. */
const DROPPED: ReadonlySet<string> = new Set([
  "init",
  "inner_init",
  "forget_bias_init",
  "W_regularizer",
  "b_regularizer",
  "U_regularizer",
  "W_constraint",
  "b_constraint",
  "dropout_W",
  "dropout_U",
  "beta_init",
  "gamma_init",
  "gamma_regularizer",
  "beta_regularizer",
]);
const UNITS: ReadonlySet<string> = new Set(["Dense", "LSTM", "GRU", "SimpleRNN"]);
const ORDERINGS: ReadonlyMap<PlainJson, string> = new Map<PlainJson, string>([
  ["tf", "channels_last"],
  ["th", "channels_first"],
  ["default", "channels_last"],
]);
const MERGES: ReadonlyMap<PlainJson | undefined, string> = new Map<PlainJson | undefined, string>([
  ["sum", "Add"],
  ["mul", "Multiply"],
  ["ave", "Average"],
  ["max", "Maximum"],
  ["concat", "Concatenate"],
  ["dot", "Dot"],
]);

/** True when a layer config speaks the language of Keras 1. */
function isOld(className: string, config: PlainObject): boolean {
  const keys = ["border_mode", "nb_filter", "dim_ordering", "W_regularizer", "inner_activation", "bias"];
  if (className === "Merge") return true;
  if (className === "BatchNormalization" && "mode" in config) return true;
  return keys.some((key) => key in config);
}

function modernLayer(className: string, config: PlainObject): PlainObject {
  const out: Record<string, PlainJson> = Object.create(null);
  for (const [key, v] of Object.entries(config)) {
    const ordering = key === "dim_ordering" ? ORDERINGS.get(v) : undefined;
    if (ordering !== undefined) out["data_format"] = ordering;
    else if (key === "output_dim" && UNITS.has(className)) out["units"] = v;
    else if (key === "length" && className === "UpSampling1D") out["size"] = v;
    else if (key === "stride" && className.endsWith("1D")) out["strides"] = v;
    else if (key === "mode" && className === "BatchNormalization" && (v === 0 || v === 2)) continue;
    else if (key === "nb_row" || key === "nb_col" || DROPPED.has(key)) continue;
    else out[RENAMED.get(key) ?? key] = v;
  }
  const { nb_row: rows, nb_col: columns } = config;
  if (rows !== undefined && columns !== undefined) out["kernel_size"] = [rows, columns];
  return out;
}

function modernEntry(entry: PlainObject): PlainObject {
  const { class_name: given, config } = entry;
  if (typeof given !== "string" || !isPlainObject(config)) return entry;
  const className = canonicalClass(given);
  const inner = "layers" in config || "layer" in config ? modernInner(config) : config;
  if (!isOld(className, inner)) return inner === config ? entry : { ...entry, config: inner };
  const merge = className === "Merge" ? MERGES.get(inner["mode"]) : undefined;
  if (merge === undefined) return { ...entry, config: modernLayer(className, inner) };
  const name = inner["name"] ?? null;
  const extra =
    merge === "Concatenate"
      ? { axis: inner["concat_axis"] ?? -1 }
      : merge === "Dot"
        ? { axes: inner["dot_axes"] ?? -1 }
        : {};
  return { ...entry, class_name: merge, config: { name, ...extra } };
}

function modernInner(config: PlainObject): PlainObject {
  const { layers, layer } = config;
  const turn = (v: PlainJson): PlainJson => (isPlainObject(v) ? modernEntry(v) : v);
  return {
    ...config,
    ...(Array.isArray(layers) ? { layers: (layers as readonly PlainJson[]).map(turn) } : {}),
    ...(layer !== undefined ? { layer: turn(layer) } : {}),
  };
}

/** The config with the options of Keras 1 under their later names. */
export function modernConfig(config: PlainObject): PlainObject {
  const { config: inner } = config;
  if (Array.isArray(inner)) {
    const layers = (inner as readonly PlainJson[]).map((v) => (isPlainObject(v) ? modernEntry(v) : v));
    return { ...config, config: layers };
  }
  return modernEntry(config);
}

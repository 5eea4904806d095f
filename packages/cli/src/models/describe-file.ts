// Facts about a file itself, known without making a model of it: container, tensors, what it would need.
import {
  checkLimit,
  DEFAULT_LIMITS,
  findTensors,
  isPlainObject,
  layerEntry,
  modelLayers,
  onnx,
  stateDictOf,
  type KerasFile,
  type PlainJson,
  type RawTensor,
  type TorchFile,
} from "@isoform/converter";
import { IsoformError } from "@isoform/core";
import type { OpenedModel } from "./open.js";

/** A tensor of a file. */
export interface TensorFacts {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** A layer as a Keras config names it. */
export interface LayerFacts {
  /** Names of the models around it and its own, joined by `/`. */
  readonly name: string;
  readonly class: string;
}

/** What `inspect` says of a file. */
export interface FileFacts {
  readonly path: string;
  readonly bytes: number;
  /** Format and container in words, e.g. `Keras 3.15.1 archive`. */
  readonly format: string;
  /** False when the file holds tensors and nothing that says what to compute. */
  readonly architecture: boolean;
  /** Further facts by name. */
  readonly details: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorFacts[];
  /** Layers of a Keras architecture, those of nested models included; null for other formats. */
  readonly layers: readonly LayerFacts[] | null;
  /** True when the file says what to compute and has none of the weights for it. */
  readonly weightless: boolean;
  /** Layers or operators by class as the file names them, when a model cannot be made of it. */
  readonly classes: Readonly<Record<string, number>>;
}

/** Looks at an opened file. @throws As the readers, when tensors are damaged. */
export async function describeFile(opened: OpenedModel): Promise<FileFacts> {
  const common = { path: opened.path, bytes: opened.byteLength, layers: null, weightless: false };
  switch (opened.kind) {
    case "keras":
      return { ...common, ...kerasFacts(opened.file) };
    case "onnx": {
      checkLimit(DEFAULT_LIMITS, "fileBytes", opened.source.size, opened.path);
      const proto = onnx.decodeModel(await opened.source.read(0, opened.source.size), { name: opened.path });
      const opsets = proto.opsetImport.map((o) => `${o.domain || "ai.onnx"} ${o.version ?? 1}`);
      return {
        ...common,
        format: `ONNX, IR version ${proto.irVersion ?? "?"}`,
        architecture: true,
        details: { opsets: opsets.join(", "), functions: String(proto.functions.length) },
        tensors: [],
        classes: histogram(
          (proto.graph?.node ?? []).map((n) =>
            n.domain ? `${n.domain}:${n.opType ?? ""}` : (n.opType ?? ""),
          ),
        ),
      };
    }
    case "torch":
      return { ...common, ...(await torchFacts(opened.file)) };
    case "safetensors": {
      const { metadata, entries } = opened.file;
      return {
        ...common,
        format: "safetensors",
        architecture: false,
        details: Object.fromEntries([...metadata].map(([key, value]) => [`metadata ${key}`, value])),
        tensors: [...entries].map(([name, e]) => ({
          name,
          dtype: e.dtype,
          shape: e.shape,
          bytes: e.byteLength,
        })),
        classes: {},
      };
    }
    case "program":
      return {
        ...common,
        format: "PyTorch program (model.py and weights)",
        architecture: true,
        details: {},
        tensors: rawFacts(opened.state),
        classes: {},
      };
  }
}

type Common = "path" | "bytes" | "layers" | "weightless";

const KERAS_KINDS = {
  keras: "Keras archive (.keras)",
  "h5-model": "Keras HDF5 model",
  "h5-weights": "Keras HDF5 weights",
  config: "Keras architecture (JSON)",
} as const;

function kerasFacts(file: KerasFile): Omit<FileFacts, "path" | "bytes"> {
  const layers = file.config === null ? null : layersOf(file.config);
  const { weights } = file;
  const stored = !weights
    ? []
    : weights.layout === "v3"
      ? [...weights.weights.values()]
      : [...weights.layers.values()].flat();
  const slots = !weights ? 0 : weights.layout === "v3" ? weights.optimizer.size : weights.optimizer.length;
  const details: Record<string, string> = { "keras version": file.kerasVersion ?? "not stated" };
  if (file.compile && Object.keys(file.compile).length > 0) details["compiled with"] = compiled(file.compile);
  if (slots > 0) details["optimizer state"] = `${slots} tensors`;
  if (file.assets.size > 0) details["assets"] = [...file.assets.keys()].join(", ");
  return {
    format: KERAS_KINDS[file.kind],
    architecture: file.config !== null,
    details,
    tensors: stored.map((w) => ({ name: w.path, dtype: w.dtype, shape: w.shape, bytes: 0 })),
    layers,
    weightless: weights === null,
    classes: histogram((layers ?? []).map((l) => l.class)),
  };
}

/** A class name, or text, or "". */
function named(value: PlainJson | undefined): string {
  if (typeof value === "string") return value;
  return isPlainObject(value) && typeof value["class_name"] === "string" ? value["class_name"] : "";
}

function compiled(compile: Readonly<Record<string, PlainJson | undefined>>): string {
  const optimizer = named(compile["optimizer"] ?? compile["optimizer_config"]);
  const loss = named(compile["loss"]);
  return [optimizer && `optimizer ${optimizer}`, loss && `loss ${loss}`].filter(Boolean).join(", ") || "yes";
}

/** All layers of a config in file order; of models inside it their layers. */
function layersOf(config: PlainJson): LayerFacts[] {
  const visit = (value: PlainJson, path: string, prefix: string, depth: number): LayerFacts[] => {
    const entry = layerEntry(value, path);
    const name = depth === 0 ? "" : `${prefix}${entry.name}`;
    if (depth > 32 || !Array.isArray(entry.config["layers"])) return [{ name, class: entry.className }];
    const { layers } = entry.config;
    const inside = depth === 0 ? "" : `${name}/`;
    return modelLayers(entry).flatMap((_, i) =>
      visit(layers[i] ?? null, `${path}.layers[${i}]`, inside, depth + 1),
    );
  };
  return visit(config, "config", "", 0);
}

async function torchFacts(file: TorchFile): Promise<Omit<FileFacts, Common>> {
  const details: Record<string, string> = {};
  if (file.unknown.length > 0) {
    details["classes outside PyTorch"] = `${file.unknown.join(", ")} (data only; nothing of them was run)`;
  }
  let tensors: readonly TensorFacts[];
  try {
    const state = await stateDictOf(file);
    tensors = rawFacts(state.tensors);
    const [root] = state.modules.values();
    if (root !== undefined) details["module"] = `${root}, ${state.modules.size} modules`;
    if (state.unwrapped.length > 0) details["opened at"] = state.unwrapped.join(" → ");
    if (state.strippedPrefix !== "") details["prefix taken off"] = state.strippedPrefix;
    if (state.alternatives.length > 0) details["other state dicts"] = state.alternatives.join(", ");
    if (state.skipped.length > 0) details["not tensors"] = state.skipped.join(", ");
    if (state.tied.length > 0) details["shared"] = state.tied.map((group) => group.join(" = ")).join("; ");
  } catch (error) {
    if (!(error instanceof IsoformError) || findTensors(file).length > 0) throw error;
    tensors = [];
  }
  const container = { zip: "zip container", legacy: "container before 1.6", pickle: "plain pickle" }[
    file.container
  ];
  return {
    format: `${file.script ? "TorchScript" : "PyTorch"}, ${container}`,
    architecture: false,
    details,
    tensors,
    classes: {},
  };
}

function rawFacts(tensors: ReadonlyMap<string, RawTensor>): TensorFacts[] {
  return [...tensors].map(([name, t]) => ({
    name,
    dtype: t.dtype,
    shape: t.shape,
    bytes: t.data.byteLength,
  }));
}

function histogram(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b)));
}

// Training facts as JSON text, for formats whose metadata is text: which weights are frozen, node facts, the optimizer.
import { ModelFormatError } from "@isoform/core";
import { isJsonObject, parseStrictJson, type JsonValue } from "../formats/strict-json.js";
import type { Facts, IrGraph, IrModel } from "./types.js";

/** Keys of model and node metadata that Isoform writes. */
export const FACT_KEYS = {
  source: "isoform.source",
  frozen: "isoform.frozen",
  training: "isoform.training",
  scope: "isoform.scope",
  facts: "isoform.facts",
} as const;

/** Names of the weights that are not trained; null when the source says nothing of any weight. */
export function frozenWeights(graph: IrGraph): string[] | null {
  const known = [...graph.weights].filter(([, w]) => w.trainable !== null);
  return known.length === 0 ? null : known.filter(([, w]) => w.trainable === false).map(([v]) => v.name);
}

/** Sets the flags of all weights from a list of the frozen ones; literals (weights without a name in a source) stay. */
export function applyFrozen(graph: IrGraph, text: string, path: string): void {
  const list = parseStrictJson(text, path);
  if (!Array.isArray(list)) throw malformed(FACT_KEYS.frozen, path);
  const frozen = new Set(list.map(String));
  for (const [v, w] of graph.weights) {
    if (!/^const(_\d+)?$/.test(v.name)) graph.weights.set(v, { ...w, trainable: !frozen.has(v.name) });
  }
}

/** Reads node facts: numbers, texts and booleans by name. @throws {ModelFormatError} */
export function parseFacts(text: string, path: string): Facts {
  const value = parseStrictJson(text, path);
  if (!isJsonObject(value)) throw malformed(FACT_KEYS.facts, path);
  const entries: [string, number | string | boolean][] = [];
  for (const [key, v] of value) {
    if (typeof v !== "number" && typeof v !== "string" && typeof v !== "boolean")
      throw malformed(FACT_KEYS.facts, path);
    entries.push([key, v]);
  }
  return Object.fromEntries(entries);
}

/** Optimizer and loss as text; null when there are none. */
export function trainingText(model: IrModel): string | null {
  const { optimizer, loss } = model.training;
  if (optimizer === undefined && loss === undefined) return null;
  return JSON.stringify({ optimizer: optimizer ?? null, loss: loss ?? null });
}

/** Optimizer and loss from text, as inert data. */
export function parseTraining(text: string, path: string): IrModel["training"] {
  const value = parseStrictJson(text, path);
  if (!isJsonObject(value)) throw malformed(FACT_KEYS.training, path);
  const of = (key: string): { [key: string]: unknown } => {
    const v = value.get(key);
    return v === undefined || v === null ? {} : { [key]: plain(v) };
  };
  return { ...of("optimizer"), ...of("loss") };
}

/** Objects without a prototype, so that no name has a meaning. */
function plain(v: JsonValue): unknown {
  if (isJsonObject(v)) {
    const out: Record<string, unknown> = Object.create(null);
    for (const [key, item] of v) out[key] = plain(item);
    return out;
  }
  return Array.isArray(v) ? v.map(plain) : v;
}

function malformed(key: string, path: string): ModelFormatError {
  return new ModelFormatError(`the metadata ${key} is malformed`, {
    code: "ir/facts",
    path,
    hint: "remove it from the file, or convert the original again",
  });
}

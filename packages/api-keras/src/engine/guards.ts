// What a compiled step was made for beside the shapes of its arguments: the weights and options of the layers in it.
import * as core from "@isoform/core";
import { session } from "../session.js";
import { Variable } from "../tensor/variable.js";
import { Layer } from "./layer.js";
import { allLayers, weights } from "./tracking.js";

/** A plain property and its value when it was looked at. */
interface Setting {
  readonly owner: object;
  readonly name: string;
  readonly value: unknown;
}

/** Settings of the session that layers and losses read. */
const SESSION = ["epsilon", "floatx", "dtypePolicy", "imageDataFormat"];

/** A program with this layer and those below is used while they have their options and weights. */
export function guardModel(layer: Layer): void {
  const notes = core.traceNotes();
  if (notes === null) return;
  guardSession(notes);
  for (const l of allLayers(layer)) guardLayer(l);
  const before = weights(layer);
  let checked = session.revision;
  core.traceGuard(() => {
    if (checked === session.revision) return true;
    const now = weights(layer);
    const same = now.length === before.length && now.every((v, i) => v === before[i] && v._owned);
    if (same) checked = session.revision;
    return same;
  });
}

/** A program with this layer is used while it has its options; the step must not change them. */
export function guardLayer(layer: Layer): void {
  const notes = core.traceNotes();
  if (notes === null || notes.has(layer)) return;
  notes.set(layer, true);
  guardSettings(
    layer.describe(),
    optionsOf(layer).map((name) => setting(layer, name)),
  );
}

/** A program is used while an object has the same methods. */
export function guardMethods(owner: object, names: readonly string[]): void {
  const settings = names.map((name) => setting(owner, name));
  core.traceGuard(() => settings.every(holds));
}

function guardSession(notes: Map<unknown, unknown>): void {
  if (notes.has(session)) return;
  notes.set(session, true);
  guardSettings(
    "the session",
    SESSION.map((name) => setting(session, name)),
  );
}

function guardSettings(of: string, settings: readonly Setting[]): void {
  core.traceGuard(() => settings.every(holds));
  core.whenTraced(() => {
    const changed = settings.find((s) => !holds(s) && !(s.value instanceof Variable));
    if (changed === undefined) return;
    const what = `the step changes ${JSON.stringify(changed.name)}, a plain property`;
    core.refuseInTrace(of, what, "keep it in a Variable, or compile the model with runEagerly: true");
  });
}

function setting(owner: object, name: string): Setting {
  const value: unknown = Reflect.get(owner, name);
  return { owner, name, value };
}

function holds({ owner, name, value }: Setting): boolean {
  return Object.is(Reflect.get(owner, name), value);
}

/** Options of a layer, and its properties that are plain values, functions, layers or variables. */
function optionsOf(layer: Layer): string[] {
  const own = Object.keys(layer).filter((name) => isPlain(Reflect.get(layer, name)));
  return [...new Set([...Object.keys(layer.$books.options), "dtypePolicy", "activityRegularizer", ...own])];
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return value instanceof Variable || value instanceof Layer;
}

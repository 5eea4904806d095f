// What a layer importer is given, and the closed table type it is listed in.
import type { LayerEntry, PlainJson } from "../../formats/keras/index.js";
import type { LayerConfig } from "./config.js";
import type { Laid, Site } from "./laid.js";

/** An argument of a call: a tensor, a list of arguments, or a constant as the file has it. */
export type Argument =
  | { readonly kind: "tensor"; readonly tensor: Laid }
  | { readonly kind: "list"; readonly items: readonly Argument[] }
  | { readonly kind: "constant"; readonly value: PlainJson };

/** Positional and keyword arguments of a call. */
export interface CallArguments {
  readonly args: readonly Argument[];
  readonly kwargs: ReadonlyMap<string, Argument>;
}

/** All tensors of an argument, in order. */
export function tensorsOf(argument: Argument | undefined): readonly Laid[] {
  if (!argument || argument.kind === "constant") return [];
  return argument.kind === "tensor" ? [argument.tensor] : argument.items.flatMap(tensorsOf);
}

/** Tensors as the one positional argument of a call. */
export function callWith(tensors: readonly Laid[]): CallArguments {
  const items = tensors.map((tensor): Argument => ({ kind: "tensor", tensor }));
  const [only] = items;
  return { args: only && items.length === 1 ? [only] : [{ kind: "list", items }], kwargs: new Map() };
}

/** One call of one layer. */
export interface LayerCall extends CallArguments {
  readonly entry: LayerEntry;
  readonly cfg: LayerConfig;
  readonly site: Site;
  /** Tensors of the positional arguments, nested lists flattened. */
  readonly inputs: readonly Laid[];
  /** Imports a layer inside of this one; its nodes and weights are named by `site`. */
  readonly call: (entry: LayerEntry, site: Site, given: CallArguments) => readonly Laid[];
}

/** Imports one class of layers; several outputs in Keras' order. */
export type LayerImporter = (c: LayerCall) => Laid | readonly Laid[];
/** Importers by class name. */
export type LayerTable = Readonly<Record<string, LayerImporter>>;

/** The first input. */
export function input(c: LayerCall): Laid {
  const [x] = c.inputs;
  if (x) return x;
  const named = tensorsOf(c.kwargs.get("inputs") ?? c.kwargs.get("x"));
  if (named[0]) return named[0];
  throw c.cfg.unsupported("the layer is called without a tensor");
}

/** The first tensor of a keyword argument. */
export function tensorArgument(c: LayerCall, name: string): Laid | null {
  return tensorsOf(c.kwargs.get(name))[0] ?? null;
}

/** The constant of a keyword argument; undefined when there is none. */
export function constantArgument(c: LayerCall, name: string): PlainJson | undefined {
  const found = c.kwargs.get(name);
  return found?.kind === "constant" ? found.value : undefined;
}

/** True for several outputs. */
export function isLaidList(out: Laid | readonly Laid[]): out is readonly Laid[] {
  return Array.isArray(out);
}

/** The same importer, its output with the mask of the first input. */
export function keepsMask(importer: (c: LayerCall) => Laid): LayerImporter {
  return (c) => ({ ...importer(c), mask: c.inputs[0]?.mask ?? null });
}

/** The same importer, its output without a mask. */
export function dropsMask(importer: (c: LayerCall) => Laid): LayerImporter {
  return (c) => ({ ...importer(c), mask: null });
}

// Walks a model config: layers are imported in the order of the data flow, nested models in place, and everything that
// has no meaning here is collected.
import { ModelFormatError, UnsupportedOpError } from "@isoform/core";
import {
  isModelClass,
  isOperation,
  modelLayers,
  type LayerEntry,
  type PlainObject,
} from "../../formats/keras/index.js";
import { sameAs } from "../../ir/weights.js";
import { LayerConfig } from "./config.js";
import type { CustomKerasLayer, CustomKerasLayers } from "./custom.js";
import {
  readInboundNodes,
  readRefs,
  refsOf,
  type RawArgument,
  type RawCall,
  type TensorRef,
} from "./inbound.js";
import { Site, type Laid, type Shared } from "./laid.js";
import {
  callWith,
  isLaidList,
  tensorsOf,
  type Argument,
  type CallArguments,
  type LayerImporter,
} from "./layer.js";
import { operationImporter } from "./operations/index.js";
import { layerImporter } from "./table.js";

/** A tensor, or null for one that an unsupported layer would have made. */
export type MaybeLaid = Laid | null;

/** Imports models layer by layer. */
export class ModelWalker {
  /** One line per layer that could not be imported. */
  readonly problems: string[] = [];
  private readonly shared: Shared;
  private readonly custom: CustomKerasLayers;

  constructor(shared: Shared, custom: CustomKerasLayers) {
    this.shared = shared;
    this.custom = custom;
  }

  /** Imports a model on its inputs. `prefix` is the path of the model, "" for the outermost. */
  model(entry: LayerEntry, prefix: string, inputs: readonly MaybeLaid[]): readonly MaybeLaid[] {
    return entry.config["input_layers"] === undefined
      ? this.sequential(entry, prefix, inputs)
      : this.functional(entry, prefix, inputs);
  }

  private sequential(entry: LayerEntry, prefix: string, inputs: readonly MaybeLaid[]): readonly MaybeLaid[] {
    let x: readonly MaybeLaid[] = inputs;
    for (const layer of modelLayers(entry)) {
      if (layer.className === "InputLayer") continue;
      x = this.called(layer, join(prefix, layer.name), x.includes(null) ? null : callWith(x.filter(isLaid)));
    }
    return x;
  }

  private functional(entry: LayerEntry, prefix: string, inputs: readonly MaybeLaid[]): readonly MaybeLaid[] {
    const layers = modelLayers(entry);
    const names = new Set(layers.map((l) => l.name));
    if (names.size < layers.length) {
      const seen = new Set<string>();
      const twice = layers.find((l) => seen.size === seen.add(l.name).size);
      throw malformed(`two layers are called ${JSON.stringify(twice?.name)}`, entry.path);
    }
    const known = (name: string) => names.has(name);
    const place = `${entry.path}.config`;
    const models = new Map(layers.filter((l) => isModelClass(l) && !l.custom).map((l) => [l.name, l]));
    const sources = readRefs(entry.config["input_layers"], `${place}.input_layers`, known);
    const results = new Results();
    if (sources.length !== inputs.length)
      throw malformed(`the model has ${sources.length} inputs, it is called with ${inputs.length}`, place);
    sources.forEach((ref, i) => results.set(ref.layer, ref.node, [inputs[i] ?? null]));
    const raw = entry.config["layers"] as readonly PlainObject[];
    const calls = layers.flatMap((layer, i) =>
      layer.className === "InputLayer"
        ? []
        : readInboundNodes(raw[i]!, layer.path, known).map((call, node) => ({ layer, node, call })),
    );
    const shifts = callShifts(calls, models);
    const shifted = calls.map((c) => ({ ...c, call: shiftCall(c.call, shifts) }));
    const done = (c: (typeof calls)[number]): void => {
      const given = results.resolve(c.call);
      results.set(c.layer.name, c.node, this.called(c.layer, join(prefix, c.layer.name), given));
    };
    schedule(shifted, results, done, place);
    return readRefs(entry.config["output_layers"], `${place}.output_layers`, known).map((given) => {
      // Models count the node of their own inputs here, in Keras 3 only in this list.
      const ref = models.has(given.layer) && !results.has(given) ? { ...given, node: given.node - 1 } : given;
      const found = results.get(ref);
      if (found === undefined)
        throw malformed(`the output ${JSON.stringify(ref.layer)} is made by no call`, place);
      return found;
    });
  }

  /** One call of a layer; `given` is null when an input could not be made. */
  private called(entry: LayerEntry, path: string, given: CallArguments | null): readonly MaybeLaid[] {
    if (isModelClass(entry) && !entry.custom && !this.hook(entry)) {
      const tensors = given === null ? null : [...given.args, ...given.kwargs.values()].flatMap(tensorsOf);
      return this.model(entry, path, tensors ?? inputsOf(entry).map(() => null));
    }
    const importer = this.importer(entry);
    if (!importer) {
      this.problems.push(`${entry.className} ${JSON.stringify(path)}: ${why(entry)}`);
      return [null];
    }
    if (given === null) return [null];
    try {
      return this.run(importer, entry, new Site(this.shared, path), given);
    } catch (error) {
      if (!(error instanceof UnsupportedOpError)) throw error;
      this.problems.push(`${entry.className} ${JSON.stringify(path)}: ${error.problem}`);
      return [null];
    }
  }

  private importer(entry: LayerEntry): LayerImporter | undefined {
    const hook = this.hook(entry);
    if (hook) return customImporter(hook);
    if (entry.custom) return undefined;
    if (isOperation(entry)) return operationImporter(entry);
    // HDF5 files of Keras 3 do not say which nodes are operations; layers always say whether they are trainable.
    const bare = entry.module === "" && this.shared.kerasMajor >= 3 && !("trainable" in entry.config);
    return (bare ? operationImporter(entry) : undefined) ?? layerImporter(entry.className);
  }

  private hook(entry: LayerEntry): CustomKerasLayer | undefined {
    const bare = entry.className.slice(entry.className.lastIndexOf(">") + 1);
    return (
      this.custom.get(`${bare}:${entry.name}`) ?? this.custom.get(bare) ?? this.custom.get(entry.className)
    );
  }

  private run(importer: LayerImporter, entry: LayerEntry, site: Site, given: CallArguments): readonly Laid[] {
    const cfg = new LayerConfig(entry);
    const out = importer({
      ...given,
      entry,
      cfg,
      site,
      inputs: given.args.flatMap(tensorsOf),
      call: (inner, place, args) => this.inner(inner, place, args),
    });
    for (const key of cfg.finish())
      site.note(`the option ${JSON.stringify(key)} is not known; it is empty and was ignored`);
    return isLaidList(out) ? out : [out];
  }

  /** A layer inside a layer. @throws {UnsupportedOpError} when it has no importer */
  private inner(entry: LayerEntry, site: Site, given: CallArguments): readonly Laid[] {
    if (isModelClass(entry) && !entry.custom) {
      const before = this.problems.length;
      const out = this.model(entry, site.path, given.args.flatMap(tensorsOf));
      const found = this.problems.splice(before);
      if (found.length > 0) throw new UnsupportedOpError(found.join("; "), { code: "keras/unsupported" });
      return out.filter(isLaid);
    }
    const importer = this.importer(entry);
    if (importer) return this.run(importer, entry, site, given);
    throw new UnsupportedOpError(`the inner layer ${entry.className} is not known`, {
      code: "keras/unsupported",
    });
  }
}

function isLaid(x: MaybeLaid): x is Laid {
  return x !== null;
}

function join(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}

function malformed(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "keras/config", path });
}

function why(entry: LayerEntry): string {
  if (entry.className === "Lambda") return "it holds Python code, which is never run";
  return entry.custom ? "it is no layer of Keras" : "it is not known";
}

/** Names of the inputs of a model. */
function inputsOf(entry: LayerEntry): readonly unknown[] {
  if (entry.config["input_layers"] === undefined) return [null];
  const names = new Set(modelLayers(entry).map((l) => l.name));
  return readRefs(entry.config["input_layers"], `${entry.path}.config.input_layers`, (n) => names.has(n));
}

/** Tensors made so far, by layer and call. */
class Results {
  private readonly made: Map<string, (readonly MaybeLaid[])[]> = new Map();

  set(layer: string, node: number, tensors: readonly MaybeLaid[]): void {
    const list = this.made.get(layer) ?? [];
    list[node] = tensors;
    this.made.set(layer, list);
  }
  has(ref: TensorRef): boolean {
    return this.made.get(ref.layer)?.[ref.node] !== undefined;
  }
  /** Undefined when the layer has no such output. */
  get(ref: TensorRef): MaybeLaid | undefined {
    const tensors = this.made.get(ref.layer)?.[ref.node];
    if (tensors?.length === 1 && tensors[0] === null) return null;
    return tensors?.[ref.tensor];
  }
  /** The arguments of a call, null when one of them could not be made. */
  resolve(call: RawCall): CallArguments | null {
    let poisoned = false;
    const turn = (a: RawArgument): Argument => {
      if (a.kind === "constant") return a;
      if (a.kind === "list") return { kind: "list", items: a.items.map(turn) };
      const tensor = this.get(a.ref);
      if (tensor === undefined) {
        const { layer, node, tensor: index } = a.ref;
        throw malformed(`layer ${JSON.stringify(layer)} has no output ${index} of call ${node}`, layer);
      }
      if (tensor !== null) return { kind: "tensor", tensor };
      poisoned = true;
      return { kind: "constant", value: null };
    };
    const args = call.args.map(turn);
    const kwargs = new Map([...call.kwargs].map(([key, a]) => [key, turn(a)]));
    return poisoned ? null : { args, kwargs };
  }
}

interface Scheduled {
  readonly layer: LayerEntry;
  readonly node: number;
  readonly call: RawCall;
}

/**
 * Runs calls when their inputs are there, in file order where that is one.
 * @throws {ModelFormatError} for cycles
 */
function schedule(
  calls: readonly Scheduled[],
  results: Results,
  run: (c: Scheduled) => void,
  path: string,
): void {
  const waiting = new Map<string, Scheduled[]>();
  const missing = new Map<Scheduled, number>();
  const key = (layer: string, node: number) => `${node}/${layer}`;
  const queue: Scheduled[] = [];
  for (const c of calls) {
    const refs = [...c.call.args, ...c.call.kwargs.values()]
      .flatMap(refsOf)
      .filter((ref) => !results.has(ref));
    const keys = new Set(refs.map((ref) => key(ref.layer, ref.node)));
    missing.set(c, keys.size);
    for (const k of keys) {
      const list = waiting.get(k);
      if (list) list.push(c);
      else waiting.set(k, [c]);
    }
    if (keys.size === 0) queue.push(c);
  }
  let count = 0;
  for (let i = 0; i < queue.length; i++) {
    const c = queue[i]!;
    run(c);
    count++;
    for (const next of waiting.get(key(c.layer.name, c.node)) ?? []) {
      const left = missing.get(next)! - 1;
      missing.set(next, left);
      if (left === 0) queue.push(next);
    }
  }
  if (count === calls.length) return;
  const stuck = calls.filter((c) => missing.get(c)! > 0).map((c) => JSON.stringify(c.layer.name));
  throw malformed(
    `the calls of ${stuck.slice(0, 5).join(", ")} depend on themselves or on calls that do not exist`,
    path,
  );
}

/**
 * How far calls of nested models are counted off: Keras 2 counts the node of their own inputs as the first call. Every
 * call of a saved model is used, so its numbers start at 0 or at 1.
 */
function callShifts(
  calls: readonly Scheduled[],
  models: ReadonlyMap<string, LayerEntry>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const c of calls) counts.set(c.layer.name, (counts.get(c.layer.name) ?? 0) + 1);
  const shifts = new Map<string, number>();
  for (const ref of calls.flatMap((c) => [...c.call.args, ...c.call.kwargs.values()]).flatMap(refsOf)) {
    if (models.has(ref.layer) && ref.node >= (counts.get(ref.layer) ?? 0)) shifts.set(ref.layer, 1);
  }
  return shifts;
}

function shiftCall(call: RawCall, shifts: ReadonlyMap<string, number>): RawCall {
  if (shifts.size === 0) return call;
  const turn = (a: RawArgument): RawArgument => {
    if (a.kind === "list") return { kind: "list", items: a.items.map(turn) };
    const shift = a.kind === "ref" ? shifts.get(a.ref.layer) : undefined;
    return a.kind === "ref" && shift ? { kind: "ref", ref: { ...a.ref, node: a.ref.node - shift } } : a;
  };
  return { args: call.args.map(turn), kwargs: new Map([...call.kwargs].map(([key, a]) => [key, turn(a)])) };
}

function customImporter(hook: CustomKerasLayer): LayerImporter {
  return (c) => {
    const { site } = c;
    const prefix = `${site.path}/`;
    const weights = [...site.shared.weights].flatMap(([path, tensor]) => {
      if (!path.startsWith(prefix)) return [];
      const name = path.slice(prefix.length);
      const value = site.assembled(name, sameAs(path, tensor.shape));
      return [{ path, tensor, value }];
    });
    c.cfg.ignore(...Object.keys(c.cfg.raw));
    const inputs = c.inputs.map((x) => site.natural(x));
    return hook({ name: site.path, config: c.cfg.raw, inputs, weights, builder: site.b }).map((v) =>
      site.plain(v),
    );
  };
}

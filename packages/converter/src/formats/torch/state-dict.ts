// From whatever torch.save was given to one state dict: unwraps checkpoints, modules and wrapper prefixes.
import { ModelFormatError } from "@isoform/core";
import { isNumpyArray } from "../pickle/numpy.js";
import type { PickleDict, PickleValue } from "../pickle/value.js";
import type { RawTensor } from "../raw-tensor.js";
import { keyName, readTensors, viewId, type FoundTensor } from "./all-tensors.js";
import { isModule, isScriptModule, visitModule } from "./module.js";
import type { TorchFile } from "./read.js";
import type { QuantizedMode } from "./tensors.js";
import { Walk } from "./walk.js";

/** Options of `stateDictOf`. */
export interface StateDictOptions {
  /** Entry of a checkpoint to use, e.g. `model_ema`, or several keys from outside in. Default: see `stateDictOf`. */
  readonly key?: string | readonly string[];
  /** Quantised tensors as float32 values (default) or as stored integers. */
  readonly quantized?: QuantizedMode;
}

/** A state dict and what was done to get it. */
export interface TorchStateDict {
  /** Tensors in file order. Tied tensors are the same object. */
  readonly tensors: Map<string, RawTensor>;
  /** Keys of the dicts that were opened, from outside in. */
  readonly unwrapped: readonly string[];
  /** Prefix that all names had and that was taken off, e.g. `module.`; "" when there was none. */
  readonly strippedPrefix: string;
  /** Entries that are no tensors and were left out. */
  readonly skipped: readonly string[];
  /** Keys of other state dicts in the same checkpoint. */
  readonly alternatives: readonly string[];
  /** Groups of names that share one tensor. */
  readonly tied: readonly (readonly string[])[];
  /** For whole modules: class of each module by path, "" for the root. Empty for plain state dicts. */
  readonly modules: ReadonlyMap<string, string>;
  /** Names whose quantised values were turned into float32. */
  readonly dequantized: readonly string[];
}

/** Keys under which checkpoints keep weights, most usual first. */
const WEIGHT_KEYS = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "net",
  "network",
  "module",
  "weights",
  "params",
  "params_ema",
  "state_dict_ema",
  "model_ema",
  "ema",
];
const NOT_WEIGHTS = /optim|sched|scaler|^amp$|rng|random/i;
const PREFIXES = ["module.", "_orig_mod."];
const MAX_UNWRAP = 8;

interface Candidate {
  readonly found: FoundTensor[];
  readonly skipped: string[];
  readonly modules: Map<string, string>;
}

/**
 * The state dict in a file. A dict of tensors is taken as it is; a checkpoint is opened at the first usual
 * key (`state_dict`, `model_state_dict`, `model`, …) or at its only entry with tensors; modules, TorchScript
 * modules, lists of parameters and a bare tensor (name "") are flattened. Prefixes of DataParallel
 * (`module.`) and torch.compile (`_orig_mod.`) go when all names have them.
 * @throws {ModelFormatError} when there is no entry `key`, there are no tensors or several candidates (name
 * one with `key`), or a tensor is damaged
 * @throws {UnsupportedOpError} when a tensor holds no readable values
 * @throws {DTypeError} when a NumPy array is of objects, strings, dates or records
 * @throws {LimitExceededError} when the tensors, their number or the visits are over a limit
 * @see torch.nn.Module.state_dict
 */
export async function stateDictOf(file: TorchFile, options: StateDictOptions = {}): Promise<TorchStateDict> {
  const unwrapped: string[] = [];
  let alternatives: string[] = [];
  let value = file.root;
  if (options.key !== undefined) {
    for (const key of [options.key].flat()) {
      value = entry(file, value, key);
      unwrapped.push(key);
    }
  }
  while (unwrapped.length < MAX_UNWRAP) {
    const next = inner(file, value);
    if (!next) break;
    unwrapped.push(next.key);
    ({ value, alternatives } = next);
  }
  const candidate = collect(file, value);
  if (candidate.found.length === 0 && !(value.kind === "dict" && value.entries.length === 0))
    throw new ModelFormatError("there are no tensors where a state dict is expected", {
      code: "format/torch",
      path: [file.name, ...unwrapped].join(": "),
      hint: 'name the entry of the checkpoint that holds the weights: { key: "…" }',
    });
  const { found, prefix } = strip(candidate.found);
  const tensors = await readTensors(file, found, options.quantized);
  return {
    tensors,
    unwrapped,
    strippedPrefix: prefix,
    skipped: candidate.skipped,
    alternatives,
    tied: tiedNames(found),
    modules: candidate.modules,
    dequantized: options.quantized === "raw" ? [] : found.filter(isQuantized).map(({ path }) => path),
  };
}

function entry(file: TorchFile, value: PickleValue, key: string): PickleValue {
  const keys = value.kind === "dict" ? value.entries : [];
  const match = keys.find(([name]) => keyName(name) === key);
  if (match) return match[1];
  const names = keys.map(([name]) => JSON.stringify(keyName(name) ?? "?")).slice(0, 20);
  throw new ModelFormatError(`there is no entry ${JSON.stringify(key)}`, {
    code: "format/torch",
    path: file.name,
    hint: names.length > 0 ? `entries are ${names.join(", ")}` : "the saved object is not a dict",
  });
}

function isTensorValue(value: PickleValue): boolean {
  return value.kind === "tensor" || isNumpyArray(value);
}

/** True for something that `collect` gives tensors of. */
function holdsTensors(value: PickleValue): boolean {
  if (isModule(value) || isScriptModule(value)) return true;
  return value.kind === "dict" && value.entries.some(([, item]) => isTensorValue(item));
}

function remembered(test: (value: PickleValue) => boolean): (value: PickleValue) => boolean {
  const known = new Map<PickleValue, boolean>();
  return (value) => {
    let answer = known.get(value);
    if (answer === undefined) known.set(value, (answer = test(value)));
    return answer;
  };
}

/** The entry to open next, or undefined when `value` is the state dict. */
function inner(
  file: TorchFile,
  value: PickleValue,
): { key: string; value: PickleValue; alternatives: string[] } | undefined {
  if (value.kind !== "dict") return undefined;
  // Entries may be the same value many times over.
  const holds = remembered(holdsTensors);
  const inside = remembered(
    (item) => holds(item) || (item.kind === "dict" && item.entries.some(([, deeper]) => holds(deeper))),
  );
  const candidates = new Map<string, PickleValue>();
  for (const [key, item] of value.entries) {
    if (key.kind === "str" && inside(item) && !NOT_WEIGHTS.test(key.value)) candidates.set(key.value, item);
  }
  const usual = WEIGHT_KEYS.find((key) => candidates.has(key));
  const direct = holdsTensors(value);
  if (usual === undefined && (direct || candidates.size === 0)) return undefined;
  const key = usual ?? [...candidates.keys()][0] ?? "";
  const chosen = candidates.get(key);
  if (!chosen) return undefined;
  const alternatives = [...candidates.keys()].filter((other) => other !== key);
  if (usual === undefined && alternatives.length > 0)
    throw new ModelFormatError(
      `the checkpoint has several parts with tensors: ${[key, ...alternatives].join(", ")}`,
      {
        code: "format/torch",
        path: file.name,
        hint: `choose one: { key: ${JSON.stringify(key)} }`,
      },
    );
  return { key, value: chosen, alternatives };
}

function collect(file: TorchFile, value: PickleValue): Candidate {
  const found: FoundTensor[] = [];
  const skipped: string[] = [];
  const modules = new Map<string, string>();
  const walk = new Walk(file.limits, file.name);
  const add = (path: string, tensor: FoundTensor["value"]): void => {
    walk.tensor();
    found.push({ path, value: tensor });
  };
  const addValue = (name: string, item: PickleValue): void => {
    if (item.kind === "tensor") add(name, item.tensor);
    else if (isNumpyArray(item)) add(name, item);
    else skipped.push(name);
  };
  if (isModule(value) || isScriptModule(value)) {
    visitModule(value, "", walk, {
      tensor: add,
      module: (path, object) => modules.set(path, object.type),
    });
  } else if (value.kind === "dict") {
    for (const [key, item] of value.entries as PickleDict["entries"])
      addValue(keyName(key) ?? key.kind, item);
  } else if (value.kind === "list" || value.kind === "tuple") {
    for (const [i, item] of value.items.entries()) addValue(String(i), item);
  } else addValue("", value);
  return { found, skipped, modules };
}

function strip(found: readonly FoundTensor[]): { found: readonly FoundTensor[]; prefix: string } {
  let prefix = "";
  for (;;) {
    const next = PREFIXES.find(
      (one) => found.length > 0 && found.every(({ path }) => path.startsWith(prefix + one)),
    );
    if (next === undefined) break;
    prefix += next;
  }
  return { found: found.map(({ path, value }) => ({ path: path.slice(prefix.length), value })), prefix };
}

function isQuantized({ value }: FoundTensor): boolean {
  return "layout" in value && value.layout === "strided" && value.quantizer !== undefined;
}

function tiedNames(found: readonly FoundTensor[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { path, value } of found) {
    const id = viewId(value);
    if (id === undefined || ("shape" in value && value.shape.includes(0))) continue;
    const group = groups.get(id);
    if (group) group.push(path);
    else groups.set(id, [path]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

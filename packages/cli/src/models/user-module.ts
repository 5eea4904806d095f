// The user's own architecture: a JavaScript module named on the command line with a torch-style class in it, filled
// with a state dict and traced. It is run because the user names it; no file content ever leads here.
import { pathToFileURL } from "node:url";
import { nn, traceModule, type TracedModule } from "@isoform/api-torch";
import {
  ArgumentError,
  closest,
  disposeGraph,
  fromTypedArray,
  IsoformError,
  isDType,
  noGrad,
  scope,
  ShapeError,
  Tensor,
} from "@isoform/core";
import { describeRaw, importTrace, typedArrayOf, type IrModel, type RawTensor } from "@isoform/converter";
import { UsageError } from "../errors.js";
import { kindOf } from "../files/paths.js";
import type { DeclaredInput } from "./input-shape.js";
import { importModule } from "./module.js";

/** What `--model FILE#EXPORT` names. */
export interface UserModule {
  readonly file: string;
  /** Undefined when the file has only one candidate. */
  readonly name: string | undefined;
}

/** Splits `FILE#EXPORT`. */
export function parseModelOption(text: string): UserModule {
  const at = text.lastIndexOf("#");
  return at < 0 ? { file: text, name: undefined } : { file: text.slice(0, at), name: text.slice(at + 1) };
}

/**
 * Imports the module and makes an instance in inference mode. A backend must be set.
 * @throws {ArgumentError}
 * @throws {UsageError}
 */
export async function makeModule({ file, name }: UserModule, path: string): Promise<nn.Module> {
  if (kindOf(path) !== "file")
    throw new ArgumentError("there is no such file", { code: "file/not-found", path: file });
  const module = await importModule(() => pathToFileURL(path).href, {
    code: "model/user-module",
    path: file,
    hint: "--model names a JavaScript module (compile TypeScript first) that can import @isoform/api-torch",
  });
  const exports = new Map<string, unknown>(Object.entries(module));
  const found = choose(exports, name, file);
  const made = construct(found.value, `${file}#${found.name}`);
  return made.eval();
}

function isModuleClass(value: unknown): value is new () => nn.Module {
  return typeof value === "function" && value.prototype instanceof nn.Module;
}

function choose(
  exports: ReadonlyMap<string, unknown>,
  name: string | undefined,
  file: string,
): { readonly name: string; readonly value: unknown } {
  if (name !== undefined) {
    if (exports.has(name)) return { name, value: exports.get(name) };
    const near = closest(name, exports.keys());
    throw new UsageError(`the module does not export ${JSON.stringify(name)}`, {
      code: "usage/model-export",
      path: file,
      hint: near
        ? `did you mean ${file}#${near}?`
        : `its exports are ${[...exports.keys()].join(", ") || "none"}`,
    });
  }
  const candidates = [...exports].filter(
    ([key, value]) => key === "default" || isModuleClass(value) || value instanceof nn.Module,
  );
  const [first, second] = candidates;
  if (first && !second) return { name: first[0], value: first[1] };
  throw new UsageError(first ? "the module exports several models" : "the module exports no model", {
    code: "usage/model-export",
    path: file,
    hint: first
      ? `name one, e.g. ${file}#${first[0]}`
      : `name a class or function, e.g. ${file}#Net; exports are ${[...exports.keys()].join(", ") || "none"}`,
  });
}

function construct(value: unknown, place: string): nn.Module {
  let made: unknown;
  try {
    if (value instanceof nn.Module) made = value;
    else if (isModuleClass(value)) made = new value();
    else if (typeof value === "function") made = Reflect.apply(value, undefined, []);
  } catch (cause) {
    if (cause instanceof IsoformError) throw cause;
    throw new ArgumentError(
      `making the model failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        code: "model/user-module",
        path: place,
        cause,
      },
    );
  }
  if (made instanceof nn.Module) return made;
  throw new ArgumentError("it is no nn.Module and makes none", {
    code: "model/user-module",
    path: place,
    hint: "export a class that extends nn.Module of @isoform/api-torch, from the same installation as this command",
  });
}

/** Counters that PyTorch's batch norm has since 0.4.1; older files lack them, and inference does not read them. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/**
 * Copies a state dict into a module: all names and shapes must fit, except batch counters that old files
 * lack.
 * @throws {ShapeError} listing every name that does not fit
 * @throws {DTypeError}
 */
export function loadState(module: nn.Module, state: ReadonlyMap<string, RawTensor>, place: string): void {
  const own = module.stateDict();
  noGrad(() =>
    scope(() => {
      const tensors = new Map<string, Tensor>();
      for (const [name, raw] of state) tensors.set(name, toTensor(raw, `${place}: ${name}`));
      for (const [name, tensor] of own)
        if (COUNTER.test(name) && !tensors.has(name)) tensors.set(name, tensor);
      try {
        module.loadStateDict(tensors);
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error;
        throw new ShapeError(error.problem, {
          code: error.code,
          path: place,
          hint: `the class ${module.constructor.name} must have the names and shapes of the file`,
        });
      }
    }),
  );
}

function toTensor(raw: RawTensor, path: string): Tensor {
  if (!isDType(raw.dtype)) {
    throw new ArgumentError(`${describeRaw(raw)} has no values to compute with`, {
      code: "dtype/file-only",
      path,
    });
  }
  return fromTypedArray(typedArrayOf(raw, path), { dtype: raw.dtype, shape: raw.shape });
}

/**
 * The IR of a module for the declared inputs. With `dynamic` the first axis of every input may have any size:
 * the module is traced with two sizes, so that nothing that follows the batch is frozen.
 * @throws {UnsupportedOpError} listing every op that has no IR form
 */
export async function traceToIr(
  module: nn.Module,
  inputs: readonly DeclaredInput[],
  dynamic: boolean,
): Promise<IrModel> {
  const names = inputs.map((input, i) => input.name ?? (inputs.length === 1 ? "input" : `input_${i}`));
  const trace = (extra: number): TracedModule => {
    const specs = inputs.map(({ shape, dtype = "float32" }) => ({
      shape: shape.map((n, axis) => (axis === 0 ? n + extra : n)),
      dtype,
    }));
    return traceModule(module, specs, names);
  };
  const traced = trace(0);
  const other = dynamic ? trace(1) : undefined;
  try {
    const trainable = new Set(
      module.namedParameters().flatMap(([name, p]) => (p.requiresGrad ? [name] : [])),
    );
    return await importTrace(traced, { inputNames: names, trainable, name: module.constructor.name, other });
  } finally {
    disposeGraph(traced.graph);
    if (other) disposeGraph(other.graph);
  }
}

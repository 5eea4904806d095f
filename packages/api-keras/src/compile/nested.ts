// Functions of nested tensors as compiled programs: structures are flattened for core's compile and restored behind it.
import * as core from "@isoform/core";
import type { CompiledFunction, Tensor as CoreTensor } from "@isoform/core";
import { isPlainObject } from "../engine/structure.js";
import { Tensor } from "../tensor/tensor.js";
import { Variable } from "../tensor/variable.js";

/** Facts about compiled steps or functions. */
export interface CompileInfo {
  /** Programs made so far: one per structure, shapes and dtypes of the arguments. */
  readonly programs: number;
  /** Milliseconds that the last program took to make. */
  readonly lastCompileMs: number;
  /** Why calls run one operation at a time, or null. */
  readonly notice: string | null;
}

/** Options of `NestedFunction`. */
export interface NestedOptions {
  /** Also on backends without a compiler, where the traced operations are run one by one. */
  readonly always?: boolean;
}

/** A program that is used less than this many times on average is not worth its making. */
const WORTH = 4;
/** Programs made before that is asked. */
const TRIALS = 24;

class Slot {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

/** A function of nested arrays and objects of tensors. Other leaves are constants: a program is made for each value. */
export class NestedFunction {
  readonly #fn: (args: unknown) => unknown;
  readonly #options: NestedOptions;
  #compiled: CompiledFunction | null = null;
  #calls = 0;
  #gaveUp: string | null = null;
  #skeleton: unknown = null;
  #signature = "";
  #results: unknown = undefined;
  readonly #structures: Map<string, unknown> = new Map();

  constructor(fn: (args: unknown) => unknown, options: NestedOptions = {}) {
    this.#fn = fn;
    this.#options = options;
  }

  /** Runs the function: as a program where it can be one. What it returns belongs to the scope of the caller. */
  run(args: unknown): unknown {
    if (this.#gaveUp !== null || core.ambient.trace !== null) return this.#fn(args);
    if (core.ambient.tapes > 0 && core.ambient.gradEnabled) return this.#fn(args);
    const parts: string[] = [];
    const tensors: CoreTensor[] = [];
    const skeleton = flatten(args, parts, tensors);
    const device = tensors[0]?.device ?? core.ambient.device;
    if (!this.#options.always && device?.backend.compile === undefined) return this.#fn(args);
    return this.#runFlat(skeleton, parts.join(), tensors);
  }

  #runFlat(skeleton: unknown, signature: string, tensors: CoreTensor[]): unknown {
    const compiled = (this.#compiled ??= this.#make());
    this.#skeleton = skeleton;
    this.#signature = signature;
    this.#results = undefined;
    const id = `${signature}|${tensors.map((t) => core.describe(t)).join(";")}`;
    const flat = compiled(...tensors);
    this.#calls++;
    this.#judge(compiled);
    if (this.#results !== undefined) {
      this.#structures.set(id, this.#results);
      if (this.#structures.size > 256) this.#structures.delete(this.#structures.keys().next().value!);
    }
    return mapSlots(this.#structures.get(id), flat);
  }

  /** The function between flat arguments and flat results. */
  #make(): CompiledFunction {
    const call = (...tensors: CoreTensor[]): CoreTensor[] => {
      const flat: CoreTensor[] = [];
      this.#results = slots(this.#fn(restore(this.#skeleton, tensors)), flat);
      return flat;
    };
    return core.compile(call, { key: () => this.#signature });
  }

  #judge(compiled: CompiledFunction): void {
    const { programs, notice } = compiled.info();
    if (notice !== null) this.#gaveUp = notice;
    else if (programs > TRIALS && this.#calls < programs * WORTH) {
      this.#gaveUp = `${programs} programs were made for ${this.#calls} calls: shapes or settings change too often`;
    }
    if (this.#gaveUp !== null) compiled.dispose();
  }

  info(): CompileInfo {
    const { programs = 0, lastCompileMs = 0 } = this.#compiled?.info() ?? {};
    return { programs, lastCompileMs, notice: this.#gaveUp };
  }

  /** Frees the programs; the next call makes them again. */
  dispose(): void {
    this.#compiled?.dispose();
  }
}

/** Numbers for objects that are constants of a program. */
const identities: WeakMap<object, number> = /* @__PURE__ */ new WeakMap();
let identified = 0;

/** Equal for equal plain values and for the same object. */
export function identity(value: unknown): string {
  if ((typeof value !== "object" || value === null) && typeof value !== "function")
    return Object.is(value, -0)
      ? "-0"
      : typeof value === "string"
        ? JSON.stringify(value)
        : `${typeof value} ${String(value)}`;
  let id = identities.get(value);
  if (id === undefined) identities.set(value, (id = identified++));
  return `#${id}`;
}

/** The structure with a slot for every tensor; variables stay, as state. */
function flatten(value: unknown, parts: string[], tensors: CoreTensor[]): unknown {
  if (value instanceof core.Tensor && !(value instanceof Variable)) {
    const slot = new Slot(tensors.length);
    tensors.push(value);
    const mask = value instanceof Tensor ? value.kerasMask : null;
    parts.push(mask ? "masked" : "t");
    if (mask) tensors.push(mask);
    return mask ? new MaskedSlot(slot.index) : slot;
  }
  if (Array.isArray(value)) {
    parts.push(`[${value.length}`);
    return value.map((v) => flatten(v, parts, tensors));
  }
  if (isPlainObject(value)) {
    parts.push(JSON.stringify(Object.keys(value)));
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, flatten(v, parts, tensors)]));
  }
  parts.push(identity(value));
  return value;
}

/** A tensor with its mask behind it. */
class MaskedSlot extends Slot {}

function restore(skeleton: unknown, tensors: readonly CoreTensor[]): unknown {
  if (skeleton instanceof MaskedSlot) {
    const t = tensors[skeleton.index] as Tensor;
    t.kerasMask = tensors[skeleton.index + 1] as Tensor;
    return t;
  }
  return mapSlots(skeleton, tensors);
}

function mapSlots(structure: unknown, tensors: readonly CoreTensor[]): unknown {
  if (structure instanceof MaskedSlot) return restore(structure, tensors);
  if (structure instanceof Slot) return tensors[structure.index];
  if (Array.isArray(structure)) return structure.map((s) => mapSlots(s, tensors));
  if (isPlainObject(structure))
    return Object.fromEntries(Object.entries(structure).map(([k, s]) => [k, mapSlots(s, tensors)]));
  return structure;
}

/** Results with slots in place of tensors. */
function slots(value: unknown, flat: CoreTensor[]): unknown {
  if (value instanceof core.Tensor) {
    const index = flat.push(value) - 1;
    const mask = value instanceof Tensor ? value.kerasMask : null;
    if (mask) flat.push(mask);
    return mask ? new MaskedSlot(index) : new Slot(index);
  }
  if (Array.isArray(value)) return value.map((v) => slots(v, flat));
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, slots(v, flat)]));
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    const problem = `the compiled function returns the plain value ${String(value)}`;
    core.refuseInTrace("compile", problem, "return tensors: plain values would be the same at every run");
  }
  return value ?? null;
}

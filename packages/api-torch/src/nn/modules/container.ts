// Sequential, ModuleList, ModuleDict.
import * as core from "@isoform/core";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";

/** A module of one tensor to one tensor. */
export type Layer = Module<[x: Tensor], Tensor>;

/** Modules called one after another; named '0', '1', … or by a map of names. */
export class Sequential extends Module<[x: core.Tensor], Tensor> {
  constructor(...modules: Layer[] | [ReadonlyMap<string, Layer>]) {
    super();
    const first = modules[0];
    const entries = first instanceof Map ? [...first] : modules.map((m, i) => [String(i), m] as const);
    for (const [name, module] of entries) Reflect.set(this, name, module);
  }
  override forward(x: core.Tensor): Tensor {
    let y: core.Tensor = x;
    for (const layer of this.children()) y = callLayer(layer, y);
    return y as Tensor;
  }
  /** Number of modules. */
  get size(): number {
    return this.children().length;
  }
  /** The module at a position; negative counts from the end. */
  get(index: number): Module {
    const list = this.children();
    const found = list[index < 0 ? index + list.length : index];
    if (found) return found;
    throw new core.ArgumentError(`no module ${index} among ${list.length}`, {
      code: "argument/index",
      op: "Sequential",
    });
  }
}

function callLayer(layer: Module, x: core.Tensor): core.Tensor {
  const y: unknown = Reflect.apply(layer, undefined, [x]);
  if (y instanceof core.Tensor) return y;
  throw new core.ArgumentError(`${layer.constructor.name} did not return a tensor`, {
    code: "module/not-a-tensor",
    op: "Sequential",
    hint: "modules with several outputs need a class with its own forward",
  });
}

/** A list of modules that belong to the parent; has no forward of its own. */
export class ModuleList<M extends Module = Module> extends Module {
  constructor(modules: Iterable<M> = []) {
    super();
    let i = 0;
    for (const m of modules) Reflect.set(this, String(i++), m);
  }
  /** Number of modules. */
  override get length(): number {
    return this.children().length;
  }
  /** Adds a module at the end. */
  append(module: M): this {
    Reflect.set(this, String(this.length), module);
    return this;
  }
  /** The module at a position. */
  get(index: number): M {
    return this.children()[index] as M;
  }
  *[Symbol.iterator](): Generator<M> {
    for (const m of this.children()) yield m as M;
  }
}

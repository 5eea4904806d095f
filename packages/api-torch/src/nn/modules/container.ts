// Sequential, ModuleList and ModuleDict.
import * as core from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { INTEGER } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { isFree, Module } from "../module.js";

/** A module of one tensor to one tensor. */
export type Layer = Module<[x: Tensor], Tensor>;

/**
 * Makes `module` the sub-module `name` of `parent`.
 * @throws {ArgumentError} when the name is taken or no module is given
 */
function addTo(parent: Module, name: string, module: Module): void {
  if (!(module instanceof Module)) {
    throw new core.ArgumentError(`${core.shown(name)} is not a module`, {
      code: "argument/not-a-module",
      op: parent.constructor.name,
      hint: "pass instances of nn.Module; wrap functions in a class with forward()",
    });
  }
  if (!isFree(parent, name, (v) => v instanceof Module)) {
    throw new core.ArgumentError(`${core.shown(name)} cannot name a sub-module`, {
      code: "argument/module-name",
      op: parent.constructor.name,
      hint: "use another name: without dots, and not that of a method or other property",
    });
  }
  Reflect.set(parent, name, module);
}

/** The entry at a position; negative counts from the end. @throws {ArgumentError} */
function pick<M>(owner: string, list: readonly M[], index: number): M {
  const found = INTEGER.is(index) ? list.at(index) : undefined;
  if (found !== undefined) return found;
  throw new core.ArgumentError(`no module ${core.shown(index)} among ${list.length}`, {
    code: "argument/index",
    op: owner,
    hint: list.length === 0 ? "it is empty" : `use an index from ${-list.length} to ${list.length - 1}`,
  });
}

/** Puts a module before another one of a list, whose names are '0', '1', …. @throws {ArgumentError} */
function insertInto(parent: Module, index: number, module: Module): void {
  const owner = parent.constructor.name;
  const entries = parent.namedChildren();
  const n = entries.length;
  const at = index < 0 ? index + n : index;
  if (!INTEGER.is(index) || at < 0 || at > n || entries.some(([name], i) => name !== String(i))) {
    throw new core.ArgumentError(`a module cannot be inserted at ${core.shown(index)}`, {
      code: "argument/index",
      op: owner,
      hint: `use an index from ${-n} to ${n}; the modules must not have names of their own`,
    });
  }
  addTo(parent, String(n), module);
  for (let i = n; i > at; i--) Reflect.set(parent, String(i), entries[i - 1]![1]);
  Reflect.set(parent, String(at), module);
}

/** Modules called one after another; named '0', '1', … or by a map of names. */
export class Sequential extends Module<[x: core.Tensor], Tensor> {
  static override readonly name: string = "Sequential";
  constructor(...modules: Layer[] | [ReadonlyMap<string, Layer>] | [readonly Layer[]]) {
    super();
    const first = modules[0];
    const list: readonly unknown[] = Array.isArray(first) ? first : modules;
    const entries = first instanceof Map ? [...first] : list.map((m, i) => [String(i), m] as const);
    for (const [name, module] of entries) addTo(this as Module, name, module as Module);
  }
  override forward(x: core.Tensor): Tensor {
    checkTensors("Sequential", { x });
    let y: core.Tensor = x;
    for (const layer of this.children()) y = callLayer(layer, y);
    return asTensor(y);
  }
  /** Number of modules. */
  get size(): number {
    return this.children().length;
  }
  /** Number of modules. */
  override get length(): number {
    return this.size;
  }
  /**
   * The module at a position; negative counts from the end.
   * @throws {ArgumentError} when there is none.
   */
  get(index: number): Module {
    return pick("Sequential", this.children(), index);
  }
  /**
   * Adds a module at the end.
   * @throws {ArgumentError} when it is not a module.
   */
  append(module: Layer): this {
    addTo(this as Module, String(this.size), module as Module);
    return this;
  }
  /**
   * Adds modules at the end; those before a wrong one stay.
   * @throws {ArgumentError} when one is not a module.
   */
  extend(modules: Iterable<Layer>): this {
    for (const m of requireList("Sequential", modules)) this.append(m);
    return this;
  }
  /**
   * Puts a module before that at `index`; negative counts from the end.
   * @throws {ArgumentError} when there is no such place, it is not a module, or modules have names of their own.
   */
  insert(index: number, module: Layer): this {
    insertInto(this as Module, index, module as Module);
    return this;
  }
  *[Symbol.iterator](): Generator<Module> {
    yield* this.children();
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

/** @throws {ArgumentError} for what cannot be gone through */
function requireList<T>(owner: string, list: Iterable<T>): Iterable<T> {
  if (typeof list === "object" && list !== null && Symbol.iterator in list) return list;
  throw new core.ArgumentError(`${core.shown(list)} is not a list of modules`, {
    code: "argument/modules",
    op: owner,
    hint: "pass an array of modules",
  });
}

/** A list of modules that belong to the parent; has no forward of its own. */
export class ModuleList<M extends Module = Module> extends Module {
  static override readonly name: string = "ModuleList";
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }
  /** Number of modules. */
  override get length(): number {
    return this.children().length;
  }
  /**
   * Adds a module at the end.
   * @throws {ArgumentError} when it is not a module.
   */
  append(module: M): this {
    return this.extend([module]);
  }
  /**
   * Adds modules at the end; those before a wrong one stay.
   * @throws {ArgumentError} when one is not a module.
   */
  extend(modules: Iterable<M>): this {
    let i = this.length;
    for (const m of requireList("ModuleList", modules)) addTo(this, String(i++), m);
    return this;
  }
  /**
   * Puts a module before that at `index`; negative counts from the end.
   * @throws {ArgumentError} when there is no such place, or it is not a module.
   */
  insert(index: number, module: M): this {
    insertInto(this, index, module);
    return this;
  }
  /**
   * The module at a position; negative counts from the end.
   * @throws {ArgumentError} when there is none.
   */
  get(index: number): M {
    return pick("ModuleList", this.children() as M[], index);
  }
  *[Symbol.iterator](): Generator<M> {
    for (const m of this.children()) yield m as M;
  }
  /** As PyTorch prints it: equal neighbours are counted. */
  override toString(): string {
    const texts = this.children().map(String);
    if (texts.length === 0) return `${this.constructor.name}()`;
    const lines: string[] = [];
    for (let from = 0, to = 0; from < texts.length; from = to) {
      while (to < texts.length && texts[to] === texts[from]) to++;
      const shown =
        to - from > 1 ? `(${from}-${to - 1}): ${to - from} x ${texts[from]}` : `(${from}): ${texts[from]}`;
      lines.push(`  ${shown.replaceAll("\n", "\n  ")}`);
    }
    return `${this.constructor.name}(\n${lines.join("\n")}\n)`;
  }
}

/** Modules by name that belong to the parent; has no forward of its own. */
export class ModuleDict<M extends Module = Module> extends Module {
  static override readonly name: string = "ModuleDict";
  constructor(modules: Readonly<Record<string, M>> | ReadonlyMap<string, M> = {}) {
    super();
    if (typeof modules !== "object" || modules === null) {
      throw new core.ArgumentError(`${core.shown(modules)} is no modules by name`, {
        code: "argument/modules",
        op: "ModuleDict",
        hint: "pass an object or a Map of modules",
      });
    }
    for (const [name, m] of modules instanceof Map ? modules : Object.entries(modules)) addTo(this, name, m);
  }
  /** Number of modules. */
  get size(): number {
    return this.children().length;
  }
  /** Names, in order. */
  keys(): string[] {
    return this.namedChildren().map(([name]) => name);
  }
  /** Whether there is a module of that name. Never throws. */
  has(name: string): boolean {
    return this.keys().includes(name);
  }
  /**
   * The module of a name.
   * @throws {ArgumentError} when there is none, naming the nearest.
   */
  get(name: string): M {
    const found = this.namedChildren().find(([n]) => n === name);
    if (found) return found[1] as M;
    const near = typeof name === "string" ? core.closest(name, this.keys()) : undefined;
    throw new core.ArgumentError(`no module ${core.shown(name)}`, {
      code: "argument/module-name",
      op: "ModuleDict",
      hint: near ? `did you mean \`${near}\`?` : `there are: ${this.keys().join(", ")}`,
    });
  }
  /**
   * Adds or replaces a module.
   * @throws {ArgumentError} when it is not a module, or the name has a dot or is a method's.
   */
  set(name: string, module: M): this {
    addTo(this, name, module);
    return this;
  }
}

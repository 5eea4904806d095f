// ParameterList and ParameterDict.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { Parameter } from "../../tensor/parameter.js";
import { INTEGER } from "../../checks.js";
import { isFree, Module } from "../module.js";

/**
 * Makes tensors parameters of `parent` by name, those that are none too. Adds nothing when one is wrong.
 * @throws {ArgumentError} when a name is taken or something is no tensor
 * @throws {DTypeError} when a tensor that is no parameter is not float
 * @throws {LifetimeError} when a tensor that is no parameter was disposed
 */
function addTo(parent: Module, entries: readonly (readonly [string, CoreTensor])[]): void {
  const owner = parent.constructor.name;
  for (const [name, value] of entries) {
    if (!(value instanceof core.Tensor)) throw core.notTensor(owner, value, `entry ${core.shown(name)}`);
    if (!isFree(parent, name, (v) => v instanceof Parameter)) {
      throw new core.ArgumentError(`${core.shown(name)} cannot name a parameter`, {
        code: "argument/parameter-name",
        op: owner,
        hint: "use another name: without dots, and not that of a method or other property",
      });
    }
    if (value instanceof Parameter) continue;
    core.requireFloat(owner, value);
    value._live(owner);
  }
  for (const [name, value] of entries)
    Reflect.set(parent, name, value instanceof Parameter ? value : new Parameter(value));
}

/** As PyTorch prints them: a line per parameter, one alone on the line of the class. */
function printed(parent: Module, what: (p: Parameter) => string): string {
  const lines = parent
    .ownParameters()
    .map(([name, p]) => `  (${name}): Parameter containing: [${what(p)} of size ${p.shape.join("x")}]`);
  const inside = lines.length < 2 ? lines.join("") : `\n${lines.map((l) => `  ${l}\n`).join("")}`;
  return `${parent.constructor.name}(${inside})`;
}

/** Parameters in a list that belong to the parent; has no forward of its own. */
export class ParameterList extends Module {
  static override readonly name: string = "ParameterList";
  constructor(parameters: Iterable<CoreTensor> = []) {
    super();
    this.extend(parameters);
  }
  /** Number of parameters. */
  override get length(): number {
    return this.ownParameters().length;
  }
  /**
   * Adds a parameter of any shape at the end; another tensor becomes one.
   * @throws {ArgumentError} when it is no tensor.
   * @throws {DTypeError} when it is neither a parameter nor float.
   * @throws {LifetimeError} when it was disposed.
   */
  append(parameter: CoreTensor): this {
    return this.extend([parameter]);
  }
  /**
   * Adds parameters of any shapes at the end; none when one is wrong.
   * @throws {ArgumentError} when one is no tensor, or no list is given.
   * @throws {DTypeError} when one is neither a parameter nor float.
   * @throws {LifetimeError} when one was disposed.
   */
  extend(parameters: Iterable<CoreTensor>): this {
    const list = typeof parameters === "object" && parameters !== null && Symbol.iterator in parameters;
    if (!list || parameters instanceof core.Tensor) {
      throw new core.ArgumentError(`${core.shown(parameters)} is not a list of parameters`, {
        code: "argument/parameters",
        op: "ParameterList",
        hint: "pass an array of parameters",
      });
    }
    const first = this.length;
    const entries = Array.from(parameters, (p, i) => [String(first + i), p] as const);
    addTo(this, entries);
    return this;
  }
  /**
   * The parameter at a position, in its own shape; negative counts from the end.
   * @throws {ArgumentError} when there is none.
   */
  get(index: number): Parameter {
    const all = this.ownParameters();
    const found = INTEGER.is(index) ? all.at(index) : undefined;
    if (found) return found[1];
    throw new core.ArgumentError(`no parameter ${core.shown(index)} among ${all.length}`, {
      code: "argument/index",
      op: "ParameterList",
      hint: all.length === 0 ? "it is empty" : `use an index from ${-all.length} to ${all.length - 1}`,
    });
  }
  *[Symbol.iterator](): Generator<Parameter> {
    for (const [, p] of this.ownParameters()) yield p;
  }
  override toString(): string {
    return printed(this, (p) => `torch.${p.dtype}`);
  }
}

/** Names that PyTorch prints for tensors of a dtype. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  float32: "torch.FloatTensor",
  float64: "torch.DoubleTensor",
  float16: "torch.HalfTensor",
  bfloat16: "torch.BFloat16Tensor",
};

/** Parameters by name that belong to the parent; has no forward of its own. */
export class ParameterDict extends Module {
  static override readonly name: string = "ParameterDict";
  constructor(parameters: Readonly<Record<string, CoreTensor>> | ReadonlyMap<string, CoreTensor> = {}) {
    super();
    this.update(parameters);
  }
  /** Number of parameters. */
  get size(): number {
    return this.ownParameters().length;
  }
  /** Names, in order. */
  keys(): string[] {
    return this.ownParameters().map(([name]) => name);
  }
  /** Parameters, in order, each in its own shape. */
  values(): Parameter[] {
    return this.ownParameters().map(([, p]) => p);
  }
  /** Whether there is a parameter of that name. Never throws. */
  has(name: string): boolean {
    return this.keys().includes(name);
  }
  /**
   * The parameter of a name, in its own shape.
   * @throws {ArgumentError} when there is none, naming the nearest.
   */
  get(name: string): Parameter {
    const found = this.ownParameters().find(([n]) => n === name);
    if (found) return found[1];
    const near = typeof name === "string" ? core.closest(name, this.keys()) : undefined;
    throw new core.ArgumentError(`no parameter ${core.shown(name)}`, {
      code: "argument/parameter-name",
      op: "ParameterDict",
      hint: near ? `did you mean \`${near}\`?` : `there are: ${this.keys().join(", ")}`,
    });
  }
  /**
   * Adds or replaces a parameter of any shape; another tensor becomes one.
   * @throws {ArgumentError} when it is no tensor, or the name has a dot or is a method's.
   * @throws {DTypeError} when it is neither a parameter nor float.
   * @throws {LifetimeError} when it was disposed.
   */
  set(name: string, parameter: CoreTensor): this {
    addTo(this, [[name, parameter]]);
    return this;
  }
  /**
   * Adds or replaces parameters by name, of any shapes; none when one is wrong. Names of a plain object are
   * taken in alphabetical order, as in PyTorch, those of a Map in its own.
   * @throws {ArgumentError} when a value is no tensor, a name has a dot or is a method's, or no object is given.
   * @throws {DTypeError} when a value is neither a parameter nor float.
   * @throws {LifetimeError} when one was disposed.
   */
  update(parameters: Readonly<Record<string, CoreTensor>> | ReadonlyMap<string, CoreTensor>): this {
    if (typeof parameters !== "object" || parameters === null) {
      throw new core.ArgumentError(`${core.shown(parameters)} is no parameters by name`, {
        code: "argument/parameters",
        op: "ParameterDict",
        hint: "pass an object or a Map of parameters",
      });
    }
    const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) =>
      a < b ? -1 : a > b ? 1 : 0;
    const entries: Iterable<readonly [string, CoreTensor]> =
      parameters instanceof Map
        ? (parameters as ReadonlyMap<string, CoreTensor>)
        : Object.entries(parameters as Readonly<Record<string, CoreTensor>>).sort(byName);
    addTo(this, [...entries]);
    return this;
  }
  override toString(): string {
    return printed(this, (p) => TYPE_NAMES[p.dtype] ?? `torch.${p.dtype}`);
  }
}

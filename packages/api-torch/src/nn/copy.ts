// Copies of modules: what copy.deepcopy gives in PyTorch, without running constructors again.
import * as core from "@isoform/core";
import { Parameter } from "../tensor/parameter.js";
import { Module } from "./module.js";

type Seen = Map<object, unknown>;

/**
 * A module of the same class with parameters, buffers and sub-modules of its own; the values are equal, and what the
 * module shares within itself the copy does too. Lists and plain objects are copied, other properties and hooks are
 * the same ones. Constructors do not run, so classes with `#private` fields cannot be copied.
 */
export function copyModule<M extends Module>(module: M, seen: Seen = new Map()): M {
  const copy = Reflect.construct(Module, [], module.constructor) as M;
  seen.set(module, copy);
  copy.training = module.training;
  for (const [name, persistent] of module.$books.buffers) copy.$books.buffers.set(name, persistent);
  for (const hook of module.$books.hooks) copy.$books.hooks.add(hook);
  for (const [name, value] of Object.entries(module)) {
    const own: unknown = copyValue(value, seen);
    Object.defineProperty(copy, name, { value: own, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

function copyValue(value: unknown, seen: Seen): unknown {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return value;
  if (seen.has(value)) return seen.get(value);
  const own = madeCopy(value, seen);
  seen.set(value, own);
  return own;
}

function madeCopy(value: object, seen: Seen): unknown {
  if (value instanceof Module) return copyModule(value, seen);
  // Tensors are values: in-place ops of either one do not show in the other.
  if (value instanceof Parameter) return new Parameter(value, { requiresGrad: value.requiresGrad });
  if (value instanceof core.Tensor) return core.keep(core.detach(value));
  if (Array.isArray(value)) return value.map((v: unknown) => copyValue(v, seen));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copyValue(v, seen)]));
}

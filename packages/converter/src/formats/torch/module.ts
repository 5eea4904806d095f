// Whole nn.Module and TorchScript objects as data: names of their tensors as state_dict() would give them.
import type { TensorRef } from "../pickle/tensor-ref.js";
import { entriesOf, fieldOf, type PickleObject, type PickleValue } from "../pickle/value.js";
import type { Walk } from "./walk.js";

/**
 * True for a pickled nn.Module of any class: an object with `_parameters` and `_modules`. Never throws.
 */
export function isModule(value: PickleValue | undefined): value is PickleObject {
  return (
    value?.kind === "object" &&
    entriesOf(fieldOf(value, "_parameters")) !== undefined &&
    entriesOf(fieldOf(value, "_modules")) !== undefined
  );
}

/**
 * True for a module of a TorchScript archive: an object of a class in `__torch__` with attributes.
 * Never throws.
 */
export function isScriptModule(value: PickleValue | undefined): value is PickleObject {
  return value?.kind === "object" && value.type.startsWith("__torch__.") && entriesOf(value) !== undefined;
}

/** Where a module keeps what it contains. */
const MEMBERS = ["_parameters", "_buffers", "_modules"] as const;

/** What a module contains. */
export interface ModuleVisitor {
  tensor(name: string, ref: TensorRef): void;
  /** @param path Dotted path, "" for the root. */
  module(path: string, object: PickleObject): void;
}

/**
 * Visits a module and all modules inside it in the order of `state_dict()`: own parameters, own persistent
 * buffers, then each child. TorchScript modules: attributes in order.
 * @throws {LimitExceededError} when there are more visits than the limits allow
 */
export function visitModule(root: PickleObject, prefix: string, walk: Walk, visitor: ModuleVisitor): void {
  if (!walk.enter(root, prefix)) return;
  for (const values of [root, ...MEMBERS.map((name) => fieldOf(root, name))])
    walk.look(entriesOf(values)?.length ?? 0);
  visitor.module(prefix, root);
  const join = (name: string): string => (prefix === "" ? name : `${prefix}.${name}`);
  if (isModule(root)) {
    const transient = transientBuffers(root);
    for (const [name, value] of named(fieldOf(root, "_parameters"))) {
      if (value.kind === "tensor") visitor.tensor(join(name), value.tensor);
    }
    for (const [name, value] of named(fieldOf(root, "_buffers"))) {
      if (value.kind === "tensor" && !transient.has(name)) visitor.tensor(join(name), value.tensor);
    }
    for (const [name, value] of named(fieldOf(root, "_modules"))) {
      if (value.kind === "object") visitModule(value, join(name), walk, visitor);
    }
  } else {
    for (const [name, value] of named(root)) {
      if (value.kind === "tensor") visitor.tensor(join(name), value.tensor);
      else if (isScriptModule(value)) visitModule(value, join(name), walk, visitor);
    }
  }
  walk.leave(root);
}

function transientBuffers(module: PickleObject): Set<string> {
  const names = fieldOf(module, "_non_persistent_buffers_set");
  if (names?.kind !== "set") return new Set();
  return new Set(names.items.map((item) => (item.kind === "str" ? item.value : "")));
}

function* named(value: PickleValue | undefined): Iterable<readonly [string, PickleValue]> {
  for (const [key, item] of entriesOf(value) ?? []) {
    if (key.kind === "str") yield [key.value, item];
  }
}

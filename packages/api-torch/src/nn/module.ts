// nn.Module: callable modules that find their parameters, buffers and children among their own properties.
import * as core from "@isoform/core";
import { ambient, scope, type DType } from "@isoform/core";
import { forgetGrad } from "../tensor/gradient.js";
import { Parameter } from "../tensor/parameter.js";
import { asTensor, Tensor } from "../tensor/tensor.js";
import { checkOptions, checkValue, FLAG, FUNCTION, TENSOR, TEXT, type Kind } from "../checks.js";
import { checkTensors, targetOf } from "../tensor/arguments.js";
import { setMode, watchModule } from "./compile-guard.js";
import { inModule } from "./module-error.js";

/** Names and tensors of a module, in order of registration; buffers included, non-persistent ones not. */
export type StateDict = Map<string, Tensor>;

/** What `loadStateDict` found. */
export interface LoadResult {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/** Called after a module's forward; may replace the output. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;

const SET: Kind = { is: (v) => v instanceof Set, use: "a Set" };

interface Bookkeeping {
  /** Names of buffers, and whether they are saved. */
  readonly buffers: Map<string, boolean>;
  readonly hooks: Set<ForwardHook>;
  /** Own name within the parent, set while a model is traced. */
  localName: string | null;
}

/** A class of modules and their forward arguments and result. */
export interface Module<I extends readonly unknown[] = readonly never[], O = unknown> {
  (...inputs: I): O;
}

/**
 * Base class of models and layers (`torch.nn.Module`). Assign parameters, buffers and sub-modules as properties and
 * write `forward`; call the instance like a function. Everything `forward` makes and does not return is released.
 */
export class Module<I extends readonly unknown[] = readonly never[], O = unknown> {
  static readonly name: string = "Module";
  declare training: boolean;
  /** @internal */ declare $books: Bookkeeping;

  constructor() {
    const self = core.callableInstance<Module<I, O>>(new.target.prototype, callModule);
    const hidden = { value: { buffers: new Map(), hooks: new Set(), localName: null }, enumerable: false };
    Object.defineProperty(self, "$books", hidden);
    Object.defineProperty(self, "training", { value: true, writable: true, enumerable: false });
    return self;
  }

  /**
   * What the module computes, in shapes of its own. Call the module rather than this: hooks run, and
   * temporaries go.
   * @throws {UnsupportedOpError} unless a subclass defines it.
   */
  forward(..._inputs: I): O {
    throw new core.UnsupportedOpError("no forward() is defined", {
      code: "module/no-forward",
      op: this.constructor.name,
      hint: "define forward(x) in the class",
    });
  }

  /**
   * Adds a tensor of any shape that is saved with the module (unless `persistent` is false) but not trained,
   * and outlives scopes. It becomes a property; null keeps the name free for one.
   * @throws {ArgumentError} when the name is empty, has a dot, or is that of a method or another property, when
   * no tensor is given, or an option is unknown.
   */
  registerBuffer(name: string, tensor: Tensor | null, options: { readonly persistent?: boolean } = {}): void {
    const op = `${this.constructor.name}.registerBuffer`;
    checkOptions(op, options, { persistent: FLAG });
    if (!isFree(this as Module, name, (v) => (v ?? null) === null || this.$books.buffers.has(name))) {
      throw new core.ArgumentError(`${core.shown(name)} cannot name a buffer`, {
        code: "argument/buffer-name",
        op,
        hint: "use another name: without dots, and not that of a method or other property",
      });
    }
    if (tensor !== null) checkTensors(op, { tensor });
    this.$books.buffers.set(name, options.persistent !== false);
    if (tensor) core.keep(tensor);
    Object.defineProperty(this, name, {
      value: tensor,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }

  /**
   * Adds a hook that runs after forward; call the result to remove it. What the hook throws, the call does.
   * @throws {ArgumentError} when the hook is not a function.
   */
  registerForwardHook(hook: ForwardHook): () => void {
    checkValue(`${this.constructor.name}.registerForwardHook`, "hook", hook, FUNCTION);
    this.$books.hooks.add(hook);
    return () => void this.$books.hooks.delete(hook);
  }

  /** Own parameters by property name, not those of children; each of its own shape. */
  ownParameters(): [string, Parameter][] {
    return Object.entries(this).filter((e): e is [string, Parameter] => e[1] instanceof Parameter);
  }

  /** Own buffers by property name, not those of children; each of its own shape. */
  ownBuffers(): [string, Tensor][] {
    const found: [string, Tensor][] = [];
    for (const name of this.$books.buffers.keys()) {
      const value: unknown = Reflect.get(this, name);
      if (value instanceof Tensor) found.push([name, value]);
    }
    return found;
  }

  /** Direct sub-modules by property name. */
  namedChildren(): [string, Module][] {
    return Object.entries(this).filter((e): e is [string, Module] => e[1] instanceof Module);
  }

  /** Direct sub-modules. */
  children(): Module[] {
    return this.namedChildren().map(([, m]) => m);
  }

  /**
   * This module and all below, each once, by dotted path that starts with `prefix`; those in `seen` are left
   * out.
   * @throws {ArgumentError} when `prefix` is no string or `seen` no Set.
   */
  namedModules(prefix = "", seen: Set<object> = new Set()): [string, Module][] {
    checkValue("namedModules", "prefix", prefix, TEXT);
    checkValue("namedModules", "seen", seen, SET);
    if (seen.has(this)) return [];
    seen.add(this);
    const found: [string, Module][] = [[prefix, this as Module]];
    for (const [name, child] of this.namedChildren())
      found.push(...child.namedModules(join(prefix, name), seen));
    return found;
  }

  /** This module and all below. */
  modules(): Module[] {
    return this.namedModules().map(([, m]) => m);
  }

  /** All parameters by dotted path, shared ones once; each of its own shape. */
  namedParameters(): [string, Parameter][] {
    return this.collect((m) => m.ownParameters());
  }

  /** All parameters, shared ones once, for optimizers; each of its own shape. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, p]) => p);
  }

  /** All buffers by dotted path, shared ones once; each of its own shape. */
  namedBuffers(): [string, Tensor][] {
    return this.collect((m) => m.ownBuffers());
  }

  /** All buffers, shared ones once; each of its own shape. */
  buffers(): Tensor[] {
    return this.namedBuffers().map(([, b]) => b);
  }

  private collect<T extends Tensor>(own: (m: Module) => [string, T][]): [string, T][] {
    const seen = new Set<T>();
    const found: [string, T][] = [];
    for (const [path, module] of this.namedModules()) {
      for (const [name, tensor] of own(module)) {
        if (seen.has(tensor)) continue;
        seen.add(tensor);
        found.push([join(path, name), tensor]);
      }
    }
    return found;
  }

  /**
   * Live parameters and saved buffers by dotted path, as PyTorch names and orders them; names start with
   * `prefix`.
   * @throws {ArgumentError} when it is no string.
   */
  stateDict(prefix = ""): StateDict {
    checkValue("stateDict", "prefix", prefix, TEXT);
    const state: StateDict = new Map();
    const visit = (module: Module, path: string) => {
      for (const [name, p] of module.ownParameters()) state.set(join(path, name), p);
      for (const [name, b] of module.ownBuffers()) {
        if (module.$books.buffers.get(name)) state.set(join(path, name), b);
      }
      for (const [name, child] of module.namedChildren()) visit(child, join(path, name));
    };
    visit(this as Module, prefix);
    return state;
  }

  /**
   * Copies values into parameters and buffers by name, cast to their dtypes. Nothing is changed when names or
   * shapes do not fit.
   * @throws {ShapeError} listing every missing, unexpected (unless `strict`, default true, is false) and
   * mismatched name.
   * @throws {ArgumentError} when an option is unknown, or `given` is not a Map, or a plain object, of tensors.
   * @throws {LifetimeError} when a given tensor was disposed.
   */
  loadStateDict(
    given: ReadonlyMap<string, core.Tensor> | Readonly<Record<string, core.Tensor>>,
    options: { readonly strict?: boolean } = {},
  ): LoadResult {
    const op = `${this.constructor.name}.loadStateDict`;
    checkOptions(op, options, { strict: FLAG });
    const entries = typeof given === "object" && !Array.isArray(given) ? Object.entries(given ?? {}) : [];
    const state = entries.length > 0 && entries.every(([, t]) => TENSOR.is(t)) ? new Map(entries) : given;
    if (!(state instanceof Map)) {
      throw new core.ArgumentError(`${core.shown(given)} is not a state dict`, {
        code: "argument/state-dict",
        op,
        hint: "pass a Map of names to tensors, e.g. that of stateDict() or of a loaded file",
      });
    }
    const own = this.stateDict();
    const missingKeys = [...own.keys()].filter((k) => !state.has(k));
    const unexpectedKeys = [...state.keys()].filter((k) => !own.has(k));
    const problems: string[] = [];
    let shapes = 0;
    if (options.strict !== false) {
      if (missingKeys.length > 0) problems.push(`missing: ${missingKeys.join(", ")}`);
      if (unexpectedKeys.length > 0)
        problems.push(`unexpected: ${unexpectedKeys.map((k) => suggest(k, own)).join(", ")}`);
    }
    for (const [name, target] of own) {
      const source = state.get(name);
      if (source === undefined) continue;
      checkTensors(op, { [name]: source });
      if (!core.sameShape(source.shape, target.shape)) {
        shapes++;
        problems.push(`${name}: is [${source.shape.join(",")}], the module has [${target.shape.join(",")}]`);
      }
    }
    if (problems.length > 0) {
      throw new core.ShapeError(`the state dict does not fit:\n  ${problems.join("\n  ")}`, {
        code: "module/state-dict",
        op,
        hint:
          shapes > 0
            ? "make the module with the sizes it had when it was saved, or leave these tensors out of the Map and pass { strict: false }"
            : "pass { strict: false } to ignore missing and unexpected names",
      });
    }
    core.noGrad(() =>
      scope(() => {
        for (const [name, target] of own) {
          const source = state.get(name);
          if (source) target.copy_(source);
        }
      }),
    );
    return { missingKeys, unexpectedKeys };
  }

  /**
   * Training mode, here and below: dropout drops, batch norm uses and updates batch statistics. `mode` false
   * is inference.
   * @throws {ArgumentError} when `mode` is not a boolean.
   */
  train(mode = true): this {
    checkValue(`${this.constructor.name}.train`, "mode", mode, FLAG);
    for (const m of this.modules()) setMode(m, mode);
    return this;
  }

  /** Inference mode. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Turns gradients of all parameters on or off.
   * @throws {DTypeError} when they are turned on and a parameter is not a float tensor.
   */
  requiresGrad_(value = true): this {
    for (const p of this.parameters()) p.requiresGrad_(value);
    return this;
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const p of this.parameters()) forgetGrad(p);
  }

  /**
   * Converts parameters and floating-point buffers to a dtype, in place of the old ones, which end: make
   * optimizers afterwards. "cpu" changes nothing:
   * devices are chosen by `setBackend`.
   * @throws {DTypeError} when the dtype is unknown, or is no float while a parameter requires gradients.
   * @throws {UnsupportedOpError} for another device, such as "cuda"
   * @throws {LifetimeError} when a parameter or buffer was disposed.
   */
  to(target: DType | "cpu"): this {
    const dtype = targetOf(`${this.constructor.name}.to`, target);
    if (dtype === null) return this;
    // A parameter that two modules share stays shared; optimizers need to be made again.
    const made = new Map<Tensor, Tensor>();
    core.noGrad(() => {
      for (const m of this.modules()) {
        for (const [name, p] of m.ownParameters()) {
          if (p.dtype === dtype) continue;
          if (!made.has(p)) {
            const next = core.cast(p, dtype);
            made.set(p, new Parameter(next, { requiresGrad: p.requiresGrad }));
            next.dispose();
          }
          Reflect.set(m, name, made.get(p));
        }
        for (const [name, b] of m.ownBuffers()) {
          if (!core.isFloat(b.dtype) || b.dtype === dtype) continue;
          if (!made.has(b)) made.set(b, core.keep(asTensor(core.cast(b, dtype))));
          Reflect.set(m, name, made.get(b));
        }
      }
    });
    for (const before of made.keys()) {
      before.grad?.dispose();
      before.dispose();
    }
    return this;
  }

  /** As float32. @throws {LifetimeError} when a parameter or buffer was disposed. */
  float(): this {
    return this.to("float32");
  }
  /** As float64. @throws {LifetimeError} when a parameter or buffer was disposed. */
  double(): this {
    return this.to("float64");
  }
  /** As float16. @throws {LifetimeError} when a parameter or buffer was disposed. */
  half(): this {
    return this.to("float16");
  }
  /** As bfloat16. @throws {LifetimeError} when a parameter or buffer was disposed. */
  bfloat16(): this {
    return this.to("bfloat16");
  }
  /** This module: its device was chosen by `setBackend`. Never throws. */
  cpu(): this {
    return this;
  }

  /**
   * Runs `fn` on every module, children first. What `fn` throws passes through.
   * @throws {ArgumentError} when `fn` is not a function.
   */
  apply(fn: (module: Module) => void): this {
    checkValue(`${this.constructor.name}.apply`, "fn", fn, FUNCTION);
    for (const child of this.children()) child.apply(fn);
    fn(this as Module);
    return this;
  }

  /** Releases all parameters, gradients and buffers. */
  dispose(): void {
    for (const p of this.parameters()) {
      p.grad?.dispose();
      p.dispose();
    }
    for (const b of this.buffers()) b.dispose();
  }

  /** The arguments shown in brackets when the module is printed. */
  extraRepr(): string {
    return "";
  }

  /** The module as PyTorch prints it. */
  toString(): string {
    const extra = this.extraRepr();
    const children = this.namedChildren();
    const name = this.constructor.name;
    if (children.length === 0) return `${name}(${extra})`;
    const lines = children.map(([n, m]) => `  (${n}): ${m.toString().replaceAll("\n", "\n  ")}`);
    return `${name}(\n${extra ? `  ${extra}\n` : ""}${lines.join("\n")}\n)`;
  }

  /** @internal Name of this module within its parent while tracing. */
  _setLocalName(name: string | null): void {
    this.$books.localName = name;
  }

  /** @internal */
  _books(): { readonly hooks: ReadonlySet<ForwardHook>; readonly localName: string | null } {
    return this.$books;
  }
}

function callModule<I extends readonly unknown[], O>(self: Module<I, O>, args: unknown[]): unknown {
  if (ambient.trace !== null) watchModule(self as Module);
  const run = () =>
    scope(() => {
      let output: unknown = Reflect.apply(self.forward, self, args);
      for (const hook of self._books().hooks) output = hook(self as Module, args, output) ?? output;
      return output;
    });
  const { localName } = self._books();
  try {
    return ambient.trace !== null && localName !== null ? core.withName(localName, run) : run();
  } catch (error) {
    throw inModule(error, self);
  }
}

/**
 * Whether a buffer or sub-module may have the name: a state dict can say it, and the module has no such property,
 * or one that `replaceable` lets go.
 */
export function isFree(module: Module, name: string, replaceable: (value: unknown) => boolean): boolean {
  if (typeof name !== "string" || name === "" || name.includes(".")) return false;
  return !(name in module) || (Object.hasOwn(module, name) && replaceable(Reflect.get(module, name)));
}

function join(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}

function suggest(key: string, own: StateDict): string {
  const near = core.closest(key, own.keys());
  return near ? `${key} (did you mean ${near}?)` : key;
}

// Turns the assignments of a PyTorch program into IR nodes: expressions are evaluated to IR values, sizes and tuples by
// closed tables of known modules, functions and methods. Nothing named in the file is looked up anywhere else.
import { ModelFormatError, UnsupportedOpError, isDType, type DType } from "@isoform/core";
import type { RawTensor } from "../../formats/raw-tensor.js";
import type { GraphBuilder } from "../../ir/builder.js";
import type { IrValue } from "../../ir/types.js";
import { sameAs, type WeightSource } from "../../ir/weights.js";
import { dottedPath, type BinaryOp, type Expr } from "../../python/ast.js";
import { printExpr } from "../../python/print.js";
import type { TorchProgram } from "../../torch-program/program.js";

/** What an expression means. */
export type PyValue =
  | { readonly kind: "tensor"; readonly value: IrValue }
  | { readonly kind: "number"; readonly value: number; readonly float: boolean }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "none" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "tuple"; readonly items: readonly PyValue[] }
  /** `x.shape`. */
  | { readonly kind: "shape"; readonly of: IrValue }
  /** `x.shape[axis]`. */
  | { readonly kind: "dim"; readonly of: IrValue; readonly axis: number }
  /** `x.tolist()` of an integer tensor: sizes known when the model runs. */
  | { readonly kind: "sizes"; readonly value: IrValue }
  | { readonly kind: "dtype"; readonly value: DType }
  | { readonly kind: "device" }
  /** `same_pad(x, …)`: a padding that a following window op absorbs, or that is computed in the graph. */
  | { readonly kind: "padded"; readonly pad: SamePad }
  /** The output of a recurrent layer: ONNX's `[T, D, N, H]`, which `unflatten(-1, (D, H)).transpose(1, 2)` gives back. */
  | {
      readonly kind: "sequence";
      readonly y: IrValue;
      readonly sizes: readonly number[];
      readonly split: boolean;
      readonly build: () => IrValue;
    }
  | { readonly kind: "slice"; readonly start: PyValue; readonly stop: PyValue; readonly step: PyValue };

/** A size-dependent padding of the trailing axes. */
export interface SamePad {
  readonly of: IrValue;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly value: number;
  /** Builds the padding as nodes. */
  readonly build: () => IrValue;
}

/** Arguments of a call: evaluated, by position and name. */
export class Arguments {
  readonly fn: string;
  readonly positional: readonly PyValue[];
  readonly named: ReadonlyMap<string, PyValue>;
  private readonly where: string;

  constructor(
    fn: string,
    positional: readonly PyValue[],
    named: ReadonlyMap<string, PyValue>,
    where: string,
  ) {
    this.fn = fn;
    this.positional = positional;
    this.named = named;
    this.where = where;
  }
  error(problem: string): UnsupportedOpError {
    return new UnsupportedOpError(problem, { code: "torch-program/call", op: this.fn, path: this.where });
  }
  /** Argument by position or name. */
  get(i: number, name: string): PyValue | undefined {
    return this.positional[i] ?? this.named.get(name);
  }
  tensor(i: number, name = "input"): IrValue {
    const v = this.get(i, name);
    if (v?.kind === "tensor") return v.value;
    if (v?.kind === "padded") return v.pad.build();
    if (v?.kind === "sequence" && !v.split) return v.build();
    throw this.error(`argument ${i} is not a tensor`);
  }
  /** The input of a window op: with `auto_pad` when it is a `same_pad` made for these windows. */
  windowInput(
    kernel: readonly number[],
    strides: readonly number[],
    dilations: readonly number[],
    fill: number,
  ): {
    readonly x: IrValue;
    readonly auto_pad: string;
  } {
    const v = this.get(0, "input");
    const same = (a: readonly number[], b: readonly number[]) =>
      a.length === b.length && a.every((n, i) => n === b[i]);
    if (v?.kind === "padded" && v.pad.value === fill) {
      const { pad } = v;
      if (same(pad.kernel, kernel) && same(pad.stride, strides) && same(pad.dilation, dilations)) {
        return { x: pad.of, auto_pad: "SAME_UPPER" };
      }
    }
    return { x: this.tensor(0), auto_pad: "NOTSET" };
  }
  optionalTensor(i: number, name: string): IrValue | null {
    const v = this.get(i, name);
    return v === undefined || v.kind === "none" ? null : this.tensor(i, name);
  }
  number(i: number, name: string, fallback?: number): number {
    const v = this.get(i, name);
    if (v?.kind === "number") return v.value;
    if (v === undefined && fallback !== undefined) return fallback;
    throw this.error(`${name} is not a number`);
  }
  flag(i: number, name: string, fallback: boolean): boolean {
    const v = this.get(i, name);
    return v?.kind === "bool" ? v.value : fallback;
  }
  text(i: number, name: string, fallback: string): string {
    const v = this.get(i, name);
    return v?.kind === "string" ? v.value : fallback;
  }
  /** Integers: a number (repeated `n` times) or a tuple. */
  ints(i: number, name: string, n: number, fallback?: number): number[] {
    const v = this.get(i, name);
    if (v === undefined && fallback !== undefined) return new Array<number>(n).fill(fallback);
    const found = v === undefined ? null : intsOf(v);
    if (found === null) throw this.error(`${name} is not integers`);
    return v?.kind === "number" ? new Array<number>(n).fill(found[0]!) : found;
  }
  /** Throws when a keyword that the rule does not know is given. */
  only(...names: readonly string[]): void {
    for (const key of this.named.keys())
      if (!names.includes(key)) throw this.error(`unknown argument ${key}`);
  }
}

/** Literal integers of a number or tuple, or null. */
export function intsOf(v: PyValue): number[] | null {
  if (v.kind === "number" && Number.isInteger(v.value)) return [v.value];
  if (v.kind !== "tuple") return null;
  const items = v.items.map((i) => (i.kind === "number" && Number.isInteger(i.value) ? i.value : null));
  return items.includes(null) ? null : items.filter((i) => i !== null);
}

/** A rule of a function or method. */
export type CallRule = (e: Evaluator, a: Arguments) => PyValue;
/** A rule of a module: its constructor's arguments, its path in the state dict, the call's arguments. */
export type ModuleRule = (e: Evaluator, ctor: Arguments, path: string, call: Arguments) => PyValue;

/** The closed tables. */
export interface Tables {
  readonly functions: ReadonlyMap<string, CallRule>;
  readonly methods: ReadonlyMap<string, CallRule>;
  readonly modules: ReadonlyMap<string, ModuleRule>;
  readonly operators: ReadonlyMap<BinaryOp, (e: Evaluator, a: PyValue, b: PyValue) => PyValue>;
  index(e: Evaluator, object: PyValue, index: PyValue): PyValue;
}

/** Evaluates expressions against the tables and builds nodes. */
export class Evaluator {
  readonly program: TorchProgram;
  readonly builder: GraphBuilder;
  readonly state: ReadonlyMap<string, RawTensor>;
  /** Names of state-dict tensors that were used. */
  readonly used: Set<string> = new Set();
  readonly variables: Map<string, PyValue> = new Map();
  private readonly tables: Tables;
  private readonly weights: Map<string, IrValue> = new Map();
  /** State-dict names of loose parameters and buffers. */
  readonly looseNames: Map<IrValue, string> = new Map();
  /** Wanted name of the next node: the assigned variable. */
  wanted = "";
  scope = "";

  constructor(
    program: TorchProgram,
    state: ReadonlyMap<string, RawTensor>,
    builder: GraphBuilder,
    tables: Tables,
  ) {
    this.program = program;
    this.state = state;
    this.builder = builder;
    this.tables = tables;
  }

  /** A tensor of the state dict. @throws {ModelFormatError} when missing or of another shape */
  raw(name: string, shape?: readonly number[]): RawTensor {
    const t = this.state.get(name);
    if (!t) {
      throw new ModelFormatError(`the state dict has no ${name}`, {
        code: "torch-program/missing-weight",
        path: name,
        hint: "model.py and the state dict must belong together",
      });
    }
    if (shape && (t.shape.length !== shape.length || shape.some((n, i) => n !== t.shape[i]))) {
      throw new ModelFormatError(`${name} is [${t.shape.join(",")}], model.py needs [${shape.join(",")}]`, {
        code: "torch-program/weight-shape",
        path: name,
      });
    }
    this.used.add(name);
    return t;
  }

  /** A tensor of the state dict as a weight. */
  weight(
    name: string,
    options: { readonly shape?: readonly number[]; readonly trainable?: boolean } = {},
  ): IrValue {
    const known = this.weights.get(name);
    if (known) return known;
    const t = this.raw(name, options.shape);
    const v = this.builder.weight(name, t, {
      source: sameAs(name, t.shape),
      trainable: options.trainable ?? true,
    });
    this.weights.set(name, v);
    return v;
  }

  /** A weight made of rearranged tensors of the state dict. */
  madeWeight(name: string, tensor: RawTensor, source: WeightSource): IrValue {
    return this.builder.weight(name, tensor, { source, trainable: true });
  }

  run(): void {
    for (const { targets, value } of this.program.body) {
      this.wanted = targets[0] ?? "unused";
      const result = this.evaluate(value);
      if (targets.length === 1) {
        if (targets[0]) this.variables.set(targets[0], result);
        continue;
      }
      if (result.kind !== "tuple" || result.items.length !== targets.length) {
        throw this.error(value, `does not give ${targets.length} values`);
      }
      targets.forEach((t, i) => t && this.variables.set(t, result.items[i]!));
    }
  }

  error(e: Expr, problem: string): UnsupportedOpError {
    return new UnsupportedOpError(`${problem}: ${printExpr(e).slice(0, 120)}`, {
      code: "torch-program/unsupported",
      path: this.wanted,
      hint: "only calls that isoform writes into model.py can be read",
    });
  }

  evaluate(e: Expr): PyValue {
    switch (e.kind) {
      case "number":
        return { kind: "number", value: e.value, float: e.float };
      case "string":
        return { kind: "string", value: e.value };
      case "constant":
        return e.value === null ? { kind: "none" } : { kind: "bool", value: e.value };
      case "tuple":
      case "list":
        return { kind: "tuple", items: e.items.map((i) => this.evaluate(i)) };
      case "name": {
        const v = this.variables.get(e.name);
        if (v) return v;
        throw this.error(e, "unknown name");
      }
      case "attribute":
        return this.attribute(e);
      case "call":
        return this.call(e);
      case "binary":
        return this.binary(e);
      case "unary": {
        const v = this.evaluate(e.operand);
        if (v.kind === "number" && e.op === "-") return { ...v, value: -v.value };
        if (v.kind !== "tensor") throw this.error(e, "not a tensor");
        return this.node(e.op === "-" ? "Neg" : "Not", [v.value], {});
      }
      case "index":
        return this.tables.index(this, this.evaluate(e.object), this.evaluate(e.index));
      case "slice": {
        const part = (x: Expr | null): PyValue => (x === null ? { kind: "none" } : this.evaluate(x));
        return { kind: "slice", start: part(e.start), stop: part(e.stop), step: part(e.step) };
      }
      case "dict":
        throw this.error(e, "a dictionary has no meaning here");
      default:
        return e satisfies never;
    }
  }

  /** A loop over the left operands: the parser lets sums be of any length. */
  private binary(e: Extract<Expr, { kind: "binary" }>): PyValue {
    const chain = [e];
    let first = e.left;
    for (; first.kind === "binary"; first = first.left) chain.push(first);
    let value = this.evaluate(first);
    for (const part of chain.toReversed()) {
      const rule = this.tables.operators.get(part.op);
      if (!rule) throw this.error(part, "unknown operator");
      value = rule(this, value, this.evaluate(part.right));
    }
    return value;
  }

  private attribute(e: Extract<Expr, { kind: "attribute" }>): PyValue {
    const path = dottedPath(e);
    if (path?.startsWith("torch.") && isDType(path.slice(6)))
      return { kind: "dtype", value: path.slice(6) as DType };
    if (path?.startsWith("self.")) return this.loose(path.slice(5), e);
    const object = this.evaluate(e.object);
    if (object.kind === "tensor" && e.name === "shape") return { kind: "shape", of: object.value };
    if (object.kind === "tensor" && e.name === "device") return { kind: "device" };
    throw this.error(e, "unknown attribute");
  }

  private loose(name: string, e: Expr): PyValue {
    const t = this.program.tensors.get(name);
    if (!t) throw this.error(e, "no such parameter or buffer");
    const known = this.weights.get(name);
    if (known) return { kind: "tensor", value: known };
    const raw = this.raw(name, t.shape);
    const source = t.kind === "parameter" ? sameAs(name, raw.shape) : null;
    const v = this.builder.weight(name, raw, { source, trainable: t.kind === "parameter" });
    this.weights.set(name, v);
    this.looseNames.set(v, name);
    return { kind: "tensor", value: v };
  }

  private arguments(
    fn: string,
    e: Extract<Expr, { kind: "call" }>,
    self: readonly PyValue[] = [],
  ): Arguments {
    const named = new Map([...e.kwargs].map(([k, v]) => [k, this.evaluate(v)]));
    return new Arguments(fn, [...self, ...e.args.map((a) => this.evaluate(a))], named, this.wanted);
  }

  private call(e: Extract<Expr, { kind: "call" }>): PyValue {
    const module = modulePath(e.fn);
    if (module !== null) return this.callModule(module, e);
    const path = dottedPath(e.fn);
    const rule = path === null ? undefined : this.tables.functions.get(path);
    if (path !== null && rule) return rule(this, this.arguments(path, e));
    if (e.fn.kind === "attribute") {
      const method = this.tables.methods.get(e.fn.name);
      if (method) return method(this, this.arguments(`Tensor.${e.fn.name}`, e, [this.evaluate(e.fn.object)]));
    }
    throw this.error(e, "unknown function");
  }

  private callModule(path: string, e: Extract<Expr, { kind: "call" }>): PyValue {
    const ctor = this.program.modules.get(path);
    const cls = ctor?.kind === "call" ? dottedPath(ctor.fn) : null;
    const rule = cls === null ? undefined : this.tables.modules.get(cls);
    if (ctor?.kind !== "call" || cls === null || !rule) throw this.error(ctor ?? e, "unknown module");
    const before = { scope: this.scope, wanted: this.wanted };
    const parts = path.split(".");
    this.wanted = parts.pop() ?? path;
    this.scope = parts.join(".");
    const result = rule(this, this.arguments(cls, ctor), path, this.arguments(path, e));
    this.scope = before.scope;
    this.wanted = before.wanted;
    return result;
  }

  /** Adds a node with one used output. */
  node(...args: NodeArgs): PyValue {
    return { kind: "tensor", value: this.op(...args) };
  }
  /** As `node`, giving the IR value. */
  op(...[op, inputs, attrs, count]: NodeArgs): IrValue {
    const options = { name: this.wanted, scope: this.scope, ...(count === undefined ? {} : { count }) };
    return this.builder.op(op, inputs, attrs, options);
  }
  /** A tensor operand: numbers become literals of the other operand's dtype. */
  operand(v: PyValue, other: PyValue): IrValue {
    if (v.kind === "tensor") return v.value;
    if (v.kind === "dim") return this.dim(v.of, v.axis);
    if (v.kind === "sequence") return v.build();
    if (v.kind !== "number") {
      throw new UnsupportedOpError(`a ${v.kind} is not an operand`, {
        code: "torch-program/operand",
        path: this.wanted,
      });
    }
    const known = other.kind === "tensor" ? other.value.dtype : null;
    const dtype = known && isDType(known) ? known : v.float ? "float32" : "int64";
    return this.builder.scalar(v.value, dtype);
  }
  /** `x.shape[axis]` as a 0-d int64 value. */
  dim(of: IrValue, axis: number): IrValue {
    const shape = this.op("Shape", [of], {});
    return this.op("Gather", [shape, this.builder.scalar(axis, "int64")], { axis: 0 });
  }
  /** Sizes (numbers, dims, a list from a tensor) as a 1-d int64 value. */
  sizes(items: readonly PyValue[]): IrValue {
    const literal = intsOf({ kind: "tuple", items });
    if (literal) return this.builder.ints(literal);
    const parts = items.map((i) => {
      if (i.kind === "number") return this.builder.ints([i.value]);
      if (i.kind !== "dim") {
        throw new UnsupportedOpError(`a ${i.kind} is not a size`, {
          code: "torch-program/size",
          path: this.wanted,
        });
      }
      const shape = this.op("Shape", [i.of], {});
      return this.op("Gather", [shape, this.builder.ints([i.axis])], { axis: 0 });
    });
    return parts.length === 1 ? parts[0]! : this.op("Concat", parts, { axis: 0 });
  }
}

type NodeArgs =
  Parameters<GraphBuilder["op"]> extends [infer O, infer I, infer A, ...unknown[]]
    ? [op: O, inputs: I, attrs: A, count?: number]
    : never;

/** Path of a `self.a["b"]` reference to a module, or null. */
function modulePath(e: Expr): string | null {
  if (e.kind === "attribute") return e.object.kind === "name" && e.object.name === "self" ? e.name : null;
  if (e.kind !== "index" || e.index.kind !== "string") return null;
  const parent = modulePath(e.object);
  return parent === null ? null : `${parent}.${e.index.value}`;
}

// What the op tables of the PyTorch exporter write with: names, modules, loose tensors, the state dict.
import { UnsupportedOpError, isDType, type DType } from "@isoform/core";
import { rawTensor, type RawDType, type RawTensor } from "../../formats/raw-tensor.js";
import type { IrAttrs, IrOp } from "../../ir/ops/table.js";
import type { IrGraph, IrNode, IrValue } from "../../ir/types.js";
import { literalNumbers } from "../../ir/walk.js";
import { applySteps, type WeightStep } from "../../ir/weights.js";
import { call, dotted, float, index, int, name, str, type Expr } from "../../python/ast.js";
import type { HelperName } from "../../torch-program/helpers.js";
import type { Assignment, ProgramTensor } from "../../torch-program/program.js";
import { identifier } from "../../torch-program/write.js";
import { uniqueName } from "../../unique-name.js";

/** A tensor of the state dict and where it comes from in the IR. */
export interface StateEntry {
  readonly tensor: RawTensor;
  /** Name of the IR weight, null for constants made by the exporter. */
  readonly from: string | null;
  readonly steps: readonly WeightStep[];
}

/** A module under construction: suffix of the tensor to the IR value that holds it. */
export type ModuleTensors = ReadonlyMap<
  string,
  { readonly value: IrValue; readonly steps?: readonly WeightStep[] } | RawTensor
>;

/** Collects the program while the nodes are visited. */
export class Emitter {
  readonly graph: IrGraph;
  readonly modules: Map<string, Expr> = new Map();
  readonly tensors: Map<string, ProgramTensor> = new Map();
  readonly state: Map<string, StateEntry> = new Map();
  readonly helpers: Set<HelperName> = new Set();
  readonly body: Assignment[] = [];
  readonly approximations: string[] = [];
  private readonly variables: Map<IrValue, Expr> = new Map();
  private readonly taken: Set<string> = new Set();
  private readonly paths: Set<string> = new Set();
  /** What the paths are inside of. */
  private readonly outer: Set<string> = new Set();

  constructor(graph: IrGraph) {
    this.graph = graph;
  }

  /** The variable of a new value. */
  define(v: IrValue): string {
    const id = identifier(v.name, this.taken);
    this.variables.set(v, name(id));
    return id;
  }

  /** The expression of a value: a variable, or a loose parameter or buffer. */
  expr(v: IrValue): Expr {
    const known = this.variables.get(v);
    if (known) return known;
    const weight = this.graph.weights.get(v);
    if (!weight)
      throw new UnsupportedOpError(`the value ${v.name} is not defined`, {
        code: "export/undefined",
        path: v.name,
      });
    const path = this.uniquePath(v.name, true);
    const kind =
      weight.source !== null && weight.trainable !== false && isFloatName(weight.tensor.dtype)
        ? "parameter"
        : "buffer";
    this.tensors.set(path, {
      kind,
      shape: weight.tensor.shape,
      dtype: torchDType(weight.tensor.dtype, v.name),
    });
    this.state.set(path, { tensor: weight.tensor, from: v.name, steps: [] });
    const e = dotted(`self.${path}`);
    this.variables.set(v, e);
    return e;
  }

  /** A free module path near `wanted`; loose tensors have no dots. */
  uniquePath(wanted: string, flat = false): string {
    const parts = wanted.split(".", 64).map(
      (p) =>
        p
          .slice(0, 200)
          .replaceAll(/[^A-Za-z0-9_]+/g, "_")
          .replace(/^_+|_+$/g, "") || "x",
    );
    const joined = flat ? parts.join("_") : parts.join(".");
    const base = /^\d/.test(joined) ? `m_${joined}` : joined;
    const path = uniqueName(base, (p) => this.clashes(p));
    this.paths.add(path);
    for (const prefix of prefixes(path)) this.outer.add(prefix);
    return path;
  }

  /** A path is taken when it is used, or is inside of or around a used one. */
  private clashes(path: string): boolean {
    return this.paths.has(path) || this.outer.has(path) || prefixes(path).some((p) => this.paths.has(p));
  }

  /** Adds a module with its tensors and returns a reference to it. */
  module(wanted: string, ctor: Expr, tensors: ModuleTensors): Expr {
    const path = this.uniquePath(wanted);
    this.modules.set(path, ctor);
    for (const [suffix, t] of tensors) {
      if ("data" in t) this.state.set(`${path}.${suffix}`, { tensor: t, from: null, steps: [] });
      else {
        const weight = this.graph.weights.get(t.value);
        if (!weight)
          throw new UnsupportedOpError("a weight is not constant", {
            code: "export/weight",
            path: t.value.name,
          });
        const steps = t.steps ?? [];
        this.state.set(`${path}.${suffix}`, {
          tensor: applySteps(weight.tensor, steps),
          from: t.value.name,
          steps,
        });
      }
    }
    const [first = "", ...rest] = path.split(".");
    return rest.reduce<Expr>((e, part) => index(e, str(part)), dotted(`self.${first}`));
  }

  /** Adds a loose parameter that holds a rearranged weight. */
  parameter(wanted: string, tensor: RawTensor, from: string): Expr {
    const path = this.uniquePath(wanted, true);
    this.tensors.set(path, {
      kind: "parameter",
      shape: tensor.shape,
      dtype: torchDType(tensor.dtype, wanted),
    });
    this.state.set(path, { tensor, from, steps: [] });
    return dotted(`self.${path}`);
  }

  /** Names a helper function of model.py. */
  helper(id: HelperName): string {
    this.helpers.add(id);
    return id;
  }

  assign(targets: readonly (string | null)[], value: Expr): void {
    this.body.push({ targets, value });
  }

  /** A new variable that is no IR value. */
  temporary(wanted: string, value: Expr): Expr {
    const id = identifier(wanted, this.taken);
    this.assign([id], value);
    return name(id);
  }
}

function isFloatName(dtype: RawDType): boolean {
  return dtype === "float32" || dtype === "float64" || dtype === "float16" || dtype === "bfloat16";
}

/** `float32` of `torch.float32`. @throws {UnsupportedOpError} for types PyTorch lacks */
export function torchDType(dtype: RawDType, path: string): string {
  if (isDType(dtype)) return dtype;
  throw new UnsupportedOpError(`PyTorch has no ${dtype} here`, { code: "export/dtype", path });
}

/** One node while it is exported. */
export class NodeEmit<K extends IrOp = IrOp> {
  readonly node: IrNode<K>;
  readonly out: Emitter;

  constructor(node: IrNode<K>, out: Emitter) {
    this.node = node;
    this.out = out;
  }
  get attrs(): IrAttrs<K> {
    return this.node.attrs;
  }
  has(i: number): boolean {
    return Boolean(this.node.inputs[i]);
  }
  value(i: number): IrValue {
    const v = this.node.inputs[i];
    if (!v) throw this.error(`input ${i} is missing`);
    return v;
  }
  /** Input `i` as an expression; 0-d float and integer literals become numbers. */
  x(i: number): Expr {
    const v = this.value(i);
    return this.scalarLiteral(v) ?? this.out.expr(v);
  }
  /** Input `i`, always a tensor expression. */
  t(i: number): Expr {
    return this.out.expr(this.value(i));
  }
  /** The number that a 0-d literal is. */
  scalarLiteral(v: IrValue): Expr | null {
    const weight = this.out.graph.weights.get(v);
    if (!weight || weight.source !== null || weight.tensor.shape.length !== 0) return null;
    const [n] = literalNumbers(this.out.graph, v) ?? [];
    if (n === undefined) return null;
    if (weight.tensor.dtype === "float32" || weight.tensor.dtype === "float64") return float(n);
    return weight.tensor.dtype === "int64" || weight.tensor.dtype === "int32" ? int(n) : null;
  }
  /** Numbers of input `i`, or null when it is not a literal. */
  numbers(i: number): number[] | null {
    const v = this.node.inputs[i];
    return v ? literalNumbers(this.out.graph, v) : null;
  }
  /** Numbers of input `i`. @throws {UnsupportedOpError} when they are computed */
  literal(i: number, what: string): number[] {
    const found = this.numbers(i);
    if (found) return found;
    throw this.error(`${what} is computed at run time`);
  }
  /** Number of axes of input `i`. */
  rank(i: number): number {
    const { dims } = this.value(i);
    if (dims) return dims.length;
    throw this.error(`the number of axes of input ${i} is not known`);
  }
  /** Size of an axis of input `i` when it is known. */
  size(i: number, axis: number): number | null {
    const { dims } = this.value(i);
    const n = dims?.[axis < 0 ? dims.length + axis : axis];
    return typeof n === "number" ? n : null;
  }
  dtype(i: number): DType | null {
    const { dtype } = this.value(i);
    return dtype && isDType(dtype) ? dtype : null;
  }
  /** The weight tensor behind input `i`, or null. */
  weight(i: number): RawTensor | null {
    const v = this.node.inputs[i];
    return (v && this.out.graph.weights.get(v)?.tensor) ?? null;
  }
  get path(): string {
    return this.node.scope ? `${this.node.scope}.${this.node.name}` : this.node.name;
  }
  /** Path of the module for this node: the prefix of `<prefix>.weight` when the source names weights so. */
  modulePath(weightInput: number, suffix = "weight"): string {
    const v = this.node.inputs[weightInput];
    const from = v ? (this.out.graph.weights.get(v)?.source?.pieces[0]?.name ?? v.name) : "";
    return from.endsWith(`.${suffix}`) ? from.slice(0, -suffix.length - 1) : this.path;
  }
  error(problem: string): UnsupportedOpError {
    return new UnsupportedOpError(problem, {
      code: "export/torch-unsupported",
      op: this.node.op,
      path: this.path,
      inputs: this.node.inputs.map((v) => (v ? `${v.dtype ?? "?"}[${v.dims?.join(",") ?? "?"}]` : "null")),
    });
  }
}

/** How an op becomes Python: one expression for the first output, or the assignments themselves. */
export type TorchRule<K extends IrOp> = (n: NodeEmit<K>) => Expr | null;
/** A table of rules. */
export type TorchRules = { readonly [K in IrOp]?: TorchRule<K> };

/** An int64 zero, the batch counter of batch norm. */
export function zeroCounter(): RawTensor {
  return rawTensor("int64", [], new Uint8Array(8));
}

/** `F.name(x, …)`. */
export function F(fn: string, args: readonly Expr[], kwargs: Readonly<Record<string, Expr>> = {}): Expr {
  return call(`F.${fn}`, args, kwargs);
}
/** `torch.name(x, …)`. */
export function T(fn: string, args: readonly Expr[], kwargs: Readonly<Record<string, Expr>> = {}): Expr {
  return call(`torch.${fn}`, args, kwargs);
}

/** `a` and `a.b` of `a.b.c`. */
function prefixes(path: string): string[] {
  const parts = path.split(".");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("."));
}

// Loops over elementwise operations that were fused: every input is read once, every result that someone needs is
// written once, what lies between stays in registers.
import {
  reshapeView,
  rowMajor,
  sameShape,
  sizeOf,
  type Fusable,
  type FusedUnit,
  type GraphNode,
  type GraphVar,
} from "@isoform/core";
import type { Attrs, DType } from "@isoform/core";
import { BINARY_FNS, COMPARE_FNS, UNARY_FNS } from "@isoform/core";
import {
  binaryFunction,
  castFunction,
  compareFunction,
  unaryFunction,
  whereFunction,
} from "../kernels/elementwise/functions.js";
import { activation, type ActivationName } from "../kernels/elementwise/activations.js";
import { defineLoop, type Access, type Elementwise } from "../kernels/elementwise/generate.js";
import { LANES } from "../kernels/elementwise/lanes.js";
import { ranges } from "../kernels/matmul/plan.js";
import { descriptorOf } from "../kernels/strided/loop.js";
import { PIECE } from "../kernels/strided/runner.js";
import { addressOf, type CpuView } from "../kernels/view.js";
import type { V } from "../math/index.js";
import { f32x4, i32x4, type ModuleBuilder } from "../wasm/index.js";
import type { Call, Part } from "../engine.js";
import type { Recorder } from "./recorder.js";

/** Dtypes whose lanes hold the value exactly as memory would: no rounding or wrapping happens on the way there. */
const EXACT: readonly DType[] = ["float32", "int32", "uint32", "bool"];

const isOneOf = <T extends string>(names: readonly T[], id: string): id is T =>
  (names as readonly string[]).includes(id);

/** The activation that a composite is, if it has vector code. */
function activationOf(node: GraphNode): ActivationName | null {
  const { id } = node.op;
  if (id === "gelu") return (node.attrs as Attrs<"gelu">).approximate === "tanh" ? "geluTanh" : "gelu";
  return id === "sigmoid" || id === "silu" ? id : null;
}

/** The vector code of an operation, or undefined when it has none. */
function functionOf(node: GraphNode): Elementwise | undefined {
  const { id } = node.op;
  const dtype = node.inputs[0]?.dtype;
  if (dtype === undefined) return undefined;
  if (isOneOf(UNARY_FNS, id)) return unaryFunction(id, dtype);
  if (isOneOf(BINARY_FNS, id)) return binaryFunction(id, dtype);
  if (isOneOf(COMPARE_FNS, id)) return compareFunction(id, dtype);
  const name = activationOf(node);
  if (name !== null) return dtype === "float32" ? activation(name) : undefined;
  if (id === "cast") return castFunction(dtype, node.outputs[0]!.dtype);
  return id === "where" ? whereFunction(4) : undefined;
}

/** Whether an operation can be part of a fused loop. */
function isElementwise(node: GraphNode): boolean {
  if (node.inputs.length === 0) return false;
  const [out] = node.outputs;
  const values = [...node.inputs, ...node.outputs];
  if (!out || !values.every((v) => v !== null && EXACT.includes(v.dtype) && sameShape(v.shape, out.shape)))
    return false;
  return functionOf(node) !== undefined;
}

/** Operations whose kernels make their results in parts. */
const MADE_IN_PARTS: readonly string[] = ["conv", "reduceWindow", "selectAndScatter"];

/** Functions that take tens of instructions, each of which waits for the one before. */
const LONG: readonly string[] = "exp expm1 log log1p sin cos atan tanh erf pow sigmoid silu gelu".split(" ");

/** What is fused. */
export const FUSABLE: Fusable = {
  elementwise: isElementwise,
  heavy: (node) => LONG.includes(node.op.id),
  head: (node) => MADE_IN_PARTS.includes(node.op.id),
  tail: (node) => node.op.id === "reduce",
};

function literal(value: number | bigint, dtype: DType): V {
  return dtype === "float32" ? f32x4.const(Number(value)) : i32x4.const(Number(value) | 0);
}

/**
 * The greater or smaller of `x` and a number, in one or two instructions where V8 needs nine for `f32x4.max`, or null.
 * `pmax` and `pmin` hand NaN on, and of two zeros keep `x`: wrong for max(-0, 0), which a sum with 0 puts right, and for
 * min(0, -0).
 */
function bounded(
  { op, inputs }: GraphNode,
  literals: ReadonlyMap<GraphVar, number | bigint>,
  x: V,
): V | null {
  const bound = Number(literals.get(inputs[1]!) ?? Number.NaN);
  if (inputs[1]?.dtype !== "float32" || Number.isNaN(bound)) return null;
  const limit = f32x4.const(bound);
  if (op.id === "max") {
    const greater = f32x4.pmax(x, limit);
    return Object.is(bound, 0) ? f32x4.add(greater, limit) : greater;
  }
  return op.id === "min" && !Object.is(bound, -0) ? f32x4.pmin(x, limit) : null;
}

/** Operands of a loop: first what is written, then what is read. */
interface Loop {
  readonly unit: FusedUnit;
  /** Of every operand; what is written is contiguous or strided. */
  readonly access: readonly Access[];
  readonly unroll: number;
}

function define(m: ModuleBuilder, { unit, access, unroll }: Loop): void {
  const { nodes, reads, writes, literals } = unit;
  const operands = [...writes, ...reads].map((v, i) => ({ lanes: LANES[v.dtype]!, access: access[i]! }));
  const functions = nodes.map((n) => functionOf(n)!);
  defineLoop(m, operands, writes.length, unroll, (f, args, host, write) => {
    const results = args.map((vectors) => {
      const values = new Map<GraphVar | null, V>();
      for (const [v, value] of literals) values.set(v, literal(value, v.dtype));
      reads.forEach((v, i) => values.set(v, vectors[i]!));
      nodes.forEach((node, i) => {
        const given = node.inputs.map((v) => values.get(v)!);
        const result = bounded(node, literals, given[0]!) ?? functions[i]!.emit(f, given, host);
        values.set(node.outputs[0]!, f.let(result));
      });
      return writes.map((v) => values.get(v)!);
    });
    write(results);
  });
}

/** Equal for loops with the same code. */
function keyOf({ unit, access, unroll }: Loop): string {
  const names = new Map<GraphVar, string>();
  unit.reads.forEach((v, i) => names.set(v, `r${i}`));
  for (const [v, value] of unit.literals)
    names.set(v, `${Object.is(value, -0) ? "-0" : String(value)}:${v.dtype}`);
  const lines = unit.nodes.map((node, i) => {
    const args = node.inputs.map((v) => names.get(v!)!).join();
    names.set(node.outputs[0]!, `n${i}`);
    return `${activationOf(node) ?? node.op.id}(${args}):${node.outputs[0]!.dtype}`;
  });
  const writes = unit.writes.map((v) => names.get(v)!).join();
  const types = [...unit.writes, ...unit.reads].map((v, i) => v.dtype + access[i]!).join();
  return `fused:${unroll}:${types}:${lines.join(";")}>${writes}`;
}

/** A fused loop over some memory: `writes` are row-major, `reads` are views of the unit's shape. */
export class FusedLoop {
  private readonly recorder: Recorder;
  private readonly unit: FusedUnit;
  private readonly views: readonly CpuView[];

  /** `views` are what is written, then what is read. */
  constructor(recorder: Recorder, unit: FusedUnit, views: readonly CpuView[]) {
    this.recorder = recorder;
    this.unit = unit;
    this.views = views;
  }

  /** Records the loop, in pieces for threads. */
  record(): void {
    const { recorder } = this;
    const { shape } = this.unit;
    const count = sizeOf(shape);
    if (count === 0) return;
    if (recorder.threads > 1) {
      for (const whole of [[count], shape.slice(shape.findIndex((n) => n > 1))]) {
        const cuts = ranges(whole[0]!, 1, count / PIECE);
        const calls = cuts.map(([start, n]) =>
          this.part({ shape: whole, start: [start], count: whole.with(0, n) }),
        );
        if (!calls.includes(null)) return recorder.parallel(calls as Call[]);
      }
    }
    recorder.parallel([this.call(shape, this.views)]);
  }

  /** The call for a part of the loop, or null if its operands cannot be cut like that. The tail finds its input `at`. */
  part({ shape, start, count }: Omit<Part, "call">, at?: number): Call | null {
    const { unit } = this;
    if (sizeOf(shape) !== sizeOf(unit.shape)) return null;
    const views: CpuView[] = [];
    for (const [i, view] of this.views.entries()) {
      if (at && unit.writes[i] === unit.tail?.inputs[0]) {
        views.push({ ...view, buffer: at, shape: count, strides: rowMajor(count) });
        continue;
      }
      const whole = reshapeView(view, shape);
      if (whole === null) return null;
      const offset = start.reduce((sum, n, axis) => sum + n * whole.strides[axis]!, whole.offset);
      views.push({ ...view, shape: count, strides: whole.strides, offset });
    }
    return this.call(count, views);
  }

  /** The call for views of `shape`. */
  private call(shape: readonly number[], views: readonly CpuView[]): Call {
    const { recorder, unit } = this;
    const { plan } = recorder;
    const count = plan.build(shape, views);
    // Rows shorter than a vector are walked all at once, column by column.
    if (plan.rank > 1 && plan.sizes[0]! < 4) {
      for (const list of [plan.sizes, ...plan.strides]) [list[0], list[1]] = [list[1]!, list[0]!];
    }
    const access = views.map((_, i): Access => {
      const stride = plan.inner(i);
      return stride === 1 ? "c" : stride === 0 && i >= unit.writes.length ? "s" : "g";
    });
    const unroll = unit.nodes.length > 12 ? 1 : unit.nodes.length > 4 ? 2 : 4;
    const loop = { unit, access, unroll };
    const kernel = recorder.module(keyOf(loop), (m) => define(m, loop));
    if (plan.rank > 1) return [kernel["nd"]!, recorder.descriptor(descriptorOf(plan, views))];
    const args = views.flatMap((v, i) => [addressOf(v), plan.inner(i) * LANES[v.dtype]!.bytes]);
    return [kernel["run"]!, count, ...args];
  }
}

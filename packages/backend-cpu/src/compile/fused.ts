// Loops over elementwise operations that were fused: every input is read once, every result that someone needs is
// written once, what lies between stays in registers.
import { sameShape, type FusedUnit, type GraphNode, type GraphVar } from "@isoform/core";
import type { Attrs, BinaryFn, CompareFn, DType, UnaryFn } from "@isoform/core";
import { BINARY_FNS, COMPARE_FNS, UNARY_FNS } from "@isoform/core";
import {
  binaryFunction,
  castFunction,
  compareFunction,
  unaryFunction,
  whereFunction,
} from "../kernels/elementwise/functions.js";
import { activation, type ActivationName } from "../kernels/elementwise/activations.js";
import { inputOf, type Access, type Elementwise, type Input } from "../kernels/elementwise/generate.js";
import { LANES } from "../kernels/elementwise/lanes.js";
import { defineNd, descriptorOf, innerParams } from "../kernels/strided/loop.js";
import { addressOf, type CpuView } from "../kernels/view.js";
import { importHostMath, type V } from "../math/index.js";
import { f32x4, i32, i32x4, type HostFunction, type ModuleBuilder } from "../wasm/index.js";
import type { Recorder } from "./recorder.js";

/** Elements of a loop that one thread takes at a time. */
const PIECE = 32768;

/** Dtypes whose lanes hold the value exactly as memory would: no rounding or wrapping happens on the way there. */
const EXACT: ReadonlySet<DType> = new Set(["float32", "int32", "uint32", "bool"]);

const unaryNames: ReadonlySet<string> = new Set(UNARY_FNS);
const binaryNames: ReadonlySet<string> = new Set(BINARY_FNS);
const compareNames: ReadonlySet<string> = new Set(COMPARE_FNS);

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
  if (unaryNames.has(id)) return unaryFunction(id as UnaryFn, dtype);
  if (binaryNames.has(id)) return binaryFunction(id as BinaryFn, dtype);
  if (compareNames.has(id)) return compareFunction(id as CompareFn, dtype);
  const name = activationOf(node);
  if (name !== null) return dtype === "float32" ? activation(name) : undefined;
  if (id === "cast") return castFunction(dtype, node.outputs[0]!.dtype);
  return id === "where" ? whereFunction(4) : undefined;
}

/** Whether an operation can be part of a fused loop. */
export function fusable(node: GraphNode): boolean {
  if (node.inputs.length === 0) return false;
  const [out] = node.outputs;
  const values = [...node.inputs, ...node.outputs];
  if (!out || !values.every((v) => v !== null && EXACT.has(v.dtype) && sameShape(v.shape, out.shape)))
    return false;
  return functionOf(node) !== undefined;
}

function literal(value: number | bigint, dtype: DType): V {
  return dtype === "float32" ? f32x4.const(Number(value)) : i32x4.const(Number(value) | 0);
}

/** Operands of a loop: first what is written, then what is read. */
interface Loop {
  readonly unit: FusedUnit;
  readonly access: readonly Access[];
  readonly unroll: number;
}

function defineLoop(m: ModuleBuilder, { unit, access, unroll }: Loop): void {
  const host = importHostMath(m);
  const { nodes, reads, writes, literals } = unit;
  const functions = nodes.map((n) => functionOf(n)!);
  const operands = writes.length + reads.length;
  const run = m.exportFunc("run", innerParams(operands), null, (f, ...params) => {
    const n = params[0]!;
    const outs = writes.map((v, i) => ({ v, p: params[1 + 2 * i]!, lanes: LANES[v.dtype]! }));
    const ins = reads.map((v, i) => {
      const at = 1 + 2 * (writes.length + i);
      return inputOf(f, LANES[v.dtype]!, access[i]!, params[at]!, params[at + 1]!);
    });
    const evaluate = (load: (x: Input) => V): Map<GraphVar, V> => {
      const values = new Map<GraphVar, V>();
      for (const [v, value] of literals) values.set(v, literal(value, v.dtype));
      reads.forEach((v, i) => values.set(v, f.let(load(ins[i]!))));
      nodes.forEach((node, i) => {
        const result = functions[i]!.emit(
          f,
          node.inputs.map((v) => values.get(v!)!),
          host,
        );
        values.set(node.outputs[0]!, f.let(result));
      });
      return values;
    };
    const group = (vectors: number): void => {
      f.while(i32.geU(n, 4 * vectors), () => {
        const results = Array.from({ length: vectors }, (_, k) => evaluate((x) => x.four(k)));
        results.forEach((values, k) => {
          for (const { v, p, lanes } of outs) lanes.store(f, p, values.get(v)!, 4 * k * lanes.bytes);
        });
        for (const x of ins) x.advance(4 * vectors);
        for (const { p, lanes } of outs) f.inc(p, 4 * vectors * lanes.bytes);
        f.inc(n, -4 * vectors);
      });
    };
    if (unroll > 1) group(unroll);
    group(1);
    f.while(i32.ne(n, 0), () => {
      const values = evaluate((x) => x.one());
      for (const { v, p, lanes } of outs) lanes.storeOne(f, p, values.get(v)!);
      for (const x of ins) x.advance(1);
      for (const { p, lanes } of outs) f.inc(p, lanes.bytes);
      f.inc(n, -1);
    });
  });
  defineNd(m, operands, run);
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
  const types = unit.reads.map((v, i) => v.dtype + access[i]!).join();
  return `fused:${unroll}:${types}:${lines.join(";")}>${writes}`;
}

/** Records a fused loop. `writes` are row-major, `reads` are views of the unit's shape. */
export function recordFused(
  recorder: Recorder,
  unit: FusedUnit,
  writes: readonly CpuView[],
  reads: readonly CpuView[],
): void {
  const { plan } = recorder;
  const views = [...writes, ...reads];
  const count = plan.build(unit.shape, views);
  if (count === 0 || writes.length === 0) return;
  const access = reads.map((_, i): Access => {
    const stride = plan.inner(writes.length + i);
    return stride === 1 ? "c" : stride === 0 ? "s" : "g";
  });
  const unroll = unit.nodes.length > 12 ? 1 : unit.nodes.length > 4 ? 2 : 4;
  const loop = { unit, access, unroll };
  const kernel = recorder.module(keyOf(loop), (m) => defineLoop(m, loop));
  if (plan.rank > 1) {
    kernel["nd"]!(recorder.descriptor(descriptorOf(plan, views)));
    return;
  }
  const strides = views.map((v, i) => plan.inner(i) * LANES[v.dtype]!.bytes);
  const piece = (from: number, n: number): readonly [HostFunction, ...number[]] => [
    kernel["run"]!,
    n,
    ...views.flatMap((v, i) => [addressOf(v) + from * strides[i]!, strides[i]!]),
  ];
  const pieces = [];
  for (let from = 0; from < count; from += PIECE) pieces.push(piece(from, Math.min(PIECE, count - from)));
  if (recorder.threads > 1 && pieces.length > 1) recorder.parallel(pieces);
  else {
    const [run, ...args] = piece(0, count);
    run(...args);
  }
}

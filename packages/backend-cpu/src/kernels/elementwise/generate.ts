// Generates elementwise loops over operands of lane dtypes. An operand is read contiguously, as one repeated element, or
// with a stride, each a kernel of its own, made lazily.
import {
  i32,
  shuffle32,
  v128,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { importHostMath, type Guarded, type HostMath, type V } from "../../math/index.js";
import { defineNd, innerParams } from "../strided/loop.js";
import type { Lanes } from "./lanes.js";

/** How an input is read along the inner axis: contiguous, one element, or strided. */
export type Access = "c" | "s" | "g";

/** An elementwise function. */
export interface Elementwise {
  readonly inputs: readonly Lanes[];
  readonly output: Lanes;
  /** The result of one group of four lanes. */
  emit(f: FunctionBuilder, x: readonly V[], host: HostMath): V;
  /** Vectors per round. */
  readonly unroll: number;
  /** What `emit` consists of, where it has a rare part: a round asks once for all its vectors. */
  readonly guarded?: Guarded;
}

/** How a loop reads or writes one operand. */
export interface Operand {
  readonly lanes: Lanes;
  readonly access: Access;
}

/** Vectors of a round: by group of four elements, then by operand. */
type Vectors<T extends V> = readonly (readonly T[])[];

/** Computes the results of a round and hands them to `write`. */
type Evaluate = (
  f: FunctionBuilder,
  args: Vectors<Local<"v128">>,
  host: HostMath,
  write: (results: Vectors<V>) => void,
) => void;

/**
 * Defines `run(n, pointer0, stride0, …)` over one axis and `nd(descriptor)` over more; of the operands, the first
 * `outputs` are written. Strides count bytes and matter only where the access is "g".
 */
export function defineLoop(
  m: ModuleBuilder,
  operands: readonly Operand[],
  outputs: number,
  unroll: number,
  evaluate: Evaluate,
): void {
  const host = importHostMath(m);
  const run = m.exportFunc("run", innerParams(operands.length), null, (f, ...params) => {
    const n = params[0]!;
    const walks = operands.map((o, i) => walk(f, o, params[1 + 2 * i]!, params[2 + 2 * i]!));
    const ins = walks.splice(outputs);
    // Rounds of groups of four elements, at last of one element.
    for (const groups of new Set([unroll, 1, 0])) {
      const elements = 4 * groups || 1;
      const group = (k: number): number | null => (groups ? k : null);
      f.while(i32.geU(n, elements), () => {
        const args = Array.from({ length: groups || 1 }, (_, k) => ins.map((x) => f.let(x.read(group(k)))));
        evaluate(f, args, host, (results) => {
          results.forEach((values, k) => walks.forEach((x, i) => x.write(values[i]!, group(k))));
        });
        for (const x of [...ins, ...walks]) x.advance(elements);
        f.inc(n, -elements);
      });
    }
  });
  defineNd(m, operands.length, run);
}

/** Defines the loop of one function with a contiguous result. */
export function defineElementwise(m: ModuleBuilder, e: Elementwise, access: readonly Access[]): void {
  const operands = [e.output, ...e.inputs].map((lanes, i) => ({ lanes, access: access[i - 1] ?? "c" }));
  defineLoop(m, operands, 1, e.unroll, (f, args, host, write) => {
    const one = (results: readonly V[]): void => write(results.map((r) => [r]));
    if (e.guarded) together(f, e.guarded, args, host, one);
    else one(args.map((a) => e.emit(f, a, host)));
  });
}

/**
 * A guarded function of several vectors, whose rare lanes are looked for in all of them at once. The usual way has
 * results of its own instead of one that the rare way may change: V8 would compute those one after the other.
 */
function together(
  f: FunctionBuilder,
  guarded: Guarded,
  args: readonly (readonly Local<"v128">[])[],
  host: HostMath,
  write: (results: readonly V[]) => void,
): void {
  const outside = args.map((a) => guarded.outside(a)).reduce((a, b) => v128.or(a, b));
  const rare = (a: readonly Local<"v128">[]): V => {
    const result = guarded.fast(f, a);
    guarded.fix(f, a, result, host);
    return result;
  };
  f.if(
    v128.anyTrue(outside),
    () => write(args.map(rare)),
    () => write(args.map((a) => guarded.fast(f, a))),
  );
}

/** An operand of a loop: a group of four elements of the present round, or one element. */
interface Walk {
  read(group: number | null): V;
  write(value: V, group: number | null): void;
  advance(elements: number): void;
}

/** How a loop reads or writes at pointer `p`. */
function walk(f: FunctionBuilder, { lanes, access }: Operand, p: Local<"i32">, stride: Local<"i32">): Walk {
  const repeated = access === "s" ? f.let(lanes.splat(f, p)) : null;
  const adjacent = access === "c";
  return {
    read: (group) => {
      if (repeated) return repeated;
      if (group === null) return lanes.splat(f, p);
      if (adjacent) return lanes.load(f, p, 4 * group * lanes.bytes);
      return lanes.gather(f, i32.add(p, i32.mul(stride, 4 * group)), stride);
    },
    write: (value, group) => {
      if (group === null) return lanes.storeOne(f, p, value);
      if (adjacent) return lanes.store(f, p, value, 4 * group * lanes.bytes);
      const at = f.let(i32.add(p, i32.mul(stride, 4 * group)));
      for (let lane = 0; lane < 4; lane++) {
        lanes.storeOne(f, at, shuffle32(value, value, [lane, lane, lane, lane]));
        f.inc(at, stride);
      }
    },
    advance: (elements) => {
      if (!repeated) f.inc(p, adjacent ? elements * lanes.bytes : i32.mul(stride, elements));
    },
  };
}

// Generates elementwise kernels: any number of inputs of lane dtypes, one contiguous output, one vector expression.
// An input is read contiguously, as one repeated element, or with a stride, each a kernel of its own, made lazily.
import {
  i32,
  v128,
  type Expr,
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

/**
 * Defines `run(n, out, _, in0, stride0, …)` over one axis and `nd(descriptor)` over more. Strides count bytes and
 * matter only for inputs read as "g".
 */
export function defineElementwise(m: ModuleBuilder, e: Elementwise, access: readonly Access[]): void {
  const host = importHostMath(m);
  const operands = 1 + e.inputs.length;
  const run = m.exportFunc("run", innerParams(operands), null, (f, ...params) => {
    const n = params[0]!;
    const out = params[1]!;
    const inputs = e.inputs.map((lanes, i) =>
      inputOf(f, lanes, access[i]!, params[3 + 2 * i]!, params[4 + 2 * i]!),
    );
    const group = (vectors: number): void => {
      f.while(i32.geU(n, 4 * vectors), () => {
        const args = Array.from({ length: vectors }, (_, v) => inputs.map((x) => f.let(x.four(v))));
        const write = (results: readonly V[]): void =>
          results.forEach((r, v) => e.output.store(f, out, r, 4 * v * e.output.bytes));
        if (e.guarded) together(f, e.guarded, args, host, write);
        else write(args.map((a) => e.emit(f, a, host)));
        for (const x of inputs) x.advance(4 * vectors);
        f.inc(out, 4 * vectors * e.output.bytes);
        f.inc(n, -4 * vectors);
      });
    };
    if (e.unroll > 1) group(e.unroll);
    group(1);
    f.while(i32.ne(n, 0), () => {
      const result = e.emit(
        f,
        inputs.map((x) => f.let(x.one())),
        host,
      );
      e.output.storeOne(f, out, result);
      for (const x of inputs) x.advance(1);
      f.inc(out, e.output.bytes);
      f.inc(n, -1);
    });
  });
  defineNd(m, operands, run);
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

/** An input of a loop: vectors of the present round, elements of its tail. */
export interface Input {
  four(group: number): V;
  one(): V;
  advance(elements: number): void;
}

/** How a loop reads an input at pointer `p`. */
export function inputOf(
  f: FunctionBuilder,
  lanes: Lanes,
  access: Access,
  p: Local<"i32">,
  stride: Expr<"i32">,
): Input {
  if (access === "s") {
    const value = f.let(lanes.splat(f, p));
    return { four: () => value, one: () => value, advance: () => {} };
  }
  if (access === "c") {
    return {
      four: (group) => lanes.load(f, p, 4 * group * lanes.bytes),
      one: () => lanes.splat(f, p),
      advance: (elements) => f.inc(p, elements * lanes.bytes),
    };
  }
  return {
    four: (group) => lanes.gather(f, i32.add(p, i32.mul(stride, 4 * group)), stride),
    one: () => lanes.splat(f, p),
    advance: (elements) => f.inc(p, i32.mul(stride, elements)),
  };
}

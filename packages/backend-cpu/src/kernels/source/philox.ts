// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011), four counters
// at a time. The counter is 128 bits wide.
import {
  i32,
  i32x4,
  i64x2,
  shuffle32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { transpose4 } from "../copy/transpose.js";

type V = Expr<"v128">;
const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;

function wideProduct(f: FunctionBuilder, x: Local<"v128">, factor: number): { low: V; high: V } {
  const c = i32x4.const(factor);
  const first = f.let(i64x2.extmulLowI32x4U(x, c));
  const second = f.let(i64x2.extmulHighI32x4U(x, c));
  return { low: shuffle32(first, second, [0, 2, 4, 6]), high: shuffle32(first, second, [1, 3, 5, 7]) };
}

/** Adds `by` (per lane, below 2^31) to the 128-bit counters. */
function advance(f: FunctionBuilder, counter: readonly Local<"v128">[], by: V): void {
  const [c0, ...rest] = counter;
  const step = f.let(by);
  f.set(c0!, i32x4.add(c0!, step));
  const carry = f.let(i32x4.ltU(c0!, step));
  for (const c of rest) {
    f.set(c, i32x4.sub(c, carry));
    f.set(carry, v128.and(carry, i32x4.eq(c, i32x4.const(0))));
  }
}

/** Defines `philox(out, words, key, keyStride)`: key0, key1, counter0, counter1 are at `key`; whole groups of 16 words. */
export function definePhilox(m: ModuleBuilder): void {
  const I = "i32";
  m.exportFunc("philox", [I, I, I, I], null, (f, out, words, key, keyStride) => {
    const [key0, key1, counter0, counter1] = [0, 1, 2, 3].map((i) =>
      f.let(i32.load(i32.add(key, i32.mul(keyStride, i)))),
    ) as [Local<"i32">, Local<"i32">, Local<"i32">, Local<"i32">];
    const counter = [counter0, counter1, i32.const(0), i32.const(0)].map((c) => f.let(i32x4.splat(c)));
    const lanes = [0, 1, 2, 3].flatMap((i) => [i, 0, 0, 0]);
    advance(f, counter, v128.const(lanes));
    const state = counter.map(() => f.local("v128"));
    const keys = [f.local("v128"), f.local("v128")] as const;
    f.while(i32.gtS(words, 0), () => {
      state.forEach((s, i) => f.set(s, counter[i]!));
      f.set(keys[0], i32x4.splat(key0));
      f.set(keys[1], i32x4.splat(key1));
      for (let round = 0; round < ROUNDS; round++) {
        const [s0, s1, s2, s3] = state as [Local<"v128">, Local<"v128">, Local<"v128">, Local<"v128">];
        const p0 = wideProduct(f, s0, MULTIPLIERS[0]);
        const p1 = wideProduct(f, s2, MULTIPLIERS[1]);
        const next = [
          v128.xor(v128.xor(p1.high, s1), keys[0]),
          p1.low,
          v128.xor(v128.xor(p0.high, s3), keys[1]),
          p0.low,
        ].map((v) => f.let(v));
        state.forEach((s, i) => f.set(s, next[i]!));
        keys.forEach((k, i) => f.set(k, i32x4.add(k, i32x4.const(WEYL[i]!))));
      }
      transpose4(f, state).forEach((block, i) => v128.store(f, out, block, 16 * i));
      advance(f, counter, i32x4.const(4));
      f.inc(out, 64);
      f.inc(words, -16);
    });
  });
}

// Attention in WebAssembly: for a block of queries the scores, their softmax and its product with the values, so that
// the scores of all queries never exist.
import {
  f32x4,
  i32,
  memoryFill,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { select32, type V } from "../../math/index.js";
import { boolToMask, LANES } from "../elementwise/lanes.js";
import { atMost } from "../matmul/block.js";
import { defineGemm } from "../matmul/gemm.js";
import { defineSoftmaxRow } from "../rows/softmax.js";
import { mapRow } from "../rows/sweep.js";

const I = "i32";

/** Queries in a block: packing keys and values for each pays, and 2,000 keys' scores stay in the second-level cache. */
export const QUERIES = 128;

/** What a mask is made of. */
export type MaskType = "none" | "bool" | "float32";

/** Applies a row of the mask to a row of scores. */
function applyMask(
  f: FunctionBuilder,
  type: MaskType,
  scores: Expr<"i32">,
  mask: Expr<"i32">,
  n: Expr<"i32">,
): void {
  const [s, m] = [f.let(scores), f.let(mask)];
  if (type === "float32") mapRow(f, n, [s, m], s, 4, (load) => f32x4.add(load(s), load(m)));
  if (type !== "bool") return;
  const lanes = LANES.bool!;
  const seen = (value: V, flags: V): V =>
    select32(boolToMask(flags), value, f32x4.const(Number.NEGATIVE_INFINITY));
  const left = f.let(n);
  f.while(i32.geU(left, 4), () => {
    v128.store(f, s, seen(v128.load(s), lanes.load(f, m, 0)));
    f.inc(s, 16);
    f.inc(m, 4);
    f.inc(left, -4);
  });
  f.repeat(left, () => {
    v128.store32Lane(f, s, seen(v128.load32Splat(s), lanes.splat(f, m)), 0);
    f.inc(s, 4);
    f.inc(m, 1);
  });
}

/**
 * Defines `attend(heads, table, q, qRow, k, kRow, v, vRow, mask, maskRow, out, from, to, queries, keys, depth, width,
 * causal, scale, scoreRow, scratch, scores, packed, spare, blockK, blockN, outBlockK, outBlockN, vInPlace)`: queries
 * `from` to `to` of every head. `table` has the byte offsets of q, k, v and mask of a head. Rows of q, k, v and mask
 * are adjacent elements, some bytes apart; `out` is dense. `scratch` holds QUERIES rows of q, `scores` as many of
 * `scoreRow` bytes; the rest is as for `gemm`.
 */
export function defineAttention(m: ModuleBuilder, mask: MaskType): void {
  const gemm = defineGemm(m, "rows", true);
  const softmaxRow = defineSoftmaxRow(m);
  m.exportFunc(
    "attend",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, "f32", I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, heads, table, q, qRow, k, kRow, v, vRow, maskAt, maskRow, out, from, to, queries, keys, depth, width, causal, scale, scoreRow, scratch, scores, packed, spare, blockK, blockN, outBlockK, outBlockN, vInPlace) => {
      const [rows, n, seen] = [f.local(I), f.local(I), f.local(I)];
      const each = f.let(f32x4.splat(scale));
      const qBytes = f.let(i32.shl(depth, 2));
      const outBytes = f.let(i32.shl(width, 2));
      const headOf = (base: Expr<"i32">, offset: number): Local<"i32"> =>
        f.let(i32.add(base, i32.load(table, offset)));
      f.inc(out, i32.mul(from, outBytes));
      f.repeat(heads, () => {
        const [query, key, value, row] = [headOf(q, 0), headOf(k, 4), headOf(v, 8), headOf(maskAt, 12)];
        f.inc(query, i32.mul(from, qRow));
        f.inc(row, i32.mul(from, maskRow));
        const at = f.let(from);
        const result = f.let(out);
        f.while(i32.ltU(at, to), () => {
          f.set(rows, atMost(i32.sub(to, at), QUERIES));
          f.set(n, keys);
          f.if(causal, () => f.set(n, atMost(keys, i32.add(at, rows))));
          const scaled = f.let(scratch);
          f.repeat(rows, () => {
            const line = f.let(query);
            mapRow(f, depth, [line, scaled], scaled, 4, (load) => f32x4.mul(load(line), each));
            f.inc(query, qRow);
          });
          // oxfmt-ignore
          f.call(gemm, rows, n, depth, scratch, qBytes, 4, key, 4, kRow, scores, scoreRow, 0, 0, 0, packed, spare, blockK, blockN);
          const line = f.let(scores);
          f.set(seen, n);
          f.repeat(rows, () => {
            f.if(causal, () => f.set(seen, atMost(n, f.let(i32.add(at, 1)))));
            applyMask(f, mask, line, row, seen);
            f.call(softmaxRow, seen, line, line, mask === "none" ? causal : 1, line, 1);
            const end = i32.shl(seen, 2);
            memoryFill(f, i32.add(line, end), 0, i32.shl(i32.sub(n, seen), 2));
            f.inc(line, scoreRow);
            f.inc(row, maskRow);
            f.inc(at, 1);
          });
          // oxfmt-ignore
          f.call(gemm, rows, width, n, scores, scoreRow, 4, value, vRow, 4, result, outBytes, vInPlace, 0, 0, packed, spare, outBlockK, outBlockN);
          f.inc(result, i32.mul(rows, outBytes));
        });
        f.inc(table, 16);
        f.inc(out, i32.mul(queries, outBytes));
      });
    },
  );
}

// The kernel of the attention composite: float32, causal or not, with a mask of bool or float32.
import { sizeOf, type Attrs, type CompositeKernel } from "@isoform/core";
import type { Call, Engine } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import { planProduct, ranges, threadsFor } from "../matmul/plan.js";
import { SPARE_BYTES } from "../matmul/tile.js";
import { addressOf, countOf, type Address, type CpuView } from "../view.js";
import { offsetTable } from "../window/geometry.js";
import { defineAttention, QUERIES, type MaskType } from "./define.js";

/** Calls per thread where there are fewer heads than that: causal ones take unequal times. */
const PARTS = 4;

const bytesOf = (v: CpuView): number => (v.dtype === "bool" ? 1 : 4);
const maskType = (mask: CpuView | null): string => mask?.dtype ?? "none";

/** Byte steps of a view spread over axes of the given number: the leading ones, and from row to row. */
function steps(v: CpuView, rank: number): { readonly lead: number[]; readonly row: number } {
  const all = v.strides.map((s, d) => (v.shape[d] === 1 ? 0 : s * bytesOf(v)));
  while (all.length < rank) all.unshift(0);
  return { lead: all.slice(0, -2), row: all[rank - 2]! };
}

/** The kernel on an engine. */
export function attentionKernel(engine: Engine, copy: CopyKernel): CompositeKernel<Address> {
  return {
    supports: (_, [q, k, v, mask]) => {
      const floats = [q, k, v].every((x) => x!.dtype === "float32" && countOf(x!) > 0);
      if (!floats || !mask) return floats;
      const keys = k!.shape.at(-2);
      return (
        (mask.dtype === "bool" || mask.dtype === "float32") && mask.shape.at(-1) === keys && countOf(mask) > 0
      );
    },
    run: (attrs, inputs, outputs) => {
      const { scale, causal } = attrs as Attrs<"attention">;
      engine.withScratch((scratch) => {
        // Rows of adjacent elements, whatever the order of the rows.
        const inRows = (x: CpuView): CpuView => (x.strides.at(-1) === 1 ? x : copy.dense(x, scratch));
        const [q, k, v] = inputs.slice(0, 3).map((x) => inRows(x!)) as [CpuView, CpuView, CpuView];
        const mask = inputs[3] ? inRows(inputs[3]) : null;
        const rank = q.shape.length;
        const lead = q.shape.slice(0, -2);
        const [queries, depth] = q.shape.slice(-2) as [number, number];
        const [keys, width] = v.shape.slice(-2) as [number, number];
        const views = [q, k, v, mask].map((x) => (x ? steps(x, rank) : { lead: lead.map(() => 0), row: 0 }));
        const offsets = views.map((x) => offsetTable(lead, x.lead));
        const heads = sizeOf(lead);
        const table = scratch.table(
          Int32Array.from({ length: heads * 4 }, (_, i) => offsets[i % 4]![i >> 2]!),
        );
        const [qRow, kRow, vRow, maskRow] = views.map((x) => x.row) as [number, number, number, number];

        const at = { address: 0, row: 0, column: 4 };
        // Keys are always packed: without a stride of rows no plan reads them in place.
        const first = planProduct(QUERIES, keys, depth, at, { ...at, column: kRow });
        const second = planProduct(QUERIES, width, keys, at, { ...at, row: vRow });
        const packedBytes = Math.max(first.bBytes, second.bBytes);
        // Not a power of two, so that the rows of scores do not share sets of the cache.
        const scoreRow = Math.ceil(keys / 16) * 64 + 64;
        const small = threadsFor(engine, heads * queries * keys * (depth + width)) === 1;
        const byHead = small || heads >= PARTS * engine.threads;
        const parts = small ? 1 : PARTS * engine.threads;
        const { attend } = engine.module(`attention:${maskType(mask)}`, (m) =>
          defineAttention(m, maskType(mask) as MaskType),
        );
        const out = addressOf(outputs[0]!);
        const call = (head: number, count: number, from: number, to: number): Call => {
          const block = scratch.take(QUERIES * (depth * 4 + scoreRow) + packedBytes + SPARE_BYTES);
          const scores = block + QUERIES * depth * 4;
          const packed = scores + QUERIES * scoreRow;
          return [
            attend!,
            count,
            table + head * 16,
            addressOf(q),
            qRow,
            addressOf(k),
            kRow,
            addressOf(v),
            vRow,
            mask ? mask.buffer + mask.offset * bytesOf(mask) : 0,
            maskRow,
            out + head * queries * width * 4,
            from,
            to,
            queries,
            keys,
            depth,
            width,
            causal ? 1 : 0,
            scale,
            scoreRow,
            block,
            scores,
            packed,
            packed + packedBytes,
            first.blockK,
            first.blockN,
            second.blockK,
            second.blockN,
            second.bInPlace ? 1 : 0,
          ];
        };
        engine.parallel(
          byHead
            ? ranges(heads, 1, parts).map(([head, count]) => call(head, count, 0, queries))
            : ranges(queries, QUERIES, parts / heads).flatMap(([from, n]) =>
                Array.from({ length: heads }, (_, head) => call(head, 1, from, from + n)),
              ),
        );
      });
    },
  };
}

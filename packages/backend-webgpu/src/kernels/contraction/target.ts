// Where products write: matrices of 32- and 16-bit floats, whole vectors where rows allow it.
import { itemSize, type DType } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { bitsOf } from "../../wgsl/dtypes.js";
import type { Code, Operand } from "../../wgsl/kernel.js";
import type { Param } from "./params.js";
import type { TileTarget } from "./tiled.js";

/** Where the element of a row and a column lies. */
export interface Placing {
  readonly key: string;
  /** Statements that define what `column` and `row` use. */
  setup(c: Code): string;
  /** Statements that define `name`, the column's part of the address. */
  column(c: Code, name: string, column: string): string;
  /** The row's part. */
  row(c: Code, row: string): string;
}

/** Settings of `target`. */
export interface TargetOptions {
  readonly dtype: DType;
  readonly operand: number;
  readonly vector: boolean;
  readonly placing: Placing;
}

/** How an output of a target is bound. */
export function boundTo(
  buffer: GpuBuffer,
  dtype: DType,
  vector: boolean,
  access: "write" | "update" = "write",
): Operand {
  return { buffer, dtype, access, type: itemSize(dtype) === 2 ? "u32" : vector ? "vec4<f32>" : "f32" };
}

/** A target in a buffer; 16-bit floats only as vectors. */
export function targetOf(o: TargetOptions): TileTarget {
  const { placing, dtype, operand, vector } = o;
  return {
    key: `${dtype}${vector ? 4 : 1}${placing.key}`,
    vector,
    setup: (c) => placing.setup(c),
    column: (c, name, column) => placing.column(c, name, column),
    write(c, value, row, _, name) {
      const at = `let at = ${name} + ${placing.row(c, row)};`;
      const array = c.array(operand);
      const parts = vector ? [0, 1, 2, 3].map((j) => `${value}.${"xyzw"[j]}`) : [value];
      if (c.goesOn) return [at, ...parts.map((p, j) => c.storeResult(operand, `(at + ${j}u)`, p))].join("\n");
      if (!vector) return `${at} ${array}[at] = ${value};`;
      if (itemSize(dtype) === 4) return `${at} ${array}[at >> 2u] = ${value};`;
      const bits = parts.map((p) => bitsOf(dtype, p));
      return `${at} ${array}[at >> 1u] = ${bits[0]} | (${bits[1]} << 16u);
${array}[(at >> 1u) + 1u] = ${bits[2]} | (${bits[3]} << 16u);`;
    },
  };
}

/** Row-major matrices one after the other: `[…, batch, m, n]`, with partial sums outermost. */
export function rowMajorPlacing(rows: Param, columns: Param, batches: Param): Placing {
  return {
    key: "",
    setup: (c) =>
      `let out_columns = ${columns(c)};
let out_base = (split * ${batches(c)} + batch) * ${rows(c)} * out_columns;`,
    column: (_, name, column) => `let ${name} = out_base + ${column};`,
    row: (_, row) => `${row} * out_columns`,
  };
}

// Where products write: matrices of 32- and 16-bit floats, whole vectors where rows allow it, with an optional epilogue.
import { itemSize, type DType } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { bitsOf } from "../../wgsl/dtypes.js";
import type { Code, Operand } from "../../wgsl/kernel.js";
import type { Param, Params } from "./params.js";
import type { TileTarget } from "./tiled.js";

/** What an epilogue may use, as u32 expressions but for `value`. */
export interface EpiloguePlace {
  readonly c: Code;
  /** The sum, an f32 expression. */
  readonly value: string;
  /** Row and column of the product (in a convolution: output channel, and image and place as one number), and its batch. */
  readonly row: string;
  readonly column: string;
  readonly batch: string;
  /** Row-major index of the element in the output. */
  readonly index: string;
  /** Numbers of the epilogue's first operand and first parameter. */
  readonly operand: number;
  readonly param: number;
}

/** Elementwise work on results before they are written: bias, activation, residual. */
export interface Epilogue {
  /** What `apply` depends on besides its parameters. */
  readonly key: string;
  readonly operands: readonly Operand[];
  readonly params: readonly number[];
  /** An f32 expression. */
  apply(place: EpiloguePlace): string;
}

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
  readonly params: Params;
  readonly epilogue?: { readonly of: Epilogue; readonly operand: number; readonly param: number } | null;
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
  const { placing, epilogue } = o;
  const half = itemSize(o.dtype) === 2;
  const finish = (c: Code, value: string, row: string, column: string, index: string): string =>
    epilogue
      ? epilogue.of.apply({
          c,
          value,
          row,
          column,
          batch: "batch",
          index,
          operand: epilogue.operand,
          param: epilogue.param,
        })
      : value;
  return {
    key: `${o.dtype}${o.vector ? 4 : 1}${placing.key}${epilogue ? `/${epilogue.of.key}` : ""}`,
    vector: o.vector,
    setup: (c) => placing.setup(c),
    column: (c, name, column) => placing.column(c, name, column),
    write(c, value, row, column, name) {
      const at = `let at = ${name} + ${placing.row(c, row)};`;
      const array = c.array(o.operand);
      if (!o.vector) return `${at} ${array}[at] = ${finish(c, value, row, column, "at")};`;
      const parts = [0, 1, 2, 3].map((j) =>
        finish(c, `${value}.${"xyzw"[j]}`, row, `(${column} + ${j}u)`, `(at + ${j}u)`),
      );
      if (!half) {
        const whole = epilogue ? `vec4<f32>(${parts.join(", ")})` : value;
        return `${at} ${array}[at >> 2u] = ${whole};`;
      }
      const bits = parts.map((p) => bitsOf(o.dtype, p));
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

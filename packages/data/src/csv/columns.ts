// Numbers and categories out of the text of a table.
import { ArgumentError, ModelFormatError, checkOptions, closest } from "@isoform/core";
import { ndArray } from "../arrays/nd-array.js";
import type { NdArray } from "../arrays/nd-array.js";
import type { CsvTable } from "./table.js";

/** Options of `numericColumns`. */
export interface NumericColumnsOptions<D extends "float32" | "float64" | "int32"> {
  /** Names, in the order wanted, repeats allowed; all columns unless given. */
  readonly columns?: readonly string[];
  /** float32 unless given. */
  readonly dtype?: D;
  /** What an empty cell becomes; an error unless given. */
  readonly missing?: number;
}

const DTYPES: readonly string[] = ["float32", "float64", "int32"];
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i;

/**
 * The numbers of some columns as [rows, columns]. Cells are decimal numbers, `inf`, `infinity` or `nan`, in
 * any case.
 * @throws {ModelFormatError} when a cell is no number (or, for int32, no integer of 32 bits); it names row
 * and column
 * @throws {ArgumentError} when a column or an option is unknown, or the dtype is another than these three
 */
export function numericColumns<D extends "float32" | "float64" | "int32" = "float32">(
  table: CsvTable,
  options: NumericColumnsOptions<D> = {},
): NdArray<D> {
  checkOptions("numericColumns", options, ["columns", "dtype", "missing"]);
  const dtype = options.dtype ?? ("float32" as D);
  if (!DTYPES.includes(dtype))
    throw new ArgumentError(`numbers of a table cannot be ${String(dtype)}`, {
      code: "argument/dtype",
      op: "numericColumns",
      hint: `choose ${DTYPES.join(", ")}`,
    });
  const columns = options.columns?.map((column) => columnIndex(table, column)) ?? [...table.columns.keys()];
  const out = ndArray(dtype, [table.rows.length, columns.length]);
  let to = 0;
  table.rows.forEach((row, r) => {
    for (const column of columns) {
      const cell = row[column] as string;
      const value = cell === "" && options.missing !== undefined ? options.missing : parseNumber(cell);
      if (value === undefined || (dtype === "int32" && (value | 0) !== value)) {
        throw new ModelFormatError(`${JSON.stringify(cell.slice(0, 40))} is not a ${dtype} number`, {
          code: "format/csv",
          path: `${table.name}: row ${r + 1}, column ${JSON.stringify(table.columns[column])}`,
          hint:
            cell === ""
              ? "pass { missing: NaN } to allow empty cells"
              : "leave the column out, or use categories",
        });
      }
      out.data[to++] = value;
    }
  });
  return out;
}

/** A column of names as codes. */
export interface Categories {
  /** Position in `categories` of each row's name: [rows]. */
  readonly codes: NdArray<"int32">;
  /** The names, each once, sorted by UTF-16 code unit. */
  readonly categories: readonly string[];
}

/**
 * Codes of a column, [rows], from 0 to the number of different names - 1.
 * @throws {ArgumentError} when the column is unknown
 * @see sklearn.preprocessing.LabelEncoder
 */
export function categoryColumn(table: CsvTable, column: string): Categories {
  const index = columnIndex(table, column);
  const cells = table.rows.map((row) => row[index] as string);
  const categories = [...new Set(cells)].toSorted((a, b) => (a < b ? -1 : 1));
  const code = new Map(categories.map((category, i) => [category, i]));
  const codes = Int32Array.from(cells, (cell) => code.get(cell) as number);
  return { codes: ndArray("int32", [cells.length], codes), categories };
}

function columnIndex(table: CsvTable, column: string): number {
  const index = table.columns.indexOf(column);
  if (index >= 0) return index;
  const near = closest(column, table.columns);
  throw new ArgumentError(`there is no column ${JSON.stringify(column)}`, {
    code: "argument/column",
    path: table.name,
    hint: near
      ? `did you mean ${JSON.stringify(near)}?`
      : `columns are: ${table.columns.slice(0, 20).join(", ")}`,
  });
}

function parseNumber(cell: string): number | undefined {
  if (!NUMBER.test(cell)) return undefined;
  const word = cell.toLowerCase().replace(/^[+-]/, "");
  if (word === "nan") return Number.NaN;
  if (word.startsWith("inf")) return cell.startsWith("-") ? -Infinity : Infinity;
  return Number(cell);
}

// Text of a CSV file as rows of cells (RFC 4180). Meaning is given to cells in columns.ts.
import { ArgumentError, LimitExceededError, ModelFormatError } from "@isoform/core";
import { readAll } from "../loading/bytes.js";
import type { BinarySource } from "../loading/bytes.js";
import { checkLimit, resolveOptions } from "../loading/options.js";
import type { LoadOptions, ReadOptions } from "../loading/options.js";

/** A table of text. All rows have one cell per column. */
export interface CsvTable {
  /** Names from the header, or "0", "1", ... without one. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Name of the file in error messages. */
  readonly name: string;
}

/** How the text is cut. */
export interface CsvOptions {
  /** One character; comma unless given. */
  readonly delimiter?: string;
  /** Whether the first row names the columns; true unless given. */
  readonly header?: boolean;
}

const OPTIONS = ["delimiter", "header"];

/**
 * Cuts text into cells. Cells may be quoted with `"`, which is doubled inside; rows end with LF or CRLF;
 * empty lines are skipped; unquoted cells are trimmed.
 * @throws {ModelFormatError} when quotes are open or misplaced, rows have different lengths, a column name is
 * there twice or there are no rows
 * @throws {ArgumentError} when `delimiter` is not one character or is a quote or a line end, an option is
 * unknown or a limit is not a positive number
 * @throws {LimitExceededError} when the text has more characters than `fileBytes`
 * @see RFC 4180, https://www.rfc-editor.org/rfc/rfc4180
 */
export function parseCsv(text: string, options: CsvOptions & ReadOptions = {}): CsvTable {
  const { name, limits } = resolveOptions("parseCsv", options, "csv", OPTIONS);
  const { delimiter = ",", header = true } = options;
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new ArgumentError(`${JSON.stringify(delimiter)} is not a delimiter`, {
      code: "argument/delimiter",
      op: "parseCsv",
      hint: "use one character other than a quote or a line end",
    });
  }
  checkLimit(limits, "fileBytes", text.length, name);
  const rows = splitRows(text.startsWith("\uFEFF") ? text.slice(1) : text, delimiter, name);
  const first = rows[0];
  if (first === undefined) throw bad("has no rows", name);
  const columns = header ? first : first.map((_, i) => String(i));
  const seen = new Set<string>();
  const repeated = columns.find((column) => seen.size === seen.add(column).size);
  if (repeated !== undefined) throw bad(`has the column ${JSON.stringify(repeated)} twice`, name);
  const body = header ? rows.slice(1) : rows;
  const odd = body.findIndex((row) => row.length !== columns.length);
  if (odd >= 0) {
    throw bad(`row ${odd + 1} has ${body[odd]?.length ?? 0} cells for ${columns.length} columns`, name);
  }
  return { columns, rows: body, name };
}

/**
 * Loads and cuts a CSV file in UTF-8, as `parseCsv`. When `signal` is aborted, the promise rejects with its
 * reason.
 * @throws {ModelFormatError} when it is not UTF-8 or not CSV (see `parseCsv`)
 * @throws {LimitExceededError} when it is over `fileBytes` or over the 512 MiB that one string holds
 * @throws {ArgumentError} when `delimiter` is not one, an option is unknown, a limit is not a positive number
 * or the source is none
 */
export async function loadCsv(
  source: BinarySource,
  options: CsvOptions & LoadOptions = {},
): Promise<CsvTable> {
  const resolved = resolveOptions("loadCsv", options, "csv", OPTIONS);
  const { signal: _signal, onProgress: _onProgress, ...rest } = options;
  return parseCsv(decode(await readAll(source, resolved), resolved.name), { ...rest, name: resolved.name });
}

function decode(bytes: Uint8Array, name: string): string {
  // A string holds at most 2^29 - 24 characters in V8.
  if (bytes.byteLength >= 2 ** 29 - 24) {
    throw new LimitExceededError(`${bytes.byteLength} bytes are more than one string holds`, {
      code: "limit/fileBytes",
      path: name,
      hint: "split the file, or store the numbers as npy",
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw bad("is not UTF-8 text", name, cause);
  }
}

function splitRows(text: string, delimiter: string, name: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  let line = 1;
  const endRow = () => {
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
    line++;
  };
  while (at < text.length) {
    let end: number;
    if (text[at] === '"') {
      end = closingQuote(text, at);
      if (end < 0) throw bad(`line ${line} opens a quote that nothing closes`, name);
      row.push(text.slice(at + 1, end).replaceAll('""', '"'));
      end++;
      if (
        end < text.length &&
        text[end] !== delimiter &&
        text[end] !== "\n" &&
        !text.startsWith("\r\n", end)
      ) {
        throw bad(`line ${line} goes on after a closing quote`, name);
      }
    } else {
      end = at;
      while (end < text.length && text[end] !== delimiter && text[end] !== "\n") end++;
      const cell = text.slice(at, end).trim();
      if (cell.includes('"'))
        throw bad(`line ${line} has a quote inside a cell that does not begin with one`, name);
      row.push(cell);
    }
    if (text[end] === "\r") end++;
    if (text[end] === delimiter) {
      at = end + 1;
      // A delimiter at the very end opens one more, empty cell.
      if (at === text.length) row.push("");
    } else {
      endRow();
      at = end + 1;
    }
  }
  if (row.length > 0) endRow();
  return rows;
}

/** Index of the quote that closes the one at `open`, or -1. */
function closingQuote(text: string, open: number): number {
  let at = open + 1;
  for (;;) {
    at = text.indexOf('"', at);
    if (at < 0 || text[at + 1] !== '"') return at;
    at += 2;
  }
}

function bad(problem: string, path: string, cause?: unknown): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/csv", path, cause });
}

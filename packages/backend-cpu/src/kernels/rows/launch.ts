// Launches kernels over rows: views as rows of adjacent elements, and rows shared out among threads.
import { isContiguous } from "@isoform/core";
import type { Engine } from "../../engine.js";
import type { HostFunction } from "../../wasm/index.js";
import type { CopyKernel } from "../copy/copy.js";
import { ranges } from "../matmul/plan.js";
import { partsOf } from "../strided/runner.js";
import { addressOf, countOf, type CpuView } from "../view.js";

/** Float32 rows in memory. */
export interface Rows {
  readonly rows: number;
  readonly length: number;
  readonly address: number;
  /** Bytes from row to row. */
  readonly step: number;
}

/** Calls `body` with a view's last axes, `length` elements in all, as rows; other layouts are copied first. */
export function withRows(
  engine: Engine,
  copy: CopyKernel,
  x: CpuView,
  length: number,
  body: (x: Rows) => void,
): void {
  const count = countOf(x);
  if (count === 0) return;
  const rows = count / length;
  const step = length * 4;
  if (isContiguous(x)) body({ rows, length, address: addressOf(x), step });
  else {
    engine.withScratch((scratch) => {
      body({ rows, length, address: addressOf(copy.dense(x, scratch)), step });
    });
  }
}

/**
 * Calls `run` for all rows, in pieces that may run at the same time. `argsAt(row)` are the arguments after the number of
 * rows for a piece that starts at `row`.
 */
export function launchRows(
  engine: Engine,
  run: HostFunction,
  rows: number,
  length: number,
  argsAt: (row: number) => readonly number[],
): void {
  engine.parallel(
    ranges(rows, 1, partsOf(engine, rows * length)).map(([row, count]) => [run, count, ...argsAt(row)]),
  );
}

// The support matrix shows what passed, failed, was announced and was skipped.
import type { DType } from "@isoform/core";
import { expect, it } from "vitest";
import type { Case } from "./case.js";
import { supportMatrix } from "./matrix.js";
import { emptyReport, record, type Outcome } from "./report.js";

it("has a row per op and a column per backend and dtype", () => {
  const backend = (name: string, dtypes: readonly DType[]) => ({
    name,
    contract: 1,
    capabilities: { syncRead: true, dtypes },
  });
  const report = emptyReport(backend("demo", ["float32", "int8"]), "L1");
  const add = (subject: string, dtype: "float32" | "int8", outcome: Outcome) => {
    const c: Case = { id: `${subject}/${dtype}`, level: "L1", subject, dtype, run: () => Promise.resolve() };
    record(report, c, outcome);
  };
  add("sub", "float32", "passed");
  add("sub", "float32", "failed");
  add("add", "float32", "passed");
  add("add", "int8", "expected");
  add("mul", "int8", "skipped");
  const other = emptyReport(backend("other", ["int8"]), "L1");
  expect(supportMatrix([report, other], ["int8", "float32"])).toBe(
    [
      "| op | demo int8 | demo float32 | other int8 |",
      "| --- | --- | --- | --- |",
      "| add | ! 1 | ✓ |  |",
      "| mul | – |  |  |",
      "| sub |  | ✗ 1 |  |",
      "",
    ].join("\n"),
  );
  expect(report.totals).toEqual({ passed: 2, failed: 1, expected: 1, skipped: 1 });
});

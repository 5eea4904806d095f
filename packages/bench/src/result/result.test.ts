// Results out and in again, and what hostile files meet; figures for people.
import { IsoformError, LimitExceededError, ModelFormatError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { parseResult, RESULT_LIMITS } from "./parse.js";
import { serialiseResult } from "./serialise.js";
import { RESULT_SCHEMA, type BenchResult, type Row } from "./types.js";
import { formatMs, formatRate, logPosition, speedUps } from "./views.js";

const row = (over: Partial<Row>): Row => ({
  case: "ops/a",
  contender: "cpu-1",
  state: "ok",
  coldMs: 3,
  warm: { median: 2, p10: 1.5, p90: 2.5, samples: 5, runs: 50 },
  peakBytes: 4096,
  check: { ok: true, maxAbs: 1e-7, maxRel: 1e-7, tolerance: 1e-4, at: null },
  failure: null,
  notes: ["a note"],
  ...over,
});
const result: BenchResult = {
  schema: RESULT_SCHEMA,
  created: "2026-11-22T08:00:00.000Z",
  label: "<img src=x onerror=alert(1)>",
  isoform: "0.1.0",
  machine: {
    runtime: "browser",
    userAgent: "Mozilla/5.0",
    processor: null,
    cores: 2,
    memoryBytes: null,
    adapter: null,
    isolated: true,
  },
  settings: { budgetMs: 500, minSamples: 5, maxSamples: 200, check: true },
  contenders: ["cpu-1", "reference"].map((id) => ({
    id,
    label: id,
    kind: "backend",
    threads: 1,
    adapter: null,
    notice: null,
  })),
  cases: [
    { id: "ops/a", suite: "ops", group: "a", title: "a 1", flops: 2e9, bytes: null },
    { id: "ops/b", suite: "ops", group: "b", title: "b 1", flops: null, bytes: 4e6 },
  ],
  rows: [
    row({}),
    row({ contender: "reference", warm: { median: 200, p10: 200, p90: 200, samples: 1, runs: 1 } }),
    row({
      case: "ops/b",
      state: "wrong",
      check: { ok: false, maxAbs: Infinity, maxRel: Infinity, tolerance: 0, at: "3 × 3" },
    }),
    row({
      case: "ops/b",
      contender: "reference",
      state: "failed",
      coldMs: null,
      warm: null,
      peakBytes: null,
      check: null,
      failure: { code: "internal", message: "it broke" },
      notes: [],
    }),
  ],
};
const text = serialiseResult(result);
/** The text with one place changed. */
const changed = (from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe("results as files", () => {
  it("come back as they were, with infinities, and markup as text", () => {
    expect(parseResult(text)).toEqual(result);
  });

  it("take nothing that is not part of them", () => {
    const more = changed('"label":', '"extra": {"a": [1]}, "__proto__": {"polluted": true}, "label":');
    const parsed = parseResult(more);
    expect(parsed).toEqual(result);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  const hostile: readonly (readonly [string, () => string, string])[] = [
    ["no JSON", () => "MZ\u0090", "bench.json@0"],
    ["nothing", () => "", "bench.json@0"],
    ["a list", () => "[]", "expected an object, found []"],
    ["another schema", () => changed(RESULT_SCHEMA, "isoform-bench/2"), "isoform-bench/2"],
    ["a key twice", () => changed('"label":', '"label": "a", "label":'), "occurs twice"],
    ["text after it", () => `${text}{}`, "text after the JSON value"],
    ["a number for a text", () => changed('"isoform": "0.1.0"', '"isoform": 1'), "expected a text, found 1"],
    ["a time that is none", () => changed("2026-11-22T08", "soon"), "expected a time"],
    ["a negative time", () => changed('"median": 2,', '"median": -2,'), "rows[0].warm.median"],
    ["an infinite time", () => changed('"median": 2,', '"median": "Infinity",'), "rows[0].warm.median"],
    ["an unknown state", () => changed('"wrong"', '"fine"'), "one of ok, wrong"],
    ["a row of no case", () => changed('"case": "ops/a"', '"case": "ops/z"'), "the id of a case"],
    ["a case twice", () => changed('"id": "ops/b"', '"id": "ops/a"'), "an id that occurs twice"],
    [
      "a row twice",
      () => serialiseResult({ ...result, rows: [...result.rows, row({ state: "failed" })] }),
      'rows[4]: expected one row of each case and contender, found "ops/a on cpu-1"',
    ],
    [
      "rows that are no list",
      () => changed('"rows": [', '"rows": {"a": [').replace(/\]\s*\}\s*$/, "]}}"),
      "expected a list",
    ],
    ["a missing machine", () => changed('"machine"', '"engine"'), "machine: expected an object"],
  ];
  it.each(hostile)("refuse %s", (_, make, message) => {
    let error: unknown;
    try {
      parseResult(make(), "bench.json");
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error instanceof IsoformError ? error.message : "").toContain(message);
  });

  it.each([
    ["a file that is too long", () => " ".repeat(RESULT_LIMITS.characters + 1)],
    ["texts that are too long", () => changed('"a note"', `"${"x".repeat(RESULT_LIMITS.text + 1)}"`)],
    [
      "too many notes",
      () =>
        changed(
          '"a note"',
          Array(RESULT_LIMITS.notes + 1)
            .fill('"n"')
            .join(","),
        ),
    ],
    ["nesting", () => changed('"label":', `"deep": ${"[".repeat(40)}${"]".repeat(40)}, "label":`)],
  ])("have limits: %s", (_, make) => {
    expect(() => parseResult(make())).toThrow(LimitExceededError);
  });
});

describe("figures", () => {
  it("have three digits and a unit", () => {
    expect([0.00123, 0.0123, 1.234, 45.67, 678.9, 12345].map(formatMs)).toEqual([
      "1.23 µs",
      "12.3 µs",
      "1.23 ms",
      "45.7 ms",
      "679 ms",
      "12.3 s",
    ]);
    const [a, b] = result.cases;
    expect([
      formatRate(result.rows[0]!, a!),
      formatRate(result.rows[2]!, b!),
      formatRate(result.rows[3]!, b!),
    ]).toEqual(["1000 GFLOP/s", "2.00 GB/s", ""]);
  });

  it("lie on a logarithmic scale", () => {
    expect([1, 10, 100, 1000, 0, -1].map((v) => logPosition(v, 1, 100))).toEqual([0, 0.5, 1, 1, 0, 0]);
    expect([1e-300, 1, 1e300, Infinity, 5e-324].map((v) => logPosition(v, 1e-300, 1e300))).toEqual([
      0, 0.5, 1, 1, 0,
    ]);
  });

  it("compare contenders over the cases that both timed", () => {
    expect(
      speedUps(result, "reference").map((s) => [
        s.contender,
        s.mean === null ? null : Math.round(s.mean),
        s.byCase.size,
      ]),
    ).toEqual([
      ["cpu-1", 100, 1],
      ["reference", 1, 1],
    ]);
    expect(speedUps(result, "nobody").map((s) => s.mean)).toEqual([null, null]);
    const nothing = row({ warm: { median: 0, p10: 0, p90: 0, samples: 1, runs: 1 } });
    const still = { ...result, rows: [nothing, { ...nothing, contender: "reference" }] };
    expect(speedUps(still, "reference").map((s) => s.mean)).toEqual([null, null]);
  });
});

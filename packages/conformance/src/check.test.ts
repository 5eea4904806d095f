// The runner of its own, tolerances, and reports as files.
import { reference } from "@isoform/backend-reference";
import type { Backend } from "@isoform/core";
import { describe, expect, it } from "vitest";
import {
  checkBackend,
  manifestText,
  readManifest,
  runConformance,
  staleLines,
  type CheckProgress,
  type ToleranceGrant,
} from "./index.js";

/** A reference backend whose float32 sine is good to four digits. */
function roughSine(): Backend {
  const backend: Backend = reference();
  const { kernels } = backend;
  return {
    ...backend,
    kernels: {
      ...kernels,
      unary: (fn, x, out) => {
        kernels.unary(fn, x, out);
        if (fn !== "sin" || out.dtype !== "float32" || out.shape.includes(0)) return;
        // Keeps the upper 16 bits of every element.
        kernels.cast({ ...out, dtype: "bfloat16", strides: out.strides.map((s) => s * 2), offset: 1 }, out);
      },
    },
  };
}

const GRANT: ToleranceGrant = {
  case: "L1/sin/float32/*",
  rtol: 1e-2,
  atol: 1e-4,
  reason: "the driver's sine has 8 bits",
  issue: "driver#1",
};

describe("checkBackend", () => {
  it("runs the chosen cases in order, and tells of each", async () => {
    const seen: CheckProgress[] = [];
    const report = await checkBackend(() => reference(), {
      level: "L1",
      only: ["L1/add/float32/*", "L0/memory/a view keeps its storage"],
      onProgress: (p) => seen.push(p),
    });
    expect(seen[0]).toMatchObject({ case: "L0/memory/a view keeps its storage", done: 1, failed: 0 });
    expect(seen.map((p) => p.done)).toEqual(seen.map((_, i) => i + 1));
    expect(seen.at(-1)!.done).toBe(seen[0]!.total);
    expect(report.totals).toEqual({ passed: seen.length, failed: 0, expected: 0, skipped: 0 });
  });

  it("goes on after a failure, and after a case that never ends", async () => {
    const hanging = (): Backend => {
      const backend: Backend = reference();
      const never = new Promise<Uint8Array>(() => {});
      return { ...backend, read: (b, at, bytes) => (bytes === 12 ? never : backend.read(b, at, bytes)) };
    };
    const report = await checkBackend(hanging, {
      only: ["L0/memory/float32 [3] there and back", "L0/memory/float32 [7] there and back"],
      caseTimeout: 20,
    });
    expect(report.totals).toMatchObject({ passed: 1, failed: 1 });
    expect(report.remarks[0]!.reason).toMatch(/not done after 20 ms/);
  });

  it("ends between two cases when told to", async () => {
    const stop = new AbortController();
    const run = checkBackend(() => reference(), {
      only: ["L1/add/*"],
      signal: stop.signal,
      onProgress: ({ done }) => done === 3 && stop.abort(new Error("enough")),
    });
    await expect(run).rejects.toThrow("enough");
  });

  it("refuses L4 without models, by name", async () => {
    await expect(checkBackend(() => reference(), { level: "L4" })).rejects.toMatchObject({
      code: "conformance/models",
      hint: expect.stringContaining("@isoform/conformance/models"),
    });
  });
});

describe("tolerances", () => {
  const only = ["L1/sin/*", "L1/cos/float32/*", "L1/add/int32/*"];

  it("let float results through where they are granted, and are in the report", async () => {
    const without = await checkBackend(roughSine, { only });
    expect(without.totals.failed).toBeGreaterThan(5);
    const report = await checkBackend(roughSine, { only, tolerances: [GRANT] });
    expect(report.totals.failed).toBe(0);
    expect(report.tolerances).toEqual([{ ...GRANT, used: true }]);
    const needless = await checkBackend(() => reference(), { only, tolerances: [GRANT] });
    expect(needless.tolerances[0]!.used).toBe(false);
  });

  it("are no wider than they say, and never reach integers", async () => {
    const narrow = await checkBackend(roughSine, {
      only,
      tolerances: [{ ...GRANT, rtol: 1e-6, atol: 1e-6 }],
    });
    expect(narrow.totals.failed).toBeGreaterThan(5);
    const offByOne = (): Backend => {
      const backend: Backend = reference();
      const { kernels } = backend;
      const binary: typeof kernels.binary = (fn, a, b, out) => {
        kernels.binary(fn, a, b, out);
        if (out.dtype === "int32") kernels.unary("not", a, out);
      };
      return { ...backend, kernels: { ...kernels, binary } };
    };
    const wide = { ...GRANT, case: "L1/add/int32*", atol: 1e9 };
    expect((await checkBackend(offByOne, { only, tolerances: [wide] })).totals.failed).toBeGreaterThan(5);
  });

  it.each([
    [{ case: "L1/nothing" }, /names no case/],
    [{ reason: "" }, /needs a reason/],
    [{ issue: "" }, /needs a reason/],
    [{ rtol: -1 }, /bounds of at least 0/],
    [{ rtol: 0, atol: 0 }, /one of them over 0/],
    [{ atol: Infinity }, /bounds/],
  ])("%j is refused", (wrong, says) => {
    const none = { describe: () => {}, it: () => {} };
    const register = () =>
      runConformance(() => reference(), { ...none, tolerances: [{ ...GRANT, ...wrong }] });
    expect(register).toThrow(says);
  });
});

describe("reports as files", () => {
  const check = (make: () => Backend = () => reference()) =>
    checkBackend(make, { level: "L1", only: ["L1/sin/*", "L1/add/*"] });

  it("are read again as they were, without the skipped cases", async () => {
    const report = await check();
    report.remarks.push({ case: "x", outcome: "skipped", reason: "no int4" });
    const text = manifestText(report);
    expect(readManifest(text)).toEqual({ ...report, remarks: [] });
    expect(text.split("\n").filter((l) => l.startsWith('    "sin": '))).toHaveLength(1);
  });

  it.each([
    ["{", /no JSON/],
    ["[]", /no schema/],
    ['{"schema":"isoform-conformance/9"}', /isoform-conformance\/9/],
    ['{"schema":"isoform-conformance/1","suite":"1.0.0"}', /wrong or missing: contract, backend/],
  ])("%s is none", (text, says) => {
    expect(() => readManifest(text)).toThrow(says);
    expect(() => readManifest(text)).toThrow(expect.objectContaining({ name: "ModelFormatError" }));
  });

  it("are stale when an outcome changes, not when a new op passes", async () => {
    const committed = readManifest(manifestText(await check()));
    expect(staleLines(committed, await check())).toEqual([]);
    expect(staleLines(committed, await check(roughSine))).toEqual(["sin float32: passed, now failed"]);
    const { add: _, ...fewer } = committed.ops;
    expect(staleLines({ ...committed, ops: fewer }, committed)).toEqual([]);
    expect(staleLines(committed, { ...committed, ops: fewer })[0]).toBe("add bool: passed, now no case");
    expect(staleLines({ ...committed, level: "L4" }, { ...committed, ops: fewer })).toEqual([]);
    expect(staleLines(committed, { ...committed, level: "L0" })).toEqual([]);
    expect(staleLines({ ...committed, level: "L0" }, committed)).toEqual(["level: L0, now L1"]);
    expect(staleLines(committed, { ...committed, fallbacks: { "conv:int8": 1 } })).toEqual([
      "fallbacks: , now conv:int8",
    ]);
  });
});

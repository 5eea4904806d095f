// Backends and options that are wrong in ways that types do not stop: each is said, by name, and none ends the run.
import { reference } from "@isoform/backend-reference";
import type { Backend } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { checkBackend, runConformance, type ConformanceReport, type SuiteOptions } from "./index.js";
import { conformanceTests } from "./vitest.js";

/** The reference backend with some members replaced, by whatever. */
const changed = (members: object): Backend => Object.assign(reference() as Backend, members);
const reasons = (report: ConformanceReport): string =>
  report.remarks.map((r) => `${r.case}: ${r.reason}`).join("\n");
const CONTRACT = ["L0/memory/declares the contract"];

describe("what a call gives later", () => {
  const { kernels, composites } = reference() as Backend;
  const later = (): Promise<void> => Promise.reject(new Error("metal says no"));

  it.each([
    [
      "unary",
      { kernels: { ...kernels, unary: later } },
      "L1/neg/float32/*",
      /the kernel unary gave a promise; it returns nothing/,
    ],
    [
      "alloc",
      { alloc: later },
      "L0/memory/float32 [3] *",
      /alloc gave a promise; it gives its result at once/,
    ],
    ["write", { write: later }, "L0/memory/float32 [3] *", /write gave a promise; it returns nothing/],
    [
      "a fused kernel",
      { composites: { ...composites, softmax: { run: later } } },
      "L3/softmax/float32/*",
      /the fused kernel softmax gave a promise/,
    ],
  ])("%s: the cases fail and say so, and the rejection ends nothing", async (_, members, only, says) => {
    const report = await checkBackend(() => changed(members), { only: [only] });
    expect(report.totals.failed).toBeGreaterThan(0);
    expect(reasons(report)).toMatch(says);
    expect(reasons(report)).toMatch(/Fix: make it no async function/);
  });

  it("calls kernels and memory that are methods of objects with private state", async () => {
    class Kernels {
      readonly #own = kernels;
      unary: typeof kernels.unary = (fn, x, out) => this.#own.unary(fn, x, out);
    }
    const own = Object.assign(Object.create(kernels), new Kernels());
    const report = await checkBackend(() => changed({ kernels: own }), { only: ["L1/neg/float32/*"] });
    expect(report.totals.failed).toBe(0);
    expect(report.totals.passed).toBeGreaterThan(3);
  });
});

describe("a backend that hangs", () => {
  it("fails by name, and after three cases in a row the others are not run", async () => {
    const ended: string[] = [];
    const report = await checkBackend(() => changed({ read: () => new Promise(() => {}) }), {
      only: ["L1/neg/float32/*"],
      caseTimeout: 20,
      onProgress: (p) => ended.push(p.case),
    });
    const [first, ...others] = report.remarks;
    expect(ended.length).toBe(report.totals.passed + report.totals.failed);
    expect(first!.reason).toContain(`at ${first!.case}: not done after 20 ms`);
    expect(others.at(-1)!.reason).toBe("not run: 3 cases in a row did not end within 20 ms");
    const reasonsOf = others.map((r) => r.reason);
    const stopped = reasonsOf.findIndex((r) => r.startsWith("not run"));
    expect(stopped).toBeLessThan(7);
    expect(new Set(reasonsOf.slice(stopped)).size).toBe(1);
  });
});

describe("declarations that do not fit the contract", () => {
  it.each([
    [{ name: "" }, /name is "": errors and reports need one/],
    [
      { contiguous: ["matmul", "reduceWindows"] },
      /contiguous names no kernel family: "reduceWindows" \(did you mean reduceWindow\?\)/,
    ],
    [{ contiguous: "matmul" }, /contiguous is no list/],
    [
      { composites: { sofmax: { run: () => {} } } },
      /there is no composite op "sofmax" \(did you mean softmax\?\)/,
    ],
    [{ composites: { softmax: {} } }, /composites\.softmax has no run/],
    [
      {
        fallbacks: () => {
          throw new Error("no counts");
        },
      },
      /fallbacks\(\) throws: Error: no counts/,
    ],
    [{ fallbacks: () => ({ "conv:int8": "many" }) }, /fallbacks\(\) counts "many" of conv:int8/],
    [
      { capabilities: { ...reference().capabilities, preferredLayout: "nhwc" } },
      /preferredLayout is "nhwc", not "channelsFirst" or "channelsLast"/,
    ],
    [
      { capabilities: { syncRead: true, dtypes: ["float32", "int63", "bool"] } },
      /"int63" \(did you mean int64\?\).*int64 required/,
    ],
    [{ dispose: 1 }, /dispose is no function/],
    [{ alloc: undefined }, /alloc is no function/],
  ])("%o: the case says so", async (members, says) => {
    const report = await checkBackend(() => changed(members), { only: CONTRACT });
    expect(report.totals.failed).toBe(1);
    expect(reasons(report)).toMatch(says);
  });

  it("are none in the reference backend, nor in one with a fused kernel of a third party's op", async () => {
    const acme = changed({ composites: { "acme.snake": { run: () => {} } } });
    for (const backend of [reference(), acme])
      expect(reasons(await checkBackend(() => backend, { only: CONTRACT }))).toBe("");
  });

  it.each([
    [{ capabilities: undefined }, /what was made is no backend: it has no capabilities\.dtypes/],
    [{ kernels: undefined }, /it has no kernels/],
  ])("%o: there is nothing to run", async (members, says) => {
    await expect(checkBackend(() => changed(members))).rejects.toThrow(says);
    await expect(checkBackend(() => changed(members))).rejects.toMatchObject({
      name: "ArgumentError",
      code: "conformance/backend",
    });
  });
});

describe("expected failures", () => {
  const ENTRY = {
    case: "L1/neg/float32/0-d",
    reason: "no 0-d yet",
    issue: "acme/metal#7",
    until: "2026-06-30",
  };
  const { kernels } = reference() as Backend;
  const broken = (): Backend =>
    changed({
      kernels: {
        ...kernels,
        unary: () => {
          throw new Error("not written");
        },
      },
    });
  const check = (options: SuiteOptions): Promise<ConformanceReport> =>
    checkBackend(broken, { ...options, only: [ENTRY.case] });

  it("that are over say when, of what entry, and where it is tracked", async () => {
    const report = await check({ expectedFailures: [ENTRY], today: "2026-07-01" });
    expect(report.totals).toMatchObject({ failed: 1, expected: 0 });
    const { reason } = report.remarks[0]!;
    expect(reason).toMatch(
      /still fails, and expectedFailures "L1\/neg\/float32\/0-d" expired on 2026-06-30 \(no 0-d yet; acme\/metal#7\): .*not written/,
    );
    expect(reason).toContain("Fix: mend the backend");
    expect((await check({ expectedFailures: [ENTRY], today: "2026-06-30" })).totals.expected).toBe(1);
  });

  it.each(["2027-02-31", "2027-13-01", "2027-2-1", "soon", undefined])(
    "need a day that there is: %s",
    (until) => {
      const options = { describe: () => {}, it: () => {}, expectedFailures: [{ ...ENTRY, until }] };
      const register = (): unknown => Reflect.apply(runConformance, undefined, [() => reference(), options]);
      expect(register).toThrow(/a date YYYY-MM-DD that exists/);
    },
  );

  it("are compared with a day that there is", async () => {
    await expect(check({ today: "2027-02-31" })).rejects.toMatchObject({ code: "conformance/today" });
  });
});

describe("options that there are not", () => {
  it("are refused by all three runners", async () => {
    const wrong: SuiteOptions & { readonly expectdFailures: readonly [] } = { expectdFailures: [] };
    const makeBackend = (): Backend => reference();
    const runner = { describe: () => {}, it: () => {} };
    const says = /unknown option "expectdFailures"\n {2}Fix: did you mean `expectedFailures`\?/;
    expect(() => runConformance(makeBackend, { ...runner, ...wrong })).toThrow(says);
    await expect(checkBackend(makeBackend, wrong)).rejects.toThrow(says);
    expect(() => conformanceTests(makeBackend, wrong)).toThrow(says);
  });

  it("say place and fix in vitest, which shows an error of ours without them", () => {
    const entry = { case: "L1/nothing", reason: "r", issue: "i", until: "2026-01-01" };
    let error: unknown;
    try {
      conformanceTests(() => reference(), { expectedFailures: [entry] });
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty("toJSON");
    expect(String(error)).toMatch(
      /ArgumentError: .*at expectedFailures "L1\/nothing": names no case\n {2}Fix: remove it/,
    );
  });
});

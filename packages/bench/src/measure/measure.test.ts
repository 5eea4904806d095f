// Timing with a clock of its own, statistics, comparison.
import { describe, expect, it } from "vitest";
import type { Trial } from "../case.js";
import { compareValues } from "./compare.js";
import { summarise } from "./statistics.js";
import { coldTime, warmTime, type Clock } from "./time.js";

/** A trial on an asynchronous device: starting costs nothing, the work is only done when someone waits for it. */
function device(runMs: number): { readonly trial: Trial; readonly clock: Clock; readonly log: string[] } {
  let now = 0;
  let queued = 0;
  const log: string[] = [];
  return {
    log,
    clock: { now: () => now, breathe: () => Promise.resolve(void log.push("breathe")) },
    trial: {
      start: () => void queued++,
      finish: async () => {
        await Promise.resolve();
        now += queued * runMs;
        log.push(`${queued}`);
        queued = 0;
      },
      result: () => Promise.resolve([]),
      notice: () => null,
      dispose: () => {},
    },
  };
}

const settings = { budgetMs: 100, minSamples: 5, maxSamples: 200, check: true };

describe("times", () => {
  it("hold the work that an asynchronous device does later", async () => {
    const { trial, clock } = device(8);
    expect(await coldTime(trial, 2, clock)).toBe(16);
    expect(await warmTime(trial, settings, clock, undefined)).toMatchObject({ median: 8, p10: 8, p90: 8 });
  });

  it("batch short runs, and count each of them", async () => {
    const { trial, clock, log } = device(0.5);
    const spread = await warmTime(trial, settings, clock, undefined);
    expect(spread.median).toBeCloseTo(0.5, 12);
    expect(spread.runs).toBe(8 * spread.samples);
    expect(log.filter((l) => l !== "breathe").slice(0, 3)).toEqual(["1", "8", "8"]);
    expect(log).toContain("breathe");
  });

  it("take the least number of samples past the budget, but not for ever", async () => {
    const slow = device(40);
    expect((await warmTime(slow.trial, settings, slow.clock, undefined)).samples).toBe(5);
    const slower = device(200);
    expect((await warmTime(slower.trial, settings, slower.clock, undefined)).samples).toBe(2);
    const slowest = device(600);
    expect(await warmTime(slowest.trial, settings, slowest.clock, undefined)).toMatchObject({
      samples: 1,
      runs: 1,
    });
  });

  it("end with the signal's reason", async () => {
    const { trial, clock } = device(8);
    await expect(warmTime(trial, settings, clock, AbortSignal.abort(new Error("stop")))).rejects.toThrow(
      "stop",
    );
  });
});

describe("statistics", () => {
  it("are numpy.percentile's", () => {
    expect(summarise([4, 1, 3, 2], 40)).toEqual({ median: 2.5, p10: 1.3, p90: 3.7, samples: 4, runs: 40 });
    expect(summarise([7], 1)).toMatchObject({ median: 7, p10: 7, p90: 7 });
    expect(() => summarise([], 0)).toThrow("there are no times");
  });
});

describe("comparison", () => {
  it("is relative to the largest value", () => {
    expect(compareValues([0, -200], [0.01, -200], 1e-4)).toMatchObject({
      ok: true,
      maxAbs: 0.01,
      maxRel: 5e-5,
    });
    expect(compareValues([0, 2], [0.01, 2], 1e-4)).toMatchObject({ ok: false, maxAbs: 0.01, maxRel: 0.005 });
    expect(compareValues([0, 0], [0, 0], 0)).toMatchObject({ ok: true, maxAbs: 0, maxRel: 0 });
  });
  it("takes NaN and infinities for values", () => {
    expect(compareValues([Number.NaN, Infinity], [Number.NaN, Infinity], 0).ok).toBe(true);
    expect(compareValues([1], [Number.NaN], 1e9)).toMatchObject({ ok: false, maxAbs: Infinity });
    expect(compareValues([Infinity], [-Infinity], 1e9).ok).toBe(false);
  });
  it("finds lists of other lengths infinitely far apart", () => {
    expect(compareValues([1, 2], [1], 1e9)).toMatchObject({ ok: false, maxAbs: Infinity });
    expect(compareValues([], [], 0)).toMatchObject({ ok: true });
  });
});

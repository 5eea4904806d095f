// A broken copy of the backend fails the cases that are about what is wrong with it, and their messages say so.
import { checkBackend, type ConformanceReport } from "@isoform/conformance";
import type { Backend } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { minimal } from "../src/index.js";
import { broken } from "./broken.js";

/** Fault, the case that is named after it, and what its message must say. */
const FAULTS: readonly (readonly [fault: string, id: string, says: RegExp])[] = [
  [
    "max loses NaN",
    "L1/max/float32/specials",
    /elements differ; \[\d+,0\] is .*, expected NaN.*comment on binary of `Kernels`/s,
  ],
  ["strides are ignored", "L1/neg/float32/transposed", /elements differ; .*comment on unary of `Kernels`/s],
  [
    "equal indices overwrite each other",
    "L1/scatter/float32/add, repeats",
    /elements differ; .*comment on scatter of `Kernels`/s,
  ],
  [
    "padding is off by one",
    "L1/reduceWindow/float32/sum, overlap and padding",
    /elements differ; .*comment on reduceWindow of `Kernels`/s,
  ],
  [
    "argmax takes the last of equal values",
    "L1/argReduce/float32/max, ties",
    /\[0\] is 5, expected 0.*comment on argReduce of `Kernels`/s,
  ],
  [
    "free leaks",
    "L0/memory/freed memory is used again",
    /free gives nothing back: no memory for block \d+ of 4 MiB, although each was freed before the next/,
  ],
];

const check = (make: () => Backend, id: string): Promise<ConformanceReport> =>
  checkBackend(make, { only: [id] });

describe("a broken backend", () => {
  it.each(FAULTS)("%s: %s fails", async (_, id, says) => {
    const right = await check(() => minimal(), id);
    expect([right.totals, right.remarks]).toEqual([{ passed: 1, failed: 0, expected: 0, skipped: 0 }, []]);
    const wrong = await check(() => broken(), id);
    expect(wrong.totals).toEqual({ passed: 0, failed: 1, expected: 0, skipped: 0 });
    expect(wrong.remarks[0]).toMatchObject({
      case: id,
      outcome: "failed",
      reason: expect.stringMatching(says),
    });
  });

  it("spoils gradients too: of what is looked up twice", async () => {
    const { remarks } = await checkBackend(() => broken(), { level: "L2", only: ["L2/gather/*"] });
    const failed = remarks.filter((r) => r.outcome === "failed");
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]!.reason).toMatch(/gradient of input 0: \d+ of \d+ elements differ/);
  });
});

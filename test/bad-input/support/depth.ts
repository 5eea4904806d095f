// Runs readers on files that are deep, long or go in circles.
import { IsoformError } from "@isoform/core";
import { describe, expect, it } from "vitest";

/** How deep or long the files are. */
export const MANY = 100_000;
/** Processor time that one file may take, in milliseconds; the largest have 100,000 nodes. */
const CPU_MS = 25_000;

/** What reading ends with: "read", or the code of a typed error. Anything else fails. */
export async function ends(run: () => unknown): Promise<string> {
  const start = process.cpuUsage();
  let end = "read";
  try {
    await run();
  } catch (error) {
    if (!(error instanceof IsoformError)) throw error;
    end = error.code;
  }
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(CPU_MS);
  return end;
}
/** Name, what is read, and how it ends. */
export type Cases = readonly (readonly [name: string, run: () => unknown, end: string])[];
/** Declares the tests of a table. */
export function table(title: string, cases: Cases): void {
  describe(title, () => {
    it.each(cases)("%s", { timeout: 120_000 }, async (_name, run, end) => {
      expect(await ends(run)).toBe(end);
    });
  });
}

// The conformance suite on WebGPU, in parts: drivers in software take minutes to compile all shaders, and test files run beside
// each other.
import { reference } from "@isoform/backend-reference";
import { readFileSync } from "node:fs";
import { readManifest, runConformance, staleLines } from "@isoform/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { webgpu } from "../index.js";
import { missingAdapter } from "./adapter.js";

/** Registers the groups, e.g. `L1 add`, that `belongs` says, and compares what they find with the committed report. */
export async function conformancePart(belongs: (group: string) => boolean): Promise<void> {
  const missing = await missingAdapter();
  if (missing !== null) {
    describe("conformance", () => it.skip(missing));
    return;
  }
  const report = runConformance(() => webgpu(), {
    reference: () => reference(),
    describe: (name, body) => {
      if (belongs(name)) describe(name, body);
    },
    it,
  });
  afterAll(() => {
    const manifest = readManifest(readFileSync(new URL("../../conformance.json", import.meta.url), "utf8"));
    // Ops whose cases, or those that this backend can run, are another part's.
    const elsewhere = /: passed, now (no case|skipped)$/;
    expect(staleLines(manifest, report).filter((line) => !elsewhere.test(line))).toEqual([]);
  });
}

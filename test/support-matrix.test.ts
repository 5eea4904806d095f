// docs/support-matrix.md is what the committed reports of the backends say. That those say what the suite finds is
// checked where the suite runs: the conformance tests of each backend.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { webgpu } from "@isoform/backend-webgpu";
import * as conformance from "@isoform/conformance";
import { models } from "@isoform/conformance/models";
import * as core from "@isoform/core";
import { expect, it } from "vitest";
import { minimal } from "../examples/backend-minimal/src/index.js";

const root = join(import.meta.dirname, "..");
const names = readdirSync(join(root, "packages")).filter((name) => name.startsWith("backend-"));
const manifest = (name: string) => join(root, "packages", name, "conformance.json");

interface Page {
  matrixPage(texts: readonly string[], c: typeof conformance, k: typeof core): Promise<string>;
}

it("docs/support-matrix.md is up to date (node scripts/support-matrix.mjs --render)", async () => {
  const { matrixPage } = (await import(join(root, "scripts", "support-matrix-page.mjs"))) as Page;
  const order = names.toSorted((a, b) => Number(b.endsWith("-reference")) - Number(a.endsWith("-reference")));
  const texts = order.filter((n) => existsSync(manifest(n))).map((n) => readFileSync(manifest(n), "utf8"));
  expect(texts.length).toBeGreaterThanOrEqual(2);
  const page = await matrixPage(texts, conformance, core);
  expect(readFileSync(join(root, "docs", "support-matrix.md"), "utf8")).toBe(page);
  expect(page).toMatch(/^\| matmul \|.*✓/m);
});

it("the reports hold no failure that nobody announced", () => {
  for (const name of names.filter((n) => existsSync(manifest(n)))) {
    const report = conformance.readManifest(readFileSync(manifest(name), "utf8"));
    expect([name, report.level, report.totals.failed]).toEqual([name, "L4", 0]);
  }
});

// Cases follow from what a backend declares: they are counted without running any, and without a GPU.
it.each([
  ["packages/backend-cpu", cpu],
  ["packages/backend-reference", reference],
  ["packages/backend-webgpu", webgpu],
  ["examples/backend-minimal", minimal],
])("the report in %s has as many cases as the suite", (folder, make) => {
  const committed = conformance.readManifest(readFileSync(join(root, folder, "conformance.json"), "utf8"));
  const cases: Record<string, number> = { L0: 0, L1: 0, L2: 0, L3: 0, L4: 0 };
  const planned = conformance.runConformance(make, {
    level: committed.level,
    models,
    reference: () => reference(),
    describe: (_, body) => body(),
    it: (id) => {
      cases[id.slice(0, 2)]!++;
    },
  });
  const counted = conformance.LEVELS.map((l) => [l, cases[l], planned.levels[l].skipped]);
  const reported = conformance.LEVELS.map((l) => {
    const { passed, failed, expected, skipped } = committed.levels[l];
    return [l, passed + failed + expected, skipped];
  });
  expect(
    reported,
    "make it again: node scripts/support-matrix.mjs, or isoform backend check in the folder",
  ).toEqual(counted);
});

it("docs/webgpu.md has the count of the report", () => {
  const { totals } = conformance.readManifest(readFileSync(manifest("backend-webgpu"), "utf8"));
  const count = totals.passed.toLocaleString("en-US");
  expect(readFileSync(join(root, "docs", "webgpu.md"), "utf8")).toContain(`all ${count} cases`);
});

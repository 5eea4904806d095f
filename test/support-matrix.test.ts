// docs/support-matrix.md is what the committed reports of the backends say. That those say what the suite finds is
// checked where the suite runs: the conformance tests of each backend.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as conformance from "@isoform/conformance";
import * as core from "@isoform/core";
import { expect, it } from "vitest";

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

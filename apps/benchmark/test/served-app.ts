// The app as its tests see it: built, served, and opened in Chromium.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchCases, RESULT_SCHEMA, serialiseResult, type BenchResult } from "@isoform/bench";
import { chromium, type Browser, type Page } from "playwright-core";
import { build, preview, type PreviewServer } from "vite";
import { expect } from "vitest";

const app = join(import.meta.dirname, "..");
const found = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim())
  .find((path) => path !== "");
/** Where screenshots go, for people to look at. */
const shots = process.env["ISOFORM_SCREENSHOTS"];

/** Headers that a module needs to be loaded by an isolated page. */
export const ISOLATED = {
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

const ARGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-unsafe-webgpu",
];

/** For `expect.poll`: machines may be busy. */
export const PATIENT = { timeout: 15_000 };

/** A page, and what it complained of. */
export interface Opened {
  readonly page: Page;
  readonly problems: string[];
}

/** The built app on a server, and a browser. */
export class ServedApp {
  /** For files of the tests; gone at the end. */
  folder = "";
  private server: PreviewServer | null = null;
  private chromium: Browser | null = null;

  get address(): string {
    return this.server?.resolvedUrls?.local[0] ?? "";
  }

  get browser(): Browser {
    if (this.chromium === null) throw new TypeError("the browser is not started");
    return this.chromium;
  }

  async start(): Promise<void> {
    expect(found, "Chromium is required but not installed").toBeDefined();
    this.folder = mkdtempSync(join(tmpdir(), "isoform-app-"));
    const options = { configFile: join(app, "vite.config.ts"), logLevel: "silent" } as const;
    const out = { outDir: join(this.folder, "dist"), emptyOutDir: true };
    await build({ ...options, build: out });
    this.server = await preview({ ...options, build: out, preview: { port: 0, host: "127.0.0.1" } });
    this.chromium = await chromium.launch({ executablePath: found!, headless: true, args: ARGS });
  }

  async stop(): Promise<void> {
    await this.chromium?.close();
    await this.server?.close();
    if (this.folder !== "") rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A new page at the size of a screen. */
  async open(width: number, height: number, dark = false): Promise<Opened> {
    const page = await this.browser.newPage({
      viewport: { width, height },
      acceptDownloads: true,
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(this.address);
    await page.getByText("20 cases").waitFor();
    return { page, problems };
  }
}

/** Keeps a picture of the page where that is asked for. */
export async function shot(page: Page, name: string): Promise<void> {
  if (shots !== undefined)
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: name.includes("long") });
}

/** Chooses the least work. */
export async function chooseSmall(page: Page): Promise<void> {
  await page.getByRole("radio", { name: "Small" }).check({ force: true });
  await page.getByRole("radio", { name: "0.1 s" }).check({ force: true });
}

/** Runs the chosen cases at small sizes and waits for the end. */
export async function measure(page: Page): Promise<void> {
  await chooseSmall(page);
  await page.getByRole("button", { name: "Run" }).click();
  await page
    .getByText(/^done: \d+ rows$/)
    .first()
    .waitFor({ timeout: 120_000 });
}

/** What the checker of accessibility says: rule and place. */
export async function violations(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  await page.addScriptTag({ path: axe });
  const result: unknown = await page.evaluate(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then((r) =>
      r.violations.flatMap((v) => v.nodes.map((n) => v.id + " at " + n.target.join(" ") + ": " + n.failureSummary)))`,
  );
  return result as string[];
}

/** Pixels that the page is wide, with what sticks out. */
export const widest = (page: Page): Promise<number> => page.evaluate("document.documentElement.scrollWidth");

/** A file as a browser is given it. */
export const given = (
  name: string,
  buffer: Buffer,
): { readonly name: string; readonly mimeType: string; readonly buffer: Buffer } => ({
  name,
  mimeType: "application/octet-stream",
  buffer,
});

/** A run as a file; `times` are milliseconds by contender and case. */
export function runFile(label: string, times: readonly (readonly number[])[] = [[1, 2]]): BenchResult {
  const contenders = times.map((_, i) => `cpu-${i + 1}`);
  const cases = (times[0] ?? []).map((_, i) => `ops/case ${i}`);
  return {
    schema: RESULT_SCHEMA,
    created: "2026-11-22T08:00:00.000Z",
    label,
    isoform: "0.1.0",
    machine: {
      runtime: "node",
      userAgent: "Node.js",
      processor: null,
      cores: 2,
      memoryBytes: null,
      adapter: null,
      isolated: true,
    },
    settings: { budgetMs: 500, minSamples: 5, maxSamples: 200, check: true },
    contenders: contenders.map((id, i) => ({
      id,
      label: `cpu, ${i + 1} threads`,
      kind: "backend",
      threads: i + 1,
      adapter: null,
      notice: null,
    })),
    cases: cases.map((id) => ({ id, suite: "ops", group: "case", title: id, flops: 1e6, bytes: null })),
    rows: times.flatMap((row, i) =>
      row.map((ms, k) => ({
        case: cases[k] ?? "",
        contender: contenders[i] ?? "",
        state: "ok" as const,
        coldMs: ms,
        warm: { median: ms, p10: ms, p90: ms, samples: 5, runs: 5 },
        peakBytes: 4096,
        check: { ok: true, maxAbs: 0, maxRel: 0, tolerance: 1e-4, at: null },
        failure: null,
        notes: [],
      })),
    ),
  };
}

/** Imports runs, one after the other. */
export async function importRuns(page: Page, ...runs: readonly BenchResult[]): Promise<void> {
  for (const [i, run] of runs.entries()) {
    const file = given(`run-${i}.json`, Buffer.from(serialiseResult(run)));
    await page.locator("#import-file").setInputFiles(file);
  }
}

/** A small network as an ONNX file. */
export async function onnxFile(): Promise<Buffer> {
  const net = benchCases({ suites: ["models"], size: "small" }).find((c) => c.onnx !== null);
  const form = await net?.onnx?.("own");
  return Buffer.from(form?.bytes ?? new Uint8Array());
}

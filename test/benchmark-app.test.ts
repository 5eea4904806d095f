// The benchmark app in a real browser: built, run, exported, imported, with a model dropped on it, by keyboard alone, on
// a phone's screen and a desk's. Skipped with a notice unless it is asked for, as CI does.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseResult } from "@isoform/bench";
import type { Download } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessTests } from "../apps/benchmark/test/access.js";
import { faultTests } from "../apps/benchmark/test/faults.js";
import {
  ISOLATED,
  measure,
  onnxFile,
  ServedApp,
  shot,
  violations,
  widest,
} from "../apps/benchmark/test/served-app.js";

const root = join(import.meta.dirname, "..");
const required = process.env["ISOFORM_REQUIRE_BROWSER"] === "1";
if (!required)
  console.warn(
    "the benchmark app is not tested in Chromium: ISOFORM_REQUIRE_BROWSER=1 does, in some minutes",
  );

describe.skipIf(!required)("the benchmark app", { timeout: 180_000 }, () => {
  const app = new ServedApp();
  beforeAll(() => app.start(), 180_000);
  afterAll(() => app.stop());

  it("measures two backends in a worker, says that results are right, and exports and imports runs", async () => {
    const { page, problems } = await app.open(1280, 900);
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    await shot(page, "empty-1280");
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("Name of this machine").fill("laptop");
    await measure(page);
    await expect.poll(() => page.locator(".tile.good strong").textContent()).toMatch(/^(\d+) of \1$/);
    const bars = await page.locator("svg.chart rect.bar").count();
    expect(bars).toBeGreaterThanOrEqual(40);
    expect(await page.locator(".wrong-mark").count()).toBe(0);
    await shot(page, "run-1280");
    await shot(page, "long-1280");
    expect(await violations(page)).toEqual([]);

    await page.getByText("Table of operations").click();
    // The browser tells of an opened table a moment later, and it is made then.
    await page.locator(".table tbody tr").first().waitFor();
    const cells = await page.locator(".table tbody tr").allTextContents();
    expect(cells.length).toBe(bars);
    expect(cells.filter((text) => !/ok, [\d.e+−]+ abs|the reference/.test(text))).toEqual([]);

    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    const download: Download = await waiting;
    expect(download.suggestedFilename()).toMatch(/^isoform-bench-laptop-\d{4}-\d\d-\d\d\.json$/);
    const file = join(app.folder, "run.json");
    await download.saveAs(file);
    const result = parseResult(readFileSync(file, "utf8"));
    expect(result.label).toBe("laptop");
    expect(result.machine).toMatchObject({ runtime: "browser", isolated: true });
    expect(result.rows.length).toBe(bars);
    expect(new Set(result.rows.map((r) => r.state))).toEqual(new Set(["ok", "unchecked"]));
    expect(result.rows.filter((r) => r.state === "unchecked").every((r) => r.contender === "reference")).toBe(
      true,
    );

    const other = join(app.folder, "other.json");
    writeFileSync(other, JSON.stringify({ ...result, label: "<b>desk</b>" }));
    await page.locator("#import-file").setInputFiles(other);
    await page.getByText("<b>desk</b>,").first().waitFor();
    await expect.poll(() => page.locator("article rect.hatch").count()).toBe(bars);
    await page.getByRole("radio", { name: "Speed-up" }).check({ force: true });
    await page.getByLabel("Baseline").selectOption({ index: 1 });
    await expect.poll(() => page.locator(".mean").count()).toBeGreaterThan(1);
    await shot(page, "imported-1280");
    expect(await violations(page)).toEqual([]);

    const bad = join(app.folder, "bad.json");
    writeFileSync(bad, '{"schema": "isoform-bench/1"}');
    await page.locator("#import-file").setInputFiles(bad);
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toContain("Not imported. bad.json.created");
    expect(problems).toEqual([]);
    await page.close();
  });

  it("works on a phone's screen, in the dark, by keyboard alone", async () => {
    const { page, problems } = await app.open(375, 812, true);
    expect(await widest(page)).toBeLessThanOrEqual(375);
    await shot(page, "empty-375");
    const press = async (key: string, times = 1): Promise<void> => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    const focused = (): Promise<string> =>
      page.evaluate(
        `(() => { const e = document.activeElement; return [e.tagName, e.name, e.value].filter(Boolean).join(" "); })()`,
      );
    await press("Tab");
    expect(await focused()).toBe("A");
    await press("Tab");
    expect(await focused()).toBe("INPUT suite ops");
    await press("Space");
    await press("Tab", 2);
    expect(await focused()).toBe("INPUT suite training");
    await press("Space");
    await press("Tab");
    expect(await focused()).toBe("INPUT size full");
    await press("ArrowRight");
    await press("Tab");
    await press("ArrowLeft");
    expect(await focused()).toBe("INPUT budget 100");
    await press("Enter");
    await page.getByRole("progressbar").waitFor();
    await page
      .getByText(/^done: \d+ rows$/)
      .first()
      .waitFor({ timeout: 120_000 });
    expect(await page.getByRole("button", { name: "Run" }).isVisible()).toBe(true);
    await expect.poll(() => page.locator(".tile.good strong").textContent()).toMatch(/^(\d+) of \1$/);
    expect(await page.locator("article h3").allTextContents()).toEqual(["Training"]);
    expect(await widest(page)).toBeLessThanOrEqual(375);
    await shot(page, "run-375-dark");
    await press("Tab");
    expect(await focused()).toBe("INPUT backend reference");
    await page.locator("#results summary").focus();
    await press("Enter");
    await page.locator(".table tbody tr").first().waitFor();
    expect(await page.locator(".table tbody tr").count()).toBeGreaterThan(10);
    await press("Tab");
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(
      "Figures of Training",
    );
    expect(await widest(page)).toBeLessThanOrEqual(375);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  it("runs a model that is dropped on it, lists a file of weights, and refuses what it cannot read", async () => {
    const { page, problems } = await app.open(1280, 900);
    const drop = async (name: string, bytes: Buffer): Promise<void> => {
      const data = await page.evaluateHandle(
        `(() => { const d = new DataTransfer(); d.items.add(new File([Uint8Array.from(atob(${JSON.stringify(
          bytes.toString("base64"),
        )}), (c) => c.charCodeAt(0))], ${JSON.stringify(name)})); return d; })()`,
      );
      await page.dispatchEvent("body", "drop", { dataTransfer: data });
    };
    await drop("lstm.keras", readFileSync(join(root, "fixtures", "models", "lstm.keras")));
    await page.getByText(/^keras, \d+ nodes/).waitFor();
    await drop(
      "weights.safetensors",
      readFileSync(join(root, "fixtures", "models", "lstm.golden.safetensors")),
    );
    await page.getByText("nothing that says what to compute").waitFor();
    await drop("broken.onnx", Buffer.from("not a model"));
    await page.locator(".models .note.bad").waitFor();
    await drop("net.onnx", await onnxFile());
    await page.getByText(/^onnx, \d+ nodes/).waitFor();
    await page.getByRole("checkbox", { name: /Operations/ }).uncheck();
    await measure(page);
    expect(await page.locator("article h3").allTextContents()).toEqual(["Your model"]);
    expect(await page.locator(".tile.good strong").textContent()).toMatch(/^(\d+) of \1$/);
    await shot(page, "models-1280");
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  it("shows wrong results of a backend by address as wrong, and a missing one in its rows", async () => {
    const { page } = await app.open(1280, 900);
    const module = `export default (core) => ({
      name: "wrong", contract: 1, capabilities: { syncRead: false, dtypes: core.DTYPES },
      kernels: new Proxy({}, { get: () => () => {} }),
      alloc: (bytes) => new Uint8Array(bytes), free() {},
      write(buffer, at, data) { buffer.set(data, at); },
      async read(buffer, at, bytes) { return buffer.slice(at, at + bytes); },
    });`;
    await page.route("**/wrong.js", (route) =>
      route.fulfill({
        contentType: "text/javascript",
        body: module,
        headers: ISOLATED,
      }),
    );
    // As it is where nobody put the other engines beside the app.
    await page.route("**/peers/**", (route) => route.fulfill({ status: 404 }));
    await page.getByText("A backend of yours").click();
    await page.getByLabel("Address of an ES module").fill(`${app.address}wrong.js`);
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("Other engines").click();
    await page.getByRole("checkbox", { name: "jax-js" }).check();
    await measure(page);
    expect(await page.locator(".wrong-mark").count()).toBeGreaterThan(10);
    expect(await page.getByText("not installed beside this app").count()).toBeGreaterThan(0);
    expect(await page.locator(".right-mark").count()).toBeGreaterThanOrEqual(20);
    await shot(page, "wrong-1280");
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it("says that cpu has one thread where the page is not isolated", async () => {
    const page = await app.browser.newPage();
    await page.route(app.address, async (route) => {
      const response = await route.fetch();
      const headers = Object.entries(response.headers()).filter(([name]) => !name.startsWith("cross-origin"));
      await route.fulfill({ response, headers: Object.fromEntries(headers) });
    });
    await page.goto(app.address);
    await page.getByText("not isolated: one thread").waitFor();
    expect(await page.evaluate("crossOriginIsolated")).toBe(false);
    expect(await page.getByText("so cpu runs on one thread").isVisible()).toBe(true);
    expect(await page.locator("input[name=cpu]:not([value='1']):enabled").count()).toBe(0);
    expect(await page.locator("input[name=cpu][value='1']").isChecked()).toBe(true);
    await page.close();
  });

  it("ends a backend that never comes back, and goes on with the models it has", async () => {
    const { page } = await app.open(1280, 900);
    const module = `export default (core) => ({
      name: "endless", contract: 1, capabilities: { syncRead: false, dtypes: core.DTYPES },
      kernels: new Proxy({}, { get: () => () => { for (;;); } }),
      alloc: (bytes) => new Uint8Array(bytes), free() {}, write() {}, read: () => new Promise(() => {}),
    });`;
    await page.route("**/endless.js", (route) =>
      route.fulfill({ contentType: "text/javascript", body: module, headers: ISOLATED }),
    );
    await page
      .locator("#model-file")
      .setInputFiles({ name: "net.onnx", mimeType: "application/octet-stream", buffer: await onnxFile() });
    await page.getByText(/^onnx, \d+ nodes/).waitFor();
    await page.getByText("A backend of yours").click();
    await page.getByLabel("Address of an ES module").fill(`${app.address}endless.js`);
    await page.getByRole("button", { name: "Add" }).click();
    for (const name of [/Operations/, "reference"]) await page.getByRole("checkbox", { name }).uncheck();
    await page.getByRole("button", { name: "Run" }).click();
    await page
      .getByText(/plugin|endless\.js: first run/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page
      .getByText(/^cancelled after \d+ rows$/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Remove http" }).click();
    await measure(page);
    expect(await page.locator("article h3").allTextContents()).toEqual(["Your model"]);
    await page.close();
  });

  it("ends a run when it is told to, and runs again", async () => {
    const { page } = await app.open(1280, 900);
    await page.getByRole("button", { name: "Run" }).click();
    await page.locator("svg.chart rect.bar").first().waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page
      .getByText(/^cancelled after \d+ rows$/)
      .first()
      .waitFor();
    await measure(page);
    expect(await page.locator("svg.chart rect.bar").count()).toBeGreaterThanOrEqual(40);
    await page.close();
  });

  faultTests(app);
  accessTests(app);
});

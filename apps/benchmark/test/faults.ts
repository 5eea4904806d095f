// What the app does with addresses, files and backends that are wrong.
import { readFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  chooseSmall,
  given,
  importRuns,
  ISOLATED,
  measure,
  onnxFile,
  PATIENT,
  runFile,
  shot,
  violations,
  type ServedApp,
} from "./served-app.js";

const models = join(import.meta.dirname, "..", "..", "..", "fixtures", "models");

/** A backend that throws outside of every call, after a while. */
const LATE = `setTimeout(() => { throw new Error("late boom"); }, 300);
  export default (core) => ({
    name: "late", contract: 1, capabilities: { syncRead: false, dtypes: core.DTYPES },
    kernels: new Proxy({}, { get: () => () => {} }),
    alloc: (bytes) => new Uint8Array(bytes), free() {}, write() {},
    async read(buffer, at, bytes) { return buffer.slice(at, at + bytes); },
  });`;

export function faultTests(app: ServedApp): void {
  it("says which address is none, and runs when it is put right", async () => {
    const { page, problems } = await app.open(1280, 900);
    await page.getByText("Other engines").click();
    await page.getByRole("checkbox", { name: "jax-js" }).check();
    const field = page.getByRole("textbox", { name: "Address of jax-js" });
    await field.fill("http://[");
    // The field is looked at where it is closed, too.
    await page.getByText("Other engines").click();
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText("“http://[” is no address").waitFor();
    expect(await field.evaluate((e) => e === document.activeElement)).toBe(true);
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await violations(page)).toEqual([]);
    await shot(page, "address-1280");
    await field.fill("javascript:alert(1)");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText("is an address of javascript:").waitFor();

    await page.getByText("A backend of yours").click();
    const module = page.getByLabel("Address of an ES module");
    for (const text of ["javascript:alert(1)", "data:text/javascript,1", "http://["]) {
      await module.fill(text);
      await page.getByRole("button", { name: "Add" }).click();
      await page
        .locator(".note.bad", { hasText: `“${text}” is ` })
        .first()
        .waitFor();
    }
    expect(await page.locator(".urls li").count()).toBe(0);
    await module.fill("mine/folder/");
    await page.getByRole("button", { name: "Add" }).click();
    expect(await page.locator(".urls span").textContent()).toBe(`${app.address}mine/folder/`);
    await page.getByRole("checkbox", { name: "jax-js" }).uncheck();
    await page.getByRole("checkbox", { name: "reference" }).uncheck();
    expect(problems).toEqual([]);
    await measure(page);
    expect(await page.locator("text.series", { hasText: /^folder$/ }).count()).toBe(20);
    await page.close();
  });

  it("starts anew, with the models it has, after an error that nobody caught", async () => {
    const { page } = await app.open(1280, 900);
    await page.route("**/late.js", (route) =>
      route.fulfill({ contentType: "text/javascript", body: LATE, headers: ISOLATED }),
    );
    await page.locator("#model-file").setInputFiles(given("net.onnx", await onnxFile()));
    await page.getByText(/^onnx, \d+ nodes/).waitFor();
    await page.getByText("A backend of yours").click();
    await page.getByLabel("Address of an ES module").fill(`${app.address}late.js`);
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("checkbox", { name: "reference" }).uncheck();
    await chooseSmall(page);
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText(/late boom.*new worker/).waitFor();
    const rows = await page.locator("text.series").count();
    await page.waitForTimeout(1000);
    expect(await page.locator("text.series").count()).toBe(rows);
    expect(await page.locator(".now").textContent()).toBe("stopped");
    await page.getByRole("button", { name: "Remove http" }).click();
    await measure(page);
    const done = /\d+/.exec((await page.locator(".now").textContent()) ?? "")?.[0];
    expect(Number(done) % 21).toBe(0);
    expect(await page.locator("text.series").count()).toBe(Number(done));
    await page.close();
  });

  it("gives two files of one name a name each, and runs both", async () => {
    const { page, problems } = await app.open(1280, 900);
    const net = given("net.onnx", await onnxFile());
    await page.locator("#model-file").setInputFiles(net);
    await page.locator("#model-file").setInputFiles([net, net]);
    await expect.poll(() => page.getByText(/^onnx, \d+ nodes/).count(), PATIENT).toBe(3);
    const names = ["net.onnx", "net.onnx (2)", "net.onnx (3)"];
    expect(await page.locator(".model-head strong").allTextContents()).toEqual(names);
    await page.getByRole("checkbox", { name: /Operations/ }).uncheck();
    await measure(page);
    const cases = await page.locator("text.case").allTextContents();
    expect(cases.map((text) => text.split(":")[0])).toEqual(names);
    expect(problems).toEqual([]);
    await page.close();
  });

  it("says when a file cannot be read, and what to do with a folder", async () => {
    const { page, problems } = await app.open(1280, 900);
    const folder = join(app.folder, "a folder");
    mkdirSync(folder);
    const client = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await client.send("Input.dispatchDragEvent", { type, x: 900, y: 600, data });
    await page.getByText("drop the files in it").waitFor();

    await page.evaluate(() => {
      const fail = (): Promise<never> => Promise.reject(new DOMException("gone", "NotReadableError"));
      Object.assign(File.prototype, { arrayBuffer: fail, text: fail });
    });
    await page.locator("#model-file").setInputFiles(given("net.onnx", await onnxFile()));
    await page.getByText("net.onnx: the browser cannot read this file").waitFor();
    await importRuns(page, runFile("gone"));
    await page.getByText("Not imported. run-0.json: the browser cannot read this file").waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });

  it("says what to do with files that are no models in words of the page", async () => {
    const { page, problems } = await app.open(1280, 900);
    const keras = readFileSync(join(models, "lstm.keras"));
    const files: readonly (readonly [string, Buffer, RegExp])[] = [
      ["short.keras", keras.subarray(0, keras.length / 2), /archive cannot be read .*cut off or damaged/],
      ["model.json", Buffer.from("{"), /not JSON .*to_json/],
      ["photo.png", Buffer.from("PNG"), /cannot be told .*choose an \.onnx or \.keras file/],
      ["deep.json", Buffer.from('{"a":'.repeat(5000)), /192 levels of JSON.*more than this page reads/],
    ];
    for (const [name, bytes, text] of files) {
      await page.locator("#model-file").setInputFiles(given(name, bytes));
      const note = page.locator(".models li", { has: page.getByText(name, { exact: true }) }).locator(".bad");
      await expect.poll(() => note.textContent(), PATIENT).toMatch(text);
      expect(await note.textContent()).not.toMatch(/option|limits:|limits\./);
    }
    await page.locator("#import-file").setInputFiles(given("x.json", Buffer.from("hello")));
    await page.getByText(/^Not imported\. x\.json.*isoform bench or the benchmark app wrote$/).waitFor();
    await shot(page, "refused-1280");
    expect(problems).toEqual([]);
    await page.close();
  });

  it("refuses a run with a row twice, and draws times of any size", async () => {
    const { page, problems } = await app.open(1280, 900);
    const run = runFile("twice");
    await importRuns(page, { ...run, rows: [...run.rows, ...run.rows] });
    await page.getByText("expected one row of each case and contender").waitFor();
    expect(await page.locator(".imported li").count()).toBe(0);
    await importRuns(
      page,
      runFile("none", [[0, 0]]),
      runFile("huge", [[1e300, 1.7e308]]),
      runFile("tiny", [[5e-324, 1e-300]]),
    );
    await expect.poll(() => page.locator(".imported li").count(), PATIENT).toBe(3);
    for (const name of ["First run", "Memory", "Speed-up", "Time"]) {
      await page.getByRole("radio", { name }).check({ force: true });
      if (name === "Speed-up") await page.getByLabel("Baseline").selectOption({ index: 1 });
      await expect.poll(() => page.locator("rect.bar").count(), PATIENT).toBeGreaterThan(0);
      expect(await page.locator("#results").innerHTML()).not.toMatch(/NaN/);
    }
    expect(problems).toEqual([]);
    await page.close();
  });
}

// The app by keyboard, on narrow screens and in few colours: where the focus is, and what can be told apart.
import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import {
  chooseSmall,
  given,
  importRuns,
  onnxFile,
  PATIENT,
  runFile,
  shot,
  violations,
  widest,
  type ServedApp,
} from "./served-app.js";

/** What has the focus, and by how many pixels the Run bar covers it, or what is seen in its place. */
const FOCUS = `(() => {
  const e = document.activeElement;
  const bar = document.querySelector(".run-bar");
  const box = (e.type === "file" || e.closest(".chip, .segments") ? e.closest("label, .file-button") : e).getBoundingClientRect();
  const edge = bar.getBoundingClientRect();
  const beside = box.right <= edge.left || box.left >= edge.right || bar.contains(e) || e === document.body;
  return { name: e.id || e.name + " " + e.value, hidden: beside ? 0 : Math.max(0, Math.round(box.bottom - edge.top)) };
})()`;

const focused = (page: Page): Promise<string> =>
  page.evaluate(
    `document.activeElement.id || document.activeElement.getAttribute("aria-label") || document.activeElement.tagName`,
  );

export function accessTests(app: ServedApp): void {
  it.each([
    [1280, 700],
    [320, 640],
  ])("keeps what has the focus out from under the Run bar, at %d × %d", async (width, height) => {
    const { page } = await app.open(width, height);
    for (const text of ["A backend of yours", "Other engines"]) await page.getByText(text).click();
    await page.evaluate("(document.activeElement.blur(), scrollTo(0, 0))");
    const seen: { readonly name: string; readonly hidden: number }[] = [];
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      seen.push(await page.evaluate(FOCUS));
      if (seen.at(-1)?.name === "peer ort-webgpu") await shot(page, `focus-${width}`);
    }
    const names = seen.map(({ name }) => name);
    for (const name of ["model-file", "peer ort-webgpu", "import-file"]) expect(names).toContain(name);
    expect(seen.filter(({ hidden }) => hidden > 0)).toEqual([]);
    await page.close();
  });

  it("keeps focus and scrolling while rows come in", async () => {
    const { page, problems } = await app.open(1280, 900);
    await chooseSmall(page);
    await page.getByRole("button", { name: "Run" }).click();
    await page.locator("rect.bar").nth(15).waitFor();
    await page.locator("#results summary").focus();
    await page.keyboard.press("Enter");
    const rows = page.locator("#results .table tbody tr");
    const table = page.locator("#results .table");
    await rows.nth(18).waitFor();
    await table.evaluate((e) => e.scrollTo(30, 40));
    const before = await rows.count();
    await expect.poll(() => rows.count(), PATIENT).toBeGreaterThan(before + 1);
    expect(await focused(page)).toBe("SUMMARY");
    expect(await table.evaluate((e) => [e.scrollLeft, e.scrollTop])).toEqual([30, 40]);
    await page.keyboard.press("Tab");
    const then = await rows.count();
    await expect.poll(() => rows.count(), PATIENT).toBeGreaterThan(then);
    expect(await focused(page)).toBe("Figures of Operations");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page
      .getByText(/^cancelled after \d+ rows$/)
      .first()
      .waitFor();
    expect(problems).toEqual([]);
    await page.close();
  });

  it("gives the focus to what is next when something is removed", async () => {
    const { page } = await app.open(1280, 900);
    const remove = async (name: RegExp): Promise<string> => {
      await page.getByRole("button", { name }).first().focus();
      await page.keyboard.press("Enter");
      return focused(page);
    };
    const net = await onnxFile();
    await page.locator("#model-file").setInputFiles([given("a.onnx", net), given("b.onnx", net)]);
    await expect.poll(() => page.locator(".models li").count(), PATIENT).toBe(2);
    expect(await remove(/Remove b/)).toBe("Remove a.onnx");
    expect(await remove(/Remove a/)).toBe("model-file");
    await importRuns(page, runFile("one"), runFile("two"));
    await expect.poll(() => page.locator(".imported li").count(), PATIENT).toBe(2);
    expect(await remove(/Remove run 1/)).toBe("Remove run 2, of two");
    expect(await remove(/Remove run 2/)).toBe("import-file");
    await page.close();
  });

  it("tells imported runs apart", async () => {
    const { page } = await app.open(1280, 900);
    const run = runFile("my laptop");
    await importRuns(page, run, run, { ...run, label: "desk" });
    await expect.poll(() => page.locator(".imported li").count(), PATIENT).toBe(3);
    const labels = page.locator("article text.series");
    await expect.poll(() => labels.allTextContents(), PATIENT).toContain("3: cpu, 1 threads on desk");
    expect(new Set((await labels.allTextContents()).map((text) => text.slice(0, 2))).size).toBe(3);
    for (const hatch of ["h0", "h1", "h2"])
      expect(await page.locator(`.imported .${hatch}, article .${hatch}`).count()).toBe(3);
    const names = await page.getByRole("button", { name: /^Remove run/ }).all();
    expect(await Promise.all(names.map((b) => b.getAttribute("aria-label")))).toEqual([
      "Remove run 1, of my laptop",
      "Remove run 2, of my laptop",
      "Remove run 3, of desk",
    ]);
    await names[1]?.click();
    await importRuns(page, run);
    const numbers = page.locator(".imported b");
    await expect.poll(() => numbers.allTextContents(), PATIENT).toEqual(["1", "3", "4"]);
    await shot(page, "imports-1280");
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it("has room for long names on a narrow screen", async () => {
    const { page } = await app.open(320, 640);
    await importRuns(page, runFile("L".repeat(300)), runFile(`${"long-".repeat(30)}name`));
    await expect.poll(() => page.locator(".imported li").count(), PATIENT).toBe(2);
    const name = `${"averylongname".repeat(7)}.onnx`;
    await page.locator("#model-file").setInputFiles(given(name, await onnxFile()));
    await page.getByText(/^onnx, \d+ nodes/).waitFor();
    const remove = await page.getByRole("button", { name: /^Remove avery/ }).boundingBox();
    expect(remove?.height).toBeLessThan(40);
    await page.getByText("Other engines").click();
    const field = await page.getByRole("textbox", { name: "Address of jax-js" }).boundingBox();
    expect(field?.width).toBeGreaterThan(200);
    expect(await widest(page)).toBe(320);
    await shot(page, "long-320");

    await page.getByText("Table of operations").click();
    const table = page.locator("#results .table");
    await table.locator("tbody tr").first().waitFor();
    const first = await table.locator("tbody th").first().boundingBox();
    const median = await table.locator("tbody td").nth(1).boundingBox();
    const box = await table.boundingBox();
    expect(first?.width).toBeLessThan(110);
    expect((median?.x ?? 0) + (median?.width ?? 0)).toBeLessThanOrEqual((box?.x ?? 0) + (box?.width ?? 0));
    expect((await table.locator("tbody tr").first().boundingBox())?.height).toBeLessThan(120);
    await page.getByRole("radio", { name: "Speed-up" }).check({ force: true });
    expect(await widest(page)).toBe(320);
    await table.scrollIntoViewIfNeeded();
    await shot(page, "table-320");
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it("shows what is chosen where there are few colours", async () => {
    const { page } = await app.open(1280, 900);
    await page.emulateMedia({ forcedColors: "active" });
    const look = async (part: Locator): Promise<string> => (await part.screenshot()).toString("base64");
    const chip = page.locator(".chip").first();
    const chosen = await look(chip);
    await shot(page, "forced-1280");
    await page.getByRole("checkbox", { name: "cpu with 1 thread" }).uncheck({ force: true });
    await page.evaluate("document.activeElement.blur()");
    await page.mouse.move(0, 0);
    expect(await look(chip)).not.toBe(chosen);
    const backgrounds = await page
      .locator(".segmented")
      .first()
      .locator("span")
      .evaluateAll((spans) => spans.map((s) => getComputedStyle(s).backgroundColor));
    expect(new Set(backgrounds).size).toBe(2);
    await page.close();
  });
}

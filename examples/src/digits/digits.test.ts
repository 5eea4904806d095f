import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadRecorded, loadTestDigits } from "./data.js";
import { digitsExample } from "./main.js";
import { greyPng } from "./png.js";

it("has the digits and the predictions of the training run in one order", async () => {
  const { labels, images } = await loadTestDigits(1000);
  const { predictions, correct } = loadRecorded();
  expect([labels.length, images.length, predictions.length]).toEqual([1000, 784_000, 1000]);
  expect(labels.filter((l, k) => l === predictions[k]).length).toBe(correct);
});

it("does the whole job on some of the digits", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "isoform-digits-"));
  const lines: string[] = [];
  const code = await digitsExample((line) => lines.push(line), folder, 30);
  expect(lines.filter((l) => l.startsWith("✗"))).toEqual([]);
  expect(code).toBe(0);
  const files = [
    "digits.keras",
    "digits.onnx",
    "digits_back.keras",
    "digits_torch",
    "images.safetensors",
    "report.html",
  ];
  expect(readdirSync(folder).toSorted()).toEqual(files);
  const page = readFileSync(join(folder, "report.html"), "utf8");
  expect(page).not.toMatch(/<script|(?:src|href)="(?!data:)/);
  expect(page.match(/<svg/g)?.length).toBe(5);
  expect(page).not.toMatch(/NaN|undefined/);
  rmSync(folder, { recursive: true });
});

it("makes PNG images", () => {
  const bytes = Buffer.from(greyPng([0, 0.5, 1, 0], 2, 2).replace("data:image/png;base64,", ""), "base64");
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\u0089PNG\r\n\u001a\n");
  // CRC-32 of the empty IEND chunk, from the PNG specification.
  expect(bytes.subarray(-8).toString("hex")).toBe("49454e44ae426082");
});

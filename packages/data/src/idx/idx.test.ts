import { gzipSync } from "node:zlib";
import { IsoformError, LimitExceededError, ModelFormatError, ShapeError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../loading/options.js";
import {
  expectContent,
  fromBase64,
  mutations,
  onlyTypedErrors,
  recordedFiles,
  truncations,
} from "../testing/recorded.js";
import { loadIdx, loadIdxPair, readIdx } from "./idx.js";

const recorded = recordedFiles().idx;

describe("IDX", () => {
  for (const { name, file, gz, content } of recorded) {
    it(`reads ${name}, packed and not`, async () => {
      expectContent(readIdx(fromBase64(file)), content);
      expectContent(await loadIdx(fromBase64(file)), content);
      expectContent(await loadIdx(fromBase64(gz)), content);
    });

    it(`gives typed errors for every truncation of ${name}`, async () => {
      for (const part of truncations(fromBase64(file))) expect(() => readIdx(part)).toThrow(ModelFormatError);
      for (const part of truncations(fromBase64(gz)))
        await expect(loadIdx(part)).rejects.toThrow(IsoformError);
    });

    it(`gives typed errors for mutations of ${name}`, async () => {
      for (const bytes of mutations(fromBase64(file), 300, 1)) await onlyTypedErrors(() => readIdx(bytes));
      let refused = 0;
      for (const bytes of mutations(fromBase64(gz), 150, 2)) {
        if (await onlyTypedErrors(() => loadIdx(bytes))) refused++;
      }
      expect(refused).toBeGreaterThan(100);
    });
  }

  it("reads a pair and refuses one that does not match", async () => {
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9);
    const images = fromBase64(recorded[0]?.file ?? "");
    const { x, y } = await loadIdxPair(images, labels);
    expect([x.shape, y.shape]).toEqual([[3, 2, 2], [3]]);
    await expect(loadIdxPair(labels, images)).rejects.toThrow(ShapeError);
    const four = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 4, 7, 8, 9, 9);
    await expect(loadIdxPair(images, four)).rejects.toThrow(ShapeError);
  });

  it("refuses sizes beyond the file or the limits", () => {
    const huge = Uint8Array.of(0, 0, 14, 3, ...Array.from({ length: 12 }, () => 255));
    expect(() => readIdx(huge)).toThrow(LimitExceededError);
    const many = Uint8Array.of(0, 0, 8, 255);
    expect(() => readIdx(many)).toThrow(ModelFormatError);
  });

  it("stops a gzip bomb while it grows, and when aborted", async () => {
    const bomb = gzipSync(new Uint8Array(100 * 2 ** 20), { level: 9 });
    const events: ProgressEvent[] = [];
    await expect(loadIdx(bomb, { onProgress: (e) => events.push(e) })).rejects.toThrow(LimitExceededError);
    expect(events.at(-1)?.done).toBeLessThan(1000 * bomb.length);
    expect(events.every((e) => e.phase === "unpack")).toBe(true);
    await expect(loadIdx(bomb, { limits: { fileBytes: 2 ** 20 } })).rejects.toThrow(/fileBytes/);
    const stop = new AbortController();
    const load = loadIdx(bomb, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
    await expect(load).rejects.toThrow("enough");
  });
});

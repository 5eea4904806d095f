import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { ArgumentError, LimitExceededError, ModelFormatError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../loading/options.js";
import { loadDigits } from "./digits.js";

// The package is a dependency of the examples of this repository.
const examples = createRequire(new URL("../../../../examples/package.json", import.meta.url));
const readDigit = async (digit: number): Promise<unknown> =>
  JSON.parse(await readFile(examples.resolve(`mnist/src/digits/${digit}.json`), "utf8"));

const sha256 = (a: Float32Array | Int32Array) =>
  createHash("sha256")
    .update(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
    .digest("hex");

const image = (value: number) => ({ data: Array.from({ length: 784 }, () => value) });

describe("digits", () => {
  it("gives the 10,000 digits in their order", async () => {
    const events: ProgressEvent[] = [];
    const { x, y } = await loadDigits(readDigit, { onProgress: (e) => events.push(e) });
    expect(x.shape).toEqual([10000, 784]);
    expect(y.shape).toEqual([10000]);
    // Of the arrays the recorded training runs used (NumPy float32 and int32).
    expect(sha256(x.data)).toBe("66d3369c96e2eba9ba70f403dc70f4277838390daf7846c77370a41443875340");
    expect(sha256(y.data)).toBe("09c248ae2cf1b38f422221137afbc5c8ed1fa88dcf6da040dc2ba22578f4ee8b");
    expect(events.map((e) => e.done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("takes a list and image shapes", async () => {
    const files = Array.from({ length: 10 }, (_, digit) => image(digit / 10));
    const { x, y } = await loadDigits(files, { imageShape: [28, 28, 1] });
    expect(x.shape).toEqual([10, 28, 28, 1]);
    expect(Array.from(y.data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await expect(loadDigits(files, { imageShape: [28] })).rejects.toThrow(ArgumentError);
  });

  it("refuses anything but lists of whole images of numbers", async () => {
    const bad: readonly unknown[] = [
      null,
      1,
      {},
      { data: "0" },
      { data: [1] },
      image(Number.NaN),
      { data: image(0).data.with(5, "x" as never) },
    ];
    for (const file of bad) await expect(loadDigits(() => file)).rejects.toThrow(ModelFormatError);
    await expect(loadDigits([])).rejects.toThrow(/digits: 0/);
    await expect(loadDigits(() => image(0), { limits: { arrayBytes: 4000 } })).rejects.toThrow(
      LimitExceededError,
    );
  });

  it("stops when aborted", async () => {
    const stop = new AbortController();
    let asked = 0;
    const load = loadDigits(
      () => {
        if (++asked === 3) stop.abort(new Error("enough"));
        return image(0);
      },
      { signal: stop.signal },
    );
    await expect(load).rejects.toThrow("enough");
    expect(asked).toBe(3);
  });
});

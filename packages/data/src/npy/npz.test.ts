import { ArgumentError, IsoformError, LimitExceededError, ModelFormatError } from "@isoform/core";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { ndArray } from "../arrays/nd-array.js";
import type { ProgressEvent } from "../loading/options.js";
import {
  expectContent,
  fromBase64,
  mutations,
  onlyTypedErrors,
  recordedFiles,
  truncations,
} from "../testing/recorded.js";
import { writeNpy } from "./npy.js";
import { readNpz, writeNpz } from "./npz.js";

const recorded = recordedFiles().npz;

describe("npz", () => {
  for (const [name, file] of Object.entries(recorded.files)) {
    it(`reads NumPy's ${name} archive`, async () => {
      const arrays = await readNpz(fromBase64(file));
      expect([...arrays.keys()].toSorted()).toEqual(Object.keys(recorded.contents).toSorted());
      for (const [key, content] of Object.entries(recorded.contents)) {
        expectContent(arrays.get(key) as never, content);
      }
      expect(({} as Record<string, unknown>)["dtype"]).toBeUndefined();
    });

    it(`gives typed errors for every truncation of ${name}`, async () => {
      for (const part of truncations(fromBase64(file))) {
        await expect(readNpz(part)).rejects.toThrow(IsoformError);
      }
    });

    it(`gives typed errors for mutations of ${name}`, async () => {
      let refused = 0;
      for (const bytes of mutations(fromBase64(file), 250, 3)) {
        if (await onlyTypedErrors(() => readNpz(bytes))) refused++;
      }
      expect(refused).toBeGreaterThan(125);
    });
  }

  it("reads blobs and streams, some of the arrays, with progress", async () => {
    const bytes = fromBase64(recorded.files["deflated"] ?? "");
    const events: ProgressEvent[] = [];
    const arrays = await readNpz(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
      names: ["nested/name"],
      onProgress: (event) => events.push(event),
    });
    expect([...arrays.keys()]).toEqual(["nested/name"]);
    expect(events.map((e) => e.phase)).toEqual(["read", "unpack"]);
    expect(events.at(-1)).toMatchObject({ task: "load", done: events.at(-1)?.total, unit: "bytes" });
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    expect((await readNpz(stream)).size).toBe(4);
  });

  it("stops when aborted", async () => {
    const bytes = fromBase64(recorded.files["stored"] ?? "");
    const stop = new AbortController();
    const read = readNpz(bytes, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
    await expect(read).rejects.toThrow("enough");
    await expect(readNpz(bytes, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it("writes what it reads, the same bytes every time", async () => {
    const arrays = await readNpz(fromBase64(recorded.files["stored"] ?? ""));
    for (const compress of [false, true]) {
      const bytes = writeNpz(arrays, { compress });
      expect(writeNpz(arrays, { compress })).toEqual(bytes);
      expect(await readNpz(bytes)).toEqual(arrays);
    }
    expect([...(await readNpz(writeNpz({ a: ndArray("float32", [2, 2]) }))).keys()]).toEqual(["a"]);
    expect([...(await readNpz(writeNpz({ "dense/kernel:0": ndArray("float32", [2]) }))).keys()]).toEqual([
      "dense/kernel:0",
    ]);
    expect((await readNpz(writeNpz({}))).size).toBe(0);
  });

  it("refuses names that are no plain paths, and archives with other files", async () => {
    for (const name of ["", "../a", "/a", "a//b", "a\\b", "a\u0000", "."]) {
      expect(() => writeNpz({ [name]: ndArray("int8", [1]) }), name).toThrow(ArgumentError);
    }
    await expect(readNpz(zipSync({ "readme.txt": new Uint8Array(3) }))).rejects.toThrow(ModelFormatError);
    await expect(readNpz(zipSync({ "../a.npy": writeNpy(ndArray("int8", [1])) }))).rejects.toThrow(
      IsoformError,
    );
    await expect(readNpz(writeNpz({ a: ndArray("int8", [1]) }), { names: ["b"] })).rejects.toThrow(
      ModelFormatError,
    );
  });

  it("refuses bombs by what they declare, without unpacking", async () => {
    const zeros = zipSync({ "a.npy": new Uint8Array(40 * 2 ** 20) }, { level: 9 });
    const before = process.memoryUsage.rss();
    await expect(readNpz(zeros)).rejects.toThrow(LimitExceededError);
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 2 ** 20);
    await expect(readNpz(zeros, { limits: { arrayBytes: 1000 } })).rejects.toThrow(/arrayBytes/);
    const two = writeNpz({ a: ndArray("int8", [900]), b: ndArray("int8", [900]) });
    await expect(readNpz(two, { limits: { entries: 1 } })).rejects.toThrow(/entries/);
    await expect(readNpz(two, { limits: { fileBytes: 1500 } })).rejects.toThrow(/fileBytes/);
  });

  it("refuses an entry that unpacks to more than it declares", async () => {
    const bytes = zipSync({ "a.npy": new Uint8Array(5000) }, { level: 9 });
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 6, true);
    view.setUint32(directory + 24, 100, true);
    view.setUint32(22, 100, true);
    await expect(readNpz(bytes)).rejects.toThrow(ModelFormatError);
  });

  it("refuses unknown options", async () => {
    await expect(readNpz(new Uint8Array(), { limit: 1 } as never)).rejects.toThrow(ArgumentError);
    await expect(readNpz(new Uint8Array(), { limits: { arrayBytes: -1 } })).rejects.toThrow(ArgumentError);
    await expect(readNpz("a.npz" as never)).rejects.toThrow(ArgumentError);
  });
});

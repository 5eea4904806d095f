import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../bytes.js";
import { rawEqual, typedArrayOf } from "../raw-tensor.js";
import { openSafetensors } from "../safetensors/read.js";
import { referenceFile } from "../../../test/reference-hdf5.js";
import { openHdf5, type Hdf5Group } from "./index.js";

const containers = new URL("../../../../../../shared/data/fixtures/containers/", import.meta.url);
const present = existsSync(new URL("manifest.json", containers));
const names = ["earliest", "v108", "v110", "latest", "userblock", "track_order"].map((n) => `hdf5_${n}.h5`);

describe.skipIf(!present)("container fixtures", () => {
  it.each(names)("%s: every dataset equals the recorded values", async (name) => {
    const expected = await openSafetensors(
      bytesSource(readFileSync(new URL("expected.safetensors", containers))),
    );
    const { root } = openHdf5(readFileSync(new URL(name, containers)), { name });
    const keys = [...expected.entries.keys()].filter((key) => key.startsWith(`${name}/`));
    expect(keys.length).toBeGreaterThan(13);
    for (const key of keys) {
      const path = key.slice(name.length + 1);
      if (path === "chunked/lzf") {
        expect(() => root.dataset(path).read()).toThrow(
          /hdf5_.*chunked\/lzf: the compression filter 32000 \(lzf\)/,
        );
        continue;
      }
      expect(rawEqual(root.dataset(path).read(), await expected.read(key)), path).toBe(true);
    }
    const many = root.group("many");
    many.links().forEach((link, i) => {
      expect(link.name).toBe(`d${String(i).padStart(3, "0")}`);
      expect(typedArrayOf(many.dataset(link.name).read())[0]).toBe(i);
    });
  });

  it.each(names)("%s: attributes and links", (name) => {
    const { root, userBlock } = openHdf5(readFileSync(new URL(name, containers)), { name });
    expect(userBlock).toBe(name.includes("userblock") ? 512 : 0);
    const strings = root.group("strings");
    expect(strings.attribute("fixed")).toBe("fixed bytes");
    expect(strings.attribute("variable")).toBe("variable grüße");
    expect(strings.attribute("list_fixed")).toEqual(["conv1", "conv1-BN", "x"]);
    expect(strings.attribute("list_variable")).toEqual(["a", "bb", "你好"]);
    expect(strings.attribute("bool")).toMatchObject({ dtype: "bool", shape: [] });
    expect(strings.attribute("missing")).toBeUndefined();
    const links = root.group("links");
    expect(new Map(links.links().map((l) => [l.name, l.kind]))).toEqual(
      new Map([
        ["hard", "hard"],
        ["soft", "soft"],
        ["dangling", "soft"],
        ["external", "external"],
      ]),
    );
    expect(rawEqual(links.dataset("hard").read(), root.dataset("contiguous/f4").read())).toBe(true);
    for (const [link, code] of [
      ["soft", "hdf5/soft-link"],
      ["dangling", "hdf5/soft-link"],
      ["external", "hdf5/external-link"],
    ])
      expect(() => links.get(link ?? "")).toThrow(
        expect.objectContaining({ name: "UnsafeModelError", code }),
      );
    expect(links.has("soft")).toBe(false);
    expect(root.has("links/hard")).toBe(true);
  });
});

describe.each(["earliest", "v108", "v110", "latest"] as const)(
  "files of the reference library, %s",
  (libver) => {
    const values = Float32Array.from({ length: 35 * 22 }, (_, i) => Math.sin(i));
    const sets: Record<string, { chunks?: number[]; maxshape?: (number | null)[]; compression?: number }> = {
      contiguous: {},
      fixed: { chunks: [2, 3] },
      fixed_gz: { chunks: [2, 3], compression: 6 },
      fixed_max: { chunks: [4, 5], maxshape: [50, 60] },
      single_gz: { chunks: [35, 22], compression: 1 },
      rows: { chunks: [1, 4], maxshape: [null, 30] },
      rows_gz: { chunks: [1, 4], maxshape: [null, 30], compression: 6 },
      columns: { chunks: [4, 1], maxshape: [40, null] },
      both: { chunks: [1, 1], maxshape: [null, null] },
      both_gz: { chunks: [3, 1], maxshape: [null, null], compression: 6 },
    };

    it("every chunk index and storage", async () => {
      const bytes = await referenceFile(libver, (file) => {
        for (const [name, { compression, ...options }] of Object.entries(sets))
          file.create_dataset({
            name,
            data: values,
            shape: [35, 22],
            dtype: "<f",
            ...options,
            ...(compression === undefined
              ? {}
              : { compression: "gzip" as const, compression_opts: compression }),
          });
        file.create_dataset({ name: "long", data: new Int32Array(9000).map((_, i) => i), chunks: [2] });
        file.create_dataset({
          name: "longer",
          data: new Int32Array(9000).map((_, i) => i),
          chunks: [2],
          maxshape: [null],
        });
      });
      const { root } = openHdf5(bytes, { name: libver });
      for (const name of Object.keys(sets)) {
        const tensor = root.dataset(name).read();
        expect(tensor.shape).toEqual([35, 22]);
        expect(typedArrayOf(tensor), name).toEqual(values);
      }
      for (const name of ["long", "longer"])
        expect(typedArrayOf(root.dataset(name).read())).toEqual(new Int32Array(9000).map((_, i) => i));
    });

    it("large groups, many and long attributes", async () => {
      const bytes = await referenceFile(libver, (file) => {
        const group = file.create_group("g");
        for (let i = 0; i < 400; i++) group.create_group(`a_name_of_some_length_${i}`);
        for (let i = 0; i < 40; i++) group.create_attribute(`text${i}`, `value ${i}`);
        group.create_attribute("numbers", Int32Array.of(1, -2, 3));
      });
      const group: Hdf5Group = openHdf5(bytes).root.group("g");
      expect(new Set(group.links().map((l) => l.name))).toEqual(
        new Set(Array.from({ length: 400 }, (_, i) => `a_name_of_some_length_${i}`)),
      );
      expect(group.attributeNames()).toHaveLength(41);
      expect(group.attribute("text39")).toBe("value 39");
      expect(group.attribute("numbers")).toMatchObject({ dtype: "int32", shape: [3] });
    });
  },
);

it("names what is there when a path is missing", async () => {
  const bytes = await referenceFile("earliest", (file) => {
    file.create_group("layers").create_dataset({ name: "x", data: Float32Array.of(1) });
  });
  const { root } = openHdf5(bytes, { name: "a.h5" });
  expect(() => root.get("layers/y")).toThrow(/there is no "layers\/y"[\s\S]*it holds: layers/);
  expect(() => root.group("layers/x")).toThrow(/is a dataset, not a group/);
  expect(() => root.dataset("layers")).toThrow(/is a group, not a dataset/);
});

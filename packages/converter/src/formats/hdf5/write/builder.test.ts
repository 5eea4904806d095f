import { ArgumentError, DTypeError, ModelFormatError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { fromTypedArray, rawEqual, rawTensor, type RawTensor } from "../../raw-tensor.js";
import { withReference, type Dataset, type Group } from "../../../../test/reference-hdf5.js";
import { Hdf5Builder, openHdf5 } from "../index.js";

const tensors: Record<string, RawTensor> = {
  "a/b/float32": fromTypedArray("float32", [2, 3], Float32Array.of(1, -2, 3, NaN, Infinity, 1e-45)),
  "a/float64": fromTypedArray("float64", [], Float64Array.of(2.5)),
  "a/int64": fromTypedArray("int64", [2], BigInt64Array.of(-1n, 2n ** 62n)),
  uint8: fromTypedArray("uint8", [2], Uint8Array.of(1, 200)),
  bool: fromTypedArray("bool", [3], Uint8Array.of(1, 0, 1)),
  float16: fromTypedArray("float16", [2], Uint16Array.of(0x3c00, 0x7e00)),
  bfloat16: fromTypedArray("bfloat16", [1], Uint16Array.of(0x3f80)),
  empty: fromTypedArray("float32", [0, 3], new Float32Array()),
};

function sample(): Hdf5Builder {
  const builder = new Hdf5Builder();
  for (const [path, tensor] of Object.entries(tensors)) builder.dataset(path, tensor);
  for (let i = 0; i < 300; i++)
    builder.group(`many/group_${i}`).attribute("many", `attribute${i}`, `value ${i}`);
  return builder
    .attribute("", "model_config", `${"x".repeat(100_000)}é`)
    .attribute("", "names", ["a", "bcd", "é"])
    .attribute("", "none", [])
    .attribute("", "blank", "")
    .attribute("", "null", null)
    .attribute("", "__proto__", "inert")
    .attribute("a/b/float32", "n", fromTypedArray("int64", [], BigInt64Array.of(7n)));
}

describe("Hdf5Builder", () => {
  it("reads back what it wrote", () => {
    const { root } = openHdf5(sample().toBytes());
    for (const [path, tensor] of Object.entries(tensors))
      expect(rawEqual(root.dataset(path).read(), tensor), path).toBe(true);
    expect(root.group("many").links()).toHaveLength(300);
    expect(root.group("many").attribute("attribute299")).toBe("value 299");
    expect(root.attribute("model_config")).toBe(`${"x".repeat(100_000)}é`);
    expect(root.attribute("names")).toEqual(["a", "bcd", "é"]);
    expect(root.attribute("none")).toEqual([]);
    expect(root.attribute("blank")).toBe("");
    expect(root.attribute("null")).toBeNull();
    expect(root.attribute("__proto__")).toBe("inert");
    expect(root.dataset("a/b/float32").attribute("n")).toMatchObject({ dtype: "int64", shape: [] });
  });

  it("is deterministic", () => {
    expect(Buffer.compare(sample().toBytes(), sample().toBytes())).toBe(0);
  });

  it("is read by the reference library", async () => {
    await withReference(sample().toBytes(), (file) => {
      const value = (path: string): unknown => (file.get(path) as Dataset).value;
      expect(value("a/b/float32")).toEqual(Float32Array.of(1, -2, 3, NaN, Infinity, 1e-45));
      expect((file.get("a/b/float32") as Dataset).shape).toEqual([2, 3]);
      expect(value("a/float64")).toBe(2.5);
      expect(value("a/int64")).toEqual(BigInt64Array.of(-1n, 2n ** 62n));
      expect(value("bool")).toEqual(Int8Array.of(1, 0, 1));
      expect(value("empty")).toEqual(new Float32Array());
      expect((file.get("many") as Group).keys()).toHaveLength(300);
      const attributes = (file.get("many") as Group).attrs;
      expect(Object.keys(attributes)).toHaveLength(300);
      expect(file.attrs["names"]?.value).toEqual(["a", "bcd", "é"]);
      expect(file.attrs["model_config"]?.value).toBe(`${"x".repeat(100_000)}é`);
    });
  });

  it("refuses what HDF5 cannot hold", () => {
    const one = rawTensor("float32", [1], new Uint8Array(4));
    expect(() => new Hdf5Builder().dataset("a", one).dataset("a", one)).toThrow(ArgumentError);
    expect(() => new Hdf5Builder().dataset("a", one).dataset("a/b", one)).toThrow(/already taken/);
    expect(() => new Hdf5Builder().dataset("a", one).group("a")).toThrow(ArgumentError);
    expect(() => new Hdf5Builder().dataset("x", rawTensor("int4", [2], new Uint8Array(1)))).toThrow(
      DTypeError,
    );
    expect(() => new Hdf5Builder().dataset("x", { ...one, shape: [2] })).toThrow(ModelFormatError);
    const long = Array.from({ length: 9000 }, (_, i) => `name_${i}`);
    expect(() => new Hdf5Builder().attribute("", "long", long).toBytes()).toThrow(
      expect.objectContaining({ code: "hdf5/attribute-size" }),
    );
  });
});

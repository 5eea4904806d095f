import {
  DTypeError,
  LimitExceededError,
  ModelFormatError,
  UnsafeModelError,
  UnsupportedOpError,
} from "@isoform/core";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../bytes.js";
import { fromTypedArray, rawEqual, rawTensor, typedArrayOf, type RawTensor } from "../raw-tensor.js";
import { openZip } from "../zip/read.js";
import { writeZip } from "../zip/write.js";
import { torchTensors } from "./all-tensors.js";
import { readTorchFile, type TorchReadOptions } from "./read.js";
import { stateDictOf } from "./state-dict.js";
import { writeTorchStateDict } from "./write.js";

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const read = (bytes: Uint8Array, options: TorchReadOptions = {}) =>
  readTorchFile(bytesSource(bytes, "m.pt"), options);

/** A zip file with the given pickle and storages. */
function zipFile(
  pickle: string,
  storages: readonly Uint8Array[] = [],
  extra: Record<string, string> = {},
): Uint8Array {
  return writeZip([
    { name: "m/data.pkl", data: latin(pickle) },
    ...storages.map((data, i) => ({ name: `m/data/${i}`, data })),
    ...Object.entries(extra).map(([name, text]) => ({ name: `m/${name}`, data: latin(text) })),
  ]);
}

const str = (text: string): string => `U${String.fromCharCode(text.length)}${text}`;
const int = (value: number): string => `I${value}\n`;
const ints = (values: readonly number[]): string => `(${values.map(int).join("")}t`;
const storage = (type: string, key: string, length: number, device = "cpu"): string =>
  `(${str("storage")}ctorch\n${type}\n${str(key)}${str(device)}${int(length)}tQ`;

interface View {
  readonly length: number;
  readonly offset?: number;
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly type?: string;
  readonly key?: string;
}

/** `_rebuild_tensor_v2` of a float storage with key 0. */
function view({ length, offset = 0, size, stride, type = "FloatStorage", key = "0" }: View): string {
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage(type, key, length)}${int(offset)}${ints(size)}${ints(stride)}I00\nccollections\nOrderedDict\n)RtR`;
}

const dict = (entries: Readonly<Record<string, string>>): string =>
  `}(${Object.entries(entries)
    .map(([key, value]) => `${str(key)}${value}`)
    .join("")}u`;
const one = view({ length: 1, size: [1], stride: [1] });

describe("writing", () => {
  const shared = fromTypedArray("float32", [2], Float32Array.of(1, 2));
  const tensors = new Map<string, RawTensor>([
    ["__proto__", fromTypedArray("int64", [], BigInt64Array.of(7n))],
    ["w.é", rawTensor("bfloat16", [2, 1], Uint8Array.of(1, 2, 3, 4))],
    ["empty", rawTensor("bool", [0, 3], new Uint8Array())],
    ["a", shared],
    ["b", shared],
    ["u", rawTensor("uint32", [1], Uint8Array.of(255, 255, 255, 255))],
    ["f8", rawTensor("float8_e4m3fn", [3], Uint8Array.of(1, 2, 3))],
    ["c", rawTensor("complex64", [1], new Uint8Array(8).fill(3))],
  ]);

  it("is read back equal, in order and tied, with aligned storages", async () => {
    const bytes = writeTorchStateDict(tensors);
    expect(writeTorchStateDict(tensors)).toEqual(bytes);
    const result = await stateDictOf(await read(bytes));
    expect([...result.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, tensor] of tensors)
      expect(rawEqual(result.tensors.get(name)!, tensor), name).toBe(true);
    expect(result.tied).toEqual([["a", "b"]]);
    expect(result.tensors.get("a")).toBe(result.tensors.get("b"));
    const zip = await openZip(bytesSource(bytes));
    const data = await zip.source("archive/data/0");
    expect((await data.read(0, 8))[0]).toBe(7);
    const at = bytes.findIndex(
      (_, i) => i % 64 === 0 && bytes[i] === 7 && bytes[i + 1] === 0 && bytes[i + 7] === 0,
    );
    expect(at).toBeGreaterThan(0);
  });

  it("refuses what PyTorch has no tensor for", () => {
    for (const dtype of ["float4_e2m1fn", "quint8", "int4"] as const)
      expect(() =>
        writeTorchStateDict(
          new Map([["x", rawTensor(dtype, [2], new Uint8Array(dtype === "quint8" ? 2 : 1))]]),
        ),
      ).toThrow(DTypeError);
    expect(() => writeTorchStateDict(new Map([["x\ud800", shared]]))).toThrow(/Unicode/);
    expect(() => writeTorchStateDict(new Map([["x", { ...shared, shape: [3] }]]))).toThrow(ModelFormatError);
  });
});

describe("storage bounds", () => {
  const data = floats(0, 1, 2, 3, 4, 5);
  const open = (entry: View, bytes = data, options: TorchReadOptions = {}) =>
    read(zipFile(`${dict({ w: view(entry) })}.`, [bytes]), options);

  it("reads views with offset and strides", async () => {
    const file = await open({ length: 6, offset: 1, size: [2, 2], stride: [1, 3] });
    const { tensors } = await stateDictOf(file);
    expect([...typedArrayOf(tensors.get("w")!)]).toEqual([1, 4, 2, 5]);
  });

  it.each<[string, View]>([
    ["a shape beyond the storage", { length: 6, size: [7], stride: [1] }],
    ["an offset beyond the storage", { length: 6, offset: 6, size: [1], stride: [1] }],
    ["strides beyond the storage", { length: 6, size: [2, 2], stride: [5, 1] }],
    ["a stride that overflows", { length: 6, size: [2, 2], stride: [2 ** 53 - 1, 2 ** 53 - 1] }],
    ["a negative offset", { length: 6, offset: -1, size: [1], stride: [1] }],
    ["a negative stride", { length: 6, size: [2], stride: [-1] }],
    ["a negative size", { length: 6, size: [-1], stride: [1] }],
    ["more strides than sizes", { length: 6, size: [1], stride: [1, 1] }],
    ["a storage larger than its entry", { length: 7, size: [1], stride: [1] }],
    ["a storage smaller than its entry", { length: 5, size: [1], stride: [1] }],
    ["a missing storage", { length: 6, size: [1], stride: [1], key: "1" }],
    ["a storage outside the data folder", { length: 1, size: [1], stride: [1], key: "../data.pkl" }],
    ["a storage of another element size", { length: 6, size: [1], stride: [1], type: "DoubleStorage" }],
  ])("refuses %s", async (_, entry) => {
    await expect(open(entry)).rejects.toThrow(ModelFormatError);
  });

  it("reads empty views wherever they point", async () => {
    const { tensors } = await stateDictOf(await open({ length: 6, offset: 6, size: [0, 9], stride: [9, 1] }));
    expect(tensors.get("w")).toMatchObject({ shape: [0, 9], data: new Uint8Array() });
  });

  it("refuses shape bombs of stride 0 and over-large tensors", async () => {
    const bomb = { length: 6, size: [2 ** 20], stride: [0] };
    await expect(open(bomb)).rejects.toThrow(/ratio/);
    await expect(open({ length: 6, size: [2 ** 40], stride: [0] })).rejects.toThrow(LimitExceededError);
    await expect(
      open({ length: 6, size: [6], stride: [1] }, data, { limits: { tensorBytes: 20 } }),
    ).rejects.toThrow(LimitExceededError);
    const many = dict(
      Object.fromEntries(
        Array.from({ length: 20 }, (_, i) => [`w${i}`, view({ length: 6, size: [1000 + i], stride: [0] })]),
      ),
    );
    const file = await read(zipFile(`${many}.`, [data]), { limits: { fileBytes: 60_000 } });
    await expect(stateDictOf(file)).rejects.toThrow(LimitExceededError);
  });

  it("reads big-endian files", async () => {
    const big = Uint8Array.from([0x3f, 0x80, 0, 0]);
    const file = await read(zipFile(`${one}.`, [big], { byteorder: "big" }));
    expect([...typedArrayOf((await stateDictOf(file)).tensors.get("")!)]).toEqual([1]);
    await expect(read(zipFile(`${one}.`, [big], { byteorder: "middle" }))).rejects.toThrow(/byte order/);
  });
});

const long = (key: string, length: number): string =>
  view({ length, size: [length], stride: [1], type: "LongStorage", key });

const float = (key: string, length: number): string => view({ length, size: [length], stride: [1], key });

const layout = (name: string): string => `ctorch.serialization\n_get_layout\n(${str(name)}tR`;

const sparse = (name: string, parts: string): string =>
  `ctorch._utils\n_rebuild_sparse_tensor\n(${layout(name)}(${parts}ttR`;

const i64 = (...values: number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);

const module = (state: Record<string, string>): string => `cnet\nNet\n)\x81${dict(state)}b`;

const open = (pickle: string, options: TorchReadOptions = {}) =>
  read(zipFile(`${pickle}.`, [floats(5)]), options);

describe("structures", () => {
  it("asks which part of a checkpoint is meant when that is unclear", async () => {
    const file = await open(dict({ encoder: dict({ w: one }), decoder: dict({ w: one }) }));
    await expect(stateDictOf(file)).rejects.toThrow(/encoder, decoder/);
    expect((await stateDictOf(file, { key: "decoder" })).unwrapped).toEqual(["decoder"]);
    await expect(stateDictOf(file, { key: "x" })).rejects.toThrow(/entries are "encoder", "decoder"/);
    expect([...(await torchTensors(file)).keys()]).toEqual(["encoder.w", "decoder.w"]);
  });

  it("prefers weights to averages and never takes optimizer state", async () => {
    const file = await open(
      dict({
        optimizer: dict({ m: one }),
        ema: dict({ w: one }),
        model: dict({ "_orig_mod.module.w": one }),
        rng: one,
      }),
    );
    const result = await stateDictOf(file);
    expect(result.unwrapped).toEqual(["model"]);
    expect(result.strippedPrefix).toBe("_orig_mod.module.");
    expect(result.alternatives).toEqual(["ema"]);
    await expect(stateDictOf(await open(dict({ epoch: "K\x01" })))).rejects.toThrow(/no tensors/);
  });

  it("reads modules inside modules, without buffers that are not persistent", async () => {
    const leaf = module({
      _parameters: dict({ weight: one, bias: "N" }),
      _buffers: dict({ mean: one }),
      _modules: dict({}),
    });
    const net = module({
      _parameters: dict({}),
      _buffers: dict({ kept: one, lost: one }),
      _non_persistent_buffers_set: `\x8f(${str("lost")}\x90`,
      _modules: dict({ a: leaf, none: "N", b: leaf }),
    });
    await expect(open(net)).rejects.toThrow(/net\.Net/);
    const file = await open(net, { unknownClasses: "data" });
    expect(file.unknown).toEqual(["net.Net"]);
    const result = await stateDictOf(file);
    expect([...result.tensors.keys()]).toEqual(["kept", "a.weight", "a.mean", "b.weight", "b.mean"]);
    expect([...result.modules]).toEqual([
      ["", "net.Net"],
      ["a", "net.Net"],
      ["b", "net.Net"],
    ]);
  });

  it("names tensors that have no values", async () => {
    const meta = `ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat32\n${ints([2])}${ints([1])}I00\ntR`;
    const file = await open(dict({ "fc.weight": meta }));
    await expect(stateDictOf(file)).rejects.toThrow(UnsupportedOpError);
    await expect(stateDictOf(file)).rejects.toThrow(/fc\.weight: .*meta device/);
  });

  it("reads CSR matrices and quantised channels, and refuses repeated sparse indices", async () => {
    const csr = sparse("torch.sparse_csr", `${long("0", 3)}${long("1", 3)}${float("2", 3)}${ints([2, 3])}`);
    const dense = await stateDictOf(
      await read(zipFile(`${csr}.`, [i64(0, 2, 3), i64(0, 2, 1), floats(1, 2, 3)])),
    );
    expect([...typedArrayOf(dense.tensors.get("")!)]).toEqual([1, 0, 2, 0, 3, 0]);
    const indices = view({ length: 2, size: [1, 2], stride: [2, 1], type: "LongStorage" });
    const coo = sparse("torch.sparse_coo", `${indices}${float("1", 2)}${ints([4])}`);
    const open2 = async (a: number, b: number) =>
      stateDictOf(await read(zipFile(`${coo}.`, [i64(a, b), floats(1, 2)])));
    expect([...typedArrayOf((await open2(3, 1)).tensors.get("")!)]).toEqual([0, 2, 0, 1]);
    await expect(open2(1, 1)).rejects.toThrow(/repeated/);
    await expect(open2(1, 4)).rejects.toThrow(ModelFormatError);
    await expect(open2(-1, 0)).rejects.toThrow(ModelFormatError);
    const quantized = `ctorch._utils\n_rebuild_qtensor\n(${storage("QInt8Storage", "0", 4)}K\x00${ints([2, 2])}${ints([2, 1])}(ctorch\nper_channel_affine\n${float("1", 2)}${long("2", 2)}K\x00tI00\nNtR`;
    const q = await read(zipFile(`${quantized}.`, [Uint8Array.of(255, 1, 2, 3), floats(2, 10), i64(0, 1)]));
    expect([...typedArrayOf((await stateDictOf(q)).tensors.get("")!)]).toEqual([-2, 2, 10, 20]);
    const raw = await stateDictOf(q, { quantized: "raw" });
    expect(raw.tensors.get("")).toMatchObject({ dtype: "qint8", data: Uint8Array.of(255, 1, 2, 3) });
    expect(raw.dequantized).toEqual([]);
  });
});

const tensor = (value: string, size: readonly number[]): string =>
  `ctorch._utils\n_rebuild_tensor\n(${value}K\x00${ints(size)}${ints(size.map(() => 1))}tR`;

const count = (n: number): string => `${String.fromCharCode(n)}\0\0\0\0\0\0\0`;

describe("the legacy container", () => {
  const header = `\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02${dict({ little_endian: "\x88" })}.`;
  const legacy = (type: string, length: number, location: string, rest = "N"): string =>
    `(${str("storage")}ctorch\n${type}\n${str("0")}${str(location)}${int(length)}${rest}tQ`;
  const payload = String.fromCharCode(...floats(1, 2, 3));
  const build = (object: string, tail = `${count(3)}${payload}`, keys = `](${str("0")}e`): Uint8Array =>
    latin(`${header}\x80\x02${object}.\x80\x02${keys}.${tail}`);

  it("reads CUDA storages and views of storages", async () => {
    const whole = tensor(legacy("FloatStorage", 3, "cuda:1"), [3]);
    const part = tensor(legacy("FloatStorage", 3, "cpu", `(${str("v")}K\x01K\x02t`), [2]);
    const file = await read(build(dict({ whole, part })));
    expect(file.container).toBe("legacy");
    const { tensors } = await stateDictOf(file);
    expect([...typedArrayOf(tensors.get("whole")!)]).toEqual([1, 2, 3]);
    expect([...typedArrayOf(tensors.get("part")!)]).toEqual([2, 3]);
  });

  it.each<[string, Uint8Array]>([
    ["a storage of another length", build(tensor(legacy("FloatStorage", 4, "cpu"), [3]))],
    [
      "a view outside its storage",
      build(tensor(legacy("FloatStorage", 3, "cpu", `(${str("v")}K\x02K\x02t`), [1])),
    ],
    ["bytes at the end", build(tensor(legacy("FloatStorage", 3, "cpu"), [3]), `${count(3)}${payload}x`)],
    ["a missing storage", build(tensor(legacy("FloatStorage", 3, "cpu"), [3]), "", "]")],
    ["an unknown storage key", build("K\x01")],
    [
      "a key twice",
      build(tensor(legacy("FloatStorage", 3, "cpu"), [3]), undefined, `](${str("0")}${str("0")}e`),
    ],
  ])("refuses %s", async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow(ModelFormatError);
  });

  it("takes the class of a module id and ignores its source text", async () => {
    const module = `(${str("module")}ctorch.nn.modules.activation\nReLU\n${str("a.py")}${str("import os")}tQ)\x81${dict({ training: "\x89" })}b`;
    const file = await read(build(module, "", "]"));
    expect(file.root).toMatchObject({ kind: "object", type: "torch.nn.modules.activation.ReLU" });
  });
});

describe("other files", () => {
  it("names what it was given instead", async () => {
    await expect(read(latin("\x89HDF\r\n\x1a\n0000"))).rejects.toThrow(/HDF5/);
    await expect(read(latin(""))).rejects.toThrow(ModelFormatError);
    await expect(read(latin("not a model"))).rejects.toThrow(ModelFormatError);
    const archive = writeZip([
      { name: "config.json", data: latin("{}") },
      { name: "model.weights.h5", data: latin("") },
    ]);
    await expect(read(archive)).rejects.toThrow(/Keras/);
  });

  it("keeps devices, dtypes and library classes as data", async () => {
    const file = await open(
      dict({
        device: `ctorch\ndevice\n(${str("cuda")}K\x00tR`,
        dtype: "ctorch\nfloat16\n",
        hook: `ctorch.nn.modules.module\n_WrappedHook\n)\x81${dict({ with_module: "\x89" })}b`,
        size: `ctorch\nSize\n((K\x02K\x03ttR`,
      }),
    );
    expect(file.root).toMatchObject({
      entries: [
        [{}, { kind: "object", type: "torch.device" }],
        [{}, { kind: "global", name: "torch.float16" }],
        [{}, { kind: "object", type: "torch.nn.modules.module._WrappedHook" }],
        [{}, { kind: "tuple", items: [{ value: 2n }, { value: 3n }] }],
      ],
    });
  });

  it("refuses values nested too deeply to walk, whatever the limits", async () => {
    const deep = `${"]".repeat(3000)}${one}${"a".repeat(3000)}`;
    await expect(open(deep)).rejects.toThrow(LimitExceededError);
    await expect(open(deep, { limits: { nesting: Infinity } })).rejects.toThrow(LimitExceededError);
    const readable = `${"]".repeat(1500)}${one}${"a".repeat(1500)}`;
    const file = await open(readable, { limits: { nesting: 10_000 } });
    await expect(torchTensors(file)).rejects.toThrow(LimitExceededError);
  });

  it("counts shared values as often as they are reached", async () => {
    const memo = String.fromCharCode;
    const lists = Array.from({ length: 40 }, (_, i) => `](h${memo(i)}h${memo(i)}eq${memo(i + 1)}0`).join("");
    const file = await open(`${one}q\x000${lists}h${memo(40)}`);
    await expect(torchTensors(file)).rejects.toThrow(LimitExceededError);
  });

  it("runs nothing and refuses calls of PyTorch's own functions", async () => {
    for (const call of [
      "ctorch\nload\n(U\x01xtR",
      "ctorch.storage\n_load_from_bytes\n(U\x01xtR",
      "ctorch.hub\nload\n.",
    ])
      await expect(read(zipFile(`${call}.`))).rejects.toThrow(UnsafeModelError);
  });
});

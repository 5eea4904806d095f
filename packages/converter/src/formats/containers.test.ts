// The container files of shared test data against the values recorded for them, and real models across containers.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { UnsafeModelError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { bytesSource, type ByteSource } from "./bytes.js";
import { rawEqual, type RawTensor } from "./raw-tensor.js";
import { openSafetensors } from "./safetensors/read.js";
import { openShardedSafetensors } from "./safetensors/sharded.js";
import { torchTensors } from "./torch/all-tensors.js";
import { readTorchFile, type TorchReadOptions } from "./torch/read.js";
import { stateDictOf } from "./torch/state-dict.js";

const DATA = new URL("../../../../../shared/data/", import.meta.url);
const present = existsSync(new URL("fixtures/containers/manifest.json", DATA));
const source = (path: string): ByteSource =>
  bytesSource(readFileSync(new URL(path, DATA)), path.split("/").at(-1));

interface Case {
  readonly file: string;
  readonly kind: string;
  readonly tensors?: readonly {
    readonly key: string;
    readonly dtype?: string;
    readonly shape: readonly number[];
  }[];
}

/** A tensor in the form in which `expected.safetensors` keeps it. */
function asStored(tensor: RawTensor): RawTensor {
  const { dtype, shape, data } = tensor;
  if (dtype === "bfloat16") {
    const wide = new Uint8Array(data.length * 2);
    for (let i = 0; i < data.length; i += 2) wide.set(data.subarray(i, i + 2), 2 * i + 2);
    return { dtype: "float32", shape, data: wide };
  }
  if (dtype.startsWith("complex"))
    return { dtype: dtype === "complex64" ? "float32" : "float64", shape: [...shape, 2], data };
  if (dtype.startsWith("float8")) return { dtype: "uint8", shape, data };
  return tensor;
}

describe.skipIf(!present)("container files", async () => {
  const expected = present
    ? await openSafetensors(source("fixtures/containers/expected.safetensors"))
    : undefined;
  const manifest: { files: readonly Case[] } = present
    ? JSON.parse(readFileSync(new URL("fixtures/containers/manifest.json", DATA), "utf8"))
    : { files: [] };
  const cases = manifest.files.filter(({ kind }) => !kind.startsWith("hdf5") && kind !== "keras");

  async function compare(prefix: string, tensors: ReadonlyMap<string, RawTensor>): Promise<void> {
    const keys = [...expected!.entries.keys()].filter((key) => key.startsWith(`${prefix}/`));
    expect([...tensors.keys()].map((key) => `${prefix}/${key}`).toSorted()).toEqual(keys.toSorted());
    for (const [name, tensor] of tensors) {
      const want = await expected!.read(`${prefix}/${name}`);
      const got = asStored(tensor);
      expect({ dtype: got.dtype, shape: got.shape }, name).toEqual({ dtype: want.dtype, shape: want.shape });
      expect(rawEqual(got, want), name).toBe(true);
    }
  }

  it("lists the cases", () => {
    expect(cases.length).toBe(23);
  });

  it.each(cases.filter(({ kind }) => kind === "torch").map((c) => [c.file, c] as const))(
    "%s",
    async (file, entry) => {
      const read = readTorchFile(source(`fixtures/containers/${file}`));
      if (file === "hostile_eval.pt") {
        await expect(read).rejects.toThrow(UnsafeModelError);
        await expect(read).rejects.toThrow("builtins.eval");
        return;
      }
      const tensors = await torchTensors(await read);
      await compare(file, tensors);
      for (const { key, dtype, shape } of entry.tensors ?? []) {
        const special = file === "quantized.pt" ? "float32" : dtype;
        expect([tensors.get(key)?.dtype, tensors.get(key)?.shape], key).toEqual([special, shape]);
      }
    },
  );

  it("dtypes.safetensors", async () => {
    const file = await openSafetensors(source("fixtures/containers/dtypes.safetensors"));
    expect(Object.fromEntries(file.metadata)).toEqual({ format: "pt", note: "all types" });
    await compare("dtypes.safetensors", await file.readAll());
  });

  it("sharded/model.safetensors.index.json", async () => {
    const index = source("fixtures/containers/sharded/model.safetensors.index.json");
    const resolve = (name: string) => Promise.resolve(source(`fixtures/containers/sharded/${name}`));
    await compare("sharded", await (await openShardedSafetensors(index, resolve)).readAll());
  });

  it("plain_numpy.pkl", async () => {
    const file = await readTorchFile(source("fixtures/containers/plain_numpy.pkl"));
    expect(file.container).toBe("pickle");
    const { tensors } = await stateDictOf(file);
    const { dtype, shape, data } = tensors.get("w")!;
    expect([dtype, shape]).toEqual(["float64", [3]]);
    expect([...new Float64Array(data.slice().buffer)]).toEqual([0, 1, 2]);
  });

  const stateDict = async (file: string, options: TorchReadOptions = {}) =>
    stateDictOf(await readTorchFile(source(`fixtures/containers/${file}`), options));

  it("unwraps checkpoints and says so", async () => {
    const parallel = await stateDict("data_parallel_prefix.pt");
    expect([parallel.unwrapped, parallel.strippedPrefix]).toEqual([["state_dict"], "module."]);
    const checkpoint = await stateDict("checkpoint.pt");
    expect([checkpoint.unwrapped, checkpoint.strippedPrefix]).toEqual([["model"], ""]);
    const plain = await stateDict("state_dict_zip.pt");
    expect([...checkpoint.tensors.keys()]).toEqual([...plain.tensors.keys()]);
    const pairs = [
      [plain, parallel],
      [plain, await stateDict("state_dict_legacy.pt")],
      [checkpoint, await stateDict("module_sequential_zip.pt")],
      [checkpoint, await stateDict("module_sequential_legacy.pt")],
    ] as const;
    for (const [one, other] of pairs) {
      expect([...other.tensors.keys()]).toEqual([...one.tensors.keys()]);
      for (const [name, tensor] of one.tensors)
        expect(rawEqual(other.tensors.get(name)!, tensor), name).toBe(true);
    }
  });

  it("keeps tied tensors tied, and names module classes", async () => {
    const tied = await stateDict("tied.pt");
    expect(tied.tied).toEqual([["emb.weight", "head.weight"]]);
    expect(tied.tensors.get("emb.weight")).toBe(tied.tensors.get("head.weight"));
    const module = await stateDict("module_sequential_legacy.pt");
    expect(Object.fromEntries(module.modules)).toEqual({
      "": "torch.nn.modules.container.Sequential",
      conv: "torch.nn.modules.conv.Conv2d",
      bn: "torch.nn.modules.batchnorm.BatchNorm2d",
      act: "torch.nn.modules.activation.ReLU",
      fc: "torch.nn.modules.linear.Linear",
    });
    expect((await stateDict("quantized.pt")).dequantized).toEqual(["q"]);
    expect((await stateDict("empty_dict.pt")).tensors.size).toBe(0);
    expect([...(await stateDict("bare_tensor.pt")).tensors.keys()]).toEqual([""]);
    expect([...(await stateDict("parameter_list.pt")).tensors.keys()]).toEqual(["0", "1"]);
  });
});

const model = async (path: string, options: TorchReadOptions = {}) =>
  stateDictOf(await readTorchFile(source(`models/${path}`), options));

describe.skipIf(!present)("real models", () => {
  it("ResNet-20 is the same in every container", async () => {
    const golden = await (
      await openSafetensors(source("models/resnet-cifar10/resnet20.safetensors"))
    ).readAll();
    const upstream = await model("resnet-cifar10/resnet20-12fca82f.th");
    expect([upstream.unwrapped, upstream.strippedPrefix]).toEqual([["state_dict"], "module."]);
    expect(() => {
      for (const [name, tensor] of upstream.tensors)
        if (!rawEqual(golden.get(name)!, tensor)) throw new Error(name);
    }).not.toThrow();
    const counters = [...golden.keys()].filter((name) => name.endsWith("num_batches_tracked"));
    expect(upstream.tensors.size + counters.length).toBe(golden.size);
    await expect(model("resnet-cifar10/resnet20.module.pt")).rejects.toThrow(/arch\.CifarResNet/);
    const options: TorchReadOptions = { unknownClasses: (name) => name.startsWith("arch.") };
    for (const file of [
      "resnet20.state_dict.pt",
      "resnet20.module.pt",
      "resnet20.torchscript.pt",
      "resnet20.torchscript_scripted.pt",
    ]) {
      const { tensors } = await model(`resnet-cifar10/${file}`, options);
      expect([...tensors.keys()].toSorted(), file).toEqual([...golden.keys()].toSorted());
      for (const [name, tensor] of tensors)
        expect(rawEqual(golden.get(name)!, tensor), `${file} ${name}`).toBe(true);
    }
    const half = await (
      await openSafetensors(source("models/resnet-cifar10/resnet20.bf16.safetensors"))
    ).readAll();
    expect([...half.keys()].toSorted()).toEqual([...golden.keys()].toSorted());
    await expect(readTorchFile(source("models/resnet-cifar10/resnet20.pt2"))).rejects.toThrow(/\.pt2/);
    await expect(readTorchFile(source("models/resnet-cifar10/resnet20.safetensors"))).rejects.toThrow(
      /safetensors/,
    );
  });

  it("MTCNN and UltraFace checkpoints have their layers", async () => {
    const pnet = await model("mtcnn/pnet.pt");
    expect(pnet.tensors.get("conv1.weight")?.shape).toEqual([10, 3, 3, 3]);
    expect((await model("mtcnn/rnet.pt")).tensors.get("dense4.weight")?.shape).toEqual([128, 576]);
    expect((await model("mtcnn/onet.pt")).tensors.get("dense6_3.weight")?.shape).toEqual([10, 256]);
    for (const file of readdirSync(new URL("models/ultraface/", DATA)).filter((name) =>
      name.endsWith(".pth"),
    )) {
      const { tensors } = await model(`ultraface/${file}`);
      expect(tensors.get("base_net.0.0.weight")?.shape, file).toEqual([16, 3, 3, 3]);
    }
  });

  it("reads the tensors of a TorchScript archive", async () => {
    const { tensors } = await model("silero-vad/silero_vad.jit");
    expect(tensors.size).toBeGreaterThan(10);
  });
});

// DataLoader: PyTorch's order for the same seed (fixtures/recorded/torch_init.json), batches, collation, scopes.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { setBackend, TorchGenerator, type Device } from "@isoform/core";
import { DataLoader, TensorDataset, torch } from "../index.js";
import { defaultCollate, type DataLoaderOptions } from "./data.js";

interface Loaded {
  readonly length: number;
  readonly epochs: readonly (readonly (readonly number[])[])[];
  readonly next: number;
  readonly nextOwn: number | null;
}
const file = new URL("../../../../fixtures/recorded/torch_init.json", import.meta.url);
const recorded = (JSON.parse(readFileSync(file, "utf8")) as { loaders: Record<string, Loaded> }).loaders;

let device: Device;
beforeAll(async () => {
  device = await setBackend(reference());
});

type Options = DataLoaderOptions<torch.Tensor[], torch.Tensor[]>;
const OPTIONS: Readonly<Record<string, Options>> = {
  plain: { batchSize: 3 },
  shuffled: { batchSize: 3, shuffle: true },
  "shuffled, full batches": { batchSize: 3, shuffle: true, dropLast: true },
  "shuffled, batches of one": { shuffle: true },
  "shuffled, even": { batchSize: 5, shuffle: true },
  "own generator": { batchSize: 4, shuffle: true, generator: new TorchGenerator(7) },
  "own generator, in order": { batchSize: 4, generator: new TorchGenerator(7) },
};

const numbers = (t: torch.Tensor): number[] => Array.from(t.dataSync(), Number);

describe("order after manualSeed(4)", () => {
  it.each(Object.keys(recorded))("%s: two epochs, and the draws after them", (name) => {
    const want = recorded[name]!;
    const options = OPTIONS[name]!;
    torch.manualSeed(4);
    options.generator?.manualSeed(7);
    const loader = new DataLoader(new TensorDataset(torch.arange(10)), options);
    expect(loader.length).toBe(want.length);
    for (const batches of want.epochs) {
      let i = 0;
      for (const [b] of loader) expect(numbers(b!)).toEqual(batches[i++]);
      expect(i).toBe(batches.length);
    }
    expect(torch.rand(1).itemSync()).toBe(want.next);
    if (options.generator) expect(options.generator.rand(1)[0]).toBe(want.nextOwn);
  });

  it("is the same with for await", async () => {
    torch.manualSeed(4);
    const loader = new DataLoader(new TensorDataset(torch.arange(10)), { batchSize: 3, shuffle: true });
    const got: number[][] = [];
    for await (const [b] of loader) got.push(numbers(b!));
    expect(got).toEqual(recorded["shuffled"]!.epochs[0]);
  });
});

describe("batches", () => {
  it("TensorDataset: rows of several tensors", () => {
    const data = new TensorDataset(torch.arange(6).reshape(3, 2), torch.tensor([5, 6, 7]));
    expect(data.length).toBe(3);
    expect(data.get(1).map((t) => t.toArraySync())).toEqual([[2n, 3n], 6]);
    expect(data.getBatch([2, 0]).map((t) => t.toArraySync())).toEqual([
      [
        [4n, 5n],
        [0n, 1n],
      ],
      [7, 5],
    ]);
  });

  it("rows count from the end too; others are refused", () => {
    const data = new TensorDataset(torch.arange(3));
    expect([data.get(-1), data.get(-3)].map(([t]) => t!.itemSync())).toEqual([2n, 0n]);
    expect(data.getBatch([-1, 0])[0]!.toArraySync()).toEqual([2n, 0n]);
    expect(data.getBatch([-2, -1])[0]!.toArraySync()).toEqual([1n, 2n]);
    expect(data.getBatch([])[0]!.toArraySync()).toEqual([]);
    for (const wrong of [3, -4, 0.5, NaN, "1" as never]) {
      expect(() => data.get(wrong)).toThrow("TensorDataset: no row ");
    }
    expect(() => data.getBatch([2, 3])).toThrow(
      "TensorDataset: no row 3 among 3 (inputs: int64[3])\n  Fix: use an index from -3 to 2",
    );
    expect(() => data.getBatch([0, 5])).toThrow("TensorDataset: no row 5 among 3");
    expect(() => data.getBatch(1 as never)).toThrow("TensorDataset.getBatch: indices is 1");
  });

  it("samples of one batch are of one type and size", () => {
    expect(() => defaultCollate([torch.ones(1), 3])).toThrow("DataLoader: sample 1, 3, cannot be joined");
    expect(() => defaultCollate([1, "2"])).toThrow('DataLoader: sample 1, "2", cannot be joined');
    expect(() => defaultCollate([[1, 2], [3]])).toThrow(
      "DataLoader: the samples are arrays of different lengths",
    );
    expect(() => defaultCollate(3 as never)).toThrow("defaultCollate: samples is 3");
  });

  it("what is no dataset is refused", () => {
    expect(() => new DataLoader([1, 2] as never)).toThrow("DataLoader: [1,2] is not a dataset");
    expect(() => new TensorDataset([1] as never)).toThrow("TensorDataset: 0 is not a tensor: [1]");
  });

  it("a dataset of samples is collated: tensors stacked, numbers gathered, tuples by position", () => {
    const data = { length: 3, get: (i: number) => [torch.tensor([i, i + 1]), i, i + 0.5] as const };
    const loader = new DataLoader<unknown, [torch.Tensor, torch.Tensor, torch.Tensor]>(data, {
      batchSize: 2,
    });
    const seen: unknown[] = [];
    for (const [x, n, f] of loader) {
      seen.push([x.toArraySync(), n.toArraySync(), n.dtype, f.toArraySync(), f.dtype]);
    }
    expect(seen).toEqual([
      [
        [
          [0, 1],
          [1, 2],
        ],
        [0n, 1n],
        "int64",
        [0.5, 1.5],
        "float32",
      ],
      [[[2, 3]], [2n], "int64", [2.5], "float32"],
    ]);
  });

  it("collateFn replaces it", () => {
    const loader = new DataLoader(
      { length: 3, get: (i: number) => i },
      { batchSize: 2, collateFn: (list: number[]) => list.join("+") },
    );
    expect([...loader]).toEqual(["0+1", "2"]);
  });

  it("samples of other types are refused", () => {
    expect(() => defaultCollate([{ a: 1 }])).toThrow(
      "DataLoader: samples of this type cannot be joined\n  Fix: pass a collateFn",
    );
    expect(() => new DataLoader({ length: 1, get: () => 1 }, { batchsize: 2 } as never)).toThrow(
      'DataLoader: unknown option "batchsize"\n  Fix: did you mean `batchSize`?',
    );
  });
});

describe("memory", () => {
  it("the body of the loop is a scope: what it makes goes, what is kept stays", () => {
    const data = new TensorDataset(torch.arange(6).float());
    const before = device.memory().storages;
    const kept: torch.Tensor[] = [];
    const scalars: torch.Tensor[] = [];
    let escaped: torch.Tensor | null = null;
    for (const [x] of new DataLoader(data, { batchSize: 3, shuffle: true })) {
      const y = x!.mul(2);
      escaped = y;
      scalars.push(y.sum());
      kept.push(torch.keep(y.add(1)));
    }
    expect(device.memory().storages).toBe(before + 2);
    expect(() => escaped!.dataSync()).toThrow("this tensor was released");
    expect(scalars.reduce((s, t) => s + Number(t.itemSync()), 0)).toBe(30);
    for (const t of kept) t.dispose();
  });

  it("break and exceptions end it", () => {
    const data = new TensorDataset(torch.arange(6).float());
    const before = device.memory().storages;
    for (const [x] of new DataLoader(data, { batchSize: 2, shuffle: true })) {
      void x!.mul(2);
      break;
    }
    expect(() => {
      for (const [x] of new DataLoader(data, { batchSize: 2, shuffle: true }))
        throw new Error(String(x!.rank));
    }).toThrow("1");
    expect(device.memory().storages).toBe(before);
  });
});

// docs/api-torch.md: its tables list what the package exports, and its way to save and load works.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import {
  bytesSource,
  fromTypedArray as rawTensor,
  openSafetensors,
  readTorchFile,
  stateDictOf,
  typedArrayOf,
  writeSafetensors,
  writeTorchStateDict,
  type RawTensor,
} from "@isoform/converter";
import { createRuntime, fromTypedArray, isDType, Tensor as CoreTensor } from "@isoform/core";
import { F, nn, optim, torch } from "@isoform/api-torch";
import { tensorMembers } from "./support/torch-methods.js";

const root = join(import.meta.dirname, "..");
const runtime = await createRuntime({ backends: [reference()] });
runtime.use();
afterAll(() => runtime.dispose());

describe("tables", () => {
  const text = readFileSync(join(root, "docs", "api-torch.md"), "utf8");
  const listed = (table: string): string[] => {
    const body = new RegExp(`<!-- table:${table} -->([^]*?)<!-- /table -->`).exec(text)?.[1] ?? "";
    return [...body.matchAll(/^\| `([\w.]+)`/gm)].map((m) => m[1]!).toSorted();
  };
  const classes = (o: object): string[] => Object.keys(o).filter((k) => /^[A-Z]/.test(k));

  it("are up to date", () => {
    execFileSync(process.execPath, [join(root, "scripts", "api-torch-table.mjs"), "--check"], {
      stdio: "pipe",
    });
  });

  it("list every module and loss", () => {
    const own = ["Module", "Parameter"];
    const want = classes(nn).filter((k) => !own.includes(k));
    expect([...listed("modules"), ...listed("losses")].toSorted()).toEqual(want.toSorted());
  });

  it("list every function", () => {
    expect(listed("functional")).toEqual(Object.keys(F).toSorted());
    expect(listed("init")).toEqual(Object.keys(nn.init).toSorted());
    const rnn = Object.keys(nn.utils.rnn).map((k) => `rnn.${k}`);
    expect(listed("utils")).toEqual([...Object.keys(nn.utils).filter((k) => k !== "rnn"), ...rnn].toSorted());
    const plain = Object.entries(torch).filter(([, v]) => typeof v !== "string" && v !== torch.Tensor);
    const core = ["setBackend", "scope", "keep", "manualSeed", "defaultGenerator"];
    const want = plain.map(([k]) => k).filter((k) => !core.includes(k));
    expect(listed("functions")).toEqual(want.toSorted());
  });

  it("list every optimizer and schedule", () => {
    expect(listed("optimizers")).toEqual(
      classes(optim)
        .filter((k) => k !== "Optimizer")
        .toSorted(),
    );
    expect(listed("schedules")).toEqual(
      classes(optim.lrScheduler)
        .filter((k) => k !== "LRScheduler")
        .toSorted(),
    );
  });

  it("list every method of the tensor", () => {
    const want = [...tensorMembers().keys()];
    expect(listed("methods")).toEqual(want.toSorted());
  });
});

describe("saving and loading", () => {
  const net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2));

  async function raw(): Promise<Map<string, RawTensor>> {
    const found = new Map<string, RawTensor>();
    for (const [name, t] of net.stateDict()) found.set(name, rawTensor(t.dtype, t.shape, await t.data()));
    return found;
  }

  function expectSame(tensors: ReadonlyMap<string, RawTensor>): void {
    const state = new Map<string, CoreTensor>();
    for (const [name, t] of tensors) {
      if (isDType(t.dtype))
        state.set(name, fromTypedArray(typedArrayOf(t), { shape: t.shape, dtype: t.dtype }));
    }
    const other = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2));
    expect(other.loadStateDict(state)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    const values = (m: nn.Module) => [...m.stateDict()].map(([k, t]) => [k, t.dtype, t.toArraySync()]);
    expect(values(other)).toEqual(values(net));
  }

  it("net.pt", async () => {
    const bytes = writeTorchStateDict(await raw());
    const { tensors } = await stateDictOf(await readTorchFile(bytesSource(bytes, "net.pt")));
    expectSame(tensors);
  });

  it("net.safetensors", async () => {
    const file = await openSafetensors(bytesSource(writeSafetensors(await raw()), "net.safetensors"));
    expectSame(await file.readAll());
  });
});

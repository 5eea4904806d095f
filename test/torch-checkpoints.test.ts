// Models, optimizers and schedules of api-torch saved and loaded by the converter's files of state dicts.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nn, optim, torch } from "@isoform/api-torch";
import { reference } from "@isoform/backend-reference";
import {
  checkpointFrom,
  loadCheckpoint,
  loadStateDict,
  saveStateDict,
  stateDictBytes,
  stateDictFrom,
} from "@isoform/converter";
import { ArgumentError, ModelFormatError, setBackend, type Tensor } from "@isoform/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "isoform-checkpoints-"));
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  await setBackend(reference());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function net() {
  return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2));
}
function training() {
  const model = net();
  const optimizer = optim.Adam(model.parameters(), 0.05);
  const scheduler = optim.lrScheduler.StepLR(optimizer, 2, 0.5);
  const x = torch.arange(12).float().reshape([4, 3]).div(12);
  const step = (): number => {
    optimizer.zeroGrad();
    const loss = model(x).square().mean();
    loss.backward();
    optimizer.step();
    scheduler.step();
    return Number(loss.itemSync());
  };
  return { model, optimizer, scheduler, step };
}
type Training = ReturnType<typeof training>;
interface Saved {
  readonly model: Record<string, torch.Tensor>;
  readonly optimizer: ReturnType<Training["optimizer"]["stateDict"]>;
  readonly scheduler: ReturnType<Training["scheduler"]["stateDict"]>;
  readonly epoch: number;
  readonly notes: readonly unknown[];
}
function values(state: ReadonlyMap<string, Tensor>): unknown {
  return [...state].map(([name, t]) => [name, t.dtype, t.shape, Array.from(t.dataSync(), String)]);
}

describe.each(["net.pt", "net.pth", "net.safetensors"])("a state dict as %s", (name) => {
  it("comes back", async () => {
    const [a, b] = [net(), net()];
    await saveStateDict(a.stateDict(), at(name));
    b.loadStateDict(await loadStateDict(at(name)));
    expect(values(b.stateDict())).toEqual(values(a.stateDict()));
    expect(readdirSync(folder).filter((f) => f.endsWith(".tmp"))).toEqual([]);
  });
});

describe("a checkpoint", () => {
  it("goes on as if the training had not stopped", async () => {
    torch.manualSeed(1);
    const a = training();
    for (let i = 0; i < 3; i++) a.step();
    const notes = ["text", 0.5, -3, true, null, [1, 2.5], { "7": "seven" }, 2n ** 60n, Infinity, -0];
    await saveStateDict(
      {
        model: a.model.stateDict(),
        optimizer: a.optimizer.stateDict(),
        scheduler: a.scheduler.stateDict(),
        epoch: 3,
        notes,
      },
      at("run.pt"),
    );
    const saved = await loadCheckpoint<Saved>(at("run.pt"));
    expect(saved.epoch).toBe(3);
    expect(saved.notes).toEqual(notes);
    const b = training();
    b.model.loadStateDict(saved.model);
    b.optimizer.loadStateDict(saved.optimizer);
    b.scheduler.loadStateDict(saved.scheduler);
    for (let i = 0; i < 3; i++) expect(b.step()).toBe(a.step());
    expect(b.optimizer.paramGroups[0]!.lr).toBe(a.optimizer.paramGroups[0]!.lr);
    // The weights alone, of the checkpoint.
    expect([...(await loadStateDict(at("run.pt"))).keys()]).toEqual([...a.model.stateDict().keys()]);
  });
  it("of PyTorch goes on as PyTorch does", async () => {
    const url = new URL("../fixtures/recorded/torch_training.json", import.meta.url);
    const { checkpoint, losses } = JSON.parse(readFileSync(url, "utf8")) as {
      readonly checkpoint: string;
      readonly losses: readonly number[];
    };
    const saved = await checkpointFrom<Saved>(Buffer.from(checkpoint, "base64"));
    const { model, optimizer, scheduler, step } = training();
    model.loadStateDict(saved.model);
    optimizer.loadStateDict(saved.optimizer);
    scheduler.loadStateDict(saved.scheduler);
    expect([saved.epoch, scheduler.lastEpoch]).toEqual([3, 3]);
    for (const loss of losses) expect(step()).toBeCloseTo(loss, 5);
  });
  it("is the same in bytes", async () => {
    const model = net();
    const bytes = await stateDictBytes({ model: model.stateDict() });
    const { model: back } = await checkpointFrom<Pick<Saved, "model">>(bytes);
    expect(values(new Map(Object.entries(back)))).toEqual(values(model.stateDict()));
    const flat = await stateDictBytes(model.stateDict(), "safetensors");
    expect(values(await stateDictFrom(flat))).toEqual(values(model.stateDict()));
    expect(values(await stateDictFrom(await stateDictBytes(model.stateDict())))).toEqual(
      values(model.stateDict()),
    );
  });
});

describe("refused", () => {
  it("other endings, nesting in safetensors, functions, cycles, absent files", async () => {
    const state = new Map([["w", torch.ones([2])]]);
    await expect(saveStateDict(state, at("net.txt"))).rejects.toThrow("end the name in .pt");
    await expect(saveStateDict({ state }, at("net.safetensors"))).rejects.toThrow("one Map");
    await expect(saveStateDict({ fn: () => 1 }, at("net.pt"))).rejects.toThrow("the state.fn is a function");
    const round: unknown[] = [];
    round.push(round);
    await expect(saveStateDict(round, at("net.pt"))).rejects.toThrow("contains itself");
    await expect(loadStateDict(at("absent.pt"))).rejects.toThrow(ArgumentError);
    await expect(checkpointFrom(Uint8Array.of(1, 2, 3))).rejects.toThrow(ModelFormatError);
    expect(readdirSync(folder)).not.toContain("net.txt");
  });
});

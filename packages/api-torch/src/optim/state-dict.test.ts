// stateDict and loadStateDict of optimizers: training goes on as if it had not stopped; what does not fit changes nothing.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { scope, setBackend, type Device } from "@isoform/core";
import { nn, optim, torch } from "../index.js";

let device: Device;
beforeAll(async () => {
  device = await setBackend(reference());
});

const MAKERS = {
  SGD: (p: Iterable<torch.Tensor>) => optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
  Adam: (p: Iterable<torch.Tensor>) => optim.Adam(p, { lr: 0.05, amsgrad: true }),
  AdamW: (p: Iterable<torch.Tensor>) => optim.AdamW(p, { lr: 0.05 }),
  NAdam: (p: Iterable<torch.Tensor>) => optim.NAdam(p, { lr: 0.05 }),
  RMSprop: (p: Iterable<torch.Tensor>) => optim.RMSprop(p, { lr: 0.05, momentum: 0.5, centered: true }),
  Adagrad: (p: Iterable<torch.Tensor>) => optim.Adagrad(p, { lr: 0.05 }),
  Rprop: (p: Iterable<torch.Tensor>) => optim.Rprop(p, { lr: 0.05 }),
};

function net(): nn.Module<[x: torch.Tensor], torch.Tensor> {
  torch.manualSeed(3);
  return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2));
}

function step(
  model: nn.Module<[x: torch.Tensor], torch.Tensor>,
  optimizer: optim.AnyOptimizer,
  i: number,
): number {
  return scope(() => {
    const x = torch.tensor([0.1 * i, -0.2, 0.3, 0.5, 0.4 - 0.1 * i, -0.6]).reshape(2, 3);
    optimizer.zeroGrad();
    const loss = model(x).square().sum();
    loss.backward();
    optimizer.step();
    return Number(loss.itemSync());
  });
}

describe.each(Object.entries(MAKERS))("%s", (_, make) => {
  it("goes on from its state as if it had not stopped", () => {
    const before = device.memory().storages;
    const [a, b] = [net(), net()];
    const [first, second] = [make(a.parameters()), make(b.parameters())];
    first.paramGroups[0]!.lr = 0.03;
    for (let i = 0; i < 3; i++) step(a, first, i);
    b.loadStateDict(a.stateDict());
    const saved = first.stateDict();
    second.loadStateDict(saved);
    expect(second.paramGroups[0]!.lr).toBe(0.03);
    const expected = [3, 4, 5].map((i) => step(a, first, i));
    expect([3, 4, 5].map((i) => step(b, second, i))).toEqual(expected);
    for (const o of [first, second]) {
      o.zeroGrad();
      o.dispose();
    }
    for (const m of [a, b]) m.dispose();
    expect(device.memory().storages).toBe(before);
  });
});

describe("state dicts", () => {
  it("have PyTorch's names", () => {
    const model = net();
    const opt = MAKERS.AdamW(model.parameters());
    step(model, opt, 0);
    const { state, param_groups: groups } = opt.stateDict();
    expect(Object.keys(state)).toEqual(["0", "1", "2", "3"]);
    expect(Object.keys(state[0]!).toSorted()).toEqual(["exp_avg", "exp_avg_sq", "step"]);
    expect(groups).toMatchObject([{ lr: 0.05, weight_decay: 0.01, params: [0, 1, 2, 3] }]);
  });

  it("that do not fit are refused, and nothing changes", () => {
    const model = net();
    const opt = MAKERS.Adam(model.parameters());
    step(model, opt, 0);
    const good = opt.stateDict();
    const held = opt.state.get([...model.parameters()][0]!)!.get("exp_avg");
    const bad: readonly unknown[] = [
      null,
      {},
      { state: {}, param_groups: [] },
      { ...good, param_groups: [{ ...good.param_groups[0]!, params: [0] }] },
      { ...good, param_groups: [{ ...good.param_groups[0]!, learning_rate: 1 }] },
      { ...good, state: { ...good.state, 9: { step: 1 } } },
      { ...good, state: { ...good.state, 0: { exp_avg: torch.zeros(7) } } },
      { ...good, state: { ...good.state, 0: { exp_avg: "all" } } },
    ];
    for (const dict of bad) {
      expect(() => opt.loadStateDict(dict as never)).toThrow(
        expect.objectContaining({ name: "ArgumentError", hint: expect.any(String) }),
      );
    }
    expect(opt.state.get([...model.parameters()][0]!)!.get("exp_avg")).toBe(held);
    expect(() => opt.loadStateDict({ state: {}, param_groups: [] })).toThrow(/0 groups, the optimizer has 1/);
  });
});

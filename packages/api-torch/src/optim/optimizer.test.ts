// Optimizers: groups, gradients, state and memory. Their updates are compared with PyTorch in test/.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { setBackend, type Device } from "@isoform/core";
import { nn, optim, torch } from "../index.js";

let device: Device;
beforeAll(async () => {
  device = await setBackend(reference());
});

const weight = (value: number): nn.Parameter => nn.Parameter(torch.tensor([value]));

describe("optimizers", () => {
  it("groups have hyper-parameters of their own", () => {
    const [a, b] = [weight(1), weight(1)];
    const opt = optim.SGD([{ params: [a], lr: 1 }, { params: [b] }], { lr: 0.1 });
    a.add(b).backward();
    opt.step();
    expect([a.itemSync(), b.itemSync()]).toEqual([0, Math.fround(0.9)]);
    expect(opt.paramGroups.map((g) => g.lr)).toEqual([1, 0.1]);
    opt.paramGroups[1]!.lr = 0.5;
    const c = weight(2);
    opt.addParamGroup({ params: [c], lr: 2 });
    expect(opt.paramGroups.length).toBe(3);
    expect(() => opt.addParamGroup({ params: [a] })).toThrow("SGD: a parameter is given twice");
  });

  it("parameters without gradients stay; zeroGrad forgets gradients", () => {
    const [a, b] = [weight(1), weight(1)];
    const opt = optim.Adam([a, b], { lr: 0.5 });
    a.mul(2).backward();
    opt.step();
    expect([a.itemSync(), b.itemSync()]).toEqual([Math.fround(0.50000006), 1]);
    opt.zeroGrad();
    expect([a.grad, b.grad]).toEqual([null, null]);
    opt.step();
    expect(a.itemSync()).toBe(Math.fround(0.50000006));
  });

  it("step returns what the closure gives; plain leaves can be optimised", () => {
    const x = torch.tensor([3], { requiresGrad: true });
    const opt = optim.SGD([x], { lr: 0.1 });
    const loss = opt.step(() => {
      const y = x.mul(x);
      y.backward();
      return y;
    });
    expect(loss!.itemSync()).toBe(9);
    expect(x.itemSync()).toBeCloseTo(2.4, 6);
  });

  it("keeps two tensors per parameter for Adam, and gives them back", () => {
    const before = device.memory().storages;
    const a = torch.scope(() => weight(1));
    const opt = optim.Adam([a]);
    for (let i = 0; i < 3; i++) {
      torch.scope(() => {
        opt.zeroGrad();
        a.square().sum().backward();
        opt.step();
      });
    }
    opt.zeroGrad();
    expect(device.memory().storages).toBe(before + 3);
    opt.dispose();
    a.dispose();
    expect(device.memory().storages).toBe(before);
  });

  it("float64 parameters stay float64 with every optimizer", () => {
    const classes = Object.entries(optim).filter(([name]) => /^[A-Z]/.test(name) && name !== "Optimizer");
    expect(classes.length).toBe(11);
    for (const [name, Class] of classes) {
      const p = nn.Parameter(torch.tensor([1, 2], { dtype: "float64" }));
      const opt = Reflect.apply(Class as never, undefined, [[p]]) as optim.AnyOptimizer;
      p.square().sum().backward();
      opt.step();
      opt.step();
      expect(p.dtype, name).toBe("float64");
      expect(Number(p.at(0).itemSync()), name).toBeLessThan(1);
    }
  });

  it("maximize goes up", () => {
    for (const Class of [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Rprop]) {
      const p = weight(1);
      const opt = Class([p], { lr: 0.1, maximize: true });
      p.mul(2).backward();
      opt.step();
      expect(Number(p.itemSync())).toBeGreaterThan(1);
    }
  });
});

describe("schedules", () => {
  it("chained factors multiply, and start from the optimizer's rate", () => {
    const opt = optim.SGD([weight(1)], { lr: 1 });
    const S = optim.lrScheduler;
    const both = S.ChainedScheduler([
      S.ConstantLR(opt, { factor: 0.5, totalIters: 2 }),
      S.ExponentialLR(opt, 0.5),
    ]);
    const rates = [opt.paramGroups[0]!.lr];
    for (let i = 0; i < 3; i++) {
      both.step();
      rates.push(both.getLastLr()[0]!);
    }
    expect(rates).toEqual([0.5, 0.25, 0.25, 0.125]);
  });

  it("cycle the momentum", () => {
    const opt = optim.SGD([weight(1)], { lr: 1, momentum: 0.9 });
    const schedule = optim.lrScheduler.OneCycleLR(opt, 1, { totalSteps: 10 });
    const momenta = [opt.paramGroups[0]!.momentum];
    for (let i = 0; i < 9; i++) {
      schedule.step();
      momenta.push(opt.paramGroups[0]!.momentum);
    }
    expect([momenta[0], Math.min(...momenta), momenta[9]]).toEqual([0.95, 0.85, 0.95]);
    const adam = optim.Adam([weight(1)]);
    optim.lrScheduler.CyclicLR(adam, 0.1, 1, { stepSizeUp: 2 });
    expect(adam.paramGroups[0]!.betas).toEqual([0.9, 0.999]);
    expect(() => optim.lrScheduler.OneCycleLR(optim.Adagrad([weight(1)]), 1, { totalSteps: 3 })).toThrow(
      "OneCycleLR: the optimizer has neither momentum nor betas\n  Fix: pass cycleMomentum: false",
    );
  });

  it("refuse what does not fit", () => {
    const [a, b] = [optim.SGD([weight(1)]), optim.SGD([weight(1)])];
    const S = optim.lrScheduler;
    expect(() => S.StepLR(a, 0)).toThrow("StepLR: stepSize is 0\n  Fix: use an integer of at least 1");
    expect(() => S.SequentialLR(a, [S.ExponentialLR(b, 0.9)], [])).toThrow(
      "schedule 0 is not one of this optimizer",
    );
    expect(() => S.SequentialLR(a, [S.ExponentialLR(a, 0.9)], [1])).toThrow("1 milestones for 1 schedules");
    expect(() => S.OneCycleLR(a, 1)).toThrow("pass totalSteps, or epochs and stepsPerEpoch");
    expect(() => S.LambdaLR(a, [() => 1, () => 2])).toThrow("lrLambda has 2 values for 1 parameter groups");
    expect(() => S.CyclicLR(a, 0.1, 1, { mode: "square" as never })).toThrow('mode is "square"');
  });
});

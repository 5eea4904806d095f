// Learning-rate schedules of api-torch against those recorded from PyTorch: 13 schedules.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime } from "@isoform/core";
import { nn, optim, torch } from "@isoform/api-torch";
import { haveShared, readSharedJson } from "./support/fixtures.js";

const runtime = await createRuntime({ backends: [reference()] });
runtime.use();
afterAll(() => runtime.dispose());

const S = optim.lrScheduler;
const MAKE: Readonly<Record<string, (o: optim.SGD) => optim.lrScheduler.LRScheduler>> = {
  "StepLR(5, 0.5)": (o) => S.StepLR(o, 5, { gamma: 0.5 }),
  "MultiStepLR([3, 10], 0.1)": (o) => S.MultiStepLR(o, [3, 10], { gamma: 0.1 }),
  "ExponentialLR(0.9)": (o) => S.ExponentialLR(o, 0.9),
  "CosineAnnealingLR(10, 0.001)": (o) => S.CosineAnnealingLR(o, 10, { etaMin: 0.001 }),
  "CosineAnnealingWarmRestarts(4, 2)": (o) => S.CosineAnnealingWarmRestarts(o, 4, { TMult: 2 }),
  "LinearLR(0.1, 1.0, 5)": (o) => S.LinearLR(o, { startFactor: 0.1, endFactor: 1, totalIters: 5 }),
  "ConstantLR(0.3, 4)": (o) => S.ConstantLR(o, { factor: 0.3, totalIters: 4 }),
  "PolynomialLR(10, 2.0)": (o) => S.PolynomialLR(o, { totalIters: 10, power: 2 }),
  "OneCycleLR(0.5, total_steps=30)": (o) => S.OneCycleLR(o, 0.5, { totalSteps: 30 }),
  "CyclicLR(0.01, 0.1, 4)": (o) => S.CyclicLR(o, 0.01, 0.1, { stepSizeUp: 4, cycleMomentum: false }),
  "LambdaLR(1/(k+1))": (o) => S.LambdaLR(o, (k) => 1 / (k + 1)),
  "SequentialLR(LinearLR(0.1,1,5), ExponentialLR(0.9), [5])": (o) => {
    const warmUp = S.LinearLR(o, { startFactor: 0.1, endFactor: 1, totalIters: 5 });
    return S.SequentialLR(o, [warmUp, S.ExponentialLR(o, 0.9)], [5]);
  },
};
const PLATEAU = "ReduceLROnPlateau(factor=0.5, patience=2)";

interface Plateau {
  readonly metric: readonly number[];
  readonly lr: readonly number[];
}
interface Schedules {
  readonly torch: Readonly<Record<string, readonly number[] | Plateau>>;
}

function sgd(): optim.SGD {
  return optim.SGD([nn.Parameter(torch.zeros(1))], { lr: 0.1 });
}

function expectRates(got: readonly number[], want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  got.forEach((v, i) => expect(Math.abs(v - want[i]!), `step ${i}`).toBeLessThanOrEqual(1e-12 * want[i]!));
}

describe.skipIf(!haveShared)("torch.optim.lr_scheduler", () => {
  const { torch: recorded } = haveShared
    ? (readSharedJson("fixtures", "training", "schedules.json") as Schedules)
    : { torch: {} };

  it("has all 13 recorded schedules", () => {
    expect(Object.keys(recorded).toSorted()).toEqual([...Object.keys(MAKE), PLATEAU].toSorted());
  });

  it.each(Object.keys(MAKE))("%s", (name) => {
    const opt = sgd();
    const schedule = MAKE[name]!(opt);
    const rates: number[] = [];
    for (let k = 0; k < 30; k++) {
      rates.push(opt.paramGroups[0]!.lr);
      expect(schedule.getLastLr()).toEqual([opt.paramGroups[0]!.lr]);
      if (k < 29) schedule.step();
    }
    expectRates(rates, recorded[name] as readonly number[]);
  });

  it(PLATEAU, () => {
    const { metric, lr } = recorded[PLATEAU] as Plateau;
    const opt = sgd();
    const schedule = S.ReduceLROnPlateau(opt, { factor: 0.5, patience: 2 });
    const rates = metric.map((m) => {
      const rate = opt.paramGroups[0]!.lr;
      schedule.step(m);
      return rate;
    });
    expectRates(rates, lr);
  });
});

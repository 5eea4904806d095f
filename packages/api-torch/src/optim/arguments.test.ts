// What optimizers and schedules do with arguments that are wrong, at the edge, or hardly ever given.
import { reference } from "@isoform/backend-reference";
import { IsoformError, setBackend } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { nn, optim, torch } from "../index.js";

const { lrScheduler } = optim;
beforeAll(async () => {
  await setBackend(reference());
});

/** Arguments that the types refuse, as JavaScript users can pass them. */
const wrong = (value: unknown): never => value as never;
const weight = (): nn.Parameter => nn.Parameter(torch.ones(1));
const sgd = (): optim.SGD => optim.SGD([weight()], { lr: 0.5, momentum: 0.9 });

/** What is called, and the beginning of the message. */
const REFUSED: Readonly<Record<string, readonly [run: () => unknown, message: string]>> = {
  "a module": [
    () => optim.SGD(wrong(nn.Linear(1, 1))),
    "SGD: a module is given for the parameters\n  Fix: pass its parameters()",
  ],
  "a tensor": [() => optim.SGD(wrong(weight())), "SGD: float32[1] is given for the parameters"],
  null: [() => optim.SGD(wrong(null)), "SGD: null is given for the parameters"],
  "one group": [() => optim.SGD(wrong({ params: [weight()] })), 'SGD: {"params":[float32[1]]} is given'],
  "a number among the parameters": [() => optim.SGD(wrong([1])), "SGD: a parameter is not a tensor: 1"],
  "a group after parameters": [
    () => optim.SGD(wrong([weight(), { params: [] }])),
    "SGD: a parameter is not a tensor",
  ],
  "a group of numbers": [
    () => sgd().addParamGroup(wrong({ params: [3] })),
    "SGD.addParamGroup: a parameter is not a tensor: 3",
  ],
  "no group": [() => sgd().addParamGroup(wrong(3)), "SGD.addParamGroup: 3 is not a group of parameters"],
  "null for the rate": [() => optim.SGD([weight()], wrong({ lr: null })), "SGD: lr is null"],
  "a word for the rate": [() => optim.SGD([weight()], wrong({ lr: "1" })), 'SGD: lr is "1"'],
  "a word for a flag": [() => optim.SGD([weight()], wrong({ nesterov: "no" })), 'SGD: nesterov is "no"'],
  "a number for both betas": [() => optim.Adam([weight()], wrong({ betas: 0.9 })), "Adam: betas is 0.9"],
  "one beta": [() => optim.Adam([weight()], wrong({ betas: [0.9] })), "Adam: betas is [0.9]"],
  "factors the wrong way round": [
    () => optim.Rprop([weight()], { etas: [1.2, 0.5] }),
    "Rprop: etas is [1.2,0.5]",
  ],
  "a decay above 1": [() => optim.Adadelta([weight()], { rho: 2 }), "Adadelta: rho is 2"],
  "a closure that is none": [() => sgd().step(wrong(3)), "SGD.step: closure is 3"],
  "cycles of no steps": [
    () => lrScheduler.CyclicLR(sgd(), 0.1, 0.2, { stepSizeUp: 0 }),
    "CyclicLR: stepSizeUp is 0\n  Fix: use more than 0",
  ],
  "a mode of cycles": [
    () => lrScheduler.CyclicLR(sgd(), 0.1, 0.2, wrong({ mode: "sine" })),
    "CyclicLR: mode is \"sine\"\n  Fix: use 'triangular', 'triangular2' or 'exp_range'",
  ],
  "a word for the metric": [
    () => lrScheduler.ReduceLROnPlateau(sgd()).step(wrong("x")),
    'ReduceLROnPlateau.step: the metric is "x"',
  ],
  "a mode of plateaus": [
    () => lrScheduler.ReduceLROnPlateau(sgd(), wrong({ mode: "less" })),
    "ReduceLROnPlateau: mode is \"less\"\n  Fix: use 'min' or 'max'",
  ],
  "a number for the optimizer": [
    () => lrScheduler.ReduceLROnPlateau(wrong(3)),
    "ReduceLROnPlateau: the first argument is not an optimizer",
  ],
  "a number for the function": [
    () => lrScheduler.LambdaLR(sgd(), wrong(3)),
    "LambdaLR: lrLambda is 3\n  Fix: use a function",
  ],
  "a function that gives no number": [
    () =>
      lrScheduler.LambdaLR(
        sgd(),
        wrong(() => undefined),
      ),
    "LambdaLR: the rates of epoch 0 are [NaN]",
  ],
  "one milestone": [() => lrScheduler.MultiStepLR(sgd(), wrong(3)), "MultiStepLR: milestones is 3"],
  "a factor as text": [() => lrScheduler.ExponentialLR(sgd(), wrong("0.5")), 'ExponentialLR: gamma is "0.5"'],
  "a share above 1": [
    () => lrScheduler.OneCycleLR(sgd(), 0.1, { totalSteps: 5, pctStart: 2 }),
    "OneCycleLR: pctStart is 2",
  ],
  "one schedule for a list": [
    () => lrScheduler.ChainedScheduler(wrong(lrScheduler.StepLR(sgd(), 1))),
    "ChainedScheduler: schedulers is a ",
  ],
};

describe("refused", () => {
  it.each(Object.entries(REFUSED))("%s", (_, [run, message]) => {
    let caught: unknown;
    try {
      run();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(IsoformError);
    const error = caught as IsoformError;
    expect([error.name, error.message.slice(0, message.length)]).toEqual(["ArgumentError", message]);
    expect(error.hint).toMatch(/\w/);
  });
});

describe("taken", () => {
  it("undefined stands for the default", () => {
    expect(optim.SGD([weight()], wrong({ lr: undefined })).paramGroups[0]!.lr).toBe(1e-3);
    const groups = [{ params: [weight()], lr: wrong(undefined) }];
    expect(optim.SGD(groups, { lr: 2 }).paramGroups[0]!.lr).toBe(2);
    const plateau = lrScheduler.ReduceLROnPlateau(sgd(), wrong({ factor: undefined, patience: 0 }));
    plateau.step(1);
    plateau.step(1);
    expect(plateau.getLastLr()).toEqual([0.05]);
  });

  it("one tensor, or none, makes a group", () => {
    const w = weight();
    const optimizer = optim.SGD([{ params: wrong(w) }, { params: [] }]);
    expect(optimizer.paramGroups.map((g) => g.params)).toEqual([[w], []]);
  });

  it("a tensor of one element is a metric", () => {
    const optimizer = sgd();
    const plateau = lrScheduler.ReduceLROnPlateau(optimizer, { patience: 0 });
    plateau.step(torch.tensor([1]));
    plateau.step(torch.tensor(2));
    expect(plateau.getLastLr()).toEqual([0.05]);
  });

  it("cycles that fall at once", () => {
    const cyclic = lrScheduler.CyclicLR(sgd(), 0.1, 0.2, { stepSizeUp: 5, stepSizeDown: 0 });
    expect(cyclic.getLastLr()).toEqual([0.1]);
  });
});

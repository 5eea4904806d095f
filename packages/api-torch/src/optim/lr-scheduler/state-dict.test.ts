// States of schedules, and optimizers printed, against PyTorch (fixtures/generate/torch_training.py).
import { readFileSync } from "node:fs";
import { reference } from "@isoform/backend-reference";
import { ArgumentError, setBackend } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { nn, optim, torch } from "../../index.js";

type State = Readonly<Record<string, unknown>>;
interface Recorded {
  readonly schedules: readonly (readonly [
    name: string,
    state: State,
    groups: readonly (readonly [lr: number, momentum: number])[],
    rates: readonly (readonly number[])[],
  ])[];
  readonly optimizers: readonly (readonly [name: string, text: string])[];
}
const recorded = JSON.parse(
  readFileSync(new URL("../../../../../fixtures/recorded/torch_training.json", import.meta.url), "utf8"),
) as Recorded;
const METRICS = [1.0, 0.5, 0.6, 0.7, 0.8, 0.55, 0.9, 0.4, 0.3, 0.5];

const S = optim.lrScheduler;
type Made = optim.lrScheduler.LRScheduler | optim.lrScheduler.ReduceLROnPlateau;
const groups = () => [
  { params: [nn.Parameter(torch.ones([2]))], lr: 0.5 },
  { params: [nn.Parameter(torch.ones([1]))] },
];
const sgd = () => optim.SGD(groups(), 0.1, 0.9);
type Opt = ReturnType<typeof sgd>;
const SCHEDULES: Readonly<Record<string, (o: Opt) => Made>> = {
  StepLR: (o) => S.StepLR(o, 2, 0.5),
  LambdaLR: (o) => S.LambdaLR(o, (e) => 0.5 ** e),
  MultiplicativeLR: (o) => S.MultiplicativeLR(o, () => 0.9),
  MultiStepLR: (o) => S.MultiStepLR(o, [2, 4, 4], 0.5),
  ExponentialLR: (o) => S.ExponentialLR(o, 0.9),
  CosineAnnealingLR: (o) => S.CosineAnnealingLR(o, 5, 0.01),
  CosineAnnealingWarmRestarts: (o) => S.CosineAnnealingWarmRestarts(o, 2, 2, 0.01),
  ConstantLR: (o) => S.ConstantLR(o, 0.5, 5),
  LinearLR: (o) => S.LinearLR(o, 0.25, 1, 6),
  PolynomialLR: (o) => S.PolynomialLR(o, 8, 2),
  CyclicLR: (o) => S.CyclicLR(o, 0.01, 0.1, 2, 3, "triangular2"),
  "CyclicLR exp_range": (o) => S.CyclicLR(o, 0.01, 0.1, 2, 3, "exp_range", 0.9),
  OneCycleLR: (o) => S.OneCycleLR(o, 0.1, 12),
  "OneCycleLR three_phase": (o) => S.OneCycleLR(o, 0.1, 12, { threePhase: true, annealStrategy: "linear" }),
  ReduceLROnPlateau: (o) => S.ReduceLROnPlateau(o, "min", 0.5, 1, { cooldown: 1 }),
  SequentialLR: (o) => S.SequentialLR(o, [S.ConstantLR(o, 0.5, 2), S.ExponentialLR(o, 0.9)], [2]),
  ChainedScheduler: (o) => S.ChainedScheduler([S.ConstantLR(o, 0.5, 5), S.ExponentialLR(o, 0.9)]),
};
const step = (s: Made, i: number): void => (s instanceof S.LRScheduler ? s.step() : s.step(METRICS[i]!));
/** Numbers rounded to 12 digits, infinities as texts; counts of `step` calls, which PyTorch gets wrong, left out. */
function plain(v: unknown): unknown {
  if (typeof v === "number") return v === Infinity ? "Infinity" : Number(v.toPrecision(12));
  if (Array.isArray(v)) return v.map(plain);
  if (typeof v !== "object" || v === null) return v;
  const kept = Object.entries(v).filter(([k]) => k !== "_step_count");
  return Object.fromEntries(kept.map(([k, x]) => [k, plain(x)]));
}

beforeAll(async () => {
  await setBackend(reference());
});

describe.each(recorded.schedules)("%s", (name, state, at, rates) => {
  const make = SCHEDULES[name]!;
  it("gives PyTorch's state", () => {
    const s = make(sgd());
    for (let i = 0; i < 3; i++) step(s, i);
    const got = s.stateDict();
    expect(plain(got)).toEqual(plain(state));
    expect(Object.hasOwn(got, "_step_count")).toBe(Object.hasOwn(state, "_step_count"));
  });
  it("goes on from PyTorch's state as PyTorch does", () => {
    const o = sgd();
    const s = make(o);
    s.loadStateDict(state);
    o.paramGroups.forEach((g, i) => Object.assign(g, { lr: at[i]![0], momentum: at[i]![1] }));
    rates.forEach((want, i) => {
      step(s, i + 3);
      o.paramGroups.forEach((g, k) => expect(g.lr).toBeCloseTo(want[k]!, 12));
    });
  });
  it("saved and loaded, it goes on as if it had not stopped", () => {
    const [a, b] = [sgd(), sgd()];
    const [first, second] = [make(a), make(b)];
    for (let i = 0; i < 3; i++) step(first, i);
    second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())) as State);
    b.loadStateDict(a.stateDict());
    expect(second.getLastLr()).toEqual(first.getLastLr());
    for (let i = 3; i < 8; i++) {
      step(first, i);
      step(second, i);
      expect(b.paramGroups.map((g) => [g.lr, g.momentum])).toEqual(
        a.paramGroups.map((g) => [g.lr, g.momentum]),
      );
    }
    expect(second.stateDict()).toEqual(first.stateDict());
  });
});

describe("printed", () => {
  it.each(recorded.optimizers)("%s", (name, text) => {
    const make: unknown = Reflect.get(optim, name);
    expect(String((make as (params: unknown) => unknown)(groups()))).toBe(text);
  });
  it("schedules", () => {
    expect(String(S.StepLR(sgd(), 5))).toBe("StepLR(step_size=5, gamma=0.1, last_epoch=0)");
    expect(String(S.MultiStepLR(sgd(), [1, 2, 2]))).toBe(
      "MultiStepLR(milestones={1: 1, 2: 2}, gamma=0.1, last_epoch=0)",
    );
    expect(String(S.ReduceLROnPlateau(sgd()))).toContain("patience=10");
  });
});

describe("refused", () => {
  const wrong = <T>(v: unknown): T => v as T;
  it.each([
    ["null", null, "null is not the state of a schedule"],
    ["nothing in it", {}, "there is no step_size"],
    ["another schedule's", () => S.ExponentialLR(sgd(), 0.5).stateDict(), "there is no step_size"],
    ["a text for a number", { step_size: "2" }, 'step_size is "2"'],
    ["other groups", () => S.StepLR(optim.SGD(groups().slice(1), 0.1), 2).stateDict(), "base_lrs is"],
  ])("%s", (_, given, message) => {
    const s = S.StepLR(sgd(), 3);
    const before = s.stateDict();
    const state: unknown = typeof given === "function" ? given() : given;
    expect(() => s.loadStateDict(wrong(state))).toThrow(ArgumentError);
    expect(() => s.loadStateDict(wrong(state))).toThrow(message);
    expect(s.stateDict()).toEqual(before);
  });
  it("phases and schedules of another number", () => {
    const cycle = S.OneCycleLR(sgd(), 0.1, 12);
    const state = S.OneCycleLR(sgd(), 0.1, 12, { threePhase: true }).stateDict();
    expect(() => cycle.loadStateDict(state)).toThrow("3 phases instead of 2");
    const o = sgd();
    const chained = S.ChainedScheduler([S.ExponentialLR(o, 0.9)]);
    expect(() => chained.loadStateDict({ _schedulers: [] })).toThrow("0 schedules instead of 1");
  });
});

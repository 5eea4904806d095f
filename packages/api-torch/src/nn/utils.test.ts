// nn.utils in training steps, eager and compiled, and what its functions refuse.
import { reference } from "@isoform/backend-reference";
import { createRuntime, scope, type Tensor as CoreTensor } from "@isoform/core";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { nn, optim, torch } from "../index.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());
beforeEach(() => {
  runtime.use();
});
const values = (t: CoreTensor): number[] => Array.from(t.dataSync(), Number);
const wrong = (value: unknown): never => value as never;

type Limit = (parameters: torch.Tensor[]) => torch.Tensor | null;
const LIMITS: Readonly<Record<string, Limit>> = {
  clipGradNorm_: (p) => nn.utils.clipGradNorm_(p, 0.05),
  "clipGradNorm_ of the largest": (p) => nn.utils.clipGradNorm_(p, 0.05, { normType: Infinity }),
  "clipGradNorm_ far off": (p) => nn.utils.clipGradNorm_(p, 1e6),
  clipGradValue_: (p) => {
    nn.utils.clipGradValue_(p, 0.01);
    return null;
  },
};

/** Norms and losses of some training steps, and the weights after them. */
function train(limit: Limit, compiled: boolean): number[][] {
  torch.manualSeed(4);
  const model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2));
  const unused = nn.Parameter(torch.ones(2));
  const optimizer = optim.Adam(model.parameters(), { lr: 0.05 });
  const step = (x: torch.Tensor, y: torch.Tensor) => {
    optimizer.zeroGrad();
    const loss = nn.functional.mseLoss(model(x), y);
    loss.backward();
    const norm = limit([...model.parameters(), unused]);
    optimizer.step();
    return [loss, norm ?? loss];
  };
  const run = compiled ? torch.compile(step, { fullgraph: true }) : step;
  const seen = Array.from({ length: 5 }, () => run(torch.randn(4, 3), torch.randn(4, 2)).flatMap(values));
  return [...seen, ...model.parameters().map(values)];
}

describe("a training step with limited gradients", () => {
  it.each(Object.keys(LIMITS))("%s gives the same numbers compiled", (name) => {
    expect(train(LIMITS[name]!, true)).toEqual(train(LIMITS[name]!, false));
  });

  it("is another one than without", () => {
    const free = train(LIMITS["clipGradNorm_ far off"]!, false);
    expect(train(LIMITS["clipGradValue_"]!, false)).not.toEqual(free);
    expect(free).toEqual(
      train((p) => nn.utils.getTotalNorm(p.map((q) => q.grad).filter((g) => g !== null)), false),
    );
  });

  it("leaves nothing allocated", () => {
    const p = nn.Parameter(torch.ones(3));
    const step = () => {
      p.mul(p).sum().backward();
      nn.utils.clipGradNorm_([p], 0.5);
      nn.utils.clipGradValue_(p, 0.25);
      p.grad?.dispose();
      p.grad = null;
    };
    scope(step);
    const before = runtime.defaultDevice.memory().storages;
    for (let i = 0; i < 3; i++) scope(step);
    expect(runtime.defaultDevice.memory().storages).toBe(before);
  });

  it("runs eagerly where errorIfNonfinite reads the norm", () => {
    const p = nn.Parameter(torch.ones(3));
    const step = torch.compile((x: torch.Tensor) => {
      p.grad = null;
      p.mul(x).sum().backward();
      return nn.utils.clipGradNorm_([p], 1, { errorIfNonfinite: true });
    });
    for (let i = 0; i < 3; i++) expect(values(step(torch.ones(3)))[0]).toBeCloseTo(Math.sqrt(3), 6);
    expect(step.info().notice).not.toBeNull();
  });
});

describe("parameters as a vector", () => {
  it("go there and back, with gradients on the way there", () => {
    const model = nn.Linear(2, 3);
    const vec = nn.utils.parametersToVector(model.parameters());
    expect(vec.shape).toEqual([9]);
    vec.mul(vec).sum().backward();
    expect(values(model.bias!.grad!)).toEqual(values(model.bias!).map((v) => Math.fround(2 * v)));
    nn.utils.vectorToParameters(torch.arange(10).float(), model.parameters());
    expect(values(model.weight)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(values(model.bias!)).toEqual([6, 7, 8]);
    expect(model.weight.requiresGrad).toBe(true);
  });
});

/** What is called, and the beginning of the message. */
const REFUSED: Readonly<Record<string, readonly [run: () => unknown, message: string]>> = {
  "a module": [
    () => nn.utils.clipGradNorm_(wrong(nn.Linear(1, 1)), 1),
    "clipGradNorm_: a module is given for the parameters\n  Fix: pass its parameters()",
  ],
  "a number among the parameters": [
    () => nn.utils.parametersToVector(wrong([3])),
    "parametersToVector: a parameter is not a tensor: 3",
  ],
  "no limit": [() => nn.utils.clipGradNorm_([], wrong(undefined)), "clipGradNorm_: maxNorm is missing"],
  "another option": [
    () => nn.utils.clipGradNorm_([], 1, wrong({ norm_type: 2 })),
    'clipGradNorm_: unknown option "norm_type"',
  ],
  "a negative limit": [() => nn.utils.clipGradValue_([], -1), "clipGradValue_: clipValue is -1"],
  "an infinite norm": [
    () => nn.utils.getTotalNorm([torch.tensor([Infinity])], { errorIfNonfinite: true }),
    "getTotalNorm: the norm of the gradients is Infinity",
  ],
  "a short vector": [
    () => nn.utils.vectorToParameters(torch.ones(2), [torch.ones(3)]),
    "vectorToParameters: 3 elements are needed in one axis (inputs: float32[2])",
  ],
  "no sequences": [() => nn.utils.rnn.padSequence([]), "padSequence: [] is not a list of sequences"],
  "one tensor for sequences": [
    () => nn.utils.rnn.padSequence(wrong(torch.ones(2, 2))),
    "padSequence: float32[2,2] is not a list of sequences",
  ],
  "sequences of different rows": [
    () => nn.utils.rnn.padSequence([torch.ones(1, 2), torch.ones(1, 3)]),
    "padSequence: the sequences do not fit together (inputs: float32[1,2], float32[1,3])",
  ],
  "a value that the dtype does not hold": [
    () => nn.utils.rnn.padSequence([torch.arange(2)], { paddingValue: 2 ** 70 }),
    "padSequence: ",
  ],
};

describe("wrong arguments", () => {
  it.each(Object.keys(REFUSED))("%s", (name) => {
    const [run, message] = REFUSED[name]!;
    expect(run).toThrow(message);
  });
});

// torch.compile on the CPU engine: compiled steps give the eager losses and weights bit for bit.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime, scope, type Tensor as CoreTensor } from "@isoform/core";
import { F, nn, optim, torch } from "@isoform/api-torch";
import { haveShared, readRecorded, readSharedJson, sharedPath, type Recorded } from "./support/fixtures.js";
import { flattenOutputs, TORCH_CASES } from "./support/torch-cases.js";

const runtime = await createRuntime({ backends: [cpu()] });
const device = runtime.use();
afterAll(() => runtime.dispose());

type Model = nn.Module<[x: CoreTensor], torch.Tensor>;
type Batch = readonly [x: torch.Tensor, y: torch.Tensor];
const numbers = (t: CoreTensor): number[] => Array.from(t.dataSync(), Number);
const wave = (shape: readonly number[], seed: number): torch.Tensor =>
  torch
    .tensor(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.3 + seed * 7.1)),
    )
    .reshape(shape);
const labels = (n: number, classes: number, seed: number): torch.Tensor =>
  torch.tensor(
    Array.from({ length: n }, (_, i) => BigInt((i * 5 + seed * 3) % classes)),
    { dtype: "int64" },
  );

class LastStep extends nn.Module<[x: CoreTensor], torch.Tensor> {
  rnn: nn.LSTM | nn.GRU;
  fc = nn.Linear(16, 4);
  constructor(rnn: nn.LSTM | nn.GRU) {
    super();
    this.rnn = rnn;
  }
  override forward(x: CoreTensor): torch.Tensor {
    const [y] = this.rnn(x);
    return this.fc(y.at(":", -1));
  }
}
class Words extends nn.Module<[x: CoreTensor], torch.Tensor> {
  table = nn.Embedding(20, 8, { paddingIdx: 0 });
  attend = nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
  fc = nn.Linear(8, 4);
  override forward(x: CoreTensor): torch.Tensor {
    return this.fc(this.attend(this.table(x)).mean(1));
  }
}

interface Case {
  make(): Model;
  batch(step: number): Batch;
}
const CASES: Readonly<Record<string, Case>> = {
  mlp: {
    make: () => nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 4)),
    batch: (i) => [wave([16, 64], i), labels(16, 4, i)],
  },
  cnn: {
    make: () =>
      nn.Sequential(
        nn.Conv2d(1, 6, 3, { padding: 1 }),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3),
        nn.BatchNorm2d(8, { momentum: null }),
        nn.ReLU(),
        nn.Dropout2d(0.25),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(8 * 16, 4),
      ),
    batch: (i) => [wave([5, 1, 12, 12], i), labels(5, 4, i)],
  },
  lstm: {
    make: () => new LastStep(nn.LSTM(6, 16, { batchFirst: true, numLayers: 2, dropout: 0.2 })),
    batch: (i) => [wave([3, 7, 6], i), labels(3, 4, i)],
  },
  gru: {
    make: () => new LastStep(nn.GRU(6, 16, { batchFirst: true })),
    batch: (i) => [wave([3, 7, 6], i), labels(3, 4, i)],
  },
  embedding: {
    make: () => new Words(),
    batch: (i) => [labels(30, 20, i).reshape(5, 6), labels(5, 4, i)],
  },
};

type MakeOptimizer = (params: nn.Parameter[]) => optim.AnyOptimizer;
interface Setup {
  readonly model: Model;
  readonly opt: optim.AnyOptimizer;
  readonly eager: (x: torch.Tensor, y: torch.Tensor) => torch.Tensor;
}
function setup(make: () => Model, optimizer: MakeOptimizer): Setup {
  torch.manualSeed(7);
  const model = make();
  const opt = optimizer(model.parameters());
  const eager = (x: torch.Tensor, y: torch.Tensor) => {
    opt.zeroGrad();
    const loss = F.crossEntropy(model(x), y);
    loss.backward();
    opt.step();
    return loss;
  };
  return { model, opt, eager };
}

const adam: MakeOptimizer = (params) => optim.Adam(params, { lr: 1e-2 });
const stateOf = (s: Setup): Record<string, unknown> => ({
  ...Object.fromEntries([...s.model.stateDict()].map(([k, t]) => [k, numbers(t)])),
  optimizer: s.model
    .parameters()
    .map((p) => [...(s.opt.state.get(p) ?? [])].map(([k, v]) => [k, typeof v === "number" ? v : numbers(v)])),
});

/** Losses of `steps` steps and the final state, eager or compiled. */
function train(
  make: () => Model,
  batch: (step: number) => Batch,
  optimizer: MakeOptimizer,
  mode: { readonly compiled: boolean; readonly steps: number; after?(step: number, s: Setup): void },
): { losses: number[]; state: Record<string, unknown>; programs: number } {
  const s = setup(make, optimizer);
  const step = torch.compile(s.eager);
  const run = mode.compiled ? step : s.eager;
  const losses: number[] = [];
  for (let i = 0; i < mode.steps; i++) {
    scope(() => losses.push(Number(run(...batch(i)).itemSync())));
    mode.after?.(i, s);
  }
  expect(step.info().notice).toBeNull();
  const { programs } = step.info();
  const result = { losses, state: stateOf(s), programs };
  step.dispose();
  s.opt.dispose();
  s.model.dispose();
  return result;
}

function expectSame(
  make: () => Model,
  batch: (step: number) => Batch,
  optimizer: MakeOptimizer,
  steps: number,
  after?: (step: number, s: Setup) => void,
): number {
  const more = after ? { after } : {};
  const want = train(make, batch, optimizer, { compiled: false, steps, ...more });
  const got = train(make, batch, optimizer, { compiled: true, steps, ...more });
  expect(got.losses).toEqual(want.losses);
  expect(got.state).toEqual(want.state);
  expect(new Set(want.losses).size).toBeGreaterThan(1);
  return got.programs;
}

describe("a compiled training step", () => {
  it.each(Object.entries(CASES))("%s: losses, weights and optimizer state are the eager ones", (_, c) => {
    expect(expectSame(c.make, c.batch, adam, 6)).toBe(1);
  });

  const { make, batch } = CASES["mlp"]!;
  const OPTIMIZERS: Readonly<Record<string, MakeOptimizer>> = {
    SGD: (p) => optim.SGD(p, { lr: 0.1 }),
    "SGD momentum": (p) => optim.SGD(p, { lr: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 }),
    "SGD nesterov": (p) => optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true }),
    Adam: (p) => optim.Adam(p, { lr: 1e-2, weightDecay: 0.01 }),
    "Adam amsgrad": (p) => optim.Adam(p, { lr: 1e-2, amsgrad: true, maximize: true }),
    "Adam beta1 0.3": (p) => optim.Adam(p, { betas: [0.3, 0.99] }),
    AdamW: (p) => optim.AdamW(p, { lr: 1e-2 }),
    Adamax: (p) => optim.Adamax(p),
    Adagrad: (p) => optim.Adagrad(p, { lrDecay: 0.1, initialAccumulatorValue: 0.1 }),
    Adadelta: (p) => optim.Adadelta(p),
    ASGD: (p) => optim.ASGD(p, { t0: 2, weightDecay: 0.01 }),
    NAdam: (p) => optim.NAdam(p, { weightDecay: 0.01, decoupledWeightDecay: true }),
    RAdam: (p) => optim.RAdam(p, { betas: [0.9, 0.9], weightDecay: 0.01 }),
    RMSprop: (p) => optim.RMSprop(p),
    "RMSprop centered": (p) => optim.RMSprop(p, { centered: true, momentum: 0.9, alpha: 0.4 }),
    Rprop: (p) => optim.Rprop(p),
  };
  it.each(Object.entries(OPTIMIZERS))("%s", (_, optimizer) => {
    expect(expectSame(make, batch, optimizer, 9)).toBe(1);
  });

  it("has all optimizers above", () => {
    const used = new Set(Object.keys(OPTIMIZERS).map((k) => k.split(" ")[0]));
    const all = Object.keys(optim).filter((k) => /^[A-Z]/.test(k) && k !== "Optimizer");
    expect(all.filter((k) => !used.has(k))).toEqual([]);
  });

  it("follows schedules, momentum included, and rates set by hand", () => {
    const schedules: optim.lrScheduler.LRScheduler[] = [];
    const scheduled: MakeOptimizer = (p) => {
      const opt = optim.SGD(p, { lr: 0.1, momentum: 0.9 });
      schedules.push(optim.lrScheduler.OneCycleLR(opt, 0.5, { totalSteps: 20 }));
      return opt;
    };
    expect(expectSame(make, batch, scheduled, 8, () => schedules.at(-1)!.step())).toBe(1);
    const byHand = (i: number, s: Setup) => {
      for (const g of s.opt.paramGroups) g.lr = 0.05 / (i + 1);
    };
    expect(expectSame(make, batch, adam, 6, byHand)).toBe(1);
  });

  it("makes one program per batch size", () => {
    const sizes = (i: number): Batch => {
      const n = i % 3 === 2 ? 3 : 16;
      return [wave([n, 64], i), labels(n, 4, i)];
    };
    expect(expectSame(make, sizes, adam, 9)).toBe(2);
  });

  it("sees values loaded and layers frozen between steps, and hyper-parameters set", () => {
    const between = (i: number, s: Setup) => {
      if (i === 2) {
        scope(() => {
          const state = new Map([...s.model.stateDict()].map(([k, t]) => [k, t.mul(0.5)]));
          s.model.loadStateDict(state);
        });
      }
      const first = s.model.parameters()[0]!;
      if (i === 3 || i === 5) first.requiresGrad_(i === 5);
      if (i === 7) Reflect.set(s.opt.paramGroups[0]!, "weightDecay", 0.1);
    };
    expect(expectSame(make, batch, adam, 10, between)).toBe(3);
  });

  it("ignores labels as the eager loss does", () => {
    const ignoring = (i: number): Batch => {
      const y = numbers(labels(16, 4, i)).map((v, k) => (k % 3 === i % 3 ? -100 : v));
      return [wave([16, 64], i), torch.tensor(y.map(BigInt), { dtype: "int64" })];
    };
    expect(expectSame(make, ignoring, adam, 5)).toBe(1);
  });

  it("checks labels and embedding rows before every run", () => {
    const s = setup(make, adam);
    const step = torch.compile(s.eager);
    scope(() => {
      for (let i = 0; i < 3; i++) step(...batch(i));
      expect(() => step(wave([16, 64], 1), torch.tensor(Array.from({ length: 16 }, () => 4n)))).toThrow(
        "index 4 is outside the classes of size 4",
      );
      expect(step.info().notice).toBeNull();
    });
    step.dispose();
  });

  it("may be in float64, and make several steps of several optimizers", () => {
    const run = (compiled: boolean): unknown => {
      torch.manualSeed(2);
      const net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).to("float64");
      const [first, ...others] = net.parameters();
      const a = optim.NAdam([first!], { lr: 0.01 });
      const b = optim.AdamW([{ params: others, lr: 0.02 }], { weightDecay: 0.1 });
      const eager = (x: torch.Tensor) =>
        [0, 1].map(() =>
          a.step(() => {
            net.zeroGrad();
            const loss = net(x).square().mean();
            loss.backward();
            b.step();
            return loss;
          })!,
        );
      const step = torch.compile(eager);
      const f = compiled ? step : eager;
      const losses = scope(() =>
        [1, 2, 3, 4].map((i) => f(wave([5, 3], i).double()).map((loss) => loss.itemSync())),
      );
      expect(step.info()).toMatchObject({ programs: compiled ? 1 : 0, notice: null });
      step.dispose();
      return [losses, net.parameters().map(numbers), a.state.get(first!)!.get("step")];
    };
    const got = run(true);
    expect(got).toEqual(run(false));
    expect((got as unknown[])[2]).toBe(8);
  });

  it("indexes, writes parts, and keeps masks and positions in buffers", () => {
    class Parts extends nn.Module<[x: torch.Tensor], torch.Tensor> {
      declare order: torch.Tensor;
      declare seen: torch.Tensor;
      constructor() {
        super();
        this.registerBuffer("order", torch.arange(4).flip(0));
        this.registerBuffer("seen", torch.zeros(2, 4));
      }
      override forward(x: torch.Tensor): torch.Tensor {
        const turned = x.at(":", this.order);
        torch.noGrad(() => this.seen.setAt([0], turned.at(1)));
        const own = torch.zeros(3, 4).setAt([":", "1:3"], turned.at(":", [-1, 0]));
        return own.add(this.seen.at(0)).mul(F.oneHot(x.argmax(1), 4).float());
      }
    }
    const [a, b] = [new Parts(), new Parts()];
    const f = torch.compile(b);
    for (let i = 0; i < 5; i++) {
      scope(() => expect(numbers(f(wave([3, 4], i)))).toEqual(numbers(a(wave([3, 4], i)))));
      expect(numbers(b.seen)).toEqual(numbers(a.seen));
      if (i === 2) for (const m of [a, b]) m.order.copy_(torch.tensor([-4, 1, 1, 3]));
    }
    b.order.copy_(torch.tensor([4, 0, 0, 0]));
    expect(() => f(wave([3, 4], 0))).toThrow("index 4 is outside axis 1 of size 4");
    expect(f.info()).toMatchObject({ programs: 1, notice: null });
  });

  it("1,000 steps: 0 storages", () => {
    const start = device.memory().storages;
    const s = setup(CASES["cnn"]!.make, adam);
    const step = torch.compile(s.eager);
    const one = (i: number) => scope(() => void step(...CASES["cnn"]!.batch(i % 3)));
    for (let i = 0; i < 3; i++) one(i);
    const before = device.memory();
    for (let i = 0; i < 1000; i++) one(i);
    expect(device.memory()).toEqual(before);
    expect(step.info()).toMatchObject({ programs: 1, notice: null });
    step.dispose();
    s.opt.dispose();
    s.model.dispose();
    expect(device.memory().storages).toBe(start);
  });
});

interface ModuleCase {
  readonly name: string;
  readonly golden: string;
  readonly input: Readonly<Record<string, unknown>>;
}
const { cases } = haveShared
  ? (readSharedJson("fixtures", "torch-modules", "manifest.json") as { cases: readonly ModuleCase[] })
  : { cases: [] };

describe.skipIf(!haveShared)("every recorded module, compiled", () => {
  const upload = (r: Recorded): torch.Tensor =>
    torch
      .fromTypedArray(r.data)
      .reshape([...r.shape])
      .to(r.dtype);
  const given = (t: CoreTensor | null): unknown => t && [t.dtype, [...t.shape], numbers(t)];

  it.each(cases.map((c) => [c.name, c] as const))("%s: outputs, gradients, buffers", (name, c) => {
    const golden = readRecorded(sharedPath("fixtures", "torch-modules", c.golden));
    /** What three calls give, and the buffers after them. */
    const run = (compiled: boolean): unknown[] =>
      scope(() => {
        torch.manualSeed(1);
        const module = TORCH_CASES[name]!.make().train(name !== "RReLU eval");
        const params = module.parameters();
        const eager = (...inputs: torch.Tensor[]) => {
          const xs = inputs.map((x) => (x.dtype === "float32" ? x.mul(1).detach().requiresGrad_() : x));
          const outputs = flattenOutputs(Reflect.apply(module, undefined, xs)) as torch.Tensor[];
          const terms = outputs.filter((y) => y.requiresGrad).map((y) => y.mul(y).mul(0.5).sum());
          const sources = [...xs.filter((x) => x.requiresGrad), ...params];
          const loss = terms.reduce<torch.Tensor | null>((sum, y) => (sum ? sum.add(y) : y), null);
          const grads = loss && torch.autograd.grad(loss, sources, { allowUnused: true });
          return { outputs: outputs.map((y) => y.detach()), grads };
        };
        const step = torch.compile(eager);
        const f = compiled ? step : eager;
        const inputs = Object.keys(c.input).map((n) => upload(golden.get(`input.${n}`)!));
        const results = [1, 2, 3].map(() => {
          const { outputs, grads } = f(...inputs);
          return [outputs.map(given), grads?.map(given)];
        });
        expect(step.info()).toMatchObject({ programs: compiled ? 1 : 0, notice: null });
        step.dispose();
        results.push(module.namedBuffers().map(([n, b]) => [n, given(b)]));
        module.dispose();
        return results;
      });
    expect(run(true)).toEqual(run(false));
  });
});

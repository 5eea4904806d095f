// torch.compile: arguments and results, modules, what is redone before every run, and what makes calls run eagerly.
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime, hostNumber, scope, type Tensor as CoreTensor } from "@isoform/core";
import { F, nn, optim, torch } from "../index.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());
beforeEach(() => {
  runtime.use();
  torch.manualSeed(3);
});
const values = (t: CoreTensor): number[] => Array.from(t.dataSync(), Number);
const t = (...v: number[]): torch.Tensor => torch.tensor(v);

describe("arguments and results", () => {
  it("are structures of tensors, and other values make programs of their own", () => {
    const f = torch.compile(
      (pair: readonly [torch.Tensor, { readonly b: torch.Tensor }], factor: number, how: string | null) => ({
        sum: pair[0].add(pair[1].b),
        list: [pair[0].mul(factor), null] as const,
        how: how === "none" ? undefined : pair[0],
      }),
    );
    for (let i = 1; i <= 4; i++) {
      const got = f([t(i), { b: t(10) }], i < 4 ? 2 : 3, i === 3 ? "none" : "all");
      expect(values(got.sum)).toEqual([i + 10]);
      expect([values(got.list[0]), got.list[1]]).toEqual([[i * (i < 4 ? 2 : 3)], null]);
      expect(got.how === undefined ? null : values(got.how)).toEqual(i === 3 ? null : [i]);
      expect(got.sum).toBeInstanceOf(torch.Tensor);
    }
    expect(f.info()).toMatchObject({ programs: 3, notice: null });
    f.dispose();
    expect(values(f([t(7), { b: t(1) }], 2, null).sum)).toEqual([8]);
  });

  it("may be nothing", () => {
    const total = t(0);
    const add = torch.compile((x: torch.Tensor) => void total.add_(x));
    for (let i = 1; i <= 4; i++) expect(add(t(i))).toBeUndefined();
    expect(values(total)).toEqual([10]);
    expect(add.info()).toMatchObject({ programs: 1, notice: null });
  });

  it("that no program has are refused with typed errors", async () => {
    expect(() => torch.compile("step" as never)).toThrow("expected a function or a module, got step");
    expect(() => torch.compile(() => t(1), { backend: "x" } as never)).toThrow('unknown option "backend"');
    const id = torch.compile((x: unknown) => x);
    expect(() => id(new Map())).toThrow("an argument of a compiled function is a Map");
    expect(() => id(nn.Linear(1, 1))).toThrow("an argument of a compiled function is a Linear");
    expect(() => torch.compile(() => new Set([t(1)]))()).toThrow("a compiled function returned a Set");
    const waiting = torch.compile(async (x: torch.Tensor) => x.mul(Number(await x.item())));
    for (let i = 0; i < 2; i++) expect(() => waiting(t(1))).toThrow("a compiled function must not be async");
    await new Promise((done) => setTimeout(done, 0));
  });

  it("count only for calls that make programs: numbers as results run eagerly", () => {
    let calls = 0;
    const f = torch.compile((x: torch.Tensor) => [x.mul(2), ++calls] as const);
    expect([1, 2, 3].map((v) => f(t(v))[1])).toEqual([1, 3, 4]);
    expect(f.info().notice).toContain("a compiled function returned 2");
  });
});

describe("modules", () => {
  it("run as programs where no gradients are recorded, one per mode", () => {
    const net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5));
    const f = torch.compile(net);
    const x = torch.randn(4, 2);
    for (const mode of [false, true, false, true, false]) {
      net.train(mode);
      const [got, want] = torch.noGrad(() => [mode ? null : f(x), mode ? null : net(x)]);
      if (got && want) expect(values(got)).toEqual(values(want));
      else torch.noGrad(() => f(x));
    }
    expect(values(net.buffers()[2]!)).toEqual([2]);
    expect(f.info()).toMatchObject({ programs: 2, notice: null });
    f(x).sum().backward();
    expect(net.parameters()[0]!.grad).not.toBeNull();
    expect(f.info().notice).toContain("records gradients");
    torch.noGrad(() => f(x));
    expect(f.info().notice).toBeNull();
    expect(() => torch.compile(net, { fullgraph: true })(x)).toThrow("cannot run as one program");
  });

  it("are read anew: other weights, settings and hooks make other programs", () => {
    const net = nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU({ negativeSlope: 0.5 }));
    const f = torch.compile((x: torch.Tensor) => torch.noGrad(() => net(x)));
    const check = () => expect(values(f(t(1, -2)))).toEqual(values(torch.noGrad(() => net(t(1, -2)))));
    const [linear, act] = net.children();
    for (let i = 0; i < 3; i++) check();
    torch.noGrad(() => linear!.parameters()[0]!.mul_(3));
    check();
    expect(f.info().programs).toBe(1);
    Reflect.set(linear!, "weight", nn.Parameter(torch.ones(2, 2)));
    check();
    Reflect.set(act!, "negativeSlope", 0.1);
    check();
    const remove = act!.registerForwardHook((_m, _inputs, out) => (out as torch.Tensor).add(1));
    check();
    remove();
    check();
    expect(f.info()).toMatchObject({ programs: 4, notice: null });
  });

  it("whose forward changes properties run eagerly; buffers may change", () => {
    class Counting extends nn.Module<[x: torch.Tensor], torch.Tensor> {
      calls = 0;
      declare last: torch.Tensor | null;
      declare total: torch.Tensor;
      readonly how: string;
      constructor(how: string) {
        super();
        this.how = how;
        this.last = null;
        this.registerBuffer("total", t(0));
      }
      override forward(x: torch.Tensor): torch.Tensor {
        if (this.how === "number") this.calls++;
        if (this.how === "tensor") this.last = torch.keep(x.mul(2));
        if (this.how === "buffer") this.total.add_(x);
        return x.add(this.last ?? 0);
      }
    }
    for (const how of ["number", "tensor", "buffer"] as const) {
      const net = new Counting(how);
      const f = torch.compile(net);
      for (let i = 1; i <= 4; i++) expect(values(f(t(i)))).toEqual([how === "tensor" ? 3 * i : i]);
      expect(net.calls).toBe(how === "number" ? 4 : 0);
      expect(values(net.total)).toEqual([how === "buffer" ? 10 : 0]);
      if (how === "buffer") expect(f.info().notice).toBeNull();
      else expect(f.info().notice).toContain(`changes the property ${how === "number" ? "calls" : "last"}`);
    }
  });

  it("may be set to a mode in the step", () => {
    const drop = nn.Dropout(0.5);
    const f = torch.compile((x: torch.Tensor) => {
      drop.train();
      const noisy = drop(x);
      drop.eval();
      return [noisy, drop(x)];
    });
    for (let i = 0; i < 4; i++) {
      const [noisy, plain] = f(torch.ones(64));
      expect(new Set(values(noisy!))).toEqual(new Set([0, 2]));
      expect(new Set(values(plain!))).toEqual(new Set([1]));
      expect(drop.training).toBe(false);
      drop.train(i % 2 === 0);
    }
    expect(f.info()).toMatchObject({ programs: 1, notice: null });
  });
});

describe("before every run", () => {
  it("random numbers are drawn, in the order of the program", () => {
    const weights = nn.Parameter(torch.zeros(3, 20));
    const draws = () => [
      torch.rand(3),
      F.dropout(torch.ones(40), { p: 0.3 }),
      torch.randn(20),
      torch.randint(0, 9, [5]),
      torch.randperm(7),
      torch.bernoulli(torch.full([6], 0.5)),
      nn.init.kaimingUniform_(weights).mul(1).detach(),
      torch.randn(3),
    ];
    const runs = (f: () => torch.Tensor[]) => {
      torch.manualSeed(11);
      return Array.from({ length: 4 }, () => f().map(values));
    };
    const want = runs(draws);
    const compiled = torch.compile(draws);
    expect(runs(compiled)).toEqual(want);
    expect(compiled.info()).toMatchObject({ programs: 1, notice: null });
    expect(want[1]).not.toEqual(want[2]);
    const seeded = torch.compile(() => {
      torch.manualSeed(5);
      return torch.rand(4);
    });
    const [first, ...others] = Array.from({ length: 4 }, () => values(seeded()));
    for (const o of others) expect(o).toEqual(first);
  });

  it("what cannot be redrawn runs eagerly", () => {
    const f = torch.compile(() => torch.tensor([...torch.defaultGenerator().rand(2)]));
    const runs = [1, 2, 3].map(() => values(f()).join());
    expect(new Set(runs).size).toBe(3);
    expect(f.info().notice).toContain("the generator is used directly");
  });

  it("schedules in the step advance, numbers of hostNumber are asked for", () => {
    const w = nn.Parameter(t(1));
    const opt = optim.SGD([w], { lr: 1 });
    const schedule = optim.lrScheduler.SequentialLR(
      opt,
      [optim.lrScheduler.StepLR(opt, 2, { gamma: 0.5 }), optim.lrScheduler.ExponentialLR(opt, 0.9)],
      [4],
    );
    let n = 0;
    const step = torch.compile((x: torch.Tensor) => {
      opt.zeroGrad();
      w.mul(x)
        .mul(hostNumber(() => ++n))
        .sum()
        .backward();
      opt.step();
      schedule.step();
    });
    for (let i = 0; i < 6; i++) step(t(1));
    expect(n).toBe(6);
    expect(schedule.lastEpoch).toBe(6);
    const w1 = 1 - (1 + 2) - 0.5 * (3 + 4) - 1 * 5 - Math.fround(0.9) * 6;
    expect(values(w)[0]).toBeCloseTo(w1, 4);
    expect(step.info()).toMatchObject({ programs: 1, notice: null });
    const asking = torch.compile(() => void schedule.getLastLr());
    for (let i = 0; i < 2; i++) asking();
    expect(asking.info().notice).toContain("the rate is read while a step is compiled");
  });
});

describe("gradients", () => {
  it("are forgotten after a compiled step, and gather within one", () => {
    const w = nn.Parameter(t(1));
    const opt = optim.SGD([w], { lr: 0.5 });
    const step = torch.compile((x: torch.Tensor) => {
      opt.zeroGrad();
      w.mul(x).sum().backward();
      w.mul(2).sum().backward();
      opt.step();
      return w.grad!.mul(1);
    });
    expect([1, 2, 3].map((v) => values(step(t(v)))[0])).toEqual([3, 4, 5]);
    expect(values(w)).toEqual([1 - 0.5 * 12]);
    expect(w.grad).toBeNull();
    expect(step.info()).toMatchObject({ programs: 1, notice: null });
  });

  it("of several batches may gather, be clipped, and feed an average of the weights", () => {
    const run = (compiled: boolean) => {
      torch.manualSeed(1);
      const net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2));
      const average = net.parameters().map((p) => p.detach().mul(1));
      const opt = optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.9 });
      const eager = (batches: readonly torch.Tensor[]) => {
        net.zeroGrad();
        const losses = batches.map((x) => net(x).square().mean());
        for (const loss of losses) loss.backward();
        torch.noGrad(() => {
          const squares = net.parameters().map((p) => p.grad!.square().sum());
          const norm = squares.reduce((a, b) => a.add(b)).sqrt();
          for (const p of net.parameters()) p.grad!.mul_(norm.clamp({ min: 0.5 }).reciprocal().mul(0.5));
          opt.step();
          net.parameters().forEach((p, i) => average[i]!.mul_(0.9).add_(p, { alpha: 0.1 }));
        });
        return { norm: net.parameters()[0]!.grad!.norm(), losses };
      };
      const step = torch.compile(eager);
      const f = compiled ? step : eager;
      const seen = [1, 2, 3, 4].map((i) => {
        const { norm, losses } = f([torch.full([2, 3], i), torch.randn(2, 3)]);
        return [values(norm), losses.map(values)];
      });
      expect(step.info()).toMatchObject({ programs: compiled ? 1 : 0, notice: null });
      return [seen, average.map(values), net.parameters().map(values)];
    };
    expect(run(true)).toEqual(run(false));
  });

  it("may be taken away at the end of the step instead", () => {
    const w = nn.Parameter(t(1));
    const opt = optim.SGD([w], { lr: 0.5 });
    const step = torch.compile((x: torch.Tensor) => {
      w.mul(x).sum().backward();
      opt.step();
      opt.zeroGrad();
    });
    for (const v of [1, 2, 3]) step(t(v));
    expect(values(w)).toEqual([-2]);
    expect(step.info()).toMatchObject({ programs: 1, notice: null });
    w.mul(10).sum().backward();
    step(t(1));
    expect(values(w)).toEqual([-7.5]);
    expect(step.info().notice).toContain("uses a gradient from before the step");
    step(t(1));
    expect(values(w)).toEqual([-8]);
  });

  it("that code outside needs are gathered eagerly", () => {
    const w = nn.Parameter(t(1));
    const opt = optim.SGD([w], { lr: 1 });
    const micro = torch.compile((x: torch.Tensor) => w.mul(x).sum().backward());
    for (const v of [1, 2, 3]) micro(t(v));
    opt.step();
    expect(values(w)).toEqual([-5]);
    expect(micro.info().notice).toMatch(/gradient/);
    w.grad = null;
    const left = torch.compile((x: torch.Tensor) => w.mul(x).sum().backward());
    left(t(0));
    w.grad = null;
    left(t(4));
    expect(left.info().notice).toContain("leaves gradients for code outside of it");
    expect(values(w.grad!)).toEqual([4]);
    const update = torch.compile(() => opt.step());
    update();
    w.grad = t(2);
    update();
    expect(values(w)).toEqual([-5 - 4 - 2]);
    expect(update.info().notice).toContain("uses a gradient from before the step");
  });

  it("flow through results of eager calls, and are refused to programs", () => {
    const w = nn.Parameter(t(2));
    const f = torch.compile((x: torch.Tensor) => w.mul(x));
    for (let i = 1; i <= 3; i++) {
      w.grad = null;
      f(t(i)).sum().backward();
      expect(values(w.grad!)).toEqual([i]);
    }
    expect(f.info().notice).toContain("gradients could still flow through");
    const plain = torch.compile((x: torch.Tensor) => w.mul(x).detach());
    for (let i = 1; i <= 3; i++) expect(values(plain(t(i)))).toEqual([2 * i]);
    expect(plain.info().notice).toBeNull();
    const x = torch.tensor([3], { requiresGrad: true });
    plain(x);
    expect(plain.info().notice).toBe("an argument of the call records gradients");
  });

  it("of functions of gradients", () => {
    const f = torch.compile((x: torch.Tensor) => {
      const v = x.mul(1).detach().requiresGrad_();
      const [g] = torch.autograd.grad(v.pow(3).sum(), v, { createGraph: true });
      return torch.autograd.grad(g!.sum(), v)[0]!.detach();
    });
    for (const v of [1, 2, 3]) expect(values(f(t(v)))).toEqual([6 * v]);
    expect(f.info()).toMatchObject({ programs: 1, notice: null });
  });
});

describe("what runs eagerly, and says why", () => {
  it("steps that read values", () => {
    const w = nn.Parameter(t(1));
    const opt = optim.Adam([w], { lr: 0.1 });
    const seen: number[] = [];
    const step = torch.compile((x: torch.Tensor) => {
      opt.zeroGrad();
      const loss = w.mul(x).square().sum();
      loss.backward();
      opt.step();
      seen.push(Number(loss.itemSync()));
      return loss;
    });
    const losses = [1, 2, 3].map((v) => Number(step(t(v)).itemSync()));
    expect(seen).toEqual(losses);
    expect(opt.state.get(w)!.get("step")).toBe(3);
    expect(step.info().notice).toContain("a traced tensor has no value");
    const strict = torch.compile((x: torch.Tensor) => x.mul(Number(x.itemSync())), { fullgraph: true });
    strict(t(1));
    expect(() => strict(t(1))).toThrow("the call cannot run as one program");
  });

  it("arguments changed in place", () => {
    const f = torch.compile((x: torch.Tensor) => x.add_(1));
    const x = t(0);
    for (let i = 0; i < 3; i++) f(x);
    expect(values(x)).toEqual([3]);
    expect(f.info().notice).toContain("changes an argument in place");
  });

  it("optimizers that use a count outside", () => {
    class Counted extends optim.Optimizer<{ readonly lr: number }> {
      protected override update(p: torch.Tensor, grad: CoreTensor, o: { lr: number }, state: optim.StateOf) {
        const count = state.count("step");
        return p.sub(torch.Tensor.prototype.mul.call(grad, o.lr / count()));
      }
    }
    const w = nn.Parameter(t(12));
    const opt = new Counted([w], { lr: 6 }, {});
    const step = torch.compile(() => {
      opt.zeroGrad();
      w.sum().backward();
      opt.step();
    });
    for (let i = 0; i < 3; i++) step();
    expect(values(w)).toEqual([12 - 6 - 3 - 2]);
    expect(step.info().notice).toContain(
      "the number step of the optimizer's state is used while a step is compiled",
    );
  });

  it("nothing of a compiled function called in another", () => {
    const inner = torch.compile((x: torch.Tensor) => x.mul(2));
    const outer = torch.compile((x: torch.Tensor) => inner(x).add(1));
    for (const v of [1, 2, 3]) expect(values(outer(t(v)))).toEqual([2 * v + 1]);
    expect(outer.info()).toMatchObject({ programs: 1, notice: null });
  });

  it("only the call that adds an optimizer's state", () => {
    const [a, b] = [nn.Parameter(t(1)), nn.Parameter(t(1))];
    b.requiresGrad_(false);
    const opt = optim.SGD([a, b], { lr: 1, momentum: 0.5 });
    const step = torch.compile(() => {
      opt.zeroGrad();
      a.add(b).sum().backward();
      opt.step();
    });
    for (let i = 0; i < 3; i++) step();
    b.requiresGrad_(true);
    for (let i = 0; i < 3; i++) step();
    expect(step.info()).toMatchObject({ programs: 2, notice: null });
    expect(values(b)).toEqual([1 - 1 - 1.5 - 1.75]);
    opt.dispose();
    for (let i = 0; i < 3; i++) scope(() => step());
    expect(values(b)).toEqual([1 - 2 * (1 + 1.5 + 1.75)]);
    expect(step.info().notice).toBeNull();
  });
});

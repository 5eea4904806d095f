// nn.Module: what it finds among its properties, state dicts, calling, modes. No data beside this file is needed.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { setBackend, type Device, type Tensor as CoreTensor } from "@isoform/core";
import { nn, torch } from "../index.js";

let device: Device;
beforeAll(async () => {
  device = await setBackend(reference());
});

class Tiny extends nn.Module<[x: CoreTensor], torch.Tensor> {
  fc = nn.Linear(2, 3);
  bn = nn.BatchNorm1d(3);
  gain = nn.Parameter(torch.ones(1));
  plain = torch.ones(4);
  override forward(x: CoreTensor): torch.Tensor {
    return this.bn(this.fc(x)).mul(this.gain);
  }
}

describe("registry", () => {
  it("own parameters come before those of children; plain tensors and null do not count", () => {
    const names = new Tiny().namedParameters().map(([n]) => n);
    expect(names).toEqual(["gain", "fc.weight", "fc.bias", "bn.weight", "bn.bias"]);
    expect(
      nn
        .Linear(2, 3, { bias: false })
        .namedParameters()
        .map(([n]) => n),
    ).toEqual(["weight"]);
  });

  it("shared modules and parameters count once, but the state dict names them twice", () => {
    class Tied extends nn.Module {
      a = nn.Linear(2, 2, { bias: false });
      b = nn.Linear(2, 2, { bias: false });
      c = this.a;
      constructor() {
        super();
        this.b.weight = this.a.weight;
      }
    }
    const m = new Tied();
    expect(m.namedParameters().map(([n]) => n)).toEqual(["a.weight"]);
    expect(m.namedModules().map(([n]) => n)).toEqual(["", "a", "b"]);
    const state = m.stateDict();
    expect([...state.keys()]).toEqual(["a.weight", "b.weight", "c.weight"]);
    expect(new Set(state.values()).size).toBe(1);
  });

  it("assigning a property registers, and assigning null removes", () => {
    const m = new Tiny();
    Reflect.set(m, "extra", nn.Linear(1, 1));
    expect(m.namedChildren().map(([n]) => n)).toEqual(["fc", "bn", "extra"]);
    Reflect.set(m, "extra", null);
    expect(m.children().length).toBe(2);
  });

  it("buffers: saved or not, outside scopes", () => {
    class Counter extends nn.Module {
      declare steps: torch.Tensor;
      declare cache: torch.Tensor;
      constructor() {
        super();
        this.registerBuffer("steps", torch.zeros(1));
        this.registerBuffer("cache", torch.zeros(2), { persistent: false });
        this.registerBuffer("absent", null);
      }
    }
    const m = torch.scope(() => new Counter());
    expect(m.namedBuffers().map(([n]) => n)).toEqual(["steps", "cache"]);
    expect([...m.stateDict().keys()]).toEqual(["steps"]);
    expect(m.steps.toArraySync()).toEqual([0]);
    m.steps = torch.ones(1);
    expect(m.stateDict().get("steps")!.toArraySync()).toEqual([1]);
  });

  it("train, eval, requiresGrad_, apply and zeroGrad reach everything", () => {
    const m = nn.Sequential(new Tiny(), nn.Dropout());
    expect(m.modules().every((c) => c.training)).toBe(true);
    m.eval();
    expect(m.modules().some((c) => c.training)).toBe(false);
    m.train();
    m.requiresGrad_(false);
    expect(m.parameters().some((p) => p.requiresGrad)).toBe(false);
    m.requiresGrad_();
    m(torch.randn(4, 2)).sum().backward();
    expect(m.parameters().every((p) => p.grad !== null)).toBe(true);
    m.zeroGrad();
    expect(m.parameters().every((p) => p.grad === null)).toBe(true);
    const order: string[] = [];
    m.apply((c) => order.push(c.constructor.name));
    expect(order).toEqual(["Linear", "BatchNorm1d", "Tiny", "Dropout", "Sequential"]);
  });

  it("to(dtype) converts floats and leaves integers", () => {
    const m = nn.BatchNorm1d(3).to("float64");
    expect([...m.stateDict().values()].map((t) => t.dtype)).toEqual([
      "float64",
      "float64",
      "float64",
      "float64",
      "int64",
    ]);
    expect(m.weight!.requiresGrad).toBe(true);
  });

  it("dispose gives everything back", () => {
    const before = device.memory().storages;
    const m = torch.scope(() => {
      const model = nn.Sequential(new Tiny(), nn.LSTM(1, 1) as never);
      model.get(0);
      return model;
    });
    expect(device.memory().storages).toBeGreaterThan(before);
    m.dispose();
    expect(device.memory().storages - before).toBeLessThanOrEqual(1);
  });
});

describe("loadStateDict", () => {
  const state = (entries: Record<string, readonly number[]>): Map<string, CoreTensor> =>
    new Map(Object.entries(entries).map(([k, v]) => [k, torch.tensor(v)]));

  it("copies values in place", () => {
    const m = nn.Linear(1, 1);
    const { weight } = m;
    const source = new Map<string, CoreTensor>([
      ["weight", torch.tensor([[5]])],
      ["bias", torch.tensor([6])],
    ]);
    expect(m.loadStateDict(source)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(m.weight).toBe(weight);
    expect([weight.itemSync(), m.bias!.itemSync()]).toEqual([5, 6]);
    expect(weight.requiresGrad).toBe(true);
  });

  it("lists everything that is wrong at once, and changes nothing", () => {
    const m = nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 1));
    const before = [...m.stateDict().values()].map((t) => t.toArraySync());
    expect(() =>
      m.loadStateDict(state({ "0.wieght": [1], "0.bias": [1, 2, 3], "1.weight": [1], other: [1] })),
    ).toThrow(
      [
        "Sequential.loadStateDict: the state dict does not fit:",
        "  missing: 0.weight, 1.bias",
        "  unexpected: 0.wieght (did you mean 0.weight?), other",
        "  0.bias: is [3], the module has [2]",
        "  1.weight: is [1], the module has [1,2]",
        "  Fix: make the module with the sizes it had when it was saved, or leave these tensors out of the Map and pass { strict: false }",
      ].join("\n"),
    );
    expect([...m.stateDict().values()].map((t) => t.toArraySync())).toEqual(before);
  });

  it("strict false loads what fits, and still refuses wrong shapes", () => {
    const m = nn.Linear(1, 2);
    expect(m.loadStateDict(state({ bias: [7, 8], more: [1] }), { strict: false })).toEqual({
      missingKeys: ["weight"],
      unexpectedKeys: ["more"],
    });
    expect(m.bias!.toArraySync()).toEqual([7, 8]);
    expect(() => m.loadStateDict(state({ bias: [7] }), { strict: false })).toThrow(
      "bias: is [1], the module has [2]",
    );
  });

  it("takes a plain object, and says that names may be left out", () => {
    const m = nn.Linear(1, 1);
    m.loadStateDict({ weight: torch.tensor([[2]]), bias: torch.tensor([3]) });
    expect(m.weight.toArraySync()).toEqual([[2]]);
    expect(() => m.loadStateDict({ weight: torch.tensor([[2]]) })).toThrow(
      "Fix: pass { strict: false } to ignore missing and unexpected names",
    );
  });

  it("casts to the module's dtype", () => {
    const m = nn.Linear(1, 1).to("float64");
    m.loadStateDict(state({ bias: [0.5] }), { strict: false });
    expect(m.bias!.dtype).toBe("float64");
  });

  it("round trip", () => {
    const [a, b] = [new Tiny(), new Tiny()];
    b.loadStateDict(a.stateDict());
    const x = torch.randn(3, 2);
    expect(b.eval()(x).toArraySync()).toEqual(a.eval()(x).toArraySync());
  });
});

describe("calling", () => {
  it("with and without new, and as functions", () => {
    for (const fc of [nn.Linear(2, 3), new nn.Linear(2, 3)]) {
      expect(fc).toBeInstanceOf(nn.Linear);
      expect(fc).toBeInstanceOf(nn.Module);
      expect(typeof fc).toBe("function");
      expect(fc(torch.ones(4, 2)).shape).toEqual([4, 3]);
    }
  });

  it("user classes: new Net(), define(Net), subclasses, private fields", () => {
    class Net extends nn.Module<[x: CoreTensor], torch.Tensor> {
      #factor = 2;
      fc = nn.Linear(1, 1, { bias: false });
      override forward(x: CoreTensor): torch.Tensor {
        return this.fc(x).mul(this.#factor);
      }
    }
    class Deeper extends Net {
      override forward(x: CoreTensor): torch.Tensor {
        return super.forward(x).add(1);
      }
    }
    const Callable = nn.define(Net);
    const m = Callable();
    expect(m).toBeInstanceOf(Net);
    expect(m.constructor.name).toBe("Net");
    torch.noGrad(() => m.fc.weight.fill_(3));
    expect(m(torch.ones(1)).toArraySync()).toEqual([6]);
    const deeper = new Deeper();
    torch.noGrad(() => deeper.fc.weight.fill_(3));
    expect(deeper(torch.ones(1)).toArraySync()).toEqual([7]);
    expect(() => Reflect.apply(Net, undefined, [])).toThrow(TypeError);
  });

  it("name and length are free for use", () => {
    class Named extends nn.Module {
      override name = "first";
      override length = 3;
    }
    const m = new Named();
    expect([m.name, m.length]).toEqual(["first", 3]);
  });

  it("forward hooks see and may replace the output", () => {
    const m = nn.ReLU();
    const seen: unknown[] = [];
    const remove = m.registerForwardHook((module, inputs, output) => {
      seen.push(module, inputs.length);
      return (output as torch.Tensor).add(1);
    });
    expect(m(torch.ones(1)).toArraySync()).toEqual([2]);
    expect(seen).toEqual([m, 1]);
    remove();
    expect(m(torch.ones(1)).toArraySync()).toEqual([1]);
  });

  it("releases what forward made and did not return", () => {
    const m = new Tiny();
    const x = torch.ones(2, 2);
    const before = device.memory().storages;
    const y = torch.noGrad(() => m.eval()(x));
    expect(device.memory().storages).toBe(before + 1);
    y.dispose();
    expect(device.memory().storages).toBe(before);
  });
});

describe("containers", () => {
  it("Sequential", () => {
    const m = nn.Sequential(nn.Linear(2, 3), nn.ReLU());
    expect([m.size, [...m].length, m.get(-1)]).toEqual([2, 2, m.children()[1]]);
    m.append(nn.Linear(3, 1));
    expect(m(torch.ones(1, 2)).shape).toEqual([1, 1]);
    expect(() => m.get(3)).toThrow("Sequential: no module 3 among 3\n  Fix: use an index from -3 to 2");
    expect(nn.Sequential()(torch.ones(1)).toArraySync()).toEqual([1]);
  });

  it("ModuleList and ModuleDict", () => {
    const list = new nn.ModuleList([nn.Linear(1, 1)]).append(nn.Linear(1, 2)).extend([nn.Linear(2, 1)]);
    expect([list.length, list.get(1).outFeatures, [...list].length]).toEqual([3, 2, 3]);
    const dict = new nn.ModuleDict({ b: nn.Linear(1, 1), a: nn.Linear(1, 2) }).set("c", nn.Linear(1, 3));
    expect([dict.keys(), dict.has("a"), dict.get("c").outFeatures, dict.size]).toEqual([
      ["b", "a", "c"],
      true,
      3,
      3,
    ]);
    expect(() => dict.get("d")).toThrow('ModuleDict: no module "d"\n  Fix: did you mean `b`?');
    expect(() => dict.set("keys", nn.Linear(1, 1))).toThrow('"keys" cannot name a sub-module');
    expect(() => dict.set("x.y", nn.Linear(1, 1))).toThrow('"x.y" cannot name a sub-module');
  });
});

describe("lists of modules change as PyTorch's", () => {
  it("extend, insert, length, and an array", () => {
    const [a, b, c, d] = [nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.Identity()];
    const model = nn.Sequential([a, c]).insert(1, b).insert(-3, d);
    expect([...model].map((m) => m.constructor.name)).toEqual(["Identity", "ReLU", "Tanh", "Sigmoid"]);
    expect([model.length, model.extend([nn.GELU(), nn.SiLU()]).size]).toEqual([4, 6]);
    expect(model.namedChildren().map(([name]) => name)).toEqual(["0", "1", "2", "3", "4", "5"]);
    const list = new nn.ModuleList<nn.Module>([a as nn.Module])
      .insert(0, b as nn.Module)
      .insert(2, c as nn.Module);
    expect([...list]).toEqual([b, a, c]);
    expect(() => model.insert(9, a)).toThrow("cannot be inserted at 9");
    expect(() => nn.Sequential(new Map([["x", a]])).insert(0, b)).toThrow("names of their own");
  });
});

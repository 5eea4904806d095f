// Stacks of transformer layers: copies with weights of their own, training, conversion; containers of parameters; what
// the newer modules refuse.
import { reference } from "@isoform/backend-reference";
import { createRuntime, disposeGraph, scope, type Tensor as CoreTensor } from "@isoform/core";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { F, nn, optim, torch, traceModule } from "../index.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());
beforeEach(() => {
  runtime.use();
  torch.manualSeed(2);
});
const values = (t: CoreTensor): number[] => Array.from(t.dataSync(), Number);
const wrong = (value: unknown): never => value as never;
const small = { dimFeedforward: 5, dropout: 0 };

/** The layers of a stack, which are of a class. */
function layersOf<M extends nn.Module>(
  stack: nn.TransformerEncoder,
  Class: abstract new (...args: never[]) => M,
): M[] {
  return [...stack.layers].map((layer: nn.Module) => {
    if (layer instanceof Class) return layer;
    throw new Error(`a ${layer.constructor.name}`);
  });
}

describe("layers of a stack", () => {
  it("are copies: equal at first, trained apart, without the layer given", () => {
    for (const compiled of [false, true]) {
      const layer = nn.TransformerEncoderLayer(4, 2, small);
      const encoder = nn.TransformerEncoder(layer, 2);
      const [a, b] = layersOf(encoder, nn.TransformerEncoderLayer);
      const before = values(layer.linear1.weight);
      expect(values(a!.linear1.weight)).toEqual(before);
      expect(values(b!.linear1.weight)).toEqual(before);
      expect(encoder.parameters()).not.toContain(layer.linear1.weight);
      const optimizer = optim.SGD(encoder.parameters(), { lr: 0.5 });
      const step = (x: torch.Tensor) => {
        optimizer.zeroGrad();
        const loss = encoder(x).mul(x).sum();
        loss.backward();
        optimizer.step();
        return loss;
      };
      const run = compiled ? torch.compile(step, { fullgraph: true }) : step;
      for (let i = 0; i < 4; i++) run(torch.randn(3, 2, 4));
      expect(values(layer.linear1.weight)).toEqual(before);
      expect(values(a!.linear1.weight)).not.toEqual(before);
      expect(values(a!.linear1.weight)).not.toEqual(values(b!.linear1.weight));
      expect(layer.linear1.weight.grad).toBeNull();
    }
  });

  it("keep mode, frozen parameters, buffers, hooks and what is shared", () => {
    class Own extends nn.Module<[src: CoreTensor, options?: object], torch.Tensor> {
      first = nn.Linear(2, 2, { bias: false });
      second = this.first;
      sizes = [1, 2];
      constructor() {
        super();
        this.registerBuffer("kept", torch.ones(2));
        this.registerBuffer("forgotten", torch.ones(2), { persistent: false });
      }
      override forward(src: CoreTensor): torch.Tensor {
        return this.second(this.first(src));
      }
    }
    const own = new Own();
    own.first.weight.requiresGrad_(false);
    own.eval();
    let calls = 0;
    own.registerForwardHook(() => void calls++);
    const stack = nn.TransformerEncoder(own, 2);
    expect([...stack.stateDict().keys()]).toEqual(
      [0, 1].flatMap((i) => ["kept", "first.weight", "second.weight"].map((n) => `layers.${i}.${n}`)),
    );
    const copy = layersOf(stack, Own)[0]!;
    expect(copy.first).toBe(copy.second);
    expect(copy.first).not.toBe(own.first);
    expect([copy.first.weight.requiresGrad, copy.training, copy.sizes]).toEqual([false, false, [1, 2]]);
    expect(copy.sizes).not.toBe(own.sizes);
    stack(torch.ones(1, 2));
    expect(calls).toBe(2);
    torch.noGrad(() => copy.first.weight.zero_());
    expect(values(own.first.weight)).not.toContain(0);
  });

  it("go with the stack", () => {
    const before = runtime.defaultDevice.memory().storages;
    scope(() => {
      const model = nn.Transformer({
        dModel: 4,
        nhead: 2,
        numEncoderLayers: 2,
        numDecoderLayers: 2,
        ...small,
      });
      model(torch.ones(2, 1, 4), torch.ones(2, 1, 4))
        .sum()
        .backward();
      model.dispose();
    });
    expect(runtime.defaultDevice.memory().storages).toBe(before);
  });

  it("may be replaced as a whole", () => {
    const layer = nn.TransformerEncoderLayer(4, 2, small);
    const encoder = nn.TransformerEncoder(layer, 1);
    const model = nn.Transformer({
      dModel: 4,
      nhead: 2,
      customEncoder: encoder,
      numDecoderLayers: 1,
      ...small,
    });
    expect(model.encoder).toBe(encoder);
    expect(model(torch.ones(3, 1, 4), torch.ones(2, 1, 4)).shape).toEqual([2, 1, 4]);
  });

  it("drop out in training, each with draws of its own", () => {
    const model = nn.TransformerEncoder(
      nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 5, dropout: 0.5 }),
      2,
    );
    const x = torch.ones(3, 2, 4);
    expect(values(model(x))).not.toEqual(values(model(x)));
    model.eval();
    expect(values(model(x))).toEqual(values(model(x)));
  });
});

describe("traces", () => {
  const made: Readonly<Record<string, () => [nn.Module, number[][]]>> = {
    TransformerEncoder: () => [
      nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, small), 2, { norm: nn.LayerNorm(4) }),
      [[3, 2, 4]],
    ],
    Transformer: () => [
      nn.Transformer({ dModel: 4, nhead: 2, ...small }),
      [
        [3, 2, 4],
        [2, 2, 4],
      ],
    ],
    GRUCell: () => [
      nn.GRUCell(3, 4),
      [
        [2, 3],
        [2, 4],
      ],
    ],
    RNNCell: () => [nn.RNNCell(3, 4), [[2, 3]]],
  };
  it.each(Object.keys(made))("%s keeps the names of its weights", (name) => {
    const [module, shapes] = made[name]!();
    module.eval();
    const { graph, modules } = traceModule(
      module,
      shapes.map((shape) => ({ shape, dtype: "float32" as const })),
    );
    const names = new Set([...graph.constants.keys()].map((v) => v.name));
    for (const key of module.stateDict().keys()) expect(names).toContain(key);
    expect(modules.get("")).toBe(name);
    disposeGraph(graph);
  });
});

describe("containers of parameters", () => {
  it("make parameters of tensors and belong to the parent", () => {
    class Net extends nn.Module<[x: torch.Tensor], torch.Tensor> {
      scales = nn.ParameterList([torch.ones(2), nn.Parameter(torch.zeros(2), { requiresGrad: false })]);
      named = nn.ParameterDict({ b: torch.ones(1), a: torch.ones(1) });
      override forward(x: torch.Tensor): torch.Tensor {
        let y: CoreTensor = x;
        for (const s of this.scales) y = torch.mul(y, s);
        return torch.add(y, this.named.get("a"));
      }
    }
    const net = new Net();
    expect(net.namedParameters().map(([n, p]) => [n, p.requiresGrad])).toEqual([
      ["scales.0", true],
      ["scales.1", false],
      ["named.a", true],
      ["named.b", true],
    ]);
    expect(values(net(torch.ones(2)))).toEqual([1, 1]);
    expect([net.scales.length, net.named.size, net.named.has("a"), net.named.has("c")]).toEqual([
      2,
      2,
      true,
      false,
    ]);
    expect(net.scales.get(-1).requiresGrad).toBe(false);
    net.scales.append(torch.ones(1)).extend([torch.ones(3)]);
    net.named.set("c", torch.ones(2)).update(new Map([["0", torch.ones(1)]]));
    expect([net.scales.length, net.named.keys(), net.named.values().length]).toEqual([
      4,
      ["0", "a", "b", "c"],
      4,
    ]);
    net.named.set("c", torch.zeros(2));
    expect(values(net.named.get("c"))).toEqual([0, 0]);
  });
});

/** What is called, and the beginning of the message. */
const REFUSED: Readonly<Record<string, readonly [run: () => unknown, message: string]>> = {
  "no layer": [() => nn.TransformerEncoder(wrong(3), 2), "TransformerEncoder: encoderLayer is 3"],
  "no number of layers": [
    () => nn.TransformerDecoder(nn.TransformerDecoderLayer(2, 1, small), wrong(undefined)),
    "TransformerDecoder: numLayers is missing",
  ],
  "heads of a transformer": [
    () => nn.Transformer({ nhead: 7 }),
    "Transformer: 7 heads do not divide 512 features",
  ],
  "Python's name": [() => nn.Transformer(wrong({ d_model: 8 })), 'Transformer: unknown option "d_model"'],
  "other features": [
    () => nn.Transformer({ dModel: 4, nhead: 2, ...small })(torch.ones(2, 1, 3), torch.ones(2, 1, 3)),
    "Transformer: src and tgt need 4 features (inputs: float32[2,1,3], float32[2,1,3])",
  ],
  "other batches": [
    () => nn.Transformer({ dModel: 4, nhead: 2, ...small })(torch.ones(2, 1, 4), torch.ones(2, 2, 4)),
    "Transformer: src and tgt have different batches",
  ],
  "an integer mask": [
    () => nn.Transformer.generateSquareSubsequentMask(2, { dtype: "int64" }),
    "generateSquareSubsequentMask: ",
  ],
  "states of another size": [
    () => nn.GRUCell(3, 4)(torch.ones(2, 3), torch.ones(2, 3)),
    "GRUCell: the state must be [2,4] (inputs: float32[2,3])",
  ],
  "a non-linearity": [
    () => nn.RNNCell(3, 4, wrong({ nonlinearity: "gelu" })),
    "RNNCell: nonlinearity is \"gelu\"\n  Fix: use 'tanh' or 'relu'",
  ],
  "a number among parameters": [
    () => nn.ParameterList(wrong([3])),
    'ParameterList: entry "0" is not a tensor: 3',
  ],
  "integers as parameters": [() => nn.ParameterList([torch.arange(3)]), "ParameterList: "],
  "no such parameter": [
    () => nn.ParameterDict({ scale: torch.ones(1) }).get("scal"),
    'ParameterDict: no parameter "scal"',
  ],
  "a parameter named like a method": [
    () => nn.ParameterDict().set("forward", torch.ones(1)),
    'ParameterDict: "forward" cannot name a parameter',
  ],
  "a call of a list": [() => nn.ParameterList()(), "ParameterList: no forward() is defined"],
  "a size that does not unpool": [
    () => F.maxUnpool1d(torch.ones(1, 2), torch.zeros([1, 2], { dtype: "int64" }), 2, { outputSize: [9] }),
    "maxUnpool1d: outputSize is [9] (inputs: float32[1,2])\n  Fix: it must be less than one stride from [4]",
  ],
  "the mode of an upsampling": [
    () => nn.UpsamplingNearest2d(wrong({ size: 2, mode: "bicubic" })),
    'UpsamplingNearest2d: unknown option "mode"',
  ],
  "no size of an upsampling": [
    () => nn.UpsamplingBilinear2d(),
    "UpsamplingBilinear2d: give either size or scaleFactor",
  ],
  "a grid of volumes": [
    () => F.gridSample(torch.ones(1, 1, 2, 2), torch.ones(1, 2, 2, 3)),
    "gridSample: the grid does not fit the image",
  ],
  "a mode of sampling": [
    () => F.gridSample(torch.ones(1, 1, 2, 2), torch.ones(1, 2, 2, 2), wrong({ mode: "bicubic" })),
    "gridSample: mode is \"bicubic\"\n  Fix: use 'bilinear' or 'nearest'",
  ],
  "a map of another size": [
    () => F.affineGrid(torch.ones(1, 2, 3), [2, 1, 3, 3]),
    "affineGrid: theta does not fit the size",
  ],
  "a distance that is none": [
    () => {
      const x = torch.ones(2, 2);
      return F.tripletMarginWithDistanceLoss(x, x, x, { distanceFunction: wrong(() => 3) });
    },
    "tripletMarginWithDistanceLoss: the distance is not a tensor: 3",
  ],
  "a class that does not exist": [
    () => F.multilabelMarginLoss(torch.ones(3), torch.tensor([3n, -1n, 7n])),
    "multilabelMarginLoss: index 3 is outside the classes of size 3",
  ],
  "a blank that does not exist": [
    () => F.ctcLoss(torch.ones(2, 1, 3), torch.tensor([[1n]]), [2], [1], { blank: 3 }),
    "ctcLoss: blank is 3",
  ],
  "an input longer than it is": [
    () => F.ctcLoss(torch.ones(2, 1, 3), torch.tensor([[1n]]), [3], [1]),
    "ctcLoss: 3 is among inputLengths\n  Fix: use at most 2",
  ],
  "lengths of other targets": [
    () => F.ctcLoss(torch.ones(2, 2, 3), torch.tensor([1n, 2n, 1n]), [2, 2], [1, 1]),
    "ctcLoss: the target lengths sum to 2 (inputs: int64[3])",
  ],
  "a label that does not exist": [
    () => F.ctcLoss(torch.ones(2, 1, 3), torch.tensor([[5n]]), [2], [1]),
    "ctcLoss: index 5 is outside the classes of size 3",
  ],
};

describe("wrong arguments", () => {
  it.each(Object.keys(REFUSED))("%s", (name) => {
    const [run, message] = REFUSED[name]!;
    expect(run).toThrow(message);
  });
});

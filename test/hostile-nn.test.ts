// Every module, initialiser, optimizer and schedule, made and called with hostile arguments.
import { DataLoader, nn, optim, TensorDataset, torch } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import { setBackend, type Device } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { Arguments, failures, functionsOf } from "./support/hostile.js";

/** Calls of each class. */
const ROUNDS = Number(process.env["ROUNDS"] ?? 150);
const ARITY = 4;

type Class = (...args: unknown[]) => unknown;

let device: Device;
beforeAll(async () => {
  device = await setBackend(cpu());
});

async function check(
  name: string,
  call: (args: readonly unknown[]) => unknown,
  options: readonly string[],
): Promise<void> {
  const make = (round: number) =>
    new Arguments(round * 1009 + name.length * 31 + name.charCodeAt(1), torch.Tensor, options);
  const found = await failures({ name, arity: ARITY, call }, device, make, ROUNDS);
  expect(found.join("\n")).toBe("");
}

const OPTIONS = [
  ..."weight bias reduction stride padding dilation groups p inplace eps mode value size scaleFactor margin".split(
    " ",
  ),
  ..."paddingMode outputPadding ceilMode countIncludePad negativeSlope alpha approximate beta threshold".split(
    " ",
  ),
  ..."lambd dim numParameters init lower upper minVal maxVal momentum affine trackRunningStats".split(" "),
  ..."elementwiseAffine k numLayers batchFirst dropout bidirectional projSize nonlinearity".split(" "),
  ..."dimFeedforward activation layerNormEps normFirst keyPaddingMask attnMask needWeights srcMask tgtMask".split(
    " ",
  ),
  ..."ignoreIndex labelSmoothing posWeight logInput full delta swap paddingIdx startDim endDim logTarget".split(
    " ",
  ),
  ..."a nonlinearity gain mean std".split(" "),
];
const OPTIM = [
  ..."lr momentum dampening weightDecay nesterov maximize betas eps amsgrad rho alpha etas stepSizes t0".split(
    " ",
  ),
  ..."initialAccumulatorValue lrDecay centered momentumDecay decoupledWeightDecay lambd".split(" "),
];
const SCHEDULES = [
  ..."gamma factor totalIters startFactor endFactor power etaMin TMult mode patience threshold cooldown".split(
    " ",
  ),
  ..."thresholdMode minLr stepSizeUp stepSizeDown scaleFn scaleMode cycleMomentum baseMomentum maxMomentum".split(
    " ",
  ),
  ..."totalSteps epochs stepsPerEpoch pctStart annealStrategy divFactor finalDivFactor threePhase eps".split(
    " ",
  ),
];

/** Classes of a namespace. */
const classes = (namespace: object, without: readonly string[] = []): [string, Class][] =>
  Object.entries(namespace).filter(
    ([name, value]) => /^[A-Z]/.test(name) && typeof value === "function" && !without.includes(name),
  );

/** Arguments with which a class can be made, so that calls come further. */
const SIZES: Readonly<Record<string, readonly unknown[]>> = {
  Softmax: [{ dim: -1 }],
  Softmin: [{ dim: -1 }],
  LogSoftmax: [{ dim: 0 }],
  Upsample: [{ scaleFactor: 2 }],
  UpsamplingNearest2d: [{ scaleFactor: 2 }],
  UpsamplingBilinear2d: [{ scaleFactor: 2 }],
  Unflatten: [0, [1, -1]],
  GroupNorm: [1, 3],
  BatchNorm2d: [2],
  InstanceNorm2d: [2],
  LayerNorm: [[3]],
  RMSNorm: [3],
  Linear: [3, 2],
  LSTM: [3, 4],
  GRU: [2, 4],
  RNN: [3, 4],
  LSTMCell: [3, 4],
  GRUCell: [3, 4],
  RNNCell: [3, 4],
  MultiheadAttention: [2, 1],
  TransformerEncoderLayer: [2, 1, { dimFeedforward: 3 }],
  TransformerDecoderLayer: [2, 1, { dimFeedforward: 3 }],
  Threshold: [1, 2],
  ConstantPad2d: [1, 2],
  Conv2d: [2, 3, 2],
  ConvTranspose2d: [2, 3, 2],
  Embedding: [3, 2],
  EmbeddingBag: [3, 2],
};
/** The same where that takes modules or tensors, which need a device. */
const LATE: Readonly<Record<string, () => readonly unknown[]>> = {
  TransformerEncoder: () => [nn.TransformerEncoderLayer(2, 1, { dimFeedforward: 3 }), 2],
  TransformerDecoder: () => [nn.TransformerDecoderLayer(2, 1, { dimFeedforward: 3 }), 2],
  Transformer: () => [{ dModel: 2, nhead: 1, dimFeedforward: 3, numEncoderLayers: 1, numDecoderLayers: 1 }],
  ParameterList: () => [[torch.ones([2])]],
};
/** A module, made somehow. */
function made(name: string, make: Class): nn.Module {
  for (const args of [SIZES[name] ?? LATE[name]?.() ?? [], [2], [2, 2], [2, 2, 2]]) {
    try {
      const module = make(...args);
      if (module instanceof nn.Module) return module;
    } catch {
      continue;
    }
  }
  throw new Error(`${name} needs SIZES`);
}

describe("modules", () => {
  const modules = classes(nn, ["Module"]);
  // By default a Transformer has 44 million weights, which take a second or two.
  const quick = modules.filter(([name]) => name !== "Transformer");
  it.each(quick)("%s is made", (name, make) =>
    check(
      `nn.${name}`,
      (args) => {
        const module = make(...args);
        if (module instanceof nn.Parameter) module.dispose();
        if (!(module instanceof nn.Module)) return null;
        const text = module.toString();
        module.dispose();
        return text;
      },
      OPTIONS,
    ),
  );
  it.each(modules.filter(([name]) => name !== "Parameter"))("%s is called", (name, make) => {
    const module = made(name, make);
    return check(
      `nn.${name}()`,
      (args) => {
        try {
          return Reflect.apply(module, undefined, args);
        } finally {
          module.train(!module.training);
        }
      },
      OPTIONS,
    );
  });
});

describe("methods of modules", () => {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(nn.Module.prototype)).flatMap(([key, d]) =>
    typeof d.value === "function" && !key.startsWith("_") && !["constructor", "collect"].includes(key)
      ? [key]
      : [],
  );
  it.each(methods)("%s", (key) =>
    check(
      `x.${key}`,
      (args) => {
        const module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2));
        try {
          return Reflect.apply(Reflect.get(module, key) as Class, module, args);
        } finally {
          module.dispose();
        }
      },
      ["persistent", "strict"],
    ),
  );
  it.each(["get", "append", "set", "extend", "has", "keys", "update"])("of containers: %s", (key) =>
    check(
      `x.${key}`,
      (args) => {
        const containers = [
          nn.Sequential(nn.ReLU()),
          nn.ModuleList([nn.ReLU()]),
          nn.ModuleDict({ a: nn.ReLU() }),
          nn.ParameterList([parameter()]),
          nn.ParameterDict({ a: parameter() }),
        ];
        const found = containers.filter((c) => key in c);
        const self = found[args.length % found.length]!;
        try {
          return Reflect.apply(Reflect.get(self, key) as Class, self, args);
        } finally {
          for (const c of containers) c.dispose();
        }
      },
      [],
    ),
  );
});

describe("utils", () => {
  const functions = [...functionsOf("utils", nn.utils), ...functionsOf("utils.rnn", nn.utils.rnn)];
  const options = ["normType", "errorIfNonfinite", "batchFirst", "paddingValue", "paddingSide"];
  it.each(functions.map((f) => [f.name, f.call] as const))("%s", (name, call) =>
    check(name, (args) => call(args.length % 3 > 0 ? [[parameter()], ...args.slice(1)] : args), options),
  );
});

describe("init", () => {
  it.each(Object.keys(nn.init))("%s", (name) => {
    const fill = Reflect.get(nn.init, name) as Class;
    return check(`init.${name}`, (args) => fill(...args), OPTIONS);
  });
});

/** A parameter with a gradient, released with the scope of the call. */
function parameter(): torch.Tensor {
  const p = torch.ones([2, 3]);
  p.requiresGrad_();
  p.grad = torch.ones([2, 3]);
  return p;
}

describe("optimizers", () => {
  it.each(classes(optim, ["Optimizer"]))("%s", (name, make) =>
    check(
      `optim.${name}`,
      (args) => {
        const [first, ...rest] = args;
        const fine = args.length % 3 > 0;
        const optimizer = make(fine ? [parameter()] : first, ...rest) as optim.AnyOptimizer;
        try {
          optimizer.step(rest[1] as never);
          optimizer.addParamGroup(rest[2] as never);
          optimizer.step();
          optimizer.zeroGrad();
        } finally {
          optimizer.dispose();
        }
        return null;
      },
      OPTIM,
    ),
  );
});

describe("schedules", () => {
  it.each(classes(optim.lrScheduler, ["LRScheduler"]))("%s", (name, make) =>
    check(
      `lrScheduler.${name}`,
      (args) => {
        // Errors of the user's own functions pass.
        const [first, ...rest] = args.map((a) => (typeof a === "function" ? () => 2 : a));
        const optimizer = optim.SGD([parameter()], { momentum: 0.5 });
        const chained = name === "ChainedScheduler";
        const made = chained ? [optim.lrScheduler.ConstantLR(optimizer)] : optimizer;
        const schedule = make(args.length !== 3 ? made : first, ...rest) as optim.lrScheduler.LRScheduler;
        for (let i = 0; i < 7; i++) {
          Reflect.apply(schedule.step as Class, schedule, [rest[i]]);
          const rates = schedule.getLastLr();
          if (!rates.every((r) => typeof r === "number" && !Number.isNaN(r)))
            throw new Error(`rates ${rates.join()}`);
        }
        return null;
      },
      SCHEDULES,
    ),
  );
});

describe("data", () => {
  it("TensorDataset", () =>
    check(
      "TensorDataset",
      (args) => {
        const data = TensorDataset(...(args as torch.Tensor[]));
        try {
          return [data.get(args.length - 2), data.getBatch([0, args.length - 2])];
        } finally {
          for (const t of data.tensors) t.dispose();
        }
      },
      [],
    ));
  it("rows", () => {
    const data = TensorDataset(torch.ones([3, 2]), torch.arange(3));
    return check("getBatch", (args) => [data.getBatch(args[0] as never), data.get(args[1] as never)], []);
  });
  it("DataLoader", () => {
    const data = TensorDataset(torch.ones([3, 2]));
    return check(
      "DataLoader",
      (args) => {
        const dataset = args.length % 2 === 0 ? data : { length: 2, get: (i: number) => args[i] };
        for (const batch of DataLoader(dataset as never, args[1] as never)) void batch;
        return null;
      },
      ["batchSize", "shuffle", "dropLast", "generator", "collateFn"],
    );
  });
});

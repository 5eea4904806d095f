// Training from fixed weights and batch order: the loss curves of api-torch against those recorded from PyTorch.
import { beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { fromTypedArray, keep, scope, setBackend, type Tensor as CoreTensor } from "@isoform/core";
import { F, nn, optim, torch } from "@isoform/api-torch";
import {
  haveShared,
  maxRelative,
  mnistDigits,
  readRecorded,
  readSharedJson,
  sharedPath,
} from "./support/fixtures.js";

type Model = nn.Module<[x: CoreTensor], torch.Tensor>;

class LastStep extends nn.Module<[x: CoreTensor], torch.Tensor> {
  rnn: nn.LSTM | nn.GRU;
  fc = nn.Linear(32, 10);
  constructor(rnn: nn.LSTM | nn.GRU) {
    super();
    this.rnn = rnn;
  }
  override forward(x: CoreTensor): torch.Tensor {
    const [y] = this.rnn(x);
    return this.fc(y.at(":", -1));
  }
}

interface Run {
  readonly shape: readonly number[];
  make(): Model;
}
const RUNS: Readonly<Record<string, Run>> = {
  mlp: {
    shape: [784],
    make: () =>
      nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)),
  },
  cnn: {
    shape: [1, 28, 28],
    make: () =>
      nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1600, 10),
      ),
  },
  lstm: { shape: [28, 28], make: () => new LastStep(nn.LSTM(28, 32, { batchFirst: true })) },
  gru: { shape: [28, 28], make: () => new LastStep(nn.GRU(28, 32, { batchFirst: true })) },
};

interface Digits {
  readonly runs: Readonly<
    Record<
      string,
      {
        readonly steps: number;
        readonly curves: Readonly<Record<string, { readonly loss: readonly number[] }>>;
      }
    >
  >;
}

describe.skipIf(!haveShared)("digits, PyTorch curves", () => {
  const digits = haveShared
    ? (readSharedJson("fixtures", "training", "digits.json") as Digits)
    : { runs: {} };
  const order = haveShared
    ? Array.from(
        readRecorded(sharedPath("fixtures", "training", "digits_order.safetensors")).get("order")!.data,
        Number,
      )
    : [];
  const { x, y } = haveShared ? mnistDigits() : { x: new Float32Array(), y: new Int32Array() };

  beforeAll(async () => {
    await setBackend(cpu());
  });

  function train(kind: string, frozen: readonly string[], compiled: boolean, steps: number): number[] {
    const { shape, make } = RUNS[kind]!;
    const model = make();
    const initial = readRecorded(sharedPath("fixtures", "training", `digits_${kind}.initial.safetensors`));
    const state = new Map<string, CoreTensor>();
    for (const [name, t] of initial) {
      if (name.startsWith("torch."))
        state.set(name.slice(6), keep(fromTypedArray(t.data, { shape: t.shape })));
    }
    model.loadStateDict(state);
    for (const t of state.values()) t.dispose();
    for (const [name, p] of model.namedParameters()) if (frozen.includes(name)) p.requiresGrad_(false);
    const trained = model.parameters().filter((p) => p.requiresGrad);
    const opt = optim.Adam(trained, { lr: 1e-3 });
    const eager = (xb: torch.Tensor, yb: torch.Tensor) => {
      opt.zeroGrad();
      const loss = F.crossEntropy(model(xb), yb);
      loss.backward();
      opt.step();
      return loss;
    };
    const step = torch.compile(eager);
    const run = compiled ? step : eager;
    const losses: number[] = [];
    for (let i = 0; i < steps; i++) {
      scope(() => {
        const rows = order.slice(64 * i, 64 * (i + 1));
        const batch = new Float32Array(64 * 784);
        rows.forEach((r, k) => batch.set(x.subarray(r * 784, (r + 1) * 784), k * 784));
        const xb = torch.fromTypedArray(batch).reshape([64, ...shape]);
        const yb = torch.fromTypedArray(Int32Array.from(rows, (r) => y[r]!)).long();
        losses.push(Number(run(xb, yb).itemSync()));
      });
    }
    if (compiled) expect(step.info()).toMatchObject({ programs: 1, notice: null });
    step.dispose();
    opt.dispose();
    model.dispose();
    return losses;
  }

  const kinds: readonly (readonly [kind: string, curve: string, frozen: readonly string[]])[] = [
    ["mlp", "torch.optim.Adam(lr=1e-3)", []],
    ["cnn", "torch.optim.Adam(lr=1e-3)", []],
    ["lstm", "torch.optim.Adam(lr=1e-3)", []],
    ["lstm", "torch.optim.Adam(lr=1e-3), bias_hh_l0 frozen", ["rnn.bias_hh_l0"]],
    ["gru", "torch.optim.Adam(lr=1e-3)", []],
  ];
  it.each(kinds)(
    "%s, %s: every loss within 1e-4 relative, eager and compiled alike",
    (kind, curve, frozen) => {
      const { steps } = digits.runs[kind]!;
      const losses = train(kind, frozen, true, steps);
      const wanted = digits.runs[kind]!.curves[curve]!.loss;
      expect(losses.length).toBe(wanted.length);
      const off = maxRelative(losses, wanted);
      console.log(
        `${kind} ${curve}: worst relative difference ${off.toExponential(2)} over ${wanted.length} steps`,
      );
      expect(off).toBeLessThan(1e-4);
      const some = kind === "cnn" ? 15 : steps;
      expect(train(kind, frozen, false, some)).toEqual(losses.slice(0, some));
    },
  );
});

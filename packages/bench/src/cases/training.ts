// The `training` suite: whole steps (gradients to zero, forward, backward, update) whose loss is read.
import * as core from "@isoform/core";
import { F, optim, torch } from "@isoform/api-torch";
import type { BenchCase, BenchSize } from "../case.js";
import { mlp, smallCnn, type Net } from "./nets.js";
import { tensorTrial, type Built } from "./tensor-trial.js";
import { inputValues } from "./values.js";

/** What is trained. */
type TrainSpec = { readonly batch: number; readonly classes: number } & (
  | { readonly net: "mlp"; readonly sizes: readonly number[] }
  | { readonly net: "cnn"; readonly side: number; readonly width: number }
);

interface Entry {
  readonly group: string;
  readonly optimizer: "SGD" | "Adam";
  readonly full: TrainSpec;
  readonly small: TrainSpec;
}

const ENTRIES: readonly Entry[] = [
  {
    group: "tiny MLP step",
    optimizer: "SGD",
    full: { net: "mlp", sizes: [20, 32, 3], batch: 32, classes: 3 },
    small: { net: "mlp", sizes: [7, 9, 3], batch: 6, classes: 3 },
  },
  {
    group: "MNIST MLP step",
    optimizer: "Adam",
    full: { net: "mlp", sizes: [784, 128, 64, 10], batch: 64, classes: 10 },
    small: { net: "mlp", sizes: [30, 17, 10], batch: 8, classes: 10 },
  },
  {
    group: "CNN step",
    optimizer: "Adam",
    full: { net: "cnn", side: 28, width: 16, batch: 16, classes: 10 },
    small: { net: "cnn", side: 8, width: 3, batch: 4, classes: 10 },
  },
];

const titleOf = (s: TrainSpec): string =>
  s.net === "mlp"
    ? `${s.sizes.join("-")}, batch ${s.batch}`
    : `${s.width} and ${2 * s.width} channels, ${s.side} × ${s.side}, batch ${s.batch}`;

/** Multiplies and adds of one step, two each: forward, gradient of the weights, and of all inputs but the first. */
function flopsOf(s: TrainSpec): number {
  const layers =
    s.net === "mlp"
      ? s.sizes.slice(1).map((out, i) => (s.sizes[i] ?? 0) * out)
      : [9 * s.width * s.side ** 2, 18 * s.width ** 2 * (s.side / 2) ** 2, 20 * s.width * (s.side >> 2) ** 2];
  return layers.reduce((n, l, i) => n + 2 * s.batch * l * (i === 0 ? 2 : 3), 0);
}

function build(s: TrainSpec, optimizer: Entry["optimizer"], compiled: boolean): Built {
  torch.manualSeed(11);
  const net: Net = s.net === "mlp" ? mlp(s.sizes) : smallCnn(s.side, s.width);
  const shape = s.net === "mlp" ? [s.batch, s.sizes[0] ?? 1] : [s.batch, 1, s.side, s.side];
  const pixels = inputValues({ name: "x", shape, seed: 31, range: 1 });
  const labels = inputValues({ name: "y", shape: [s.batch], seed: 32, range: 0, below: s.classes });
  const x = core.keep(torch.fromTypedArray(pixels).reshape(shape));
  const y = core.keep(torch.fromTypedArray(BigInt64Array.from(labels, BigInt)));
  const opt =
    optimizer === "SGD"
      ? optim.SGD(net.parameters(), { lr: 0.05 })
      : optim.Adam(net.parameters(), { lr: 1e-3 });
  const step = (images: torch.Tensor, classes: torch.Tensor): torch.Tensor => {
    opt.zeroGrad();
    const loss = F.crossEntropy(net(images), classes);
    loss.backward();
    opt.step();
    return loss.detach();
  };
  const program = compiled ? torch.compile(step) : null;
  return {
    run: () => (program ?? step)(x, y),
    notice: () => program?.info().notice ?? null,
    dispose: () => {
      program?.dispose();
      net.dispose();
      x.dispose();
      y.dispose();
    },
  };
}

function trainingCase(entry: Entry, size: BenchSize, compiled: boolean): BenchCase {
  const own = size === "full" ? entry.full : entry.small;
  return {
    id: `training/${entry.group}/${titleOf(own)}/${compiled ? "compiled" : "eager"}`,
    suite: "training",
    group: `${entry.group}, ${entry.optimizer}`,
    title: `${compiled ? "one program" : "op by op"}, ${titleOf(own)}`,
    flops: flopsOf(own),
    bytes: null,
    coldRuns: compiled ? 2 : 1,
    // The third loss has seen two updates, and in a compiled step a replay.
    checkRuns: 3,
    tolerance: 1e-3,
    checkedAt: null,
    op: null,
    onnx: null,
    prepare: () => tensorTrial(() => build(own, entry.optimizer, compiled)),
  };
}

/** The cases of the suite. Never throws. */
export function trainingCases(size: BenchSize): BenchCase[] {
  return ENTRIES.flatMap((entry) => [false, true].map((c) => trainingCase(entry, size, c)));
}

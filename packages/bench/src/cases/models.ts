// The `models` suite: small networks of both APIs, inference, op by op and as one program.
import * as core from "@isoform/core";
import { torch } from "@isoform/api-torch";
import type { BenchCase, BenchSize } from "../case.js";
import { keras, kerasLstm, kerasMlp, ResNet, tf, TransformerBlock, type Net } from "./nets.js";
import type { InputSpec } from "./op-spec.js";
import { onnxInput, onnxOfModule } from "./onnx.js";
import { tensorTrial, type Built } from "./tensor-trial.js";
import { inputValues } from "./values.js";

/** What a network is made of and for. */
type Kind =
  | { readonly net: "mlp"; readonly sizes: readonly number[] }
  | { readonly net: "resnet"; readonly blocks: number; readonly width: number; readonly side: number }
  | { readonly net: "lstm"; readonly steps: number; readonly features: number; readonly units: number }
  | {
      readonly net: "transformer";
      readonly tokens: number;
      readonly width: number;
      readonly heads: number;
    };
type ModelSpec = Kind & { readonly batch: number };

interface Entry {
  readonly group: string;
  readonly api: "Keras" | "PyTorch";
  readonly full: ModelSpec;
  readonly small: ModelSpec;
  /** Sizes at which the full ones are compared, where the reference is too slow at those. */
  readonly check?: ModelSpec;
}

const ENTRIES: readonly Entry[] = [
  {
    group: "MLP",
    api: "Keras",
    full: { net: "mlp", sizes: [784, 128, 64, 10], batch: 64 },
    small: { net: "mlp", sizes: [20, 17, 10], batch: 5 },
  },
  {
    group: "ResNet-20",
    api: "PyTorch",
    full: { net: "resnet", blocks: 3, width: 16, side: 32, batch: 4 },
    small: { net: "resnet", blocks: 1, width: 4, side: 8, batch: 2 },
    check: { net: "resnet", blocks: 3, width: 16, side: 32, batch: 1 },
  },
  {
    group: "LSTM",
    api: "Keras",
    full: { net: "lstm", steps: 28, features: 28, units: 128, batch: 32 },
    small: { net: "lstm", steps: 5, features: 6, units: 9, batch: 3 },
  },
  {
    group: "transformer block",
    api: "PyTorch",
    full: { net: "transformer", tokens: 128, width: 256, heads: 8, batch: 1 },
    small: { net: "transformer", tokens: 7, width: 16, heads: 2, batch: 2 },
  },
];

const SEED = 7;

function shapeOf(spec: ModelSpec): readonly number[] {
  switch (spec.net) {
    case "mlp":
      return [spec.batch, spec.sizes[0] ?? 1];
    case "resnet":
      return [spec.batch, 3, spec.side, spec.side];
    case "lstm":
      return [spec.batch, spec.steps, spec.features];
    case "transformer":
      return [spec.batch, spec.tokens, spec.width];
  }
}

function titleOf(spec: ModelSpec): string {
  const batch = `batch ${spec.batch}`;
  switch (spec.net) {
    case "mlp":
      return `${spec.sizes.join("-")}, ${batch}`;
    case "resnet":
      return `${6 * spec.blocks + 2} layers of ${spec.width}, ${spec.side} × ${spec.side}, ${batch}`;
    case "lstm":
      return `${spec.steps} × ${spec.features} → ${spec.units}, ${batch}`;
    case "transformer":
      return `${spec.tokens} × ${spec.width}, ${spec.heads} heads, ${batch}`;
  }
}

/** Multiplies and adds of the matrix products and convolutions of one run, two each. */
function flopsOf(spec: ModelSpec): number {
  const { batch } = spec;
  switch (spec.net) {
    case "mlp":
      return spec.sizes.slice(1).reduce((n, out, i) => n + 2 * batch * (spec.sizes[i] ?? 0) * out, 0);
    case "resnet": {
      const { blocks, width, side } = spec;
      let flops = 2 * batch * side ** 2 * 9 * 3 * width;
      for (let stage = 0; stage < 3; stage++) {
        const out = width << stage;
        const places = batch * (side >> stage) ** 2;
        const first = stage > 0 ? out / 2 : out;
        flops += 2 * places * 9 * out * (first + out * (2 * blocks - 1));
      }
      return flops + 2 * batch * (width << 2) * 10;
    }
    case "lstm":
      return 2 * batch * (spec.steps * 4 * spec.units * (spec.features + spec.units) + spec.units * 10);
    case "transformer":
      return 2 * batch * spec.tokens * spec.width * (12 * spec.width + 2 * spec.tokens);
  }
}

function torchNet(spec: ModelSpec): Net {
  torch.manualSeed(SEED);
  const net =
    spec.net === "resnet"
      ? new ResNet(spec.blocks, spec.width)
      : new TransformerBlock(
          spec.net === "transformer" ? spec.width : 1,
          spec.net === "transformer" ? spec.heads : 1,
        );
  return net.eval();
}

function buildTorch(spec: ModelSpec, compiled: boolean): Built {
  const net = torchNet(spec);
  const x = core.keep(torch.fromTypedArray(valuesOf(spec)).reshape(shapeOf(spec)));
  const program = compiled ? torch.compile(net) : null;
  return {
    run: () => torch.noGrad(() => (program ?? net)(x)),
    notice: () => program?.info().notice ?? null,
    dispose: () => {
      program?.dispose();
      net.dispose();
      x.dispose();
    },
  };
}

function buildKeras(spec: ModelSpec, compiled: boolean): Built {
  keras.utils.setRandomSeed(SEED);
  const net =
    spec.net === "mlp"
      ? kerasMlp(spec.sizes)
      : kerasLstm(
          spec.net === "lstm" ? spec.steps : 1,
          spec.net === "lstm" ? spec.features : 1,
          spec.net === "lstm" ? spec.units : 1,
        );
  const x = core.keep(tf.constant(valuesOf(spec), { shape: shapeOf(spec) }));
  const call = (input: core.Tensor): core.Tensor => net(input);
  const program = compiled ? tf.function(call) : null;
  return {
    run: () => core.noGrad(() => (program ?? call)(x)),
    notice: () => program?.compileInfo.notice ?? null,
    dispose: () => {
      program?.dispose();
      x.dispose();
    },
  };
}

function inputOf(spec: ModelSpec): InputSpec {
  return { name: "x", shape: shapeOf(spec), seed: 21, range: 1 };
}

function valuesOf(spec: ModelSpec): Float32Array {
  return Float32Array.from(inputValues(inputOf(spec)));
}

function modelCaseOf(entry: Entry, size: BenchSize, compiled: boolean): BenchCase {
  const own = size === "full" ? entry.full : entry.small;
  const check = size === "full" ? (entry.check ?? own) : own;
  const mode = compiled ? "one program" : "op by op";
  const build = entry.api === "PyTorch" ? buildTorch : buildKeras;
  return {
    id: `models/${entry.group}/${titleOf(own)}/${compiled ? "compiled" : "eager"}`,
    suite: "models",
    group: `${entry.group} (${entry.api})`,
    title: `${mode}, ${titleOf(own)}`,
    flops: flopsOf(own),
    bytes: null,
    // The first call of a compiled function runs op by op, the second makes the program.
    coldRuns: compiled ? 2 : 1,
    checkRuns: compiled ? 2 : 1,
    tolerance: 1e-3,
    checkedAt: check === own ? null : titleOf(check),
    op: null,
    onnx:
      compiled && entry.api === "PyTorch"
        ? (at) => {
            const spec = at === "own" ? own : check;
            return onnxOfModule(() => torchNet(spec), [onnxInput(inputOf(spec))]);
          }
        : null,
    prepare: (at) => tensorTrial(() => build(at === "own" ? own : check, compiled)),
  };
}

/** The cases of the suite. Never throws. */
export function modelCases(size: BenchSize): BenchCase[] {
  return ENTRIES.flatMap((entry) => [false, true].map((compiled) => modelCaseOf(entry, size, compiled)));
}

// Losses of api-torch, values and gradients, against those recorded from PyTorch. CTCLoss does not exist here.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime, scope } from "@isoform/core";
import { nn, torch } from "@isoform/api-torch";
import { haveShared } from "./support/fixtures.js";
import { expectClose, find, training, upload } from "./support/torch-recorded.js";

const runtime = await createRuntime({ backends: [reference()] });
runtime.use();
afterAll(() => runtime.dispose());

const weights = (): torch.Tensor => torch.tensor([0.5, 1, 2, 0.1, 1.5]);
const MAKE: Readonly<Record<string, () => nn.Module>> = {
  CrossEntropyLoss: () => nn.CrossEntropyLoss(),
  CrossEntropyLoss_sum: () => nn.CrossEntropyLoss({ reduction: "sum" }),
  CrossEntropyLoss_none: () => nn.CrossEntropyLoss({ reduction: "none" }),
  CrossEntropyLoss_weight: () => nn.CrossEntropyLoss({ weight: weights() }),
  CrossEntropyLoss_smoothing: () => nn.CrossEntropyLoss({ labelSmoothing: 0.1 }),
  CrossEntropyLoss_weight_smoothing: () => nn.CrossEntropyLoss({ weight: weights(), labelSmoothing: 0.1 }),
  CrossEntropyLoss_ignore_index: () => nn.CrossEntropyLoss(),
  CrossEntropyLoss_soft: () => nn.CrossEntropyLoss(),
  CrossEntropyLoss_2d: () => nn.CrossEntropyLoss(),
  NLLLoss: () => nn.NLLLoss(),
  BCELoss: () => nn.BCELoss(),
  BCEWithLogitsLoss: () => nn.BCEWithLogitsLoss(),
  BCEWithLogitsLoss_pos_weight: () => nn.BCEWithLogitsLoss({ posWeight: weights() }),
  MSELoss: () => nn.MSELoss(),
  L1Loss: () => nn.L1Loss(),
  SmoothL1Loss: () => nn.SmoothL1Loss(),
  SmoothL1Loss_beta: () => nn.SmoothL1Loss({ beta: 0.3 }),
  HuberLoss: () => nn.HuberLoss({ delta: 0.5 }),
  KLDivLoss: () => nn.KLDivLoss({ reduction: "batchmean" }),
  KLDivLoss_log_target: () => nn.KLDivLoss({ reduction: "batchmean", logTarget: true }),
  PoissonNLLLoss: () => nn.PoissonNLLLoss(),
  GaussianNLLLoss: () => nn.GaussianNLLLoss(),
  HingeEmbeddingLoss: () => nn.HingeEmbeddingLoss(),
  MarginRankingLoss: () => nn.MarginRankingLoss({ margin: 0.2 }),
  CosineEmbeddingLoss: () => nn.CosineEmbeddingLoss({ margin: 0.1 }),
  TripletMarginLoss: () => nn.TripletMarginLoss(),
  SoftMarginLoss: () => nn.SoftMarginLoss(),
  MultiMarginLoss: () => nn.MultiMarginLoss(),
  MultiLabelSoftMarginLoss: () => nn.MultiLabelSoftMarginLoss(),
};

describe.skipIf(!haveShared)("torch losses", () => {
  const recorded = training("losses.safetensors");
  const keys = [...recorded.keys()].filter((k) => k.startsWith("torch."));
  const names = [...new Set(keys.map((k) => k.split(".")[1]!))];

  it("has every recorded loss but CTC", () => {
    expect(names.filter((n) => !(n in MAKE))).toEqual(["CTCLoss"]);
    expect(names.length).toBe(Object.keys(MAKE).length + 1);
  });

  it.each(Object.keys(MAKE))("%s", (name) => {
    scope(() => {
      const all = (kind: string) =>
        keys
          .filter((k) => k.startsWith(`torch.${name}.${kind}`))
          .toSorted()
          .map((k) => upload(find(recorded, k)));
      const inputs = all("input").map((t) => t.requiresGrad_());
      const loss = Reflect.apply(MAKE[name]!(), undefined, [...inputs, ...all("target")]) as torch.Tensor;
      expectClose(loss, find(recorded, `torch.${name}.value`), 1e-7, 1e-6, "value");
      loss.sum().backward();
      inputs.forEach((x, i) =>
        expectClose(x.grad!, find(recorded, `torch.${name}.grad${i}`), 2e-7, 1e-5, `grad${i}`),
      );
    });
  });
});

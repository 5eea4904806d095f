// Eager training of a tiny model: one Adam step of Linear(20,32)-ReLU-Linear(32,3), batch 32, cross entropy, in the style
// of PyTorch. Dispatch decides here, not kernels. Needs the built packages (`npm run build`). With --profile it only
// runs, for `node --cpu-prof`. Writes results/torch-step.json.
import { writeFileSync } from "node:fs";
import { cpu } from "../packages/backend-cpu/dist/index.js";
import * as core from "../packages/core/dist/index.js";
import { F, nn, optim, torch } from "../packages/api-torch/dist/index.js";
import { circumstances, interleave } from "./lib/measure.mjs";

const STEPS = 50;
const device = await core.setBackend(cpu());
torch.manualSeed(0);
const net = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 3));
const opt = optim.Adam(net.parameters(), { lr: 1e-3 });
const x = torch.randn(32, 20);
const y = torch.randint(0, 3, [32]);
/** Without gradients for the losses' own sake: the same tensors every time. */
const logits = torch.noGrad(() => net(x));

const repeat = (step) => () => {
  for (let i = 0; i < STEPS; i++) core.scope(step);
};
const train = () => {
  opt.zeroGrad();
  const loss = F.crossEntropy(net(x), y);
  loss.backward();
  opt.step();
};
const contenders = {
  "whole step": repeat(train),
  forward: repeat(() => void torch.noGrad(() => net(x))),
  "forward, recorded": repeat(() => void net(x)),
  "loss, recorded": repeat(() => void F.crossEntropy(logits.detach().requiresGrad_(), y)),
  "forward, loss, backward": repeat(() => {
    opt.zeroGrad();
    F.crossEntropy(net(x), y).backward();
  }),
  "optimizer step": repeat(() => opt.step()),
};

if (process.argv.includes("--profile")) {
  for (let i = 0; i < 200; i++) contenders["whole step"]();
} else {
  train();
  const before = device.fallbacks();
  const { median, least } = await interleave(contenders, { rounds: 40, warmup: 10 });
  const milliseconds = (times) =>
    Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, Number((ms / STEPS).toFixed(4))]));
  const after = device.fallbacks();
  const result = {
    ...circumstances(),
    unit: "ms",
    median: milliseconds(median),
    least: milliseconds(least),
    fallbacks: Object.keys(after).filter((k) => after[k] > (before[k] ?? 0)),
  };
  console.log(JSON.stringify(result, null, 2));
  writeFileSync(new URL("results/torch-step.json", import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
}

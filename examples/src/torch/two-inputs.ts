// A model with two inputs, PyTorch style: an image branch and a vector branch joined before the head.
import { F, nn, optim, torch } from "@isoform/api-torch";
import { runAsScript, type Print } from "../run.js";

class TwoInputs extends nn.Module<[image: torch.Tensor, facts: torch.Tensor], torch.Tensor> {
  conv = nn.Conv2d(1, 4, 3, { padding: 1 });
  pool = nn.AdaptiveAvgPool2d(1);
  facts = nn.Linear(3, 4);
  head = nn.Linear(8, 2);
  override forward(image: torch.Tensor, facts: torch.Tensor): torch.Tensor {
    const a = this.pool(F.relu(this.conv(image))).flatten(1);
    const b = F.relu(this.facts(facts));
    return this.head(torch.cat([a, b], 1));
  }
}

/** Trains a few compiled steps on made-up data and prints the model and the first and last loss. */
export async function twoInputs(print: Print): Promise<void> {
  torch.manualSeed(0);
  const model = new TwoInputs();
  print(String(model));
  const image = torch.randn(16, 1, 8, 8);
  const facts = torch.randn(16, 3);
  const labels = facts.at(":", 0).gt(0).long();
  const opt = optim.Adam(model.parameters(), { lr: 0.05 });
  const train = torch.compile(() => {
    opt.zeroGrad();
    const loss = F.crossEntropy(model(image, facts), labels);
    loss.backward();
    opt.step();
    return loss;
  });
  const losses: number[] = [];
  for (let step = 0; step < 30; step++) losses.push(Number(await train().item()));
  const [first, last] = [losses[0]!, losses[29]!];
  print(`loss ${first.toFixed(4)} -> ${last.toFixed(4)}, improved: ${last < first / 2}`);
}

await runAsScript(import.meta.url, twoInputs);

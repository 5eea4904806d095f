// A forward that branches on its input in plain TypeScript, PyTorch style: gradients follow the branch taken.
import { F, nn, torch } from "@isoform/api-torch";
import { runAsScript, type Print } from "../run.js";

class Branching extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  small = nn.Linear(2, 1);
  large = nn.Linear(2, 1);
  override forward(x: torch.Tensor): torch.Tensor {
    const mean = Number(x.mean().itemSync());
    let y = mean > 0 ? this.large(x) : this.small(x);
    for (let i = 0; i < Math.min(3, Math.abs(Math.round(mean))); i++) y = F.tanh(y);
    return y;
  }
}

/** Prints which branch got a gradient for two inputs. */
export async function branching(print: Print): Promise<void> {
  torch.manualSeed(0);
  const model = new Branching();
  for (const value of [2, -1]) {
    model.zeroGrad();
    model(torch.full([1, 2], value))
      .sum()
      .backward();
    const reached = model.namedParameters().filter(([, p]) => p.grad !== null);
    print(`input ${value}: gradients in ${reached.map(([name]) => name).join(", ")}`);
  }
}

await runAsScript(import.meta.url, branching);

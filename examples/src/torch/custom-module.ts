// Your own module, PyTorch style: parameters, a buffer, and one gradient step that changes both.
import { nn, optim, torch } from "@isoform/api-torch";
import { runAsScript, type Print } from "../run.js";

/** y = scale·x + shift, and a count of calls that is saved with the model. */
class Affine extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  readonly features: number;
  scale: nn.Parameter;
  shift: nn.Parameter;
  declare calls: torch.Tensor;
  constructor(features: number) {
    super();
    this.features = features;
    this.scale = nn.Parameter(torch.ones(features));
    this.shift = nn.Parameter(torch.zeros(features));
    this.registerBuffer("calls", torch.zeros(1));
  }
  override forward(x: torch.Tensor): torch.Tensor {
    torch.noGrad(() => this.calls.add_(1));
    return x.mul(this.scale).add(this.shift);
  }
  override extraRepr(): string {
    return `features=${this.features}`;
  }
}

/** Prints the module, its state dict and what one step of SGD makes of it. */
export async function customModule(print: Print): Promise<void> {
  const model = nn.Sequential(new Affine(3), nn.Linear(3, 1, { bias: false }));
  print(String(model));
  print(`state: ${[...model.stateDict().keys()].join(", ")}`);
  const opt = optim.SGD(model.parameters(), { lr: 1 });
  model(torch.ones(2, 3)).sum().backward();
  opt.step();
  const state = model.stateDict();
  print(`calls: ${await state.get("0.calls")!.item()}`);
  print(`shift moved: ${Number(await state.get("0.shift")!.abs().sum().item()) > 0}`);
}

await runAsScript(import.meta.url, customModule);

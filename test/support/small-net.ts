// A small torch-style network for tests of `--model FILE#EXPORT`.
import { F, nn, type torch } from "@isoform/api-torch";

/** Images [n, 2, 6, 6] to three numbers. */
export class SmallNet extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  conv: nn.Conv2d = nn.Conv2d(2, 4, 3, { padding: 1 });
  bn: nn.BatchNorm2d = nn.BatchNorm2d(4);
  fc: nn.Linear = nn.Linear(4, 3);
  override forward(x: torch.Tensor): torch.Tensor {
    return this.fc(F.relu(this.bn(this.conv(x))).mean([2, 3]));
  }
}

/** A function that makes the network. */
export function makeSmallNet(): SmallNet {
  return new SmallNet();
}

/** Two inputs, two outputs. */
export class TwoInputs extends nn.Module<[a: torch.Tensor, b: torch.Tensor], [torch.Tensor, torch.Tensor]> {
  fc: nn.Linear = nn.Linear(3, 2, { bias: false });
  override forward(a: torch.Tensor, b: torch.Tensor): [torch.Tensor, torch.Tensor] {
    return [this.fc(a.add(b)), a.sub(b)];
  }
}

/** Something that is no network. */
export const number = 3;

/** A class that cannot be made. */
export class Broken extends nn.Module {
  constructor() {
    super();
    throw new RangeError("no such luck");
  }
}

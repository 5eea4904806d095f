// ResNet-20 for CIFAR images (He et al. 2015, section 4.2), PyTorch style: the architecture that a state dict lacks.
//   isoform convert resnet20.th resnet20.onnx --model examples/dist/torch/resnet20.js#ResNet20 --input-shape 4,3,32,32
import { F, nn, type torch } from "@isoform/api-torch";

type Layer = nn.Module<[x: torch.Tensor], torch.Tensor>;

/** Two 3×3 convolutions and a shortcut without parameters ("option A"): every second pixel, padded with zero channels. */
class BasicBlock extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  readonly stride: number;
  readonly extra: number;
  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.conv1 = nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
    this.bn1 = nn.BatchNorm2d(outChannels);
    this.conv2 = nn.Conv2d(outChannels, outChannels, 3, { padding: 1, bias: false });
    this.bn2 = nn.BatchNorm2d(outChannels);
    this.stride = stride;
    this.extra = outChannels - inChannels;
  }
  shortcut(x: torch.Tensor): torch.Tensor {
    if (this.stride === 1 && this.extra === 0) return x;
    const step = `::${this.stride}`;
    return F.pad(x.at(":", ":", step, step), [0, 0, 0, 0, this.extra / 2, this.extra / 2]);
  }
  override forward(x: torch.Tensor): torch.Tensor {
    let y = F.relu(this.bn1(this.conv1(x)));
    y = this.bn2(this.conv2(y));
    return F.relu(y.add(this.shortcut(x)));
  }
}

function stage(inChannels: number, outChannels: number, stride: number): Layer {
  return nn.Sequential(
    new BasicBlock(inChannels, outChannels, stride),
    new BasicBlock(outChannels, outChannels, 1),
    new BasicBlock(outChannels, outChannels, 1),
  );
}

/** Images [n, 3, 32, 32] to logits [n, 10]; 269,722 parameters. */
export class ResNet20 extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  conv1: nn.Conv2d = nn.Conv2d(3, 16, 3, { padding: 1, bias: false });
  bn1: nn.BatchNorm2d = nn.BatchNorm2d(16);
  layer1: Layer = stage(16, 16, 1);
  layer2: Layer = stage(16, 32, 2);
  layer3: Layer = stage(32, 64, 2);
  linear: nn.Linear = nn.Linear(64, 10);
  override forward(x: torch.Tensor): torch.Tensor {
    let y = F.relu(this.bn1(this.conv1(x)));
    y = this.layer3(this.layer2(this.layer1(y)));
    return this.linear(y.mean([2, 3]));
  }
}

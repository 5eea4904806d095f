// The networks of the suites, in both APIs. Weights come from a seed, so they are the same on every device.
import { keras, tf } from "@isoform/api-keras";
import { F, nn, torch } from "@isoform/api-torch";

/** A network of the PyTorch API from one tensor to one. */
export type Net = nn.Module<[x: torch.Tensor], torch.Tensor>;

/** Two 3×3 convolutions and a shortcut without parameters. */
class Block extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  readonly extra: number;
  readonly stride: number;
  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.conv1 = nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
    this.bn1 = nn.BatchNorm2d(outChannels);
    this.conv2 = nn.Conv2d(outChannels, outChannels, 3, { padding: 1, bias: false });
    this.bn2 = nn.BatchNorm2d(outChannels);
    this.extra = outChannels - inChannels;
    this.stride = stride;
  }
  override forward(x: torch.Tensor): torch.Tensor {
    const step = `::${this.stride}`;
    const shortcut =
      this.extra === 0 ? x : F.pad(x.at(":", ":", step, step), [0, 0, 0, 0, this.extra / 2, this.extra / 2]);
    const y = this.bn2(this.conv2(F.relu(this.bn1(this.conv1(x)))));
    return F.relu(y.add(shortcut));
  }
}

/**
 * A residual network of `3 * blocks` blocks on images `[N, 3, S, S]` with 10 classes; 3 blocks a stage are ResNet-20.
 * @see He et al. 2015, Deep Residual Learning for Image Recognition, section 4.2
 */
export class ResNet extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  stem: nn.Conv2d;
  bn: nn.BatchNorm2d;
  body: Net;
  head: nn.Linear;
  constructor(blocks: number, width: number) {
    super();
    this.stem = nn.Conv2d(3, width, 3, { padding: 1, bias: false });
    this.bn = nn.BatchNorm2d(width);
    const list: Net[] = [];
    for (let stage = 0; stage < 3; stage++) {
      for (let i = 0; i < blocks; i++) {
        const out = width << stage;
        const first = i === 0 && stage > 0;
        list.push(new Block(first ? out / 2 : out, out, first ? 2 : 1));
      }
    }
    this.body = nn.Sequential(...list);
    this.head = nn.Linear(width << 2, 10);
  }
  override forward(x: torch.Tensor): torch.Tensor {
    return this.head(this.body(F.relu(this.bn(this.stem(x)))).mean([2, 3]));
  }
}

/** A transformer block on `[N, T, width]`: attention and a feed-forward part, each with a residual and a norm before. */
export class TransformerBlock extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  norm1: nn.LayerNorm;
  qkv: nn.Linear;
  out: nn.Linear;
  norm2: nn.LayerNorm;
  up: nn.Linear;
  down: nn.Linear;
  readonly heads: number;
  constructor(width: number, heads: number) {
    super();
    this.heads = heads;
    this.norm1 = nn.LayerNorm(width);
    this.qkv = nn.Linear(width, 3 * width);
    this.out = nn.Linear(width, width);
    this.norm2 = nn.LayerNorm(width);
    this.up = nn.Linear(width, 4 * width);
    this.down = nn.Linear(4 * width, width);
  }
  override forward(x: torch.Tensor): torch.Tensor {
    const [n = 1, t = 1, width = 1] = x.shape;
    const split = (y: torch.Tensor): torch.Tensor =>
      y.reshape(n, t, this.heads, width / this.heads).transpose(1, 2);
    const all = this.qkv(this.norm1(x));
    const part = (i: number): torch.Tensor => split(all.at("...", `${i * width}:${(i + 1) * width}`));
    const seen = F.scaledDotProductAttention(part(0), part(1), part(2));
    const y = x.add(this.out(seen.transpose(1, 2).reshape(n, t, width)));
    return y.add(this.down(F.gelu(this.up(this.norm2(y)))));
  }
}

/** Fully connected layers with ReLU between them. */
export function mlp(sizes: readonly number[]): Net {
  return nn.Sequential(
    ...sizes.slice(1).flatMap((out, i) => [...(i > 0 ? [nn.ReLU()] : []), nn.Linear(sizes[i] ?? 1, out)]),
  );
}

/** Two convolutions with pooling and a classifier on images `[N, 1, side, side]`. */
export function smallCnn(side: number, width: number): Net {
  const left = side >> 2;
  return nn.Sequential(
    nn.Conv2d(1, width, 3, { padding: 1 }),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(width, 2 * width, 3, { padding: 1 }),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(2 * width * left * left, 10),
  );
}

/** The classifier of the README in the Keras API, on `[N, sizes[0]]`. */
export function kerasMlp(sizes: readonly number[]): keras.Sequential {
  const [first = 1, ...rest] = sizes;
  return keras.Sequential([
    keras.Input([first]),
    ...rest.map((units, i) => keras.layers.Dense(units, i < rest.length - 1 ? { activation: "relu" } : {})),
  ]);
}

/** An LSTM and a classifier in the Keras API, on `[N, steps, features]`. */
export function kerasLstm(steps: number, features: number, units: number): keras.Sequential {
  return keras.Sequential([keras.Input([steps, features]), keras.layers.LSTM(units), keras.layers.Dense(10)]);
}

export { keras, tf };

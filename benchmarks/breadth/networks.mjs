// Small networks in the style of PyTorch, trained with AdamW: `name -> { net, x, y }`; child.py has the same ones.
import { F, nn, torch } from "@isoform/api-torch";

const norm = (channels) => nn.BatchNorm2d(channels);

class Residual extends nn.Module {
  constructor(from, to, stride) {
    super();
    this.c1 = nn.Conv2d(from, to, 3, { stride, padding: 1, bias: false });
    this.b1 = norm(to);
    this.c2 = nn.Conv2d(to, to, 3, { padding: 1, bias: false });
    this.b2 = norm(to);
    const same = stride === 1 && from === to;
    this.down = same ? null : nn.Sequential(nn.Conv2d(from, to, 1, { stride, bias: false }), norm(to));
  }
  forward(x) {
    const y = this.b2(this.c2(F.relu(this.b1(this.c1(x)))));
    return F.relu(y.add(this.down ? this.down(x) : x));
  }
}

class Language extends nn.Module {
  constructor() {
    super();
    const layer = {
      dimFeedforward: 512,
      dropout: 0.1,
      activation: "gelu",
      batchFirst: true,
      normFirst: true,
    };
    this.tokens = nn.Embedding(1000, 128);
    this.positions = nn.Embedding(64, 128);
    this.layers = nn.ModuleList([0, 1].map(() => nn.TransformerEncoderLayer(128, 4, layer)));
    this.norm = nn.LayerNorm(128);
    this.head = nn.Linear(128, 1000);
    this.places = torch.arange(64);
  }
  forward(x) {
    let h = this.tokens(x).add(this.positions(this.places));
    for (const layer of this.layers) h = layer(h);
    return this.head(this.norm(h)).reshape(-1, 1000);
  }
}

class Reader extends nn.Module {
  constructor() {
    super();
    this.words = nn.Embedding(500, 64);
    this.gru = nn.GRU(64, 128, { batchFirst: true });
    this.head = nn.Linear(128, 2);
  }
  forward(x) {
    const [y] = this.gru(this.words(x));
    return this.head(y.select(1, -1));
  }
}

const separable = (from, to, stride) => [
  nn.Conv2d(from, from, 3, { stride, padding: 1, groups: from, bias: false }),
  norm(from),
  nn.ReLU6(),
  nn.Conv2d(from, to, 1, { bias: false }),
  norm(to),
  nn.ReLU6(),
];
const ints = (n, ...shape) => torch.randint(0, n, shape);

export const NETWORKS = {
  "residual CNN, 32 x 3 x 32 x 32": () => ({
    net: nn.Sequential(
      nn.Conv2d(3, 32, 3, { padding: 1, bias: false }),
      norm(32),
      nn.ReLU(),
      new Residual(32, 32, 1),
      new Residual(32, 64, 2),
      new Residual(64, 128, 2),
      nn.AdaptiveAvgPool2d(1),
      nn.Flatten(),
      nn.Linear(128, 10),
    ),
    x: torch.randn(32, 3, 32, 32),
    y: ints(10, 32),
  }),
  "separable CNN, 16 x 3 x 64 x 64": () => ({
    net: nn.Sequential(
      nn.Conv2d(3, 32, 3, { stride: 2, padding: 1, bias: false }),
      norm(32),
      nn.ReLU6(),
      ...separable(32, 64, 1),
      ...separable(64, 128, 2),
      ...separable(128, 128, 1),
      ...separable(128, 256, 2),
      nn.AdaptiveAvgPool2d(1),
      nn.Flatten(),
      nn.Dropout(0.2),
      nn.Linear(256, 10),
    ),
    x: torch.randn(16, 3, 64, 64),
    y: ints(10, 16),
  }),
  "transformer, 8 x 64 tokens": () => ({ net: new Language(), x: ints(1000, 8, 64), y: ints(1000, 512) }),
  "GRU, 32 x 60 tokens": () => ({ net: new Reader(), x: ints(500, 32, 60), y: ints(2, 32) }),
  "autoencoder, 64 x 1 x 28 x 28": () => ({
    net: nn.Sequential(
      nn.Conv2d(1, 16, 3, { stride: 2, padding: 1 }),
      nn.ReLU(),
      nn.Conv2d(16, 32, 3, { stride: 2, padding: 1 }),
      nn.ReLU(),
      nn.ConvTranspose2d(32, 16, 2, { stride: 2 }),
      nn.ReLU(),
      nn.ConvTranspose2d(16, 1, 2, { stride: 2 }),
      nn.Sigmoid(),
    ),
    x: torch.rand(64, 1, 28, 28),
    y: null,
  }),
  "MLP of 1,024 units, 64 x 784": () => ({
    net: nn.Sequential(
      nn.Linear(784, 1024),
      nn.LayerNorm(1024),
      nn.GELU(),
      nn.Dropout(0.1),
      nn.Linear(1024, 1024),
      nn.LayerNorm(1024),
      nn.GELU(),
      nn.Linear(1024, 10),
    ),
    x: torch.randn(64, 784),
    y: ints(10, 64),
  }),
  "audio CNN, 16 x 16,000": () => ({
    net: nn.Sequential(
      nn.Conv1d(1, 64, 80, { stride: 16 }),
      nn.BatchNorm1d(64),
      nn.ReLU(),
      nn.MaxPool1d(4),
      nn.Conv1d(64, 128, 3),
      nn.BatchNorm1d(128),
      nn.ReLU(),
      nn.MaxPool1d(4),
      nn.AdaptiveAvgPool1d(1),
      nn.Flatten(),
      nn.Linear(128, 35),
    ),
    x: torch.randn(16, 1, 16000),
    y: ints(35, 16),
  }),
};

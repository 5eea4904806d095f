"""PyTorch's side of benchmarks/breadth.mjs: requests and answers are lines of JSON."""
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
made = {}


def ints(shape, n):
    key = (tuple(shape), n)
    if key not in made:
        count = 1
        for size in shape:
            count *= size
        made[key] = (torch.arange(count) * 7919 % n).reshape(shape)
    return made[key]


def timed(call, seconds):
    call()
    call()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < end and len(times) < 500):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def operation(shapes, code, seconds):
    inputs = [(torch.rand(shape) * 4 - 2).requires_grad_() for shape in shapes]
    modules = []

    def module(make):
        if not modules:
            modules.append(make())
        return modules[0]

    names = dict(zip("xyz", inputs), torch=torch, F=F, nn=nn, ints=ints, module=module)
    body = compile(code, "operation", "eval")

    def forward():
        with torch.no_grad():
            eval(body, names)

    def both():
        result = eval(body, names)
        if not result.requires_grad:
            return False
        result.square().sum().backward()
        for t in [*inputs, *(p for m in modules for p in m.parameters())]:
            t.grad = None
        return True

    return {"forward": timed(forward, seconds), "both": timed(both, seconds) if both() else None}


class Residual(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.c1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(after)
        self.c2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(after)
        same = stride == 1 and before == after
        shortcut = nn.Conv2d(before, after, 1, stride, bias=False)
        self.down = nn.Identity() if same else nn.Sequential(shortcut, nn.BatchNorm2d(after))

    def forward(self, x):
        y = self.b2(self.c2(F.relu(self.b1(self.c1(x)))))
        return F.relu(y + self.down(x))


class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(1000, 128)
        self.positions = nn.Embedding(64, 128)
        options = dict(batch_first=True, norm_first=True)
        layers = [nn.TransformerEncoderLayer(128, 4, 512, 0.1, "gelu", **options) for _ in range(2)]
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(128)
        self.head = nn.Linear(128, 1000)
        self.places = torch.arange(64)

    def forward(self, x):
        h = self.tokens(x) + self.positions(self.places)
        for layer in self.layers:
            h = layer(h)
        return self.head(self.norm(h)).reshape(-1, 1000)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(500, 64)
        self.gru = nn.GRU(64, 128, batch_first=True)
        self.head = nn.Linear(128, 2)

    def forward(self, x):
        return self.head(self.gru(self.words(x))[0][:, -1])


def stem(before, after, stride, activation):
    conv = nn.Conv2d(before, after, 3, stride, 1, bias=False)
    return [conv, nn.BatchNorm2d(after), activation]


def separable(before, after, stride):
    depthwise = nn.Conv2d(before, before, 3, stride, 1, groups=before, bias=False)
    pointwise = nn.Conv2d(before, after, 1, bias=False)
    return [depthwise, nn.BatchNorm2d(before), nn.ReLU6(), pointwise, nn.BatchNorm2d(after), nn.ReLU6()]


def whole(n, *shape):
    return torch.randint(0, n, shape)


def residual():
    blocks = [Residual(32, 32, 1), Residual(32, 64, 2), Residual(64, 128, 2)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10)]
    return nn.Sequential(*stem(3, 32, 1, nn.ReLU()), *blocks, *head), torch.randn(32, 3, 32, 32), whole(10, 32)


def mobile():
    sizes = [(32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2)]
    blocks = [layer for size in sizes for layer in separable(*size)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(256, 10)]
    net = nn.Sequential(*stem(3, 32, 2, nn.ReLU6()), *blocks, *head)
    return net, torch.randn(16, 3, 64, 64), whole(10, 16)


def autoencoder():
    encoder = [nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()]
    decoder = [nn.ConvTranspose2d(32, 16, 2, 2), nn.ReLU(), nn.ConvTranspose2d(16, 1, 2, 2), nn.Sigmoid()]
    return nn.Sequential(*encoder, *decoder), torch.rand(64, 1, 28, 28), None


def mlp():
    first = [nn.Linear(784, 1024), nn.LayerNorm(1024), nn.GELU(), nn.Dropout(0.1)]
    second = [nn.Linear(1024, 1024), nn.LayerNorm(1024), nn.GELU(), nn.Linear(1024, 10)]
    return nn.Sequential(*first, *second), torch.randn(64, 784), whole(10, 64)


def audio():
    first = [nn.Conv1d(1, 64, 80, 16), nn.BatchNorm1d(64), nn.ReLU(), nn.MaxPool1d(4)]
    second = [nn.Conv1d(64, 128, 3), nn.BatchNorm1d(128), nn.ReLU(), nn.MaxPool1d(4)]
    head = [nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(128, 35)]
    return nn.Sequential(*first, *second, *head), torch.randn(16, 1, 16000), whole(35, 16)


NETWORKS = {
    "residual CNN, 32 x 3 x 32 x 32": residual,
    "separable CNN, 16 x 3 x 64 x 64": mobile,
    "transformer, 8 x 64 tokens": lambda: (Language(), whole(1000, 8, 64), whole(1000, 512)),
    "GRU, 32 x 60 tokens": lambda: (Reader(), whole(500, 32, 60), whole(2, 32)),
    "autoencoder, 64 x 1 x 28 x 28": autoencoder,
    "MLP of 1,024 units, 64 x 784": mlp,
    "audio CNN, 16 x 16,000": audio,
}


def network(name, seconds):
    net, x, y = NETWORKS[name]()
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3)

    def step():
        optimizer.zero_grad()
        out = net(x)
        loss = F.mse_loss(out, x) if y is None else F.cross_entropy(out, y)
        loss.backward()
        optimizer.step()

    trained = timed(step, seconds)
    net.eval()
    with torch.no_grad():
        return {"both": trained, "forward": timed(lambda: net(x), seconds)}


print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(network(**request) if "name" in request else operation(**request)), flush=True)

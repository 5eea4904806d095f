"""The cases in eager PyTorch."""
import torch
import torch.nn.functional as F
from torch import nn


def start(threads):
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    return torch.__version__


def dispatch(t, attrs):
    y = t["a"]
    for _ in range(attrs["repeats"]):
        y = y + t["b"]
    return y


OPS = {
    "matmul": lambda t, a: t["a"] @ t["b"],
    "conv": lambda t, a: F.conv2d(t["x"], t["w"], padding=a["pad"], groups=a["groups"]),
    "exp": lambda t, a: torch.exp(t["x"]),
    "tanh": lambda t, a: torch.tanh(t["x"]),
    "gelu": lambda t, a: F.gelu(t["x"]),
    "softmax": lambda t, a: torch.softmax(t["x"], -1),
    "layernorm": lambda t, a: F.layer_norm(t["x"], t["x"].shape[-1:], t["scale"], t["bias"]),
    "sum": lambda t, a: t["x"].sum(),
    "transpose": lambda t, a: t["x"].t().contiguous(),
    "dispatch": dispatch,
}


class Recurrent(nn.Module):
    def __init__(self, features, units, classes):
        super().__init__()
        self.lstm = nn.LSTM(features, units)
        self.head = nn.Linear(units, classes)

    def forward(self, x):
        y, _ = self.lstm(x)
        return self.head(y[-1])


def mlp(attrs):
    sizes = attrs["sizes"]
    layers = []
    for i in range(len(sizes) - 1):
        if i > 0:
            layers.append(nn.ReLU())
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
    return nn.Sequential(*layers)


def cnn(attrs):
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 49, 10),
    )  # fmt: skip


MODELS = {"mlp": mlp, "cnn": cnn, "lstm": lambda a: Recurrent(a["features"], a["units"], 10)}


def train(attrs, arrays):
    (_, x), (_, y), *given = arrays
    net = MODELS[attrs["model"]](attrs)

    def renamed(name):
        if attrs["model"] != "lstm":
            return name
        return f"lstm.{name}" if "_l0" in name else f"head.{name}"

    net.load_state_dict({renamed(n): torch.from_numpy(a.copy()) for n, a in given})
    optimizer = torch.optim.Adam(net.parameters(), lr=attrs["learningRate"])
    images, classes = torch.from_numpy(x.copy()), torch.from_numpy(y.copy()).long()

    def call():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), classes)
        loss.backward()
        optimizer.step()
        return loss

    return {"call": call, "loss": lambda: call().item(), "details": lambda: {"peakTensorBytes": peak_bytes(call)}}


def peak_bytes(call):
    """Most bytes that one step holds beyond what it started with, plus what it started with (weights, moments)."""
    import gc

    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as p:
        call()
    level = most = 0
    for event in sorted(
        (e for e in p.profiler.kineto_results.events() if e.name() == "[memory]"), key=lambda e: e.start_ns()
    ):
        level += event.nbytes()
        most = max(most, level)
    held = {t.data_ptr(): t.untyped_storage().nbytes() for t in gc.get_objects() if isinstance(t, torch.Tensor)}
    return most + sum(held.values())


def prepare(kind, attrs, arrays):
    if kind == "model":
        raise NotImplementedError("no model file of its own format")
    if kind == "train":
        return train(attrs, arrays)
    tensors = {name: torch.from_numpy(a.copy()) for name, a in arrays}
    op = OPS[kind]
    return {"call": lambda: op(tensors, attrs), "result": lambda: op(tensors, attrs).numpy()}

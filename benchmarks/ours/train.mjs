// Training steps in the style of PyTorch. This is the one place that decides how a step runs: compiled where
// @isoform/api-torch can compile steps, else eagerly.
import * as core from "@isoform/core";
import { F, nn, optim, torch } from "@isoform/api-torch";

class Recurrent extends nn.Module {
  lstm;
  head;
  constructor({ features, units }, classes) {
    super();
    this.lstm = nn.LSTM(features, units);
    this.head = nn.Linear(units, classes);
  }
  forward(x) {
    const [y] = this.lstm(x);
    return this.head(y.select(0, -1));
  }
}

const MODELS = {
  mlp: ({ sizes }) =>
    nn.Sequential(
      ...sizes.slice(1).flatMap((out, i) => [...(i > 0 ? [nn.ReLU()] : []), nn.Linear(sizes[i], out)]),
    ),
  cnn: () =>
    nn.Sequential(
      nn.Conv2d(1, 32, 3, { padding: 1 }),
      nn.ReLU(),
      nn.MaxPool2d(2),
      nn.Conv2d(32, 64, 3, { padding: 1 }),
      nn.ReLU(),
      nn.MaxPool2d(2),
      nn.Flatten(),
      nn.Linear(64 * 49, 10),
    ),
  lstm: (attrs) => new Recurrent(attrs, 10),
};
const rename = { lstm: (name) => (name.includes("_l0") ? `lstm.${name}` : `head.${name}`) };

/** `{ step, mode }`: `step()` trains once and returns the loss as a tensor that the caller disposes. */
function makeStep(net, optimizer, x, y) {
  const train = (input, target) => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(net(input), target);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  if (typeof torch.compileStep === "function") {
    const compiled = torch.compileStep(train, { model: net, optimizer });
    return { mode: "compiled", step: () => compiled(x, y) };
  }
  return { mode: "eager", step: () => core.scope(() => train(x, y)) };
}

/** A training case: `{ mode, call, loss, dispose }`. `loss()` is a step whose loss is read. */
export function training({ attrs, inputs }) {
  const [x, y, ...parameters] = inputs;
  const net = MODELS[attrs.model](attrs);
  const named = rename[attrs.model] ?? ((name) => name);
  core.scope(() =>
    net.loadStateDict(
      new Map(parameters.map((p) => [named(p.name), torch.fromTypedArray(p.data).reshape(p.shape)])),
    ),
  );
  const optimizer = optim.Adam(net.parameters(), { lr: attrs.learningRate });
  const tensor = (data, shape) => core.keep(core.scope(() => torch.fromTypedArray(data).reshape(shape)));
  const images = tensor(x.data, x.shape);
  const classes = tensor(
    BigInt64Array.from(y.data, (v) => BigInt(v)),
    y.shape,
  );
  const { mode, step } = makeStep(net, optimizer, images, classes);
  return {
    mode,
    call: () => step().dispose(),
    loss: () => {
      const loss = step();
      const value = loss.dataSync()[0];
      loss.dispose();
      return value;
    },
    dispose: () => {},
  };
}

// Training steps in the style of PyTorch, compiled or eager.
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

/**
 * `{ step, info }`: `step()` trains once and returns the loss as a tensor that the caller disposes; `info()` has the
 * mode and facts about the compilation.
 */
function makeStep(net, optimizer, x, y, compiled) {
  const train = (images, classes) => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(net(images), classes);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  if (!compiled) {
    return { step: () => core.scope(() => train(x, y)), info: () => ({ mode: "eager" }) };
  }
  const run = torch.compile(train);
  return {
    step: () => run(x, y),
    info: () => {
      const { lastCompileMs, notice } = run.info();
      // With a notice, calls run as they are.
      return { mode: notice === null ? "compiled" : "eager", compileMs: lastCompileMs, notice };
    },
  };
}

const tensor = (data, shape) => core.keep(core.scope(() => torch.fromTypedArray(data).reshape(shape)));

/** A training case: `{ call, loss, info, dispose }`. `loss()` is a step whose loss is read. */
export function training({ attrs, inputs }, compiled) {
  const [x, y, ...parameters] = inputs;
  const net = MODELS[attrs.model](attrs);
  const named = rename[attrs.model] ?? ((name) => name);
  core.scope(() =>
    net.loadStateDict(
      new Map(parameters.map((p) => [named(p.name), torch.fromTypedArray(p.data).reshape(p.shape)])),
    ),
  );
  const optimizer = optim.Adam(net.parameters(), { lr: attrs.learningRate });
  const images = tensor(x.data, x.shape);
  const classes = tensor(
    BigInt64Array.from(y.data, (v) => BigInt(v)),
    y.shape,
  );
  const { step, info } = makeStep(net, optimizer, images, classes, compiled);
  return {
    info,
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

// A classifier on random data, ported line by line from a PyTorch notebook. With PyTorch's random streams the initial
// weights, the batch order, the dropout masks and so the accuracy are PyTorch's own: 0.471 for the first draw of the
// data after np.random.seed(0), 0.535 for the second. The training step is compiled, as with torch.compile.
import { DataLoader, nn, optim, TensorDataset, torch } from "@isoform/api-torch";
import { NumpyRandomState } from "@isoform/core";
import { runAsScript, type Print } from "../run.js";

class MLP extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  net = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 3));
  override forward(x: torch.Tensor): torch.Tensor {
    return this.net(x);
  }
}

/** What happens while the program trains, for those who compare it with PyTorch. */
export interface Observer {
  /** The model right after its construction. */
  built?(model: nn.Module): void;
  /** Called after every step. */
  step?(step: number, loss: number, model: nn.Module): void;
}

/** The data of the notebook: `draw` times X and y from one NumPy generator; the last draw is used. */
export function notebookData(draw: number): { readonly X: Float32Array; readonly y: Int32Array } {
  const np = new NumpyRandomState(0);
  let X = new Float32Array();
  let y = new Int32Array();
  for (let i = 0; i < draw; i++) {
    X = Float32Array.from(np.randn(1000 * 20));
    y = Int32Array.from(np.randint(0, 3, 1000), Number);
  }
  return { X, y };
}

/** Trains the notebook's model on one draw of its data and returns the accuracy on all 1,000 rows. */
export async function notebookAccuracy(draw: number, observer: Observer = {}): Promise<number> {
  const { X, y } = notebookData(draw);
  const inputs = torch.fromTypedArray(X).reshape(1000, 20);
  const labels = torch.fromTypedArray(y).long();

  torch.manualSeed(0);
  const model = new MLP();
  observer.built?.(model);
  const loader = DataLoader(TensorDataset(inputs, labels), { batchSize: 32, shuffle: true });
  const criterion = nn.CrossEntropyLoss();
  const optimizer = optim.Adam(model.parameters(), { lr: 1e-2 });

  const train = torch.compile((xb: torch.Tensor, yb: torch.Tensor) => {
    optimizer.zeroGrad();
    const loss = criterion(model(xb), yb);
    loss.backward();
    optimizer.step();
    return loss;
  });

  let step = 0;
  for (let epoch = 0; epoch < 5; epoch++) {
    model.train();
    for (const [xb, yb] of loader) {
      const loss = train(xb!, yb!);
      if (observer.step) observer.step(step++, Number(await loss.item()), model);
    }
  }

  model.eval();
  const predicted = torch.noGrad(() => model(inputs).argmax(1));
  const correct = await predicted.eq(labels).sum().item();
  train.dispose();
  optimizer.dispose();
  model.dispose();
  return Number(correct) / 1000;
}

/** Prints the accuracy for both draws. */
export async function notebook(print: Print): Promise<void> {
  for (const draw of [1, 2]) print(`draw ${draw}: accuracy ${(await notebookAccuracy(draw)).toFixed(3)}`);
}

await runAsScript(import.meta.url, notebook);

// 1,000 training steps in the torch style leave nothing behind but parameters and optimizer state.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime, noGrad, scope } from "@isoform/core";
import { DataLoader, F, nn, optim, TensorDataset, torch } from "@isoform/api-torch";

const runtime = await createRuntime({ backends: [cpu()] });
const device = runtime.use();
afterAll(() => runtime.dispose());

class Net extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  fc1 = nn.Linear(8, 16);
  bn = nn.BatchNorm1d(16);
  drop = nn.Dropout(0.1);
  fc2 = nn.Linear(16, 3);
  override forward(x: torch.Tensor): torch.Tensor {
    return this.fc2(this.drop(F.relu(this.bn(this.fc1(x)))));
  }
}

function setup() {
  torch.manualSeed(0);
  const data = scope(() => new TensorDataset(torch.randn(320, 8), torch.randint(0, 3, [320])));
  const net = new Net();
  const opt = optim.Adam(net.parameters(), { lr: 1e-3 });
  return { data, net, opt, loader: new DataLoader(data, { batchSize: 32, shuffle: true }) };
}

describe("memory, torch style", () => {
  it("for … of a loader: 1,000 steps, 0 storages", () => {
    const start = device.memory().storages;
    const { data, net, opt, loader } = setup();
    const losses: torch.Tensor[] = [];
    let base = 0;
    let steps = 0;
    while (steps < 1000) {
      for (const [x, y] of loader) {
        opt.zeroGrad();
        const logits = net(x!);
        const loss = F.crossEntropy(logits, y!);
        loss.backward();
        opt.step();
        losses.push(loss.detach());
        void logits.argmax(1);
        steps++;
      }
      opt.zeroGrad();
      if (base === 0) base = device.memory().storages;
      expect(device.memory().storages).toBe(base);
    }
    expect(steps).toBe(1000);
    const stateTensors = 3 * net.parameters().length + net.buffers().length + data.tensors.length;
    expect(base - start).toBe(stateTensors);
    expect(Number(losses[0]!.itemSync())).toBeGreaterThan(0.5);
    opt.dispose();
    net.dispose();
    for (const t of data.tensors) t.dispose();
    expect(device.memory().storages).toBe(start);
  });

  it("for await … of a loader with awaits in the body", async () => {
    const { data, net, opt, loader } = setup();
    let base = 0;
    for (let epoch = 0; epoch < 5; epoch++) {
      for await (const [x, y] of loader) {
        opt.zeroGrad();
        const loss = F.crossEntropy(net(x!), y!);
        loss.backward();
        opt.step();
        await loss.item();
      }
      opt.zeroGrad();
      if (epoch === 0) base = device.memory().storages;
    }
    expect(device.memory().storages).toBe(base);
    opt.dispose();
    net.dispose();
    for (const t of data.tensors) t.dispose();
  });

  it("1,000 predictions in noGrad leave nothing", () => {
    const net = new Net().eval();
    const x = torch.randn(4, 8);
    const before = device.memory().storages;
    for (let i = 0; i < 1000; i++) scope(() => void noGrad(() => net(x)));
    expect(device.memory().storages).toBe(before);
    net.dispose();
    x.dispose();
  });

  it("forward without backward leaves nothing once the output goes", () => {
    const net = new Net();
    const x = torch.randn(4, 8);
    const before = device.memory().storages;
    for (let i = 0; i < 50; i++) net(x).dispose();
    expect(device.memory().storages).toBe(before);
    net.dispose();
    x.dispose();
  });
});

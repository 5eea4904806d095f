// Training on WebGPU: the examples print what they print on the processor, loss curves are those of the processor, and 1,000
// steps leave no GPU buffer behind.
import { keras, tf } from "@isoform/api-keras";
import { F, nn, optim, torch } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import { webgpu } from "@isoform/backend-webgpu";
import { createRuntime, scope, type Backend, type Device } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { branching as kerasBranching } from "../examples/src/keras/branching.js";
import { customLayer } from "../examples/src/keras/custom-layer.js";
import { gradientDescent as kerasDescent } from "../examples/src/keras/gradient-descent.js";
import { gradients as kerasGradients } from "../examples/src/keras/gradients.js";
import { twoInputs as kerasTwoInputs } from "../examples/src/keras/two-inputs.js";
import { branching } from "../examples/src/torch/branching.js";
import { customModule } from "../examples/src/torch/custom-module.js";
import { gradientDescent } from "../examples/src/torch/gradient-descent.js";
import { gradients } from "../examples/src/torch/gradients.js";
import { notebookAccuracy } from "../examples/src/torch/notebook-mlp.js";
import { ResNet20 } from "../examples/src/torch/resnet20.js";
import { twoInputs } from "../examples/src/torch/two-inputs.js";
import { missingAdapter } from "../packages/backend-webgpu/src/testing/adapter.js";

const missing = await missingAdapter();

/** Runs `body` with tensors on a backend, and nothing left of it afterwards but what it returns. */
async function on<T>(backend: Backend, body: (device: Device) => Promise<T>): Promise<T> {
  const runtime = await createRuntime({ backends: [backend] });
  try {
    return await body(runtime.use());
  } finally {
    runtime.dispose();
  }
}

type Print = (line: string) => void;
async function printed(backend: Backend, example: (print: Print) => void | Promise<void>): Promise<string> {
  const lines: string[] = [];
  keras.backend.clearSession();
  await on(backend, async () => example((line) => lines.push(line)));
  return lines.join("\n");
}

/** A step of training; gives the loss. */
function update(
  net: (x: torch.Tensor) => torch.Tensor,
  optimizer: optim.AnyOptimizer,
  x: torch.Tensor,
  y: torch.Tensor,
): torch.Tensor {
  optimizer.zeroGrad();
  const loss = F.crossEntropy(net(x), y);
  loss.backward();
  optimizer.step();
  return loss;
}

const EXAMPLES = {
  "gradients (torch)": gradients,
  "gradient descent (torch)": gradientDescent,
  "two inputs (torch)": twoInputs,
  "custom module (torch)": customModule,
  "gradients (keras)": kerasGradients,
  "gradient descent (keras)": kerasDescent,
  "two inputs (keras)": kerasTwoInputs,
  "custom layer (keras)": customLayer,
};

/** Numbers of a text that are not the same to 3 digits. */
function differs(a: string, b: string): string[] {
  const parts = (text: string): string[] => text.split(/(-?\d+\.\d+)/);
  const [left, right] = [parts(a), parts(b)];
  if (left.length !== right.length) return [a, b];
  return left.flatMap((x, i) => {
    const y = right[i]!;
    const near = i % 2 === 1 && Math.abs(Number(x) - Number(y)) <= 1e-3 * Math.max(1, Math.abs(Number(y)));
    return x === y || near ? [] : [`${x} instead of ${y}`];
  });
}

describe.skipIf(missing !== null)("examples on WebGPU", () => {
  it.each(Object.entries(EXAMPLES))("%s", async (_, example) => {
    expect(differs(await printed(webgpu(), example), await printed(cpu(), example))).toEqual([]);
  });

  it("the notebook program, compiled, with dropout", async () => {
    const curve = async (): Promise<{ losses: number[]; accuracy: number }> => {
      const losses: number[] = [];
      const accuracy = await notebookAccuracy(1, { step: (_, loss) => losses.push(loss) });
      return { losses, accuracy };
    };
    const [gpu, processor] = [await on(webgpu(), curve), await on(cpu(), curve)];
    expect(gpu.losses.length).toBe(160);
    gpu.losses.forEach((loss, i) => expect(Math.abs(loss - processor.losses[i]!)).toBeLessThan(1e-3));
    expect(gpu.accuracy).toBeCloseTo(processor.accuracy, 2);
  });
});

describe.skipIf(missing !== null)("examples that read a value inside a forward pass", () => {
  it.each([
    ["torch", branching],
    ["keras", kerasBranching],
  ])("say that WebGPU cannot (%s)", async (_, example) => {
    await expect(printed(webgpu(), example)).rejects.toThrow(/dataSync.*this device can/s);
  });
});

describe.skipIf(missing !== null)("ResNet-20 on WebGPU", () => {
  it("trains as on the processor", { timeout: 300_000 }, async () => {
    const curve = async (): Promise<number[]> => {
      torch.manualSeed(7);
      const net = new ResNet20();
      const optimizer = optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9, weightDecay: 1e-4 });
      const [x, y] = [torch.randn(4, 3, 32, 32), torch.randint(0, 10, [4])];
      // Op by op: layers share shaders then, which drivers in software take long to compile.
      const step = (): torch.Tensor => scope(() => update(net, optimizer, x, y).detach());
      const losses: number[] = [];
      for (let i = 0; i < 5; i++) losses.push(Number(await step().item()));
      return losses;
    };
    const [gpu, processor] = [await on(webgpu(), curve), await on(cpu(), curve)];
    gpu.forEach((loss, i) => expect(Math.abs(loss - processor[i]!), `step ${i}`).toBeLessThan(1e-3));
    expect(gpu.at(-1)).toBeLessThan(gpu[0]!);
  });
});

type Net = nn.Module<[x: torch.Tensor], torch.Tensor>;

class LastStep extends nn.Module<[x: torch.Tensor], torch.Tensor> {
  rnn = nn.LSTM(5, 8, { batchFirst: true });
  fc = nn.Linear(8, 3);
  override forward(x: torch.Tensor): torch.Tensor {
    return this.fc(this.rnn(x)[0].at(":", -1));
  }
}

const TORCH: Readonly<Record<string, { shape: readonly number[]; make(): Net }>> = {
  mlp: {
    shape: [10],
    make: () => nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.LayerNorm([16]), nn.Linear(16, 3)),
  },
  cnn: {
    shape: [1, 8, 8],
    make: () =>
      nn.Sequential(
        nn.Conv2d(1, 4, 3, { padding: 1 }),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3),
        nn.BatchNorm2d(6, { momentum: null }),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(24, 3),
      ),
  },
  lstm: { shape: [6, 5], make: () => new LastStep() },
};

async function torchCurve(name: string, compiled: boolean): Promise<number[]> {
  torch.manualSeed(4);
  const { shape, make } = TORCH[name]!;
  const net = make();
  const optimizer = optim.Adam(net.parameters(), { lr: 0.02 });
  const x = torch.randn(12, ...shape);
  const y = torch.fromTypedArray(Int32Array.from({ length: 12 }, (_, i) => i % 3)).long();
  const step = (): torch.Tensor => update(net, optimizer, x, y);
  const train = compiled ? torch.compile(step) : () => scope(() => step().detach());
  const losses: number[] = [];
  for (let i = 0; i < 12; i++) losses.push(Number(await train().item()));
  return losses;
}

async function kerasCurve(): Promise<number[]> {
  keras.utils.setRandomSeed(5);
  const { layers } = keras;
  const model = keras.Sequential([
    keras.Input([8, 8, 1]),
    layers.Conv2D(4, 3, { activation: "relu" }),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(16, { activation: "tanh" }),
    layers.Dropout(0.2),
    layers.Dense(3, { activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
  const x = tf.reshape(
    tf.constant(Array.from({ length: 24 * 64 }, (_, i) => Math.sin(i * i))),
    [24, 8, 8, 1],
  );
  const y = tf.constant(Array.from({ length: 24 }, (_, i) => i % 3));
  const history = await model.fit(x, y, { epochs: 6, batchSize: 8, verbose: 0, shuffle: false });
  return history.history["loss"]!.map(Number);
}

describe.skipIf(missing !== null)("loss curves on WebGPU", () => {
  const near = (a: readonly number[], b: readonly number[]): void => {
    expect(a.length).toBe(b.length);
    a.forEach((v, i) => expect(Math.abs(v - b[i]!), `step ${i}: ${v}, ${b[i]}`).toBeLessThan(1e-3));
    expect(a.at(-1)).toBeLessThan(a[0]!);
  };

  it.each(Object.keys(TORCH).flatMap((name) => [[name, false] as const, [name, true] as const]))(
    "torch %s, compiled %s",
    async (name, compiled) => {
      near(
        await on(webgpu(), () => torchCurve(name, compiled)),
        await on(cpu(), () => torchCurve(name, compiled)),
      );
    },
  );

  it("keras fit", async () => {
    near(await on(webgpu(), kerasCurve), await on(cpu(), kerasCurve));
  });
});

describe.skipIf(missing !== null)("memory on WebGPU", () => {
  it.each([false, true])("1,000 steps leave nothing, compiled %s", async (compiled) => {
    const backend = webgpu();
    await on(backend, async (device) => {
      torch.manualSeed(0);
      const net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3));
      const optimizer = optim.Adam(net.parameters());
      const x = torch.randn(16, 8);
      const y = torch.fromTypedArray(Int32Array.from({ length: 16 }, (_, i) => i % 3)).long();
      const step = (): torch.Tensor => update(net, optimizer, x, y);
      const train = compiled ? torch.compile(step) : () => scope(() => step().detach());
      let held = { storages: 0, buffers: 0, bytes: 0 };
      for (let i = 0; i < 1000; i++) {
        const loss = train();
        if (i % 100 === 99) await loss.item();
        loss.dispose();
        // By then the shared constants, of which a bounded number is kept, are all there.
        if (i !== 499) continue;
        held = {
          storages: device.memory().storages,
          buffers: backend.info().buffers,
          bytes: backend.info().bytes,
        };
      }
      optimizer.zeroGrad();
      const now = backend.info();
      expect(device.memory().storages).toBeLessThanOrEqual(held.storages);
      expect(now.buffers).toBeLessThanOrEqual(held.buffers);
      expect(now.bytes).toBeLessThanOrEqual(held.bytes * 1.01);
    });
  });
});

describe.skipIf(missing !== null)("work of a compiled step on WebGPU", () => {
  it("is at most 12 dispatches and one submit for the MNIST MLP", async () => {
    const backend = webgpu();
    await on(backend, async () => {
      torch.manualSeed(0);
      const net = nn.Sequential(
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
      );
      const optimizer = optim.Adam(net.parameters());
      const [x, y] = [torch.randn(64, 784), torch.randint(0, 10, [64])];
      const step = torch.compile((images: torch.Tensor, labels: torch.Tensor) =>
        update(net, optimizer, images, labels),
      );
      const losses: number[] = [];
      for (let i = 0; i < 3; i++) losses.push(Number(await step(x, y).item()));
      const before = backend.info();
      losses.push(Number(await step(x, y).item()));
      const after = backend.info();
      expect(after.dispatches - before.dispatches).toBeLessThanOrEqual(12);
      expect(after.submits - before.submits).toBe(1);
      expect(after.pipelines).toBe(before.pipelines);
      expect(after.bytesWritten - before.bytesWritten).toBeLessThan(256);
      expect(losses[3]).toBeLessThan(losses[0]!);

      // Steps that nobody waits for share command buffers, though each brings numbers of its own.
      let last = losses[3]!;
      for (let i = 0; i < 20; i++) {
        const loss = step(x, y);
        if (i === 19) last = Number(await loss.item());
        loss.dispose();
      }
      const end = backend.info();
      expect(end.dispatches - after.dispatches).toBeLessThanOrEqual(12 * 20);
      expect(end.submits - after.submits).toBeLessThanOrEqual(3);
      expect(last).toBeLessThan(losses[3]!);
    });
  });
});

// api-torch modules -> trace -> IR: the same outputs as the module, dynamic batch, layers kept, names kept.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime, disposeGraph, scope, type Tensor as CoreTensor } from "@isoform/core";
import { F, nn, torch, traceModule } from "@isoform/api-torch";
import { Session } from "../packages/converter/src/execute/session.js";
import { exportKeras } from "../packages/converter/src/exporters/keras/index.js";
import { simplify } from "../packages/converter/src/execute/simplify.js";
import { exportTorch } from "../packages/converter/src/exporters/torch/index.js";
import { fromTypedArray, typedArrayOf } from "../packages/converter/src/formats/raw-tensor.js";
import { importTrace } from "../packages/converter/src/importers/torch/trace.js";

const runtime = await createRuntime({ backends: [reference()] });
runtime.use();
afterAll(() => runtime.dispose());

class Residual extends nn.Module<[x: CoreTensor], torch.Tensor> {
  conv1 = nn.Conv2d(4, 4, 3, { padding: 1, bias: false });
  bn1 = nn.BatchNorm2d(4);
  override forward(x: CoreTensor): torch.Tensor {
    return F.relu(this.bn1(this.conv1(x)).add(x));
  }
}
class Net extends nn.Module<[x: CoreTensor], torch.Tensor> {
  stem = nn.Conv2d(3, 4, 3, { stride: 2, padding: 1 });
  layer1 = nn.Sequential(new Residual(), new Residual());
  pool = nn.MaxPool2d(2);
  fc = nn.Linear(16, 5);
  override forward(x: CoreTensor): torch.Tensor {
    return this.fc(this.pool(this.layer1(this.stem(x))).flatten(1));
  }
}
class Recurrent extends nn.Module<[x: CoreTensor], torch.Tensor> {
  emb = nn.Embedding(11, 6);
  lstm = nn.LSTM(6, 5, { batchFirst: true, bidirectional: true });
  gru = nn.GRU(10, 4, { batchFirst: true });
  head = nn.Linear(4, 3);
  override forward(x: CoreTensor): torch.Tensor {
    const [y] = this.lstm(this.emb(x));
    const [, h] = this.gru(y);
    return F.softmax(this.head(h.squeeze(0)), -1);
  }
}
class Mixed extends nn.Module<[x: CoreTensor], torch.Tensor> {
  norm = nn.LayerNorm(6);
  attn = nn.MultiheadAttention(6, 2, { batchFirst: true });
  scale = nn.Parameter(torch.ones(6));
  override forward(x: CoreTensor): torch.Tensor {
    const y = this.norm(x);
    const z = this.attn(y, y, y, { needWeights: false })[0];
    return z.mul(this.scale).add(1).div(2).at(":", "1:").mean(1);
  }
}

class Sloped extends nn.Module<[x: CoreTensor], torch.Tensor> {
  conv1 = nn.Conv2d(3, 28, 3);
  prelu1 = nn.PReLU({ numParameters: 28 });
  dense = nn.Linear(28, 20);
  prelu2 = nn.PReLU({ numParameters: 20 });
  override forward(x: CoreTensor): torch.Tensor {
    return this.prelu2(this.dense(this.prelu1(this.conv1(x)).mean(2).mean(2)));
  }
}
class Attended extends nn.Module<[x: CoreTensor], torch.Tensor> {
  layer = nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
  override forward(x: CoreTensor): torch.Tensor {
    return this.layer(x);
  }
}

interface Case {
  make(): nn.Module;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int64";
  readonly ops: Readonly<Record<string, number>>;
}
const CASES: Readonly<Record<string, Case>> = {
  convolutional: {
    make: () => new Net(),
    shape: [3, 8, 8],
    dtype: "float32",
    ops: { Conv: 3, BatchNormalization: 2, MaxPool: 1, Linear: 1, Add: 2, Flatten: 1 },
  },
  recurrent: {
    make: () => new Recurrent(),
    shape: [7],
    dtype: "int64",
    ops: { LSTM: 2, GRU: 1, Gather: 1, Linear: 1 },
  },
  attention: {
    make: () => new Mixed(),
    shape: [5, 6],
    dtype: "float32",
    ops: { LayerNormalization: 1, Attention: 1 },
  },
};

describe("importTrace", () => {
  it.each(Object.entries(CASES))("%s", async (_, c) => {
    torch.manualSeed(3);
    const model = c.make().eval();
    const [a, b] = [2, 3].map((n) => traceModule(model, [{ shape: [n, ...c.shape], dtype: c.dtype }]));
    const ir = await importTrace(a!, { other: b });
    for (const t of [a!, b!]) disposeGraph(t.graph);
    expect(ir.graph.inputs[0]!.dims![0]).toBe("batch");
    for (const [op, n] of Object.entries(c.ops)) {
      expect(ir.graph.nodes.filter((node) => node.op === op).length, op).toBe(n);
    }
    const names = new Set(
      [...ir.graph.weights.values()].flatMap((w) => w.source?.pieces.map((p) => p.name) ?? []),
    );
    for (const [name] of model.namedParameters()) expect(names, name).toContain(name);

    const x = c.dtype === "int64" ? torch.randint(0, 11, [5, ...c.shape]) : torch.randn([5, ...c.shape]);
    const want = scope(() =>
      torch.noGrad(() => (Reflect.apply(model, undefined, [x]) as torch.Tensor).dataSync().slice()),
    );
    const input = fromTypedArray(c.dtype, [5, ...c.shape], x.dataSync());
    const out = await new Session(ir.graph, { device: runtime.use() }).run(new Map([["input", input]]));
    const got = typedArrayOf([...out.values()][0]!);
    expect(got.length).toBe(want.length);
    for (let i = 0; i < want.length; i++) expect(Number(got[i])).toBeCloseTo(Number(want[i]), 5);
    expect(exportTorch(ir).source).toContain("class Model(nn.Module)");
    model.dispose();
  });

  it.each([
    ["PReLU", () => new Sloped(), [3, 5, 5], { PReLU: 2, Dense: 1, Conv2D: 1 }],
    ["MultiheadAttention", () => new Attended(), [5, 8], { MultiHeadAttention: 1, LayerNormalization: 2 }],
  ] as const)("keeps %s a layer, with the names of its weights", async (_, make, shape, layers) => {
    const model = make().eval();
    const traces = [2, 3].map((n) => traceModule(model, [{ shape: [n, ...shape], dtype: "float32" }]));
    const ir = await importTrace(traces[0]!, { other: traces[1] });
    for (const t of traces) disposeGraph(t.graph);
    const { state, source } = exportTorch({ ...ir, graph: simplify(ir.graph).graph });
    expect([...state.keys()].toSorted()).toEqual([...model.stateDict()].map(([k]) => k).toSorted());
    expect(source).not.toContain("torch.where");
    const { config } = exportKeras(ir);
    const text = JSON.stringify(config);
    for (const [name, n] of Object.entries(layers))
      expect(text.split(`"class_name":"${name}"`).length - 1, name).toBe(n);
    model.dispose();
  });

  it("refuses what differs between the two traces in more than sizes", async () => {
    class Counted extends nn.Module<[x: CoreTensor], torch.Tensor> {
      override forward(x: CoreTensor): torch.Tensor {
        return torch.mul(x, 1 / x.shape[0]!);
      }
    }
    const model = new Counted();
    const traces = [2, 3].map((n) => traceModule(model, [{ shape: [n, 4], dtype: "float32" }]));
    await expect(importTrace(traces[0]!, { other: traces[1] })).rejects.toThrow(/different batch sizes/);
    for (const t of traces) disposeGraph(t.graph);
  });
});

// Composites on a device that is not the current one: constants made inside must lie beside the inputs.
import { reference } from "@isoform/backend-reference";
import { beforeAll, describe, expect, it } from "vitest";
import {
  adaptiveAvgPool,
  attention,
  avgPool,
  createRuntime,
  gatherElements,
  grad,
  gru,
  hardShrink,
  layerNorm,
  lstm,
  maxPoolWithIndices,
  oneHot,
  relu,
  resize,
  scatterNd,
  softmaxCrossEntropy,
  std,
  sum,
  tensor,
  topK,
  triu,
  where,
  type Device,
  type Runtime,
  type Tensor,
} from "../../index.js";
import { withDevice } from "../../runtime/runtime.js";

let runtime: Runtime;
let other: Device;
beforeAll(async () => {
  runtime = await createRuntime({ backends: [reference(), { ...reference(), name: "other" }] });
  other = runtime.device("other");
  runtime.use("reference");
});

const there = (shape: readonly number[], dtype: "float32" | "int64" = "float32"): Tensor => {
  const n = shape.reduce((p, m) => p * m, 1);
  const data = Array.from({ length: n }, (_, i) => (dtype === "int64" ? i % 2 : Math.sin(i + 1)));
  return withDevice(other, () => tensor(data, { shape, dtype }));
};

const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  relu,
  hardShrink: (x) => hardShrink(x),
  std: (x) => std(x, 1),
  layerNorm: (x) => layerNorm(x),
  avgPool: (x) => avgPool(x, { window: [2], padding: [[1, 1]], countIncludePad: false }),
  adaptiveAvgPool: (x) => adaptiveAvgPool(x, [3]),
  maxPoolWithIndices: (x) => maxPoolWithIndices(x, { window: [2] })[0],
  resize: (x) => resize(x, { size: [7], mode: "linear" }),
  attention: (x) => attention(x, x, x, null, { causal: true }),
  gatherElements: (x) => gatherElements(x, there([2, 3, 1], "int64"), 2),
  scatterNd: (x) => scatterNd(x, there([1, 1], "int64"), there([1, 3, 4])),
  topK: (x) => topK(x, 2)[0],
  triu: (x) => triu(x),
  where: (x) => where(oneHot(there([2, 3], "int64"), 4, { dtype: "bool" }), x, 0),
  softmaxCrossEntropy: (x) => softmaxCrossEntropy(x, there([2, 3], "int64")),
  lstm: (x) => lstm(x, there([3, 2]), there([3, 2]), there([8, 4]), there([8, 2]))[0],
  gru: (x) => gru(x, there([3, 2]), there([6, 4]), there([6, 2]))[0],
};

describe("on a device that is not the current one", () => {
  for (const [name, fn] of Object.entries(FUNCTIONS)) {
    it(`${name} and its gradient stay there`, () => {
      const x = there([2, 3, 4]);
      expect(fn(x).device).toBe(other);
      const g = grad((t) => sum(fn(t)))(x);
      expect(g.device).toBe(other);
      expect(g.shape).toEqual([2, 3, 4]);
    });
  }
});

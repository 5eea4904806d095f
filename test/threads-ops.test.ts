// Large ops, forward and backward, give the same bits on one, two and three threads: large enough to be cut.
import { F, torch } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime, withDevice, type Runtime } from "@isoform/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

type T = torch.Tensor;
type Program = (...inputs: T[]) => T;

/** Shapes of the inputs, and what is computed from them. */
const CASES: Readonly<Record<string, readonly [shapes: readonly (readonly number[])[], run: Program]>> = {
  "matmul 256 x 300 x 280": [
    [
      [256, 300],
      [300, 280],
    ],
    (a, b) => torch.matmul(a, b),
  ],
  "matmul of 1 row": [
    [
      [1, 1100],
      [1100, 1300],
    ],
    (a, b) => torch.matmul(a, b),
  ],
  "matmul of narrow columns": [
    [
      [3000, 130],
      [130, 5],
    ],
    (a, b) => torch.matmul(a, b),
  ],
  "batched matmul": [
    [
      [7, 90, 64],
      [7, 64, 101],
    ],
    (a, b) => torch.matmul(a, b),
  ],
  "matmul of a transpose": [
    [
      [300, 256],
      [280, 300],
    ],
    (a, b) => torch.matmul(a.t(), b.t()),
  ],
  "conv2d 3x3": [
    [
      [3, 24, 28, 28],
      [40, 24, 3, 3],
    ],
    (x, w) => F.conv2d(x, w, { padding: 1 }),
  ],
  "conv2d 1x1": [
    [
      [2, 64, 21, 21],
      [96, 64, 1, 1],
    ],
    (x, w) => F.conv2d(x, w),
  ],
  "conv2d, strided and dilated": [
    [
      [2, 16, 41, 41],
      [32, 16, 3, 3],
    ],
    (x, w) => F.conv2d(x, w, { stride: 2, padding: 2, dilation: 2 }),
  ],
  "depthwise conv2d": [
    [
      [2, 48, 61, 61],
      [48, 1, 3, 3],
    ],
    (x, w) => F.conv2d(x, w, { padding: 1, groups: 48 }),
  ],
  "max pool": [[[4, 32, 40, 40]], (x) => F.maxPool2d(x, 2)],
  "average pool": [[[4, 32, 40, 40]], (x) => F.avgPool2d(x, 3, { stride: 2, padding: 1 })],
  "add with broadcasting": [[[600, 513], [513]], (a, b) => a.add(b)],
  "a chain of functions": [[[517, 601]], (x) => x.exp().tanh().mul(x).sigmoid().add(x)],
  gelu: [[[517, 601]], (x) => F.gelu(x)],
  "sum of all": [[[517, 601]], (x) => x.sum()],
  "sums and running sums of integers": [
    [[517, 601]],
    (x) => {
      const whole = x.mul(1000).to("int64");
      return x.add(whole.cumsum(0).to("float32")).add(whole.sum(1, { keepdim: true }).to("float32"));
    },
  ],
  "sum of rows": [[[517, 601]], (x) => x.mul(x).sum(1)],
  "sum of columns": [[[517, 601]], (x) => x.mul(x).sum(0)],
  softmax: [[[500, 777]], (x) => F.softmax(x, -1)],
  "log softmax of columns": [[[500, 777]], (x) => F.logSoftmax(x, 0)],
  "layer norm": [[[500, 777], [777], [777]], (x, w, b) => F.layerNorm(x, [777], { weight: w, bias: b })],
  "transpose and copy": [[[900, 601]], (x) => x.t().contiguous().mul(2)],
  concat: [
    [
      [300, 601],
      [400, 601],
    ],
    (a, b) => torch.cat([a, b], 0),
  ],
  cumsum: [[[500, 601]], (x) => torch.cumsum(x, 0)],
};

const COUNTS = [1, 2, 3];
const runtimes: Runtime[] = [];

beforeAll(async () => {
  for (const threads of COUNTS) {
    const backend = cpu({ threads });
    runtimes.push(await createRuntime({ backends: [backend] }));
    expect([backend.threads, backend.notice]).toEqual([threads, null]);
  }
});
afterAll(() => {
  for (const runtime of runtimes) runtime.dispose();
});

/** Numbers around 0 that do not repeat. */
function numbers(shape: readonly number[], seed: number): T {
  let state = seed;
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 30;
  });
  return torch.fromTypedArray(values).reshape(...shape);
}

/** The bits of the result and of the gradient of every input. */
function bits(shapes: readonly (readonly number[])[], run: Program): Uint32Array[] {
  return torch.scope(() => {
    const inputs = shapes.map((shape, i) => numbers(shape, i + 1));
    for (const input of inputs) input.requiresGrad = true;
    const out = run(...inputs);
    out.mul(numbers(out.shape, 99)).sum().backward();
    return [out, ...inputs.map((x) => x.grad!)].map((t) => {
      const data = Float32Array.from(t.detach().dataSync() as Float32Array);
      return new Uint32Array(data.buffer);
    });
  });
}

describe("the same bits on any number of threads", () => {
  for (const [name, [shapes, run]] of Object.entries(CASES)) {
    it(name, () => {
      const [one, ...others] = runtimes.map((r) => withDevice(r.defaultDevice, () => bits(shapes, run)));
      for (const tensor of one!) expect(tensor.some((word) => word << 1 !== 0)).toBe(true);
      others.forEach((other, i) => {
        for (const [k, words] of other.entries()) {
          const first = words.findIndex((word, at) => word !== one![k]![at]);
          expect(first, `element of tensor ${k} on ${COUNTS[i + 1]} threads`).toBe(-1);
        }
      });
    });
  }
});

// The `ops` suite: single ops, eager, on tensors that are on the device and whose results stay there.
import { nn } from "@isoform/api-torch";
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { BenchCase, BenchSize } from "../case.js";
import {
  attention,
  conv2d,
  elementwise,
  gather,
  matmul,
  reduction,
  rows,
  transpose,
  type OpSpec,
} from "./op-spec.js";
import { onnxInput, onnxOfModule } from "./onnx.js";
import { tensorTrial } from "./tensor-trial.js";
import { inputValues } from "./values.js";

interface Entry {
  readonly group: string;
  readonly full: OpSpec;
  /** Sizes for quick runs; odd ones, so that kernels meet their edges. */
  readonly small: OpSpec;
  /** Sizes at which the full ones are compared, where the reference is too slow at those. */
  readonly check?: OpSpec;
}

const million = [1024, 1024];
const little = [37, 65];

const ENTRIES: readonly Entry[] = [
  { group: "matmul", full: matmul(256, 256, 256), small: matmul(33, 47, 29) },
  { group: "matmul", full: matmul(512, 512, 512), small: matmul(64, 80, 72) },
  {
    group: "matmul",
    full: matmul(1024, 1024, 1024),
    small: matmul(96, 112, 101),
    check: matmul(272, 1024, 264),
  },
  { group: "matmul", full: matmul(1, 1024, 1024), small: matmul(1, 65, 67) },
  { group: "matmul", full: matmul(128, 64, 128, 32), small: matmul(17, 24, 19, 3) },
  {
    group: "convolution",
    full: conv2d({ batch: 1, channels: 64, out: 64, size: 56, kernel: 3 }),
    small: conv2d({ batch: 2, channels: 8, out: 12, size: 13, kernel: 3 }),
  },
  {
    group: "convolution",
    full: conv2d({ batch: 1, channels: 256, out: 256, size: 14, kernel: 1 }),
    small: conv2d({ batch: 2, channels: 24, out: 16, size: 9, kernel: 1 }),
  },
  {
    group: "convolution",
    full: conv2d({ batch: 8, channels: 128, out: 128, size: 28, kernel: 3, depthwise: true }),
    small: conv2d({ batch: 2, channels: 10, out: 10, size: 15, kernel: 3, depthwise: true }),
  },
  { group: "elementwise", full: elementwise("add", million), small: elementwise("add", little) },
  { group: "elementwise", full: elementwise("exp", million), small: elementwise("exp", little) },
  { group: "elementwise", full: elementwise("gelu", million), small: elementwise("gelu", little) },
  { group: "softmax", full: rows("softmax", million), small: rows("softmax", little) },
  { group: "layer norm", full: rows("layerNorm", million), small: rows("layerNorm", little) },
  {
    group: "reduction",
    full: reduction("sum", million, [0, 1], "everything"),
    small: reduction("sum", little, [0, 1], "everything"),
  },
  {
    group: "reduction",
    full: reduction("sum", million, [0], "columns"),
    small: reduction("sum", little, [0], "columns"),
  },
  {
    group: "reduction",
    full: reduction("max", million, [1], "rows"),
    small: reduction("max", little, [1], "rows"),
  },
  { group: "transpose", full: transpose(million, [1, 0]), small: transpose(little, [1, 0]) },
  {
    group: "transpose",
    full: transpose([16, 64, 32, 32], [0, 2, 3, 1]),
    small: transpose([2, 5, 7, 6], [0, 2, 3, 1]),
  },
  { group: "gather", full: gather(10_000, 64, 16_384), small: gather(50, 9, 33) },
  { group: "attention", full: attention(8, 256, 64), small: attention(2, 33, 16) },
];

/** The op on tensors, in the order of the spec's inputs. */
function apply(spec: OpSpec, a: Tensor, b?: Tensor, c?: Tensor): Tensor {
  const second = (): Tensor => b ?? a;
  switch (spec.op) {
    case "matmul":
      return core.matmul(a, second());
    case "conv2d": {
      const { groups, padding, stride } = spec;
      const pair = [padding, padding] as const;
      return core.convolution(a, second(), null, {
        padding: [pair, pair],
        strides: [stride, stride],
        groups,
      });
    }
    case "add":
      return core.add(a, second());
    case "mul":
      return core.mul(a, second());
    case "exp":
      return core.exp(a);
    case "tanh":
      return core.tanh(a);
    case "gelu":
      return core.gelu(a);
    case "softmax":
      return core.softmax(a);
    case "layerNorm":
      return core.layerNorm(a, b, c);
    case "sum":
      return core.sum(a, spec.axes);
    case "max":
      return core.max(a, spec.axes);
    case "transpose":
      // A transpose is a view; flattening it makes the copy.
      return core.reshape(core.transpose(a, spec.perm), [a.size]);
    case "gather":
      return core.gather(a, second());
    case "attention":
      return core.attention(a, second(), c ?? a);
  }
}

/** The op as a module, which can be traced. */
class OpModule extends nn.Module<[a: Tensor, ...more: Tensor[]], Tensor> {
  readonly spec: OpSpec;
  constructor(spec: OpSpec) {
    super();
    this.spec = spec;
  }
  override forward(a: Tensor, ...[b, c]: Tensor[]): Tensor {
    return apply(this.spec, a, b, c);
  }
}

/** Moving elements and taking a maximum are exact; a sum cancels, so its rounding is that of its terms. */
function toleranceOf(spec: OpSpec): number {
  if (spec.op === "transpose" || spec.op === "gather" || spec.op === "max") return 0;
  return spec.op === "sum" ? 1e-3 : 1e-4;
}

function trialOf(spec: OpSpec): ReturnType<typeof tensorTrial> {
  return tensorTrial(() => {
    const tensors = spec.inputs.map((i) =>
      core.keep(core.fromTypedArray(inputValues(i), { shape: i.shape })),
    );
    const [first, second, third] = tensors;
    if (first === undefined)
      throw new core.ArgumentError("the op has no inputs", { code: "bench/no-inputs" });
    return {
      run: () => apply(spec, first, second, third),
      dispose: () => tensors.forEach((t) => t.dispose()),
    };
  });
}

function opCase({ group, full, small, check: other = full }: Entry, size: BenchSize): BenchCase {
  const own = size === "full" ? full : small;
  const check = size === "full" ? other : small;
  return {
    id: `ops/${group}/${own.title}`,
    suite: "ops",
    group,
    title: own.title,
    flops: own.flops,
    bytes: own.bytes,
    coldRuns: 1,
    checkRuns: 1,
    tolerance: toleranceOf(own),
    checkedAt: check === own ? null : check.title,
    op: (at) => (at === "own" ? own : check),
    onnx: (at) => {
      const spec = at === "own" ? own : check;
      return onnxOfModule(() => new OpModule(spec), spec.inputs.map(onnxInput));
    },
    prepare: (at) => trialOf(at === "own" ? own : check),
  };
}

/** The cases of the suite. Never throws. */
export function opCases(size: BenchSize): BenchCase[] {
  return ENTRIES.map((entry) => opCase(entry, size));
}

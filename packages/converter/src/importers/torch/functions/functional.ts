// torch.nn.functional as IR nodes.
import * as core from "@isoform/core";
import { type Arguments, type CallRule, type Evaluator, type PyValue } from "../evaluate.js";
import { both, rankOf, tensor, unary } from "./shared.js";

function maxPool(e: Evaluator, a: Arguments): PyValue {
  a.only("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices");
  const n = rankOf(a);
  const kernel_shape = a.ints(1, "kernel_size", n);
  const strides = a.named.has("stride") ? a.ints(2, "stride", n) : kernel_shape;
  const dilations = a.ints(4, "dilation", n, 1);
  const { x, auto_pad } = a.windowInput(kernel_shape, strides, dilations, -Infinity);
  const pads = auto_pad === "NOTSET" ? { pads: both(a.ints(3, "padding", n, 0)) } : { auto_pad };
  const attrs = {
    kernel_shape,
    strides,
    dilations,
    ceil_mode: a.flag(5, "ceil_mode", false) ? 1 : 0,
    ...pads,
  };
  if (!a.flag(6, "return_indices", false)) return e.node("MaxPool", [x], attrs);
  const [y, i] = e.builder.node("MaxPool", [x], attrs, {
    name: e.wanted,
    scope: e.scope,
    outputs: [e.wanted, `${e.wanted}_indices`],
  });
  return { kind: "tuple", items: [tensor(y!), tensor(i!)] };
}

function avgPool(e: Evaluator, a: Arguments): PyValue {
  a.only("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad");
  const n = rankOf(a);
  const kernel_shape = a.ints(1, "kernel_size", n);
  return e.node("AveragePool", [a.tensor(0)], {
    kernel_shape,
    strides: a.named.has("stride") ? a.ints(2, "stride", n) : kernel_shape,
    pads: both(a.ints(3, "padding", n, 0)),
    ceil_mode: a.flag(4, "ceil_mode", false) ? 1 : 0,
    count_include_pad: a.flag(5, "count_include_pad", true) ? 1 : 0,
  });
}

function pad(e: Evaluator, a: Arguments): PyValue {
  a.only("mode", "value", "pad");
  const x = a.tensor(0);
  const amounts = a.ints(1, "pad", 0);
  const axes = amounts.length / 2;
  const low: number[] = [];
  const high: number[] = [];
  for (let i = axes - 1; i >= 0; i--) {
    low.push(amounts[2 * i]!);
    high.push(amounts[2 * i + 1]!);
  }
  const modes: ReadonlyMap<string, string> = new Map([
    ["constant", "constant"],
    ["reflect", "reflect"],
    ["replicate", "edge"],
    ["circular", "wrap"],
  ]);
  const mode = modes.get(a.text(2, "mode", "constant"));
  if (!mode) throw a.error("unknown mode");
  const value = a.number(3, "value", 0);
  const fill = mode === "constant" && value !== 0 ? e.builder.scalar(value) : null;
  const which = e.builder.ints(Array.from({ length: axes }, (_, i) => i - axes));
  return e.node("Pad", [x, e.builder.ints([...low, ...high]), fill, which], { mode });
}

function interpolate(e: Evaluator, a: Arguments): PyValue {
  a.only("size", "scale_factor", "mode", "align_corners");
  const kind = a.text(3, "mode", "nearest");
  const mode = kind === "nearest" ? "nearest" : kind === "bicubic" ? "cubic" : "linear";
  const corners = a.flag(4, "align_corners", false);
  const attrs = {
    mode,
    coordinate_transformation_mode:
      mode === "nearest" ? "asymmetric" : corners ? "align_corners" : "half_pixel",
    nearest_mode: "floor",
    cubic_coeff_a: -0.75,
  };
  const scale = a.named.get("scale_factor");
  if (scale?.kind === "tuple") {
    const factors = [1, 1, ...scale.items.map((i) => (i.kind === "number" ? i.value : 1))];
    return e.node(
      "Resize",
      [a.tensor(0), null, e.builder.literal(factors, [factors.length], "float32")],
      attrs,
    );
  }
  const sizes = e.sizes(
    a.named.get("size")?.kind === "tuple" ? (a.named.get("size") as { items: readonly PyValue[] }).items : [],
  );
  const shape = e.op("Shape", [a.tensor(0)], { start: 0, end: 2 });
  return e.node("Resize", [a.tensor(0), null, null, e.op("Concat", [shape, sizes], { axis: 0 })], attrs);
}
/** `torch.nn.functional.*` without the prefix. */
export const FUNCTIONAL: readonly (readonly [string, CallRule])[] = [
  ["relu", unary("Relu")],
  ["softplus", unary("Softplus")],
  ["softsign", unary("Softsign")],
  ["mish", unary("Mish")],
  ["hardswish", unary("HardSwish")],
  ["silu", (e, a) => e.node("Swish", [a.tensor(0)], { alpha: 1 })],
  ["gelu", (e, a) => e.node("Gelu", [a.tensor(0)], { approximate: a.text(1, "approximate", "none") })],
  ["elu", (e, a) => e.node("Elu", [a.tensor(0)], { alpha: a.number(1, "alpha", 1) })],
  ["celu", (e, a) => e.node("Celu", [a.tensor(0)], { alpha: a.number(1, "alpha", 1) })],
  [
    "leaky_relu",
    (e, a) => e.node("LeakyRelu", [a.tensor(0)], { alpha: a.number(1, "negative_slope", 0.01) }),
  ],
  ["threshold", threshold],
  ["softshrink", shrink(true)],
  ["hardshrink", shrink(false)],
  ["softmax", (e, a) => e.node("Softmax", [a.tensor(0)], { axis: a.number(1, "dim") })],
  ["log_softmax", (e, a) => e.node("LogSoftmax", [a.tensor(0)], { axis: a.number(1, "dim") })],
  ["pad", pad],
  ["interpolate", interpolate],
  ["linear", (e, a) => e.node("Linear", [a.tensor(0), a.tensor(1), a.optionalTensor(2, "bias")], {})],
  [
    "pixel_shuffle",
    (e, a) =>
      e.node("DepthToSpace", [a.tensor(0)], { blocksize: a.number(1, "upscale_factor"), mode: "CRD" }),
  ],
  ["local_response_norm", localResponseNorm],
  [
    "instance_norm",
    (e, a) =>
      e.node("InstanceNormalization", [a.tensor(0), a.tensor(-1, "weight"), a.tensor(-1, "bias")], {
        epsilon: a.number(-1, "eps"),
      }),
  ],
  ["batch_norm", batchNorm],
  ...[1, 2, 3].flatMap((n): [string, CallRule][] => [
    [`max_pool${n}d`, maxPool],
    [`avg_pool${n}d`, avgPool],
    [`lp_pool${n}d`, lpPool],
    [
      `adaptive_avg_pool${n}d`,
      (e, a) => e.node("AdaptiveAveragePool", [a.tensor(0)], { output_size: a.ints(1, "output_size", n) }),
    ],
    [
      `adaptive_max_pool${n}d`,
      (e, a) => e.node("AdaptiveMaxPool", [a.tensor(0)], { output_size: a.ints(1, "output_size", n) }),
    ],
    [`conv${n}d`, conv],
  ]),
];

function shrink(soft: boolean): CallRule {
  return (e, a) => {
    const lambd = a.number(1, "lambd", 0.5);
    return e.node("Shrink", [a.tensor(0)], { bias: soft ? lambd : 0, lambd });
  };
}
function threshold(e: Evaluator, a: Arguments): PyValue {
  if (a.number(2, "value") !== 0) throw a.error("only a value of 0");
  return e.node("ThresholdedRelu", [a.tensor(0)], { alpha: a.number(1, "threshold") });
}
function localResponseNorm(e: Evaluator, a: Arguments): PyValue {
  const size = a.number(1, "size");
  if (size % 2 === 0) throw a.error("an even size, whose window ONNX places otherwise");
  return e.node("LRN", [a.tensor(0)], {
    size,
    alpha: a.number(2, "alpha"),
    beta: a.number(3, "beta"),
    bias: a.number(4, "k"),
  });
}
function batchNorm(e: Evaluator, a: Arguments): PyValue {
  const [x, mean, variance, scale, bias] = [0, 1, 2, 3, 4].map((i) => a.tensor(i));
  return e.node("BatchNormalization", [x!, scale!, bias!, mean!, variance!], {
    epsilon: a.number(-1, "eps"),
  });
}
function lpPool(e: Evaluator, a: Arguments): PyValue {
  const n = rankOf(a);
  const p = a.number(1, "norm_type");
  const windows = { kernel_shape: a.ints(2, "kernel_size", n), strides: a.ints(3, "stride", n) };
  if (p % 2 === 0) return e.node("LpPool", [a.tensor(0)], { p, ...windows });
  // PyTorch adds up x^p with its sign, ONNX |x|^p.
  const by = (op: "Mul" | "Pow", x: PyValue, value: number): PyValue => {
    const y: PyValue = { kind: "number", value, float: true };
    return value === 1 ? x : e.node(op, [e.operand(x, y), e.operand(y, x)], {});
  };
  const powers = by("Pow", tensor(a.tensor(0)), p);
  const means = e.node("AveragePool", [e.operand(powers, powers)], windows);
  return by("Pow", by("Mul", means, core.sizeOf(windows.kernel_shape)), 1 / p);
}
function conv(e: Evaluator, a: Arguments): PyValue {
  const n = rankOf(a);
  return e.node("Conv", [a.tensor(0), a.tensor(1), a.optionalTensor(2, "bias")], {
    strides: a.ints(3, "stride", n, 1),
    pads: both(a.ints(4, "padding", n, 0)),
    dilations: a.ints(5, "dilation", n, 1),
    group: a.number(6, "groups", 1),
  });
}

// Functions of torch and torch.nn.functional, and tensor methods, as IR nodes.
import { UnsupportedOpError } from "@isoform/core";
import type { IrOp } from "../../ir/ops/table.js";
import type { IrValue } from "../../ir/types.js";
import { assembleWeight, type WeightPiece, type WeightSource } from "../../ir/weights.js";
import { intsOf, type Arguments, type CallRule, type Evaluator, type PyValue } from "./evaluate.js";

const tensor = (value: IrValue): PyValue => ({ kind: "tensor", value });

const unary =
  (op: IrOp): CallRule =>
  (e, a) =>
    e.node(op, [a.tensor(0)], {});
const binary =
  (op: IrOp): CallRule =>
  (e, a) => {
    const [x, y] = [a.positional[0]!, a.positional[1]!];
    return e.node(op, [e.operand(x, y), e.operand(y, x)], {});
  };

/** Reductions: `dim` (all when left out) and `keepdim`. */
const reduce =
  (op: IrOp): CallRule =>
  (e, a) => {
    a.only("dim", "keepdim");
    const dim = a.get(1, "dim");
    const axes = dim ? intsOf(dim) : null;
    const keepdims = a.flag(2, "keepdim", false) ? 1 : 0;
    return e.node(op, axes ? [a.tensor(0), e.builder.ints(axes)] : [a.tensor(0)], { keepdims });
  };
const arg =
  (op: "ArgMax" | "ArgMin"): CallRule =>
  (e, a) => {
    a.only("dim", "keepdim");
    return e.node(op, [a.tensor(0)], {
      axis: a.number(1, "dim"),
      keepdims: a.flag(2, "keepdim", false) ? 1 : 0,
    });
  };

/** Spatial axes of a pool from its name: `max_pool2d`. */
const rankOf = (a: Arguments): number => Number(/(\d)d$/.exec(a.fn)?.[1] ?? 2);
const both = (pads: readonly number[]): number[] => [...pads, ...pads];

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

/** Values of `permute(0, 2, 1)`, `reshape(…)`: the arguments after the tensor. */
const rest = (a: Arguments): readonly PyValue[] => {
  const items = a.positional.slice(1);
  const [first] = items;
  return items.length === 1 && first?.kind === "tuple" ? first.items : items;
};

const reshape: CallRule = (e, a) => {
  const items = rest(a);
  const [first] = items;
  if (items.length === 1 && first?.kind === "sizes") return e.node("Reshape", [a.tensor(0), first.value], {});
  const x = a.tensor(0);
  const own = items.map((v, i): PyValue =>
    v.kind === "dim" && v.of === x && v.axis === i ? { kind: "number", value: 0, float: false } : v,
  );
  return e.node("Reshape", [x, e.sizes(own)], {});
};

const flatten: CallRule = (e, a) => {
  a.only("start_dim", "end_dim");
  const start = a.number(1, "start_dim", 0);
  const end = a.number(2, "end_dim", -1);
  const x = a.tensor(0);
  if (start === 1 && end === -1) return e.node("Flatten", [x], { axis: 1 });
  const rank = x.dims?.length;
  if (rank === undefined) throw a.error("the number of axes is not known");
  const last = end < 0 ? end + rank : end;
  const first = start < 0 ? start + rank : start;
  const sizes: PyValue[] = [];
  for (let i = 0; i < rank; i++) {
    if (i === first) sizes.push({ kind: "number", value: -1, float: false });
    else if (i < first || i > last) sizes.push({ kind: "dim", of: x, axis: i });
  }
  return e.node("Reshape", [x, e.sizes(sizes)], {});
};

const unflatten: CallRule = (e, a) => {
  const self = a.positional[0];
  if (self?.kind === "sequence" && !self.split && a.number(1, "dim") === -1) {
    if (a.ints(2, "sizes", 0).join() === self.sizes.join()) return { ...self, split: true };
  }
  const x = a.tensor(0);
  const rank = x.dims?.length;
  const parts = a.ints(2, "sizes", 0);
  const given = a.number(1, "dim");
  const axis = given < 0 ? given + (rank ?? 0) : given;
  if (rank === undefined) throw a.error("the number of axes is not known");
  const sizes: PyValue[] = [];
  for (let i = 0; i < rank; i++) {
    if (i === axis) sizes.push(...parts.map((value): PyValue => ({ kind: "number", value, float: false })));
    else sizes.push({ kind: "dim", of: x, axis: i });
  }
  return e.node("Reshape", [x, e.sizes(sizes)], {});
};

const transpose: CallRule = (e, a) => {
  const self = a.positional[0];
  if (self?.kind === "sequence" && self.split && a.number(1, "dim0") === 1 && a.number(2, "dim1") === 2)
    return tensor(self.y);
  const rank = a.tensor(0).dims?.length;
  if (rank === undefined) throw a.error("the number of axes is not known");
  const [i, j] = [a.number(1, "dim0"), a.number(2, "dim1")].map((d) => (d < 0 ? d + rank : d)) as [
    number,
    number,
  ];
  const perm = Array.from({ length: rank }, (_, k) => (k === i ? j : k === j ? i : k));
  return e.node("Transpose", [a.tensor(0)], { perm });
};

const split: CallRule = (e, a) => {
  a.only("dim");
  const sizes = intsOf(a.positional[1]!);
  if (!sizes || a.positional[1]?.kind !== "tuple") throw a.error("sizes must be a list of integers");
  return parts(
    e,
    "Split",
    [a.tensor(0), e.builder.ints(sizes)],
    { axis: a.number(2, "dim", 0) },
    sizes.length,
  );
};
const chunk: CallRule = (e, a) => {
  a.only("dim");
  const n = a.number(1, "chunks");
  return parts(e, "Split", [a.tensor(0)], { axis: a.number(2, "dim", 0), num_outputs: n }, n);
};
function parts(
  e: Evaluator,
  op: "Split",
  inputs: readonly IrValue[],
  attrs: { axis: number; num_outputs?: number },
  n: number,
): PyValue {
  const found = e.builder.node(op, inputs, attrs, { name: e.wanted, scope: e.scope, count: n });
  return { kind: "tuple", items: found.map((v) => tensor(v!)) };
}

const squeeze: CallRule = (e, a) => {
  a.only("dim");
  const dim = a.get(1, "dim");
  const axes = dim ? intsOf(dim) : null;
  return e.node("Squeeze", axes ? [a.tensor(0), e.builder.ints(axes)] : [a.tensor(0)], {});
};
const unsqueeze: CallRule = (e, a) =>
  e.node("Unsqueeze", [a.tensor(0), e.builder.ints([a.number(1, "dim")])], {});

const clamp: CallRule = (e, a) => {
  const x = a.positional[0]!;
  const bound = (i: number, name: string) => {
    const v = a.get(i, name);
    return v === undefined || v.kind === "none" ? null : e.operand(v, x);
  };
  return e.node("Clip", [a.tensor(0), bound(1, "min"), bound(2, "max")], {});
};

const flip: CallRule = (e, a) => {
  const axes = a.ints(1, "dims", 1);
  const ends = axes.map(() => -(2 ** 31));
  const inputs = [axes.map(() => -1), ends, axes, axes.map(() => -1)].map((l) => e.builder.ints(l));
  return e.node("Slice", [a.tensor(0), ...inputs], {});
};

const to: CallRule = (e, a) => {
  const dtype = a.positional[1];
  if (dtype?.kind !== "dtype") throw a.error("only dtypes can be converted to");
  return e.node("Cast", [a.tensor(0)], { to: dtype.value });
};

const F: readonly (readonly [string, CallRule])[] = [
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

function threshold(e: Evaluator, a: Arguments): PyValue {
  if (a.number(2, "value") !== 0) throw a.error("only a value of 0");
  return e.node("ThresholdedRelu", [a.tensor(0)], { alpha: a.number(1, "threshold") });
}
function localResponseNorm(e: Evaluator, a: Arguments): PyValue {
  return e.node("LRN", [a.tensor(0)], {
    size: a.number(1, "size"),
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
  const kernel_shape = a.ints(2, "kernel_size", n);
  return e.node("LpPool", [a.tensor(0)], {
    p: a.number(1, "norm_type"),
    kernel_shape,
    strides: a.ints(3, "stride", n),
  });
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

const T: readonly (readonly [string, CallRule])[] = [
  ...(
    [
      ["abs", "Abs"],
      ["acos", "Acos"],
      ["acosh", "Acosh"],
      ["asin", "Asin"],
      ["asinh", "Asinh"],
      ["atan", "Atan"],
      ["atanh", "Atanh"],
      ["ceil", "Ceil"],
      ["cos", "Cos"],
      ["cosh", "Cosh"],
      ["erf", "Erf"],
      ["exp", "Exp"],
      ["floor", "Floor"],
      ["log", "Log"],
      ["neg", "Neg"],
      ["reciprocal", "Reciprocal"],
      ["round", "Round"],
      ["sigmoid", "Sigmoid"],
      ["sign", "Sign"],
      ["sin", "Sin"],
      ["sinh", "Sinh"],
      ["sqrt", "Sqrt"],
      ["tan", "Tan"],
      ["tanh", "Tanh"],
      ["logical_not", "Not"],
      ["isnan", "IsNaN"],
    ] as const
  ).map(([k, op]): [string, CallRule] => [k, unary(op)]),
  ["square", (e, a) => e.node("Mul", [a.tensor(0), a.tensor(0)], {})],
  [
    "expm1",
    (e, a) =>
      e.node(
        "Sub",
        [
          e.op("Exp", [a.tensor(0)], {}),
          e.operand({ kind: "number", value: 1, float: true }, a.positional[0]!),
        ],
        {},
      ),
  ],
  ["maximum", binary("Max")],
  ["minimum", binary("Min")],
  ["logical_and", binary("And")],
  ["logical_or", binary("Or")],
  ["logical_xor", binary("Xor")],
  ["div", binary("Div")],
  [
    "fmod",
    (e, a) =>
      e.node(
        "Mod",
        [e.operand(a.positional[0]!, a.positional[1]!), e.operand(a.positional[1]!, a.positional[0]!)],
        { fmod: 1 },
      ),
  ],
  ["remainder", binary("Mod")],
  ["clamp", clamp],
  [
    "where",
    (e, a) =>
      e.node(
        "Where",
        [
          a.tensor(0),
          e.operand(a.positional[1]!, a.positional[2]!),
          e.operand(a.positional[2]!, a.positional[1]!),
        ],
        {},
      ),
  ],
  ["cat", cat],
  ["flatten", flatten],
  ["squeeze", squeeze],
  ["unsqueeze", unsqueeze],
  ["split", split],
  ["chunk", chunk],
  ["flip", flip],
  ["tile", (e, a) => e.node("Tile", [a.tensor(0), sizesArg(e, a, 1)], {})],
  ["tensor", (e, a) => tensorOf(e, a)],
  ["zeros", (e, a) => e.node("ConstantOfShape", [sizesArg(e, a, 0)], {})],
  ["ones", onesOf],
  ["ones_like", (e, a) => onesLike(e, a.tensor(0))],
  ["zeros_like", (e, a) => e.node("Sub", [a.tensor(0), a.tensor(0)], {})],
  [
    "full",
    (e, a) => e.node("Expand", [e.operand(a.positional[1]!, { kind: "none" }), sizesArg(e, a, 0)], {}),
  ],
  ["broadcast_shapes", (_e, a) => a.positional[1]!],
  ["broadcast_to", (e, a) => e.node("Expand", [a.tensor(0), sizesArg(e, a, 1)], {})],
  ["index_select", (e, a) => e.node("Gather", [a.tensor(0), a.tensor(2)], { axis: a.number(1, "dim") })],
  ["gather", (e, a) => e.node("GatherElements", [a.tensor(0), a.tensor(2)], { axis: a.number(1, "dim") })],
  [
    "triu",
    (e, a) =>
      e.node("Trilu", [a.tensor(0), e.builder.scalar(a.number(1, "diagonal", 0), "int64")], { upper: 1 }),
  ],
  [
    "tril",
    (e, a) =>
      e.node("Trilu", [a.tensor(0), e.builder.scalar(a.number(1, "diagonal", 0), "int64")], { upper: 0 }),
  ],
  ["cumsum", (e, a) => e.node("CumSum", [a.tensor(0), e.builder.scalar(a.number(1, "dim"), "int64")], {})],
  ["topk", topk],
  [
    "arange",
    (e, a) =>
      e.node(
        "Range",
        [0, 1, 2].map((i) => e.operand(a.positional[i]!, a.positional[0]!)),
        {},
      ),
  ],
  [
    "einsum",
    (e, a) =>
      e.node(
        "Einsum",
        a.positional.slice(1).map((_, i) => a.tensor(i + 1)),
        { equation: a.text(0, "equation", "") },
      ),
  ],
];

function cat(e: Evaluator, a: Arguments): PyValue {
  const list = a.positional[0];
  if (list?.kind !== "tuple") throw a.error("expected a list of tensors");
  const inputs = list.items.map((i) => (i.kind === "tensor" ? i.value : null));
  if (inputs.includes(null)) throw a.error("expected a list of tensors");
  return e.node("Concat", inputs, { axis: a.number(1, "dim", 0) });
}
function topk(e: Evaluator, a: Arguments): PyValue {
  const found = e.builder.node(
    "TopK",
    [a.tensor(0), e.builder.ints([a.number(1, "k")])],
    {
      axis: a.number(2, "dim", -1),
      largest: a.flag(3, "largest", true) ? 1 : 0,
      sorted: a.flag(4, "sorted", true) ? 1 : 0,
    },
    { name: e.wanted, scope: e.scope, outputs: [`${e.wanted}_values`, `${e.wanted}_indices`] },
  );
  return { kind: "tuple", items: found.map((v) => tensor(v!)) };
}
function tensorOf(e: Evaluator, a: Arguments): PyValue {
  const v = a.positional[0]!;
  if (v.kind === "shape") return e.node("Shape", [v.of], {});
  if (v.kind === "number") return tensor(e.builder.scalar(v.value, v.float ? "float32" : "int64"));
  throw a.error(`a ${v.kind} cannot become a tensor`);
}
function onesOf(e: Evaluator, a: Arguments): PyValue {
  const shape = a.ints(0, "size", 1);
  const dtype = a.named.get("dtype");
  const n = shape.reduce((p, d) => p * d, 1);
  const kind = dtype?.kind === "dtype" ? dtype.value : "float32";
  const one = e.builder.literal([1], [], kind);
  if (n > 1e6) return e.node("Expand", [one, e.builder.ints(shape)], {});
  return tensor(e.op("Expand", [one, e.builder.ints(shape)], {}));
}
function onesLike(e: Evaluator, x: IrValue): PyValue {
  const shape = e.op("Shape", [x], {});
  return e.node("Expand", [e.builder.literal([1], [], "float32"), shape], {});
}
function sizesArg(e: Evaluator, a: Arguments, i: number): IrValue {
  const v = a.positional[i];
  if (v?.kind === "sizes") return v.value;
  if (v?.kind === "tuple") return e.sizes(v.items);
  if (v?.kind === "tensor") return v.value;
  throw new UnsupportedOpError("expected sizes", { code: "torch-program/size", op: a.fn, path: e.wanted });
}

/** `torch.*` and `torch.nn.functional.*` by the names that model.py uses. */
export const FUNCTIONS: ReadonlyMap<string, CallRule> = new Map([
  ...F.map(([k, r]): [string, CallRule] => [`F.${k}`, r]),
  ...T.map(([k, r]): [string, CallRule] => [`torch.${k}`, r]),
  ["same_pad", samePad],
  ["gather_nd", (e, a) => e.node("GatherND", [a.tensor(0), a.tensor(1)], {})],
  ["gru_reset_before", gruResetBefore],
]);

/** The padding of `same_pad`: absorbed by the window op that it is for, else sizes computed in the graph. */
function samePad(e: Evaluator, a: Arguments): PyValue {
  const of = a.tensor(0);
  const [kernel, stride, dilation] = [1, 2, 3].map((i) => a.ints(i, "window", 0)) as [
    number[],
    number[],
    number[],
  ];
  const value = a.number(4, "value", 0);
  const build = () => buildSamePad(e, of, kernel, stride, dilation, value);
  return { kind: "padded", pad: { of, kernel, stride, dilation, value, build } };
}

function buildSamePad(
  e: Evaluator,
  x: IrValue,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
  value: number,
): IrValue {
  const n = kernel.length;
  const c = (values: readonly number[]) => e.builder.ints(values);
  const sizes = e.op("Shape", [x], { start: 2, end: 2 + n });
  const s = c(stride);
  const ceil = e.op("Div", [e.op("Add", [sizes, c(stride.map((v) => v - 1))], {}), s], {});
  const reach = kernel.map((k, i) => (k - 1) * dilation[i]! + 1);
  const covered = e.op(
    "Add",
    [e.op("Mul", [e.op("Sub", [ceil, c(kernel.map(() => 1))], {}), s], {}), c(reach)],
    {},
  );
  const total = e.op("Max", [e.op("Sub", [covered, sizes], {}), c(kernel.map(() => 0))], {});
  const low = e.op("Div", [total, c(kernel.map(() => 2))], {});
  const pads = e.op("Concat", [low, e.op("Sub", [total, low], {})], { axis: 0 });
  const axes = c(kernel.map((_, i) => i + 2));
  return e.op("Pad", [x, pads, value === 0 ? null : e.builder.scalar(value), axes], { mode: "constant" });
}

function gruResetBefore(e: Evaluator, a: Arguments): PyValue {
  const [x, h0, w, r] = [0, 1, 2, 3].map((i) => a.tensor(i)) as [IrValue, IrValue, IrValue, IrValue];
  const b = a.optionalTensor(4, "b");
  const nameOf = (v: IrValue): string => {
    const name = e.looseNames.get(v);
    if (name === undefined) throw a.error("the weights must be parameters");
    return name;
  };
  const lead = (v: IrValue): IrValue => {
    const name = nameOf(v);
    const raw = e.raw(name);
    const shape = [1, ...raw.shape];
    const source: WeightSource = {
      axis: null,
      pieces: [{ name, shape: raw.shape, steps: [{ kind: "reshape", shape }] }],
    };
    return e.madeWeight(
      name,
      assembleWeight(source, (n) => e.raw(n)),
      source,
    );
  };
  const bias = (v: IrValue): IrValue => {
    const name = nameOf(v);
    const raw = e.raw(name);
    const shape = [1, ...raw.shape];
    const own: WeightPiece = { name, shape: raw.shape, steps: [{ kind: "reshape", shape }] };
    const source: WeightSource = { axis: 1, pieces: [own, { name: null, shape, steps: [] }] };
    return e.madeWeight(
      name,
      assembleWeight(source, (n) => e.raw(n)),
      source,
    );
  };
  const direction = a.flag(5, "reverse", false) ? "reverse" : "forward";
  const first = e.op("Unsqueeze", [h0, e.builder.ints([0])], {});
  const hidden_size = e.raw(nameOf(r)).shape[1]!;
  const [y, last] = e.builder.node(
    "GRU",
    [x, lead(w), lead(r), b ? bias(b) : null, null, first],
    { direction, hidden_size, linear_before_reset: 0 },
    { name: e.wanted, scope: e.scope, outputs: [`${e.wanted}_y`, `${e.wanted}_h`] },
  );
  const squeezed = (v: IrValue, axis: number) => tensor(e.op("Squeeze", [v, e.builder.ints([axis])], {}));
  return { kind: "tuple", items: [squeezed(y!, 1), squeezed(last!, 0)] };
}

/** Methods of tensors. */
export const METHODS: ReadonlyMap<string, CallRule> = new Map<string, CallRule>([
  ["reshape", reshape],
  [
    "permute",
    (e, a) =>
      e.node("Transpose", [a.tensor(0)], { perm: intsOf({ kind: "tuple", items: rest(a) }) ?? undefined }),
  ],
  ["transpose", transpose],
  ["t", (e, a) => e.node("Transpose", [a.tensor(0)], { perm: [1, 0] })],
  ["unflatten", unflatten],
  ["unsqueeze", unsqueeze],
  ["to", to],
  ["tolist", (_e, a) => ({ kind: "sizes", value: a.tensor(0) })],
  ["numel", (e, a) => e.node("Size", [a.tensor(0)], {})],
  [
    "select",
    (e, a) =>
      e.node("Gather", [a.tensor(0), e.builder.scalar(a.number(2, "index"), "int64")], {
        axis: a.number(1, "dim"),
      }),
  ],
  ["new_zeros", (e, a) => e.node("ConstantOfShape", [sizesArg(e, a, 1)], {})],
  ["mean", reduce("ReduceMean")],
  ["sum", reduce("ReduceSum")],
  ["prod", reduce("ReduceProd")],
  ["amax", reduce("ReduceMax")],
  ["amin", reduce("ReduceMin")],
  ["logsumexp", reduce("ReduceLogSumExp")],
  ["argmax", arg("ArgMax")],
  ["argmin", arg("ArgMin")],
]);

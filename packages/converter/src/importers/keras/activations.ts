// Keras activation functions on laid tensors, and their names for recurrent layers.
import type { PlainJson } from "../../formats/keras/index.js";
import type { Facts } from "../../ir/types.js";
import { serialisedName, type LayerConfig } from "./config.js";
import type { Laid, Site } from "./laid.js";

type Activation = (s: Site, x: Laid) => Laid;

type UnaryOp = "Relu" | "Softplus" | "Softsign" | "Tanh" | "Sigmoid" | "Exp" | "HardSwish" | "Mish";

const unary =
  (op: UnaryOp): Activation =>
  (s, x) =>
    s.map(x, (v) => s.op(op, [v], {}, op.toLowerCase()));

/** Keras 3: x/6 + 0.5 clipped; Keras 1 and 2: 0.2 x + 0.5 clipped. */
export function hardSigmoidAlpha(kerasMajor: number): number {
  return kerasMajor >= 3 ? 1 / 6 : 0.2;
}

const num = (s: Site, x: Laid, v: number) => s.scalar(v, x);
const clip = (s: Site, x: Laid, low: number, high: number): Laid =>
  s.map(x, (v) => s.op("Clip", [v, num(s, x, low), num(s, x, high)], {}, "clip"));

const minus: Activation = (s, x) => s.map(x, (v) => s.op("Neg", [v], {}, "neg"));

/** x split in halves along the last Keras axis: a * sigmoid(b). */
const glu: Activation = (s, x) => {
  const flat = s.ordered(x);
  const axis = s.axis(flat, -1);
  const [a, b] = s.ops("Split", [flat.value], { axis, num_outputs: 2 }, ["a", "b"], "split");
  const gate = s.op("Sigmoid", [b!], {}, "gate");
  return { ...flat, value: s.op("Mul", [a!, gate], {}, "glu") };
};

/** As Keras has it: the running sums of the kept entries are added up, where the paper takes the last one. */
const sparsemax: Activation = (s, x) => {
  const flat = s.ordered(x);
  const v = flat.value;
  const axis = s.axis(flat, -1);
  const n = s.size(flat, -1);
  const along = v.dims!.map((_, i) => (i === axis ? n : 1));
  const [sorted] = s.ops("TopK", [v, s.ints([n])], { axis }, ["sorted", "places"], "sort");
  const sums = s.op("CumSum", [sorted!, s.b.scalar(axis, "int64")], {}, "cumsum");
  const ranks = s.b.literal(
    Array.from({ length: n }, (_, i) => i + 1),
    along,
    "float32",
  );
  const bound = s.op("Add", [s.op("Mul", [sorted!, ranks], {}, "scaled"), num(s, x, 1)], {}, "bound");
  const support = s.op("Cast", [s.op("Greater", [bound, sums], {}, "inside")], { to: "float32" }, "support");
  const axes = s.ints([axis]);
  const count = s.op("ReduceSum", [support, axes], {}, "count");
  const total = s.op("ReduceSum", [s.op("Mul", [sums, support], {}, "kept"), axes], {}, "total");
  const tau = s.op("Div", [s.op("Sub", [total, num(s, x, 1)], {}, "excess"), count], {}, "tau");
  return { ...flat, value: s.op("Relu", [s.op("Sub", [v, tau], {}, "shifted")], {}, "sparsemax") };
};

/** The constants as Keras has them. */
const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

/** 0 below -1, (x + 1)² / 4 up to 1, x above. */
const sparsePlus: Activation = (s, x) =>
  s.map(x, (v) => {
    const one = num(s, x, 1);
    const inner = s.op(
      "Clip",
      [s.op("Add", [v, one], {}, "plus_one"), num(s, x, 0), num(s, x, 2)],
      {},
      "inner",
    );
    const curve = s.op("Mul", [s.op("Mul", [inner, inner], {}, "square"), num(s, x, 0.25)], {}, "curve");
    return s.op("Where", [s.op("GreaterOrEqual", [v, one], {}, "above"), v, curve], {}, "sparse_plus");
  });

/** The table of activations; closed: names from files only look things up here. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ["linear", (_s, x) => x],
  ["relu", unary("Relu")],
  ["relu6", (s, x) => clip(s, x, 0, 6)],
  ["sigmoid", unary("Sigmoid")],
  ["tanh", unary("Tanh")],
  ["softplus", unary("Softplus")],
  ["softsign", unary("Softsign")],
  ["selu", (s, x) => s.map(x, (v) => s.op("Selu", [v], SELU, "selu"))],
  ["mish", unary("Mish")],
  ["exponential", unary("Exp")],
  ["hard_silu", unary("HardSwish")],
  ["hard_swish", unary("HardSwish")],
  ["silu", (s, x) => s.map(x, (v) => s.op("Swish", [v], {}, "silu"))],
  ["swish", (s, x) => s.map(x, (v) => s.op("Swish", [v], {}, "silu"))],
  ["gelu", (s, x) => s.map(x, (v) => s.op("Gelu", [v], {}, "gelu"))],
  ["elu", (s, x) => s.map(x, (v) => s.op("Elu", [v], {}, "elu"))],
  ["celu", (s, x) => s.map(x, (v) => s.op("Celu", [v], {}, "celu"))],
  ["leaky_relu", (s, x) => s.map(x, (v) => s.op("LeakyRelu", [v], { alpha: 0.2 }, "leaky_relu"))],
  [
    "hard_sigmoid",
    (s, x) => {
      const alpha = hardSigmoidAlpha(s.shared.kerasMajor);
      return s.map(x, (v) => s.op("HardSigmoid", [v], { alpha, beta: 0.5 }, "hard_sigmoid"));
    },
  ],
  ["hard_tanh", (s, x) => clip(s, x, -1, 1)],
  ["hard_shrink", (s, x) => s.map(x, (v) => s.op("Shrink", [v], { lambd: 0.5, bias: 0 }, "hard_shrink"))],
  ["soft_shrink", (s, x) => s.map(x, (v) => s.op("Shrink", [v], { lambd: 0.5, bias: 0.5 }, "soft_shrink"))],
  [
    "tanh_shrink",
    (s, x) => s.map(x, (v) => s.op("Sub", [v, s.op("Tanh", [v], {}, "tanh")], {}, "tanh_shrink")),
  ],
  ["log_sigmoid", (s, x) => minus(s, unary("Softplus")(s, minus(s, x)))],
  ["softmax", (s, x) => softmax(s, x, [-1], false)],
  ["log_softmax", (s, x) => softmax(s, x, [-1], true)],
  [
    "squareplus",
    (s, x) =>
      s.map(x, (v) => {
        const root = s.op(
          "Sqrt",
          [s.op("Add", [s.op("Mul", [v, v], {}, "square"), num(s, x, 4)], {}, "sum")],
          {},
          "root",
        );
        return s.op("Mul", [s.op("Add", [v, root], {}, "both"), num(s, x, 0.5)], {}, "squareplus");
      }),
  ],
  [
    "sparse_sigmoid",
    (s, x) => s.map(x, (v) => s.op("HardSigmoid", [v], { alpha: 0.5, beta: 0.5 }, "sparse_sigmoid")),
  ],
  ["sparse_plus", sparsePlus],
  ["glu", glu],
  ["sparsemax", sparsemax],
]);

/** Softmax over Keras axes. */
export function softmax(s: Site, given: Laid, axes: readonly number[], log: boolean, main = false): Laid {
  const x = given.shuffle !== null && axes.every((a) => a === -1) ? given : s.ordered(given);
  const [only, ...more] = axes;
  const op = log ? "LogSoftmax" : "Softmax";
  if (only !== undefined && more.length === 0) {
    return s.map(x, (v) => s.op(op, [v], { axis: s.axis(x, only) }, main ? undefined : op.toLowerCase()));
  }
  const on = s.ints(axes.map((a) => s.axis(x, a)));
  const total = s.op("ReduceLogSumExp", [x.value, on], {}, "total");
  return s.map(x, (v) => {
    const shifted = s.op("Sub", [v, total], {}, "shifted");
    return log ? shifted : s.op("Exp", [shifted], {}, main ? undefined : "softmax");
  });
}

/** True when `name` is an activation function. */
export function isActivation(name: string): boolean {
  return ACTIVATIONS.has(name);
}

/** Applies an activation by name. The last of several nodes says what they are together. */
export function applyActivation(s: Site, x: Laid, name: string, cfg: LayerConfig): Laid {
  const fn = ACTIVATIONS.get(name);
  if (!fn) {
    throw cfg.unsupported(
      `the activation ${JSON.stringify(name)} is not known`,
      "custom functions are never run; replace it by a layer",
    );
  }
  const { nodes } = s.b;
  const before = nodes.length;
  const y = fn(s, x);
  const last = nodes.at(-1);
  if (nodes.length < before + 2 || !last || last.outputs[0] !== y.value || x.order.length === 0) return y;
  const facts: Facts = { activation: name, from: x.value.name, axis: x.order.at(-1)! };
  nodes[nodes.length - 1] = { ...last, facts: { ...last.facts, ...facts } };
  return y;
}

/** ONNX names and parameters of the activations that recurrent layers may use. */
export interface RnnActivation {
  readonly name: string;
  readonly alpha?: number;
  readonly beta?: number;
}

/** The recurrent form of an activation, or null when there is none. */
export function rnnActivation(
  v: PlainJson | undefined,
  fallback: string,
  kerasMajor: number,
): RnnActivation | null {
  switch (serialisedName(v) ?? fallback) {
    case "tanh":
      return { name: "Tanh" };
    case "sigmoid":
      return { name: "Sigmoid" };
    case "relu":
      return { name: "Relu" };
    case "hard_sigmoid":
      return { name: "HardSigmoid", alpha: hardSigmoidAlpha(kerasMajor), beta: 0.5 };
    case "linear":
      return { name: "Affine", alpha: 1, beta: 0 };
    case "softsign":
      return { name: "Softsign" };
    case "softplus":
      return { name: "Softplus" };
    case "elu":
      return { name: "Elu", alpha: 1 };
    case "leaky_relu":
      return { name: "LeakyRelu", alpha: 0.2 };
    default:
      return null;
  }
}

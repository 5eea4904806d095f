// Activation functions: layers where Keras has a layer, the Activation layer where it has a function, operations else.
import type { PlainJson } from "../../../formats/keras/index.js";
import type { IrOp } from "../../../ir/ops/table.js";
import type { IrNode } from "../../../ir/types.js";
import { isOp } from "../../../ir/walk.js";
import { identityOrder, invertOrder, plainView } from "../../../layout/index.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import type { ActivationPlan } from "../plans/activations.js";
import { KTensor, type Arg } from "../tensors.js";

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/** Name of the Keras function that a node is, or null. `order` is where the axes of its input are. */
export function activationName(node: IrNode, order: readonly number[]): string | null {
  const last = order.length - 1;
  switch (node.op) {
    case "Relu":
      return "relu";
    case "Sigmoid":
      return "sigmoid";
    case "Tanh":
      return "tanh";
    case "Softplus":
      return "softplus";
    case "Softsign":
      return "softsign";
    case "Mish":
      return "mish";
    case "HardSwish":
      return "hard_silu";
    default:
  }
  if (node.op === "Exp") return "exponential";
  if (isOp(node, "Shrink")) {
    const { bias, lambd } = node.attrs;
    if (lambd !== 0.5) return null;
    return bias === 0 ? "hard_shrink" : bias === 0.5 ? "soft_shrink" : null;
  }
  if (isOp(node, "Swish")) return node.attrs.alpha === 1 ? "silu" : null;
  if (isOp(node, "Gelu")) return node.attrs.approximate === "none" ? "gelu" : null;
  if (isOp(node, "Elu")) return node.attrs.alpha === 1 ? "elu" : null;
  if (isOp(node, "Celu")) return node.attrs.alpha === 1 ? "celu" : null;
  if (isOp(node, "LeakyRelu")) return near(node.attrs.alpha, 0.2) ? "leaky_relu" : null;
  if (isOp(node, "Selu"))
    return near(node.attrs.alpha, 1.6732632) && near(node.attrs.gamma, 1.050701) ? "selu" : null;
  if (isOp(node, "HardSigmoid")) {
    if (node.attrs.beta !== 0.5) return null;
    return near(node.attrs.alpha, 1 / 6)
      ? "hard_sigmoid"
      : node.attrs.alpha === 0.5
        ? "sparse_sigmoid"
        : null;
  }
  if (isOp(node, "Softmax") || isOp(node, "LogSoftmax")) {
    const place = order.at(node.attrs.axis);
    return place === last ? (node.op === "Softmax" ? "softmax" : "log_softmax") : null;
  }
  return null;
}

function keep(n: NodeExport, t: KTensor): void {
  n.out.set(n.result, { ...n.view(0), value: t });
}

/** A layer of its own. */
const layer =
  (className: string, config: (n: NodeExport) => { readonly [key: string]: PlainJson }): KerasRule<IrOp> =>
  (n) => {
    const { value } = n.view(0);
    keep(n, n.layer(className, value, value.dims, { config: config(n) }));
  };

/** The Activation layer when the function has a name, else what `otherwise` makes. */
const named =
  (otherwise: ((n: NodeExport, x: KTensor) => KTensor) | null): KerasRule<IrOp> =>
  (n) => {
    const view = n.view(0);
    const name = activationName(n.node, view.order);
    if (name !== null)
      keep(n, n.layer("Activation", view.value, view.value.dims, { config: { activation: name } }));
    else if (otherwise) keep(n, otherwise(n, view.value));
    else throw n.error("no Keras function has these parameters");
  };

/** One step of a function made of several operations; only the last has the name of the node. */
function step(
  n: NodeExport,
  className: string,
  args: readonly Arg[],
  part: string | null,
  config: { readonly [key: string]: PlainJson } = {},
): KTensor {
  const x = args.find((a) => a instanceof KTensor);
  if (!(x instanceof KTensor)) throw n.error("an operation without a tensor");
  return n.operation(className, args, x.dims, part === null ? { config } : { part, config, dtype: x.dtype });
}

const softmax: KerasRule<"Softmax" | "LogSoftmax"> = (n) => {
  const view = n.view(0);
  const place = view.order.at(n.attrs.axis);
  if (place === undefined) throw n.error(`axis ${n.attrs.axis} does not exist`);
  const config = { axis: place === view.order.length - 1 ? -1 : place };
  const { value } = view;
  const t =
    n.node.op === "Softmax"
      ? n.layer("Softmax", value, value.dims, { config })
      : n.operation("LogSoftmax", [value], value.dims, { config });
  n.out.set(n.result, { ...view, value: t });
};

/** alpha has the shape of the input without batch, 1 along shared axes. */
const prelu: KerasRule<"PRelu"> = (n) => {
  const view = n.ordered(0);
  const rank = view.order.length;
  const { shape } = n.constant(1, "the slope");
  const full = [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
  const perm = invertOrder(view.order);
  const placed = perm.map((p) => full[p]!);
  if (placed[0] !== 1 || rank < 2) throw n.error("the slope differs along the batch");
  const sizes = placed.slice(1);
  const shared = sizes.flatMap((d, i) => (d === 1 ? [i + 1] : []));
  sizes.forEach((d, i) => {
    if (d !== 1 && view.value.dims[i + 1] !== d) throw n.error("the slope does not fit the input");
  });
  const steps = [
    { kind: "reshape", shape: full },
    { kind: "transpose", perm },
    { kind: "reshape", shape: sizes },
  ] as const;
  const weights = { alpha: n.weight(1, steps) };
  const config = { shared_axes: shared.length > 0 ? shared : null };
  const t = n.layer("PReLU", view.value, view.value.dims, { config, weights });
  n.out.set(n.result, { ...view, value: t });
};

const hardSigmoid: KerasRule<"HardSigmoid"> = (n) => {
  const { alpha, beta } = n.attrs;
  named((m, x) => {
    const line = step(m, "Add", [step(m, "Multiply", [x, alpha], "slope"), beta], "line");
    return step(m, "Clip", [line], null, { x_min: 0, x_max: 1 });
  })(n);
};

const shrink: KerasRule<"Shrink"> = (n) => {
  const { bias, lambd } = n.attrs;
  const { value } = n.view(0);
  const config = { threshold: lambd };
  if (bias !== 0 && bias !== lambd) throw n.error("shrinking by another amount than the threshold");
  keep(n, n.operation(bias === 0 ? "HardShrink" : "SoftShrink", [value], value.dims, { config }));
};

/** A function of several nodes as an Activation layer. */
export function plannedActivation(n: NodeExport, plan: ActivationPlan): void {
  const given = n.out.view(plan.from);
  const rank = given.order.length;
  const { layouts } = n.out;
  const view = given.shuffle === null ? given : plainView(layouts.plain(given, n.wanted()), rank);
  const rest = identityOrder(rank).filter((i) => i !== plan.axis);
  const moved = identityOrder(rank).map((i) => (i === plan.axis ? rank - 1 : rest.indexOf(i)));
  const order = view.order[plan.axis] === rank - 1 ? view.order : moved;
  const x = layouts.as(view, order, n.wanted());
  n.set(n.layer("Activation", x, n.placedOut(order), { config: { activation: plan.name } }), order);
}

/** Activations. */
export const ACTIVATION_RULES: KerasRules = {
  Relu: layer("ReLU", () => ({ max_value: null, negative_slope: 0, threshold: 0 })),
  LeakyRelu: (n) => layer("LeakyReLU", () => ({ negative_slope: n.attrs.alpha }))(n),
  Elu: (n) => layer("ELU", () => ({ alpha: n.attrs.alpha }))(n),
  ThresholdedRelu: (n) => {
    const { alpha } = n.attrs;
    if (alpha < 0) throw n.error("a negative threshold");
    layer("ReLU", () => ({ max_value: null, negative_slope: 0, threshold: alpha }))(n);
  },
  PRelu: prelu,
  Softmax: softmax,
  LogSoftmax: softmax,
  Sigmoid: named(null),
  Tanh: named(null),
  Softplus: named(null),
  Softsign: named(null),
  Mish: named(null),
  HardSwish: named(null),
  Gelu: named((n, x) => step(n, "Gelu", [x], null, { approximate: true })),
  Swish: (n) => {
    const { alpha } = n.attrs;
    named((m, x) => {
      const gate = step(m, "Sigmoid", [step(m, "Multiply", [x, alpha], "scale")], "gate");
      return step(m, "Multiply", [x, gate], null);
    })(n);
  },
  Celu: (n) => {
    const { alpha } = n.attrs;
    named((m, x) => step(m, "Celu", [x], null, { alpha }))(n);
  },
  Selu: (n) => {
    const { alpha, gamma } = n.attrs;
    named((m, x) => step(m, "Multiply", [step(m, "Elu", [x], "elu", { alpha }), gamma], null))(n);
  },
  HardSigmoid: hardSigmoid,
  Shrink: shrink,
};

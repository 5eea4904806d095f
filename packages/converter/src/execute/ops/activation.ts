// Activation functions on core ops.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { ACTIVATION_OPS } from "../../ir/ops/activation.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Call, OpRun, OpRuns } from "../call.js";

function plain<K extends IrOp>(fn: (x: Tensor) => Tensor): OpRun<K> {
  return { run: (c) => fn(c.t(0)) };
}

/** gamma * (x > 0 ? x : alpha * (e^x - 1)); core's `selu` has the fixed constants of the paper. */
function selu(c: Call<"Selu">): Tensor {
  const { alpha, gamma } = c.attrs;
  const x = c.t(0);
  if (Math.abs(alpha - 1.6732632) < 1e-6 && Math.abs(gamma - 1.050701) < 1e-6) return core.selu(x);
  return core.mul(core.elu(x, alpha), gamma);
}

function shrink(c: Call<"Shrink">): Tensor {
  const { bias, lambd } = c.attrs;
  const x = c.t(0);
  const high = core.where(core.gt(x, lambd), core.sub(x, bias), core.zerosLike(x));
  return core.where(core.lt(x, -lambd), core.add(x, bias), high);
}

const swish = (x: Tensor, alpha: number): Tensor =>
  alpha === 1 ? core.silu(x) : core.mul(x, core.sigmoid(core.mul(x, alpha)));

/** 1 at the first maximum along the axis, 0 elsewhere. */
function hardmax(c: Call<"Hardmax">): Tensor {
  const x = c.t(0);
  const axis = c.attrs.axis < 0 ? c.attrs.axis + x.rank : c.attrs.axis;
  const best = core.argmax(x, axis, { keepDims: true });
  return core.cast(core.eq(core.iota(x.shape, axis), core.broadcastTo(best, x.shape)), x.dtype);
}

/** Activation functions. */
export const ACTIVATION: OpRuns<keyof typeof ACTIVATION_OPS> = {
  Celu: { run: (c) => core.celu(c.t(0), c.attrs.alpha) },
  Elu: { run: (c) => core.elu(c.t(0), c.attrs.alpha) },
  Gelu: { run: (c) => core.gelu(c.t(0), { approximate: c.attrs.approximate === "tanh" ? "tanh" : "none" }) },
  HardSigmoid: { run: (c) => core.hardSigmoid(c.t(0), { alpha: c.attrs.alpha, beta: c.attrs.beta }) },
  HardSwish: plain(core.hardSwish),
  LeakyRelu: { run: (c) => core.leakyRelu(c.t(0), c.attrs.alpha) },
  Mish: plain(core.mish),
  PRelu: { run: (c) => core.prelu(c.t(0), c.t(1)) },
  Relu: plain(core.relu),
  Selu: { run: selu },
  Shrink: { run: shrink },
  Sigmoid: plain(core.sigmoid),
  Softplus: plain((x) => core.softplus(x)),
  Softsign: plain(core.softsign),
  SwiGLU: { run: (c) => core.mul(swish(c.t(0), c.attrs.alpha), c.t(1)) },
  Swish: { run: (c) => swish(c.t(0), c.attrs.alpha) },
  Tanh: plain(core.tanh),
  ThresholdedRelu: { run: (c) => core.thresholdedRelu(c.t(0), c.attrs.alpha, 0) },
  Softmax: { run: (c) => core.softmax(c.t(0), c.attrs.axis) },
  LogSoftmax: { run: (c) => core.logSoftmax(c.t(0), c.attrs.axis) },
  Hardmax: { run: hardmax },
};

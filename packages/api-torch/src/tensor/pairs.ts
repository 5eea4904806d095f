// Elementwise functions of two and more tensors that core has no op for.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, coded, FLAG, NOT_NEGATIVE, NUMBER } from "../checks.js";
import type { TensorLike } from "./methods/base.js";
import { inFloat32, signbit } from "./special.js";

/** Two operands of one float dtype and one shape; two of integers or bool are float32. */
export function realPair(op: string, a: CoreTensor, b: TensorLike): readonly [CoreTensor, CoreTensor] {
  const isReal = core.isFloat(a.dtype) || (b instanceof core.Tensor && core.isFloat(b.dtype));
  return core.broadcastPair(op, isReal ? a : core.cast(a, "float32"), b);
}

/** `torch.lerp`; exact at both ends. */
export function lerp(x: CoreTensor, end: CoreTensor, weight: TensorLike): CoreTensor {
  const [a, b] = core.broadcastPair("lerp", x, core.requireTensor("lerp", end, "end"));
  core.requireFloat("lerp", a);
  core.requireOperand("lerp", weight);
  const d = core.sub(b, a);
  const near = (w: TensorLike) => core.add(a, core.mul(d, w));
  if (!(weight instanceof core.Tensor)) {
    const w = Number(weight);
    return Math.abs(w) < 0.5 ? near(w) : core.sub(b, core.mul(d, 1 - w));
  }
  const far = core.sub(b, core.mul(d, core.sub(1, weight)));
  return core.where(core.lt(core.abs(weight), 0.5), near(weight), far);
}

/** Factor of the second term. */
export interface ValueOption {
  readonly value?: number;
}

/** `torch.addcmul` and `addcdiv`. */
export function addScaled(
  op: "addcmul" | "addcdiv",
  x: CoreTensor,
  a: CoreTensor,
  b: CoreTensor,
  options: ValueOption,
): CoreTensor {
  checkOptions(op, options, { value: NUMBER });
  core.requireTensor(op, a, "tensor1");
  core.requireTensor(op, b, "tensor2");
  if (op === "addcdiv" && !core.isFloat(core.promoteTypes(a.dtype, b.dtype)))
    throw core.dtypeError(op, [x, a, b], "cast one of the last two to a float dtype, e.g. float32");
  const term = op === "addcmul" ? core.mul(a, b) : core.div(a, b);
  const { value = 1 } = options;
  return core.add(x, value === 1 ? term : core.mul(term, value));
}

/** `torch.hypot`, without overflow in between. */
export function hypot(x: CoreTensor, other: TensorLike): CoreTensor {
  const [a, b] = core.broadcastPair("hypot", x, other);
  core.requireFloat("hypot", a);
  if (a.dtype === "float16" || a.dtype === "bfloat16") {
    return inFloat32(a, (v) => hypot(v, core.cast(b, "float32")));
  }
  const [p, q] = [core.detach(core.abs(a)), core.detach(core.abs(b))];
  const top = core.maximum(p, q);
  const infinite = core.or(core.eq(p, Infinity), core.eq(q, Infinity));
  // Any scale gives the same function, so that it takes no part in the gradient.
  const scale = core.where(core.or(infinite, core.eq(top, 0)), 1, top);
  const [u, v] = [core.div(a, scale), core.div(b, scale)];
  const length = core.mul(core.sqrt(core.add(core.mul(u, u), core.mul(v, v))), scale);
  return core.where(infinite, Infinity, length);
}

/** `torch.fmax` and `fmin`: NaN loses. */
export function extremeNumber(kind: "max" | "min", x: CoreTensor, other: TensorLike): CoreTensor {
  const [a, b] = core.broadcastPair(`f${kind}`, x, other);
  const wins = kind === "max" ? core.ge(a, b) : core.le(a, b);
  return core.where(core.or(wins, core.ne(b, b)), a, b);
}

/** `torch.copysign`. */
export function copysign(x: CoreTensor, other: TensorLike): CoreTensor {
  const [a, b] = realPair("copysign", x, other);
  const size = core.abs(a);
  return core.where(signbit(b), core.neg(size), size);
}

/** `torch.heaviside`. */
export function heaviside(x: CoreTensor, values: TensorLike): CoreTensor {
  const [a, b] = core.broadcastPair("heaviside", x, values);
  return core.where(core.eq(a, 0), b, core.cast(core.gt(a, 0), a.dtype));
}

/** How near two numbers have to be. */
export interface CloseOptions {
  /** Times |other|; default 1e-5. */
  readonly rtol?: number;
  /** Default 1e-8. */
  readonly atol?: number;
  /** Whether NaN is near NaN; default false. */
  readonly equalNan?: boolean;
}

const TOLERANCE = coded("argument/range", NOT_NEGATIVE);

/** `torch.isclose`. */
export function isclose(x: CoreTensor, other: TensorLike, options: CloseOptions): CoreTensor {
  checkOptions("isclose", options, { rtol: TOLERANCE, atol: TOLERANCE, equalNan: FLAG });
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const pair = core.broadcastPair("isclose", x, other);
  const [a, b] = pair.map((t) => (t.dtype === "bool" ? core.cast(t, "float32") : t)) as [
    CoreTensor,
    CoreTensor,
  ];
  const distance = core.sub(core.maximum(a, b), core.minimum(a, b));
  const allowed = core.add(core.mul(core.abs(b), rtol), atol);
  const near = core.and(core.le(distance, allowed), core.lt(distance, Infinity));
  const close = core.or(core.eq(a, b), near);
  return equalNan ? core.or(close, core.and(core.ne(a, a), core.ne(b, b))) : close;
}

/** `torch.equal`: reads both. */
export async function equal(x: CoreTensor, other: CoreTensor): Promise<boolean> {
  core.requireTensor("equal", other, "other");
  const [p, q] = await Promise.all([x.data(), other.data()]);
  if (!core.sameShape(x.shape, other.shape)) return false;
  const [readP, readQ] = [core.elementReader(x.dtype), core.elementReader(other.dtype)];
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [readP(p, i), readQ(q, i)];
    // Of different dtypes, 1n is 1 and true.
    if (a !== b && (typeof a === typeof b || Number(a) !== Number(b))) return false;
  }
  return true;
}

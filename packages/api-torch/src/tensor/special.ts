// Elementwise functions of one tensor that core has no op for.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, NUMBER, orNull, type Kind } from "../checks.js";

/** Integers and bool as float32, as PyTorch's functions of real numbers take them. */
export const real = (x: CoreTensor): CoreTensor => (core.isFloat(x.dtype) ? x : core.cast(x, "float32"));

/** `fn` of x, computed in at least float32 and rounded to x's dtype. */
export function inFloat32(x: CoreTensor, fn: (x: CoreTensor) => CoreTensor): CoreTensor {
  const small = x.dtype === "float16" || x.dtype === "bfloat16";
  return small ? core.cast(fn(core.cast(x, "float32")), x.dtype) : fn(x);
}

/** The same values at the same place in the recorded graph, as a tensor of its own. */
export const copyOf = (x: CoreTensor): CoreTensor =>
  core.bind(core.broadcastToOp, [x], { shape: x.shape })[0];

/** A bool tensor of one value. */
const always = (x: CoreTensor, value: 0 | 1): CoreTensor => core.full(x.shape, value, "bool");

/** `torch.isinf`, `isposinf` and `isneginf`: equal to one of `ends`. */
export function isInfinite(x: CoreTensor, ...ends: readonly number[]): CoreTensor {
  if (!core.isFloat(x.dtype)) return always(x, 0);
  return ends.map((end) => core.eq(x, end)).reduce((a, b) => core.or(a, b));
}

/** `torch.isfinite`. */
export const isFinite = (x: CoreTensor): CoreTensor =>
  core.isFloat(x.dtype) ? core.isFinite(x) : always(x, 1);

/** `torch.signbit`: −0 has it set. */
export function signbit(x: CoreTensor): CoreTensor {
  const below = core.lt(x, 0);
  if (!core.isFloat(x.dtype)) return below;
  return core.or(below, core.and(core.eq(x, 0), core.lt(core.reciprocal(x), 0)));
}

/** Coefficients of P and Q, from the highest power. */
type Fraction = readonly [p: readonly number[], q: readonly number[]];

/** erfc(x)·e^(x²) for x from 0.46875 to 4. */
const MIDDLE: Fraction = [
  [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
    881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
    4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
];
/** What is missing from 1/√π in x·erfc(x)·e^(x²), over 1/x², at 1/x², for x above 4. */
const FAR: Fraction = [
  [
    0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
    0.0006587491615298378,
  ],
  [1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918],
];

function polynomial(t: CoreTensor, [first, second, ...rest]: readonly number[]): CoreTensor {
  let p = core.add(core.mul(t, first!), second!);
  for (const c of rest) p = core.add(core.mul(p, t), c);
  return p;
}
const fraction = (t: CoreTensor, [p, q]: Fraction): CoreTensor =>
  core.div(polynomial(t, p), polynomial(t, q));

/** e^(−a²): a is cut after its 4th binary place, so that the square has no error that the exponential would magnify. */
function gauss(a: CoreTensor): CoreTensor {
  const cut = core.div(core.floor(core.mul(a, 16)), 16);
  const rest = core.mul(core.sub(a, cut), core.add(a, cut));
  return core.mul(core.exp(core.neg(core.mul(cut, cut))), core.exp(core.neg(rest)));
}

/** 1 − erf(x) without cancellation, by the rational approximations of Cody 1969, doi 10.2307/2004390. */
function erfcOf(x: CoreTensor): CoreTensor {
  const a = core.clip(core.abs(x), 0.46875, 30);
  const middle = fraction(core.minimum(a, 4), MIDDLE);
  const far = core.maximum(a, 4);
  const inverse = core.reciprocal(core.mul(far, far));
  const tail = core.sub(1 / Math.sqrt(Math.PI), core.mul(inverse, fraction(inverse, FAR)));
  const beyond = core.mul(gauss(a), core.where(core.gt(a, 4), core.div(tail, far), middle));
  const sides = core.where(core.lt(x, 0), core.sub(2, beyond), beyond);
  return core.where(core.gt(core.abs(x), 0.46875), sides, core.sub(1, core.erf(x)));
}

/** `torch.erfc`: the value by approximations, the gradient that of −erf. */
export function erfc(x: CoreTensor): CoreTensor {
  return inFloat32(real(x), (v) => {
    const e = core.erf(v);
    return core.add(erfcOf(core.detach(v)), core.sub(core.detach(e), e));
  });
}

const EPS: Kind = {
  is: (v) => typeof v === "number" && v >= 0 && v <= 0.5,
  use: "0 to 0.5",
  code: "argument/range",
};

/** Options of `logit`. */
export interface LogitOptions {
  /** x is limited to `eps` … 1 − `eps`; null (default) leaves it alone. */
  readonly eps?: number | null;
}

/** `torch.logit`. */
export function logit(x: CoreTensor, given: number | null | LogitOptions): CoreTensor {
  const options = typeof given === "object" && given !== null ? given : { eps: given };
  checkOptions("logit", options, { eps: orNull(EPS) });
  const { eps = null } = options;
  return inFloat32(real(x), (v) => {
    const p = eps === null ? v : core.clip(v, eps, 1 - eps);
    return core.sub(core.log(p), core.log1p(core.neg(p)));
  });
}

/** Options of `nanToNum`. */
export interface NanToNumOptions {
  /** For NaN, default 0. */
  readonly nan?: number | null;
  /** For ∞, default the greatest finite number of the dtype. */
  readonly posinf?: number | null;
  /** For −∞, default the least finite number of the dtype. */
  readonly neginf?: number | null;
}

const GREATEST: Readonly<Record<string, number>> = {
  float16: 65504,
  bfloat16: 2 ** 127 * (2 - 2 ** -7),
  float32: 2 ** 127 * (2 - 2 ** -23),
  float64: Number.MAX_VALUE,
};

/** `torch.nan_to_num`. */
export function nanToNum(x: CoreTensor, options: NanToNumOptions): CoreTensor {
  const number = orNull(NUMBER);
  checkOptions("nanToNum", options, { nan: number, posinf: number, neginf: number });
  if (!core.isFloat(x.dtype)) return copyOf(x);
  const greatest = GREATEST[x.dtype]!;
  const low = core.where(core.eq(x, -Infinity), options.neginf ?? -greatest, x);
  const ends = core.where(core.eq(x, Infinity), options.posinf ?? greatest, low);
  return core.where(core.ne(x, x), options.nan ?? 0, ends);
}

/** `torch.sinc`. */
export function sinc(x: CoreTensor): CoreTensor {
  return inFloat32(real(x), (v) => {
    const angle = core.mul(v, Math.PI);
    const zero = core.eq(angle, 0);
    const safe = core.where(zero, 1, angle);
    return core.where(zero, 1, core.div(core.sin(safe), safe));
  });
}

/** `torch.frac`. */
export function frac(x: CoreTensor): CoreTensor {
  core.requireFloat("frac", x);
  return core.sub(x, core.trunc(x));
}

/** `torch.clamp_min` and `clamp_max`; NaN of either stays. */
export function limit(side: "min" | "max", x: CoreTensor, bound: CoreTensor | number): CoreTensor {
  const op = side === "min" ? "clampMin" : "clampMax";
  if (!(bound instanceof core.Tensor)) {
    checkValue(op, side, bound, NUMBER);
    const limited = side === "min" ? core.clip(x, bound, null) : core.clip(x, null, bound);
    return limited === x ? copyOf(x) : limited;
  }
  const [a, b] = core.broadcastPair(op, x, bound);
  core.requireNumeric(op, a);
  const outside = side === "min" ? core.lt(a, b) : core.gt(a, b);
  return core.where(core.or(outside, core.ne(b, b)), b, a);
}

// What test/trace-all-nn.test.ts exports beside modules: functions of torch and of nn.functional.
import { F, torch } from "@isoform/api-torch";
import { below, floats, Lambda, shares, values, type CaseInput, type TraceCase } from "./trace-cases.js";

const fn = (run: (...xs: torch.Tensor[]) => unknown, ...inputs: CaseInput[]): TraceCase => ({
  make: () => new Lambda(run),
  inputs,
});
/** As `fn`, where sizes do not follow the batch alone. */
const fixed = (run: (...xs: torch.Tensor[]) => unknown, ...inputs: CaseInput[]): TraceCase => ({
  ...fn(run, ...inputs),
  batch: false,
});

const x = floats(2, 4, 5);
const matrix = floats(2, 6);
const positive = shares(2, 4, 5);
const above = values([2, 4, 5], (i) => 1 + ((i * 37) % 97) / 40);
const ints: CaseInput = { shape: [2, 6], dtype: "int32", at: (i) => ((i * 5) % 11) - 4 };
const shifts: CaseInput = { shape: [2, 6], dtype: "int32", at: (i) => (i * 7) % 9 };
const whole = values([2, 6], (i) => ((i * 5) % 7) - 3);
const holes = values([2, 6], (i) => (i % 4 === 1 ? NaN : i - 5));
const ends = values([2, 6], (i) =>
  i % 5 === 1 ? Infinity : i % 5 === 2 ? -Infinity : i % 5 === 3 ? NaN : i - 5,
);

type Unary = (v: torch.Tensor) => torch.Tensor;
const each = (list: Readonly<Record<string, Unary>>, input: CaseInput): Record<string, TraceCase> =>
  Object.fromEntries(Object.entries(list).map(([name, run]) => [name, fn(run, input)]));
type Binary = (a: torch.Tensor, b: torch.Tensor) => torch.Tensor;
const pairs = (
  list: Readonly<Record<string, Binary>>,
  a: CaseInput,
  b: CaseInput,
): Record<string, TraceCase> =>
  Object.fromEntries(Object.entries(list).map(([name, run]) => [name, fn(run, a, b)]));

const {
  abs,
  acos,
  asin,
  asinh,
  atan,
  atanh,
  ceil,
  cos,
  cosh,
  erf,
  erfc,
  erfinv,
  exp,
  floor,
  frac,
  sign,
  sgn,
} = torch;

/** By name. */
export const FUNCTION_CASES: Readonly<Record<string, TraceCase>> = {
  ...each({ abs, asinh, atan, ceil, cos, cosh, erf, erfc, exp, floor, frac, sign, sgn }, x),
  ...each(
    {
      neg: torch.neg,
      sin: torch.sin,
      sinh: torch.sinh,
      tan: torch.tan,
      tanh: torch.tanh,
      round: torch.round,
      trunc: torch.trunc,
      square: torch.square,
      reciprocal: torch.reciprocal,
      sinc: torch.sinc,
      signbit: torch.signbit,
      expm1: torch.expm1,
      exp2: torch.exp2,
      deg2rad: torch.deg2rad,
      rad2deg: torch.rad2deg,
    },
    x,
  ),
  ...each(
    {
      acos,
      asin,
      atanh,
      erfinv,
      log1p: torch.log1p,
      rsqrt: torch.rsqrt,
      sqrt: torch.sqrt,
      log: torch.log,
      log2: torch.log2,
      log10: torch.log10,
      logit: (v) => torch.logit(v),
    },
    positive,
  ),
  acosh: fn((v) => torch.acosh(v), above),
  ...each(
    {
      isnan: torch.isnan,
      isinf: torch.isinf,
      isposinf: torch.isposinf,
      isneginf: torch.isneginf,
      isfinite: torch.isfinite,
      nanToNum: (v) => torch.nanToNum(v),
    },
    ends,
  ),
  nansum: fn((v) => torch.nansum(v, 1), holes),
  nanmean: fn((v) => torch.nanmean(v, 1), holes),
  ...pairs(
    {
      atan2: torch.atan2,
      hypot: torch.hypot,
      logaddexp: torch.logaddexp,
      fmax: torch.fmax,
      fmin: torch.fmin,
      copysign: torch.copysign,
      heaviside: torch.heaviside,
      maximum: torch.maximum,
      pow: (a, b) => torch.pow(a.abs(), b),
      div: torch.div,
      isclose: (a, b) => torch.isclose(a, b),
    },
    x,
    x,
  ),
  ...pairs({ xlogy: torch.xlogy, lerp: (a, b) => torch.lerp(a, b, 0.3) }, x, positive),
  ...pairs({ remainder: torch.remainder, fmod: torch.fmod, floorDivide: torch.floorDivide }, x, above),
  ...pairs(
    {
      eq: torch.eq,
      ne: torch.ne,
      lt: torch.lt,
      ge: torch.ge,
      logicalXor: torch.logicalXor,
      logicalAnd: torch.logicalAnd,
    },
    whole,
    values([2, 6], (i) => ((i * 3) % 5) - 2),
  ),
  ...pairs(
    {
      bitwiseAnd: torch.bitwiseAnd,
      bitwiseOr: torch.bitwiseOr,
      bitwiseXor: torch.bitwiseXor,
      bitwiseLeftShift: torch.bitwiseLeftShift,
      bitwiseRightShift: torch.bitwiseRightShift,
    },
    ints,
    shifts,
  ),
  bitwiseNot: fn((v) => torch.bitwiseNot(v), ints),
  addcmul: fn((a, b, c) => torch.addcmul(a, b, c), x, x, x),
  addcdiv: fn((a, b, c) => torch.addcdiv(a, b, c), x, x, above),
  clamp: fn((v) => torch.clamp(v, -0.5, 0.7), x),
  where: fn((a, b) => torch.where(a.gt(0), a, b), x, x),
  maskedFill: fn((a) => a.maskedFill(a.gt(0.5), 3), x),
  sum: fn((v) => torch.sum(v, [1, 2]), x),
  prod: fn((v) => torch.prod(v, 1), x),
  mean: fn((v) => torch.mean(v, 2), x),
  std: fn((v) => torch.std(v, 1), x),
  varMean: fn((v) => torch.varMean(v, 1), x),
  norm: fn((v) => torch.norm(v, 2, 1), x),
  "norm three": fn((v) => torch.norm(v, 3, 1), x),
  amax: fn((v) => torch.amax(v, 1), x),
  argmax: fn((v) => torch.argmax(v, 1), x),
  max: fn((v) => torch.max(v, 1), x),
  aminmax: fn((v) => torch.aminmax(v, { dim: 1 }), x),
  any: fn((v) => torch.any(v.gt(1), 1), x),
  all: fn((v) => torch.all(v.gt(-1), 1), x),
  countNonzero: fn((v) => torch.countNonzero(v, 1), whole),
  logsumexp: fn((v) => torch.logsumexp(v, 1), x),
  cumsum: fn((v) => torch.cumsum(v, 1), x),
  cumprod: fn((v) => torch.cumprod(v, 1), x),
  cummax: fn((v) => torch.cummax(v, 1), x),
  cummin: fn((v) => torch.cummin(v, 2), x),
  logcumsumexp: fn((v) => torch.logcumsumexp(v, 1), x),
  sort: fn((v) => torch.sort(v, 1), whole),
  "sort down": fn((v) => torch.sort(v, { dim: 1, descending: true }), whole),
  argsort: fn((v) => torch.argsort(v, 1), matrix),
  msort: fixed((v) => torch.msort(v), matrix),
  topk: fn((v) => torch.topk(v, 3), matrix),
  kthvalue: fn((v) => torch.kthvalue(v, 2), matrix),
  median: fn((v) => torch.median(v, 1), matrix),
  nanmedian: fn((v) => torch.nanmedian(v, 1), holes),
  quantile: fn((v) => torch.quantile(v, 0.3, { dim: 1 }), matrix),
  searchsorted: fn((s, v) => torch.searchsorted(torch.sort(s, 1)[0], v), matrix, matrix),
  bucketize: fn((v) => torch.bucketize(v, torch.tensor([-1, 0, 0.5])), matrix),
  histc: fixed((v) => torch.histc(v, 5, -2, 2), matrix),
  diff: fn((v) => torch.diff(v), matrix),
  cov: fixed((v) => torch.cov(v), matrix),
  corrcoef: fixed((v) => torch.corrcoef(v), matrix),
  matmul: fn((a, b) => torch.matmul(a, b.transpose(1, 2)), x, x),
  einsum: fn((a, b) => torch.einsum("bij,bkj->bik", a, b), x, x),
  outer: fixed((a, b) => torch.outer(a, b), floats(4), floats(5)),
  kron: fixed((a, b) => torch.kron(a, b), floats(2, 3), floats(3, 2)),
  cross: fn((a, b) => torch.cross(a, b, { dim: 1 }), floats(2, 3), floats(2, 3)),
  cdist: fn((a, b) => torch.cdist(a, b), x, x),
  tensordot: fn((a) => torch.tensordot(a, torch.ones(5, 3), 1), x),
  matrixPower: fn((a) => torch.matrixPower(a, 3), floats(2, 4, 4)),
  trace: fixed((a) => torch.trace(a), floats(4, 4)),
  baddbmm: fn((a, b, c) => torch.baddbmm(a, b, c), floats(2, 4, 3), floats(2, 4, 5), floats(2, 5, 3)),
  reshape: fn((v) => v.reshape(-1, 20), x),
  permute: fn((v) => v.permute(0, 2, 1), x),
  flip: fn((v) => torch.flip(v, 1, 2), x),
  roll: fn((v) => torch.roll(v, 2, 1), x),
  "rot90 inner": fn((v) => torch.rot90(v, 1, [1, 2]), x),
  repeatInterleave: fn((v) => torch.repeatInterleave(v, 2, 1), x),
  tile: fn((v) => torch.tile(v, 1, 2, 3), x),
  repeat: fn((v) => v.repeat(2, 1, 2), x),
  chunk: fn((v) => torch.chunk(v, 2, 1), x),
  split: fn((v) => torch.split(v, [1, 3], 1), x),
  unbind: fn((v) => torch.unbind(v, 1), x),
  cat: fn((a, b) => torch.cat([a, b], 1), x, x),
  stack: fn((a, b) => torch.stack([a, b], 1), x, x),
  at: fn((v) => v.at(":", "1:3", -1), x),
  "at step": fn((v) => v.at(":", "::2"), x),
  diagonal: fn((v) => torch.diagonal(v, 0, 1, 2), x),
  diagEmbed: fn((v) => torch.diagEmbed(v), matrix),
  tril: fn((v) => torch.tril(v), x),
  triu: fn((v) => torch.triu(v, 1), x),
  unfold: fn((v) => v.unfold(1, 3, 2), matrix),
  gather: fn((v, i) => torch.gather(v, 1, i), matrix, below(6, 2, 3)),
  indexSelect: fn((v) => torch.indexSelect(v, 1, torch.tensor([3, 0]).long()), matrix),
  takeAlongDim: fn((v, i) => torch.takeAlongDim(v, i, 1), matrix, below(6, 2, 3)),
  take: fixed((v, i) => torch.take(v, i), matrix, below(12, 5)),
  scatter: fn((v, i, s) => torch.scatter(v, 1, i, s), matrix, below(6, 2, 3), floats(2, 3)),
  scatterAdd: fn((v, i, s) => torch.scatterAdd(v, 1, i, s), matrix, below(4, 2, 6), matrix),
  scatterReduce: fn((v, i, s) => torch.scatterReduce(v, 1, i, s, "amax"), matrix, below(4, 2, 6), matrix),
  indexAdd: fn((v) => torch.indexAdd(v, 1, torch.tensor([3, 0]).long(), torch.ones(v.shape[0]!, 2)), matrix),
  indexCopy: fixed((v, s) => torch.indexCopy(v, 1, torch.tensor([3, 0]).long(), s), matrix, floats(2, 2)),
  indexFill: fn((v) => torch.indexFill(v, 1, torch.tensor([3, 0]).long(), 7), matrix),
  selectScatter: fn((v, s) => torch.selectScatter(v, s, 1, 2), x, floats(2, 5)),
  sliceScatter: fn((v, s) => torch.sliceScatter(v, s, { dim: 1, start: 1, end: 3 }), x, floats(2, 2, 5)),
  randn: fn((v) => torch.add(v, torch.randn(6)), matrix),
  oneHot: fn((i) => F.oneHot(i, 5), below(5, 2, 3)),
  normalize: fn((v) => F.normalize(v), matrix),
  gridSample: fn(
    (v, g) => F.gridSample(v, g),
    floats(2, 3, 4, 5),
    values([2, 3, 3, 2], (i) => ((i * 13) % 23) / 10 - 1.1),
  ),
  "gridSample border": fn(
    (v, g) => F.gridSample(v, g, { mode: "nearest", paddingMode: "border", alignCorners: true }),
    floats(2, 3, 4, 5),
    values([2, 3, 3, 2], (i) => ((i * 13) % 23) / 10 - 1.1),
  ),
  affineGrid: fixed((theta) => F.affineGrid(theta, [2, 3, 4, 5]), floats(2, 2, 3)),
  scaledDotProductAttention: fn(
    (q, k, v) => F.scaledDotProductAttention(q, k, v),
    ...[1, 2, 3].map(() => floats(2, 3, 4, 5)),
  ),
  "scaledDotProductAttention causal": fn(
    (q, k, v) => F.scaledDotProductAttention(q, k, v, { isCausal: true }),
    ...[1, 2, 3].map(() => floats(2, 3, 4, 5)),
  ),
  maxPool2dWithIndices: fn((v) => F.maxPool2dWithIndices(v, 2), floats(2, 3, 6, 6)),
};

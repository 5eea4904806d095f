// Writing at indices along an axis, behind the tensor methods.
import * as core from "@isoform/core";
import type { ScatterMode, Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, FLAG, INTEGER, oneOf, orNull, withDefaults } from "../checks.js";
import { elementOf, requireIndices } from "./arguments.js";
import { copyOf } from "./shape.js";

/** A JavaScript scalar. */
type Scalar = number | bigint | boolean;

/** How `scatter` combines. */
export interface ScatterOptions {
  /** Sum or product with what is there, instead of its replacement. */
  readonly reduce?: "add" | "multiply";
}
/** Options of `scatterReduce`. */
export interface ScatterReduceOptions {
  /** Whether what is there takes part (default). */
  readonly includeSelf?: boolean;
}
/** Names of `scatterReduce`'s ways to combine. */
export type Reduce = "sum" | "prod" | "mean" | "amax" | "amin";

/** A scalar counts as one element along axis 0. */
const asLine = (t: CoreTensor): CoreTensor => (t.rank === 0 ? core.reshape(t, [1]) : t);

/** @throws {DTypeError} unless both have one dtype */
export function requireSameDType(op: string, x: CoreTensor, source: CoreTensor): void {
  if (x.dtype !== source.dtype) {
    throw core.dtypeError(op, [x, source], `cast the source to ${x.dtype} first`);
  }
}

interface Places {
  readonly line: CoreTensor;
  readonly axis: number;
  readonly index: CoreTensor;
}

/** x and an index per element along an axis. */
function places(op: string, x: CoreTensor, dim: number, index: CoreTensor): Places {
  const line = asLine(core.requireTensor(op, x));
  const axis = requireIndices(op, line, dim, index);
  return { line, axis, index: asLine(index) };
}

/** The part of `source` that `index` has entries for. */
function covered(op: string, { line, axis, index }: Places, source: CoreTensor): CoreTensor {
  requireSameDType(op, line, core.requireTensor(op, source, "src"));
  const given = asLine(source);
  const fits =
    given.rank === index.rank &&
    index.rank === line.rank &&
    index.shape.every((n, i) => n <= given.shape[i]! && (i === axis || n <= line.shape[i]!));
  if (!fits && index.size > 0) {
    const hint = "the index has their rank, at most src's sizes and, outside the axis, at most x's";
    throw core.shapeError(op, "the index does not fit x and src", [line, index, given], hint);
  }
  if (!fits) return given;
  return core.slice(
    given,
    index.shape.map(() => 0),
    index.shape,
  );
}

function combine(x: CoreTensor, p: Places, updates: CoreTensor, mode: ScatterMode): CoreTensor {
  if (p.index.size === 0) return copyOf(x);
  const out = core.scatterElements(p.line, p.index, updates, { axis: p.axis, mode });
  return core.reshape(out, x.shape);
}

/** `torch.scatter`. */
export function scatter(
  x: CoreTensor,
  dim: number,
  index: CoreTensor,
  source: CoreTensor | Scalar,
  options: ScatterOptions,
): CoreTensor {
  checkOptions("scatter", options, { reduce: oneOf("add", "multiply") });
  const p = places("scatter", x, dim, index);
  const { reduce } = options;
  const mode = reduce === undefined ? "set" : reduce === "add" ? "add" : "mul";
  const updates =
    source instanceof core.Tensor
      ? covered("scatter", p, source)
      : core.broadcastTo(core.scalar(elementOf("scatter", source, x.dtype), x.dtype), p.index.shape);
  return combine(x, p, updates, mode);
}

/** `torch.scatter_add`. */
export function scatterAdd(x: CoreTensor, dim: number, index: CoreTensor, source: CoreTensor): CoreTensor {
  const p = places("scatterAdd", x, dim, index);
  return combine(x, p, covered("scatterAdd", p, source), "add");
}

const MODES: Readonly<Record<Reduce, ScatterMode>> = {
  sum: "add",
  prod: "mul",
  mean: "add",
  amax: "max",
  amin: "min",
};
/** What leaves the other operand as it is. */
const NEUTRAL: Readonly<Record<Reduce, number>> = {
  sum: 0,
  prod: 1,
  mean: 0,
  amax: -Infinity,
  amin: Infinity,
};

/** `torch.scatter_reduce`. */
export function scatterReduce(
  x: CoreTensor,
  dim: number,
  index: CoreTensor,
  source: CoreTensor,
  reduce: Reduce,
  options: ScatterReduceOptions,
): CoreTensor {
  const op = "scatterReduce";
  checkValue(op, "reduce", reduce, oneOf("sum", "prod", "mean", "amax", "amin"));
  checkOptions(op, options, { includeSelf: FLAG });
  const { includeSelf } = withDefaults({ includeSelf: true }, options);
  const p = places(op, x, dim, index);
  const updates = covered(op, p, source);
  if (p.index.size === 0) return copyOf(x);
  const full = (value: number): CoreTensor => core.full(p.index.shape, value, x.dtype);
  // Integers have no infinity: one of the updates is as good.
  const finite = Number.isFinite(NEUTRAL[reduce]) || core.isFloat(x.dtype);
  const line = includeSelf
    ? p.line
    : core.scatterElements(p.line, p.index, finite ? full(NEUTRAL[reduce]) : updates, { axis: p.axis });
  const total = core.scatterElements(line, p.index, updates, { axis: p.axis, mode: MODES[reduce] });
  if (reduce !== "mean") return core.reshape(total, x.shape);
  const before = includeSelf ? core.onesLike(line) : core.zerosLike(line);
  const counted = core.scatterElements(before, p.index, full(1), { axis: p.axis, mode: "add" });
  const counts = includeSelf ? counted : core.maximum(counted, 1);
  const mean = core.isFloat(x.dtype) ? core.div(total, counts) : core.floorDiv(total, counts);
  return core.reshape(mean, x.shape);
}

/** The places of slices: a vector of indices. */
function slicePlaces(op: string, x: CoreTensor, dim: number, index: CoreTensor, negative = false): Places {
  const line = asLine(core.requireTensor(op, x));
  const axis = core.normalizeAxis(op, dim, line.rank);
  core.requireInteger(op, core.requireTensor(op, index, "index"));
  if (index.rank > 1) throw core.shapeError(op, "the index is not a vector", [x, index], "flatten it first");
  const n = line.shape[axis]!;
  core.countIndices(op, index, n, { what: `axis ${axis}`, negative });
  const flat = asLine(index);
  return { line, axis, index: negative ? core.where(core.lt(flat, 0), core.add(flat, n), flat) : flat };
}

/** Slices to write, one per index. */
function slices(op: string, { line, axis, index }: Places, source: CoreTensor): CoreTensor {
  requireSameDType(op, line, core.requireTensor(op, source, "source"));
  const wanted = line.shape.map((n, i) => (i === axis ? index.size : n));
  const given = line.rank === 1 ? asLine(source) : source;
  if (core.sameShape(given.shape, wanted)) return given;
  const hint = `the source must be [${wanted.join(",")}]: one slice per index`;
  throw core.shapeError(op, "the source does not fit", [line, index, source], hint);
}

/** `torch.index_add`. */
export function indexAdd(
  x: CoreTensor,
  dim: number,
  index: CoreTensor,
  source: CoreTensor,
  alpha: number,
): CoreTensor {
  const op = "indexAdd";
  core.requireNumber(op, "alpha", alpha);
  const p = slicePlaces(op, x, dim, index);
  const given = slices(op, p, source);
  const updates = alpha === 1 ? given : core.mul(given, alpha);
  requireSameDType(op, x, updates);
  return core.reshape(core.scatter(p.line, p.index, updates, { axis: p.axis, mode: "add" }), x.shape);
}

/** `torch.index_copy`. */
export function indexCopy(x: CoreTensor, dim: number, index: CoreTensor, source: CoreTensor): CoreTensor {
  const p = slicePlaces("indexCopy", x, dim, index);
  const updates = slices("indexCopy", p, source);
  return core.reshape(core.scatter(p.line, p.index, updates, { axis: p.axis }), x.shape);
}

/** `torch.index_fill`. */
export function indexFill(
  x: CoreTensor,
  dim: number,
  index: CoreTensor,
  value: CoreTensor | Scalar,
): CoreTensor {
  const op = "indexFill";
  const p = slicePlaces(op, x, dim, index, true);
  if (value instanceof core.Tensor && value.rank > 0) {
    throw core.shapeError(op, "the value is no scalar", [x, value], "use a number or a tensor without axes");
  }
  const one =
    value instanceof core.Tensor
      ? core.cast(value, x.dtype)
      : core.scalar(elementOf(op, value, x.dtype), x.dtype);
  const shape = p.line.shape.map((n, i) => (i === p.axis ? p.index.size : n));
  const updates = core.broadcastTo(one, shape);
  return core.reshape(core.scatter(p.line, p.index, updates, { axis: p.axis }), x.shape);
}

/** x with `source`, cast to its dtype, in the place of some slices along an axis. */
function replaced(
  op: string,
  x: CoreTensor,
  axis: number,
  index: CoreTensor,
  source: CoreTensor,
): CoreTensor {
  const wanted = x.shape.map((n, i) => (i === axis ? index.size : n));
  if (!core.sameShape(source.shape, wanted)) {
    const hint = `it replaces [${wanted.join(",")}]`;
    throw core.shapeError(op, "the source does not fit", [x, source], hint);
  }
  return core.scatter(x, index, core.cast(source, x.dtype), { axis });
}

/** `torch.select_scatter`. */
export function selectScatter(x: CoreTensor, source: CoreTensor, dim: number, index: number): CoreTensor {
  const op = "selectScatter";
  core.requireTensor(op, source, "src");
  const axis = core.normalizeAxis(op, dim, x.rank);
  const n = x.shape[axis]!;
  const at = index < 0 ? index + n : index;
  if (!Number.isInteger(at) || at < 0 || at >= n) {
    const hint = n === 0 ? "the axis is empty" : `use an index from ${-n} to ${n - 1}`;
    throw core.shapeError(op, `index ${core.shown(index)} is outside axis ${axis}`, [x], hint);
  }
  const shape = x.shape.filter((_, i) => i !== axis);
  if (!core.sameShape(source.shape, shape)) {
    const hint = `it replaces [${shape.join(",")}]`;
    throw core.shapeError(op, "the source does not fit", [x, source], hint);
  }
  return replaced(op, x, axis, core.full([1], at, "int64"), core.unsqueeze(source, [axis]));
}

/** Options of `sliceScatter`. */
export interface SliceOptions {
  readonly dim?: number;
  readonly start?: number | null;
  readonly end?: number | null;
  readonly step?: number;
}

/** `torch.slice_scatter`. */
export function sliceScatter(x: CoreTensor, source: CoreTensor, options: SliceOptions): CoreTensor {
  const op = "sliceScatter";
  core.requireTensor(op, source, "src");
  checkOptions(op, options, {
    dim: INTEGER,
    start: orNull(INTEGER),
    end: orNull(INTEGER),
    step: INTEGER,
  });
  const { dim = 0, start, end, step = 1 } = options;
  const axis = core.normalizeAxis(op, dim, x.rank);
  const n = x.shape[axis]!;
  if (step < 1) throw core.shapeError(op, `the step is ${step}`, [x], "use a step of at least 1");
  const inside = (i: number): number => Math.min(n, Math.max(0, i < 0 ? i + n : i));
  const from = inside(start ?? 0);
  const count = Math.max(0, Math.ceil((inside(end ?? n) - from) / step));
  const index = core.add(core.mul(core.iota([count], 0, "int64"), Math.min(step, n)), from);
  return replaced(op, x, axis, index, source);
}

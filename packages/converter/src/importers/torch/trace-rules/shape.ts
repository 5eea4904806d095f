// Ops of a trace that make, move, pad or join elements, as IR nodes.
import { isFloat } from "@isoform/core";
import type { IrValue } from "../../../ir/types.js";
import { count, NotExpressible, scalarLike, sliceAxis, type TraceCall, type RulesOf } from "../trace-call.js";

/** The index along an axis; a line of them, spread over the other axes. */
function iota(t: TraceCall, axis: number): IrValue {
  const { builder: b, outShape, outDType } = t;
  const rank = outShape.length;
  const n = outShape[axis]!;
  const lined = (v: IrValue) =>
    rank === 1 ? v : t.reshape(v, () => count(rank).map((i) => (i === axis ? -1 : 1)));
  let line: IrValue;
  if (t.moving(-1).includes(axis)) {
    const { batch, times } = t.batchOf(n);
    const size = t.op("Mul", [t.op("Squeeze", [batch, b.ints([0])], {}), b.scalar(times, "int64")], {});
    const range = t.op("Range", [b.scalar(0, "int64"), size, b.scalar(1, "int64")], {});
    line = lined(outDType === "int64" ? range : t.op("Cast", [range], { to: outDType }));
  } else {
    line = b.literal(
      count(n),
      outShape.map((_, i) => (i === axis ? n : 1)),
      outDType,
    );
  }
  return outShape.every((m, i) => i === axis || m === 1) ? line : t.op("Expand", [line, t.sizes(false)], {});
}

/** Elements between the elements of an axis: every element gets a row of its own, what follows the last is cut off. */
export function spreadAxis(
  t: TraceCall,
  x: IrValue,
  axis: number,
  amount: number,
  value: IrValue | null,
): IrValue {
  const rank = t.shape(0).length;
  const apart = t.op("Unsqueeze", [x, t.builder.ints([axis + 1])], {});
  const zeros = count(rank + 1).map(() => 0);
  const high = count(rank + 1).map((i) => (i === axis + 1 ? amount : 0));
  const padded = t.op("Pad", [apart, t.builder.ints([...zeros, ...high]), value], { mode: "constant" });
  // Axes before this one are spread already; Reshape copies the sizes before and gets the rest by −1.
  const merged = mergedAxes(t, padded, rank, axis);
  const end = -amount;
  const b = t.builder;
  return t.op("Slice", [merged, b.ints([0]), b.ints([end]), b.ints([axis])], {});
}

/** Joins `axis` and the one after it; sizes of the others are copied from the value itself. */
function mergedAxes(t: TraceCall, x: IrValue, rank: number, axis: number): IrValue {
  const b = t.builder;
  const shape = t.op("Shape", [x], {});
  const part = (start: number, end: number) =>
    t.op("Slice", [shape, b.ints([start]), b.ints([end]), b.ints([0])], {});
  const parts = [
    ...(axis > 0 ? [part(0, axis)] : []),
    b.ints([-1]),
    ...(axis + 2 <= rank ? [part(axis + 2, rank + 1)] : []),
  ];
  return t.op("Reshape", [x, parts.length === 1 ? parts[0]! : t.op("Concat", parts, { axis: 0 })], {});
}

interface Padding {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number | bigint;
}

function pad(t: TraceCall, a: Padding): IrValue {
  const { builder: b } = t;
  const bool = t.dtype(0) === "bool";
  // ONNX pads no bools before opset 13 in practice: runtimes lack the kernel.
  const dtype = bool ? "int32" : t.dtype(0);
  const value = Number(a.value) === 0 ? null : b.literal([a.value], [], dtype);
  let x = bool ? t.op("Cast", [t.x(0)], { to: "int32" }) : t.x(0);
  a.interior.forEach((n, axis) => {
    if (n > 0 && t.shape(0)[axis]! > 1) x = spreadAxis(t, x, axis, n, value);
  });
  if ([...a.low, ...a.high].some((n) => n !== 0))
    x = t.op("Pad", [x, b.ints([...a.low, ...a.high]), value], { mode: "constant" });
  return bool ? t.op("Cast", [x], { to: "bool" }) : x;
}

const PAD_MODES: Readonly<Record<string, string>> = { reflect: "reflect", edge: "edge", wrap: "wrap" };

/** Making and moving elements. */
export const SHAPE_RULES: RulesOf<
  | "full"
  | "iota"
  | "randomBits"
  | "reshape"
  | "transpose"
  | "broadcastTo"
  | "slice"
  | "flip"
  | "pad"
  | "concat"
> = {
  full: (t, a) => t.op("Expand", [t.builder.literal([a.value], [], a.dtype), t.sizes(false)], {}),
  iota: (t, a) => iota(t, a.axis),
  eye: (t, a) => {
    if (a.n * a.m > 4096) throw new NotExpressible("a large matrix is computed");
    const at = (i: number) => (Math.floor(i / a.m) + a.k === i % a.m ? 1 : 0);
    return t.builder.literal(count(a.n * a.m).map(at), [a.n, a.m], a.dtype);
  },
  randomBits: {
    refused: "random numbers inside a model have no fixed value: call eval(), or pass them as an input",
  },
  reshape: (t) => t.op("Reshape", [t.x(0), t.sizes(true)], {}),
  transpose: (t, a) => t.op("Transpose", [t.x(0)], { perm: a.perm }),
  broadcastTo: (t) => t.op("Expand", [t.x(0), t.sizes(false)], {}),
  slice: (t, a) => {
    const axes = count(a.starts.length).filter(
      (i) => a.starts[i] !== 0 || a.ends[i] !== t.shape(0)[i] || a.steps[i] !== 1,
    );
    const moving = t.moving(0);
    if (axes.some((i) => moving.includes(i) && a.ends[i] !== t.shape(0)[i] && t.moving(-1).includes(i)))
      throw new NotExpressible("a part of the batch");
    const pick = (list: readonly number[]) => t.builder.ints(axes.map((i) => list[i]!));
    const ends = a.ends.map((e, i) => (e === t.shape(0)[i] ? 2 ** 31 - 1 : e));
    return t.op("Slice", [t.x(0), pick(a.starts), pick(ends), t.builder.ints(axes), pick(a.steps)], {});
  },
  flip: (t, a) => {
    const minus = a.axes.map(() => -1);
    const inputs = [minus, a.axes.map(() => -(2 ** 31)), a.axes, minus].map((l) => t.builder.ints(l));
    return t.op("Slice", [t.x(0), ...inputs], {});
  },
  pad,
  padMode: (t, a) => {
    const mode = PAD_MODES[a.mode];
    const shape = t.shape(0);
    const fits = [...a.low, ...a.high].every((n, i) => n >= 0 && n < shape[i % shape.length]!);
    // Runtimes have `wrap` of few types, and reflect by less than the size only.
    if (!mode || mode === "wrap" || !fits || !isFloat(t.dtype(0))) throw new NotExpressible("written out");
    return t.op("Pad", [t.x(0), t.builder.ints([...a.low, ...a.high]), null], { mode });
  },
  concat: (t, a) =>
    t.op(
      "Concat",
      t.inputs.map((_, i) => t.x(i)),
      { axis: a.axis },
    ),
  stack: (t, a) =>
    t.op(
      "Concat",
      t.inputs.map((_, i) => t.op("Unsqueeze", [t.x(i), t.builder.ints([a.axis])], {})),
      { axis: a.axis },
    ),
  split: (t, a) => {
    let at = 0;
    return a.sizes.map((n) => {
      const part = sliceAxis(t, t.x(0), a.axis, at, at + n);
      at += n;
      return part;
    });
  },
  flatten: (t, a) => {
    const rank = t.shape(0).length;
    if (a.start === 1 && a.end === rank - 1) return t.op("Flatten", [t.x(0)], { axis: 1 });
    return t.op("Reshape", [t.x(0), t.sizes(true)], {});
  },
  squeeze: (t, a) => t.op("Squeeze", [t.x(0), t.builder.ints(a.axes)], {}),
  unsqueeze: (t, a) => t.op("Unsqueeze", [t.x(0), t.builder.ints(a.axes)], {}),
  depthToSpace: (t, a) => t.op("DepthToSpace", [t.x(0)], { blocksize: a.block, mode: a.mode }),
  triu: (t, a) => triangle(t, a.k, 1),
  tril: (t, a) => triangle(t, a.k, 0),
};

function triangle(t: TraceCall, k: number, upper: 0 | 1): IrValue {
  if (!isFloat(t.dtype(0)) && t.dtype(0) !== "int64") throw new NotExpressible("runtimes have few types");
  return t.op("Trilu", [t.x(0), t.builder.scalar(k, "int64")], { upper });
}

/** The part of a value that is 0 where it was taken from outside: see `gather`. */
export function zeroOutside(t: TraceCall, value: IrValue, inside: IrValue): IrValue {
  return t.op("Where", [inside, value, scalarLike(t, 0, 0)], {});
}

// Reductions and scans of a trace as IR nodes.
import type { IrOp } from "../../../ir/ops/table.js";
import type { IrValue } from "../../../ir/types.js";
import { count, NotExpressible, scalarLike, sliceAxis, type TraceCall, type RulesOf } from "../trace-call.js";

const REDUCE = { sum: "ReduceSum", prod: "ReduceProd", max: "ReduceMax", min: "ReduceMin" } as const;

interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims?: boolean;
}

const reduction =
  (op: IrOp) =>
  (t: TraceCall, a: Reduction): IrValue =>
    t.op(op, [t.x(0), t.builder.ints(a.axes)], { keepdims: a.keepDims ? 1 : 0 });

/** Element types that runtimes reduce and scan. */
const WIDE: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16", "int32", "int64"]);

/** Runs a rule in int32 where runtimes lack the element type. */
function widened(t: TraceCall, run: (x: IrValue) => IrValue): IrValue {
  if (WIDE.has(t.dtype(0))) return run(t.x(0));
  return t.op("Cast", [run(t.op("Cast", [t.x(0)], { to: "int32" }))], { to: t.outDType });
}

interface Scan {
  readonly kind: keyof typeof REDUCE;
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** The value that changes nothing. */
function neutral(kind: Scan["kind"]): number {
  return { sum: 0, prod: 1, max: -Infinity, min: Infinity }[kind];
}

/** A running product or extremum by doubling: over 1, 2, 4, … elements. ONNX has a running sum only. */
function doubled(t: TraceCall, a: Scan): IrValue {
  if (t.moving(0).includes(a.axis)) throw new NotExpressible(`a running ${a.kind} along the batch`);
  const n = t.shape(0)[a.axis]!;
  const rank = t.shape(0).length;
  const isFloating = t.dtype(0).includes("float");
  if (!isFloating && a.kind !== "prod" && a.exclusive)
    throw new NotExpressible("an exclusive extremum of integers");
  const b = t.builder;
  const op = ({ prod: "Mul", max: "Max", min: "Min", sum: "Add" } as const)[a.kind];
  const fill = () => scalarLike(t, 0, neutral(a.kind));
  const edge = (amount: number) => count(rank).map((i) => (i === a.axis ? amount : 0));
  const zero = edge(0);
  /** The elements `by` places before; what comes in from outside changes nothing. */
  const shifted = (x: IrValue, by: number): IrValue => {
    const kept = a.reverse ? sliceAxis(t, x, a.axis, by, n) : sliceAxis(t, x, a.axis, 0, n - by);
    // An extremum may count an element twice, and not every format has infinities.
    if (a.kind !== "prod" && !a.exclusive) {
      const end = a.reverse ? sliceAxis(t, x, a.axis, n - by, n) : sliceAxis(t, x, a.axis, 0, by);
      return t.op("Concat", a.reverse ? [kept, end] : [end, kept], { axis: a.axis });
    }
    const pads = a.reverse ? [...zero, ...edge(by)] : [...edge(by), ...zero];
    return t.op("Pad", [kept, b.ints(pads), fill()], { mode: "constant" });
  };
  let x = a.exclusive && n > 0 ? shifted(t.x(0), 1) : t.x(0);
  for (let by = 1; by < n; by *= 2) x = t.op(op, [x, shifted(x, by)], {});
  return x;
}

/** Reductions and scans. */
export const REDUCE_RULES: RulesOf<"reduce" | "argReduce" | "cumulative"> = {
  reduce: (t, a) =>
    a.axes.length === 0
      ? t.x(0)
      : widened(t, (x) => t.op(REDUCE[a.kind], [x, t.builder.ints(a.axes)], { keepdims: 0 })),
  argReduce: (t, a) => {
    const wide = WIDE.has(t.dtype(0)) ? t.x(0) : t.op("Cast", [t.x(0)], { to: "int32" });
    return t.op(a.kind === "max" ? "ArgMax" : "ArgMin", [wide], { axis: a.axis, keepdims: 0 });
  },
  mean: reduction("ReduceMean"),
  logSumExp: reduction("ReduceLogSumExp"),
  norm: (t, a) => {
    if (a.axes.length === 0 || (a.p !== 1 && a.p !== 2)) throw new NotExpressible("only 1 and 2");
    return reduction(a.p === 1 ? "ReduceL1" : "ReduceL2")(t, a);
  },
  cumulative: (t, a) => {
    if (a.kind !== "sum") return doubled(t, a);
    const attrs = { exclusive: a.exclusive ? 1 : 0, reverse: a.reverse ? 1 : 0 };
    return widened(t, (x) => t.op("CumSum", [x, t.builder.scalar(a.axis, "int64")], attrs));
  },
};

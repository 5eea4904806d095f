// Shapes, indexing, reductions as PyTorch calls.
import { binary, constant, dotted, int, ints, list, method, str, type Expr } from "../../python/ast.js";
import { F, T, torchDType, type NodeEmit, type TorchRules } from "./emitter.js";
import { dimOf } from "./layers.js";
import { explicitPad } from "./windows.js";

const all: Expr = { kind: "slice", start: null, stop: null, step: null };
const numbers = (values: readonly number[]): Expr => ints(values);

/** A 1-d int64 tensor as the list of sizes that PyTorch wants. */
const sizesOf = (n: NodeEmit, i: number): Expr => method(n.t(i), "tolist");

type Reduce = NodeEmit<
  | "ReduceSum"
  | "ReduceMean"
  | "ReduceMax"
  | "ReduceMin"
  | "ReduceProd"
  | "ReduceL1"
  | "ReduceL2"
  | "ReduceLogSumExp"
  | "ReduceSumSquare"
  | "ReduceLogSum"
>;

/** Axes of a reduction: literal, or all when left out. */
function axesOf(n: Reduce): number[] | null {
  if (!n.has(1)) return n.attrs.noop_with_empty_axes ? null : Array.from({ length: n.rank(0) }, (_, i) => i);
  const axes = n.literal(1, "the axes");
  if (axes.length === 0)
    return n.attrs.noop_with_empty_axes ? null : Array.from({ length: n.rank(0) }, (_, i) => i);
  return axes;
}

function reduced(fn: string, before?: (x: Expr) => Expr, after?: (x: Expr) => Expr) {
  return (n: Reduce): Expr => {
    const axes = axesOf(n);
    const x = before ? before(n.t(0)) : n.t(0);
    const y =
      axes === null
        ? x
        : method(x, fn, [], { dim: numbers(axes), keepdim: constant(n.attrs.keepdims === 1) });
    return after ? after(y) : y;
  };
}

const arg = (fn: string) => (n: NodeEmit<"ArgMax" | "ArgMin">) => {
  if (n.attrs.select_last_index) throw n.error("select_last_index");
  return method(n.t(0), fn, [], { dim: int(n.attrs.axis), keepdim: constant(n.attrs.keepdims === 1) });
};

/** Indexing with one slice of an axis. */
function sliceOf(x: Expr, cuts: ReadonlyMap<number, Expr>): Expr {
  const last = Math.max(...cuts.keys());
  const items = Array.from({ length: last + 1 }, (_, i) => cuts.get(i) ?? all);
  return { kind: "index", object: x, index: items.length === 1 ? items[0]! : { kind: "tuple", items } };
}

export const SHAPES: TorchRules = {
  Reshape: (n) => {
    const shape = n.numbers(1);
    if (!shape) return method(n.t(0), "reshape", [sizesOf(n, 1)]);
    const size = (d: number, i: number): Expr => (d === 0 && !n.attrs.allowzero ? dimOf(n.t(0), i) : int(d));
    return method(n.t(0), "reshape", shape.map(size));
  },
  Flatten: (n) => {
    const axis = n.attrs.axis < 0 ? n.rank(0) + n.attrs.axis : n.attrs.axis;
    if (axis === n.value(0).dims?.length) return method(n.t(0), "reshape", [int(-1), int(1)]);
    if (axis === 1) return T("flatten", [n.t(0)], { start_dim: int(1) });
    if (axis === 0) return method(n.t(0), "reshape", [int(1), int(-1)]);
    const flat = T("flatten", [n.t(0)], { start_dim: int(axis) });
    return T("flatten", [flat], {
      start_dim: int(0),
      end_dim: int(axis - 1),
    });
  },
  Transpose: (n) => {
    const perm = n.attrs.perm ?? Array.from({ length: n.rank(0) }, (_, i) => n.rank(0) - 1 - i);
    return method(n.t(0), "permute", perm.map(int));
  },
  Concat: (n) => T("cat", [list(n.node.inputs.map((_, i) => n.t(i)))], { dim: int(n.attrs.axis) }),
  Squeeze: (n) => {
    if (!n.has(1)) return T("squeeze", [n.t(0)]);
    const axes = n.literal(1, "the axes");
    return T("squeeze", [n.t(0)], { dim: axes.length === 1 ? int(axes[0]!) : numbers(axes) });
  },
  Unsqueeze: (n) => {
    const axes = n.literal(1, "the axes");
    const rank = axes.some((a) => a < 0) ? n.rank(0) + axes.length : 0;
    const sorted = axes.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
    return sorted.reduce<Expr>((x, a) => T("unsqueeze", [x], { dim: int(a) }), n.t(0));
  },
  Slice: (n) => {
    const rank = n.rank(0);
    const starts = n.literal(1, "the start");
    const ends = n.literal(2, "the end");
    const axes = (n.has(3) ? n.literal(3, "the axes") : starts.map((_, i) => i)).map((a) =>
      a < 0 ? a + rank : a,
    );
    const steps = n.has(4) ? n.literal(4, "the steps") : starts.map(() => 1);
    const cuts = new Map<number, Expr>();
    const reversed: number[] = [];
    axes.forEach((axis, i) => {
      const step = steps[i]!;
      if (step < 0) {
        if (step !== -1 || starts[i]! < -1 || ends[i]! > -1e9)
          throw n.error("a negative step other than a whole flip");
        reversed.push(axis);
        return;
      }
      const huge = ends[i]! >= 2 ** 31 - 1;
      cuts.set(axis, {
        kind: "slice",
        start: starts[i] === 0 ? null : int(starts[i]!),
        stop: huge ? null : int(ends[i]!),
        step: step === 1 ? null : int(step),
      });
    });
    const x = reversed.length === 0 ? n.t(0) : T("flip", [n.t(0), numbers(reversed)]);
    return cuts.size === 0 ? x : sliceOf(x, cuts);
  },
  Split: (n) => {
    const outputs = n.node.outputs.map((v) => (v ? n.out.define(v) : null));
    const { axis } = n.attrs;
    const parts = n.has(1) ? n.literal(1, "the sizes") : null;
    const value = parts
      ? T("split", [n.t(0), list(parts.map(int))], { dim: int(axis) })
      : T("chunk", [n.t(0), int(outputs.length)], { dim: int(axis) });
    n.out.assign(outputs, value);
    return null;
  },
  Expand: (n) => {
    const shape = n.numbers(1);
    const fill = n.scalarLiteral(n.value(0));
    if (fill) return T("full", [shape ? numbers(shape) : sizesOf(n, 1), fill]);
    if (!shape) {
      const x = n.t(0);
      const v = x.kind === "name" ? x : n.out.temporary(`${n.node.name}_from`, x);
      const own: Expr = { kind: "attribute", object: v, name: "shape" };
      return T("broadcast_to", [v, T("broadcast_shapes", [own, sizesOf(n, 1)])]);
    }
    const ones = T("ones", [numbers(shape)], {
      dtype: dotted(`torch.${torchDType(n.value(0).dtype ?? "float32", n.path)}`),
    });
    return binary("*", n.t(0), ones);
  },
  Tile: (n) => {
    const repeats = n.numbers(1);
    return T("tile", [n.t(0), repeats ? numbers(repeats) : sizesOf(n, 1)]);
  },
  Pad: (n) => {
    const rank = n.rank(0);
    const given = n.literal(1, "the padding");
    const axes = n.has(3)
      ? n.literal(3, "the axes").map((a) => (a < 0 ? a + rank : a))
      : Array.from({ length: rank }, (_, i) => i);
    const low = new Array<number>(rank).fill(0);
    const high = new Array<number>(rank).fill(0);
    axes.forEach((a, i) => {
      low[a] = given[i]!;
      high[a] = given[axes.length + i]!;
    });
    const first = low.findIndex((l, i) => l !== 0 || high[i] !== 0);
    if (first < 0) return n.t(0);
    const pads = [...low.slice(first), ...high.slice(first)];
    const { mode } = n.attrs;
    if (mode === "constant")
      return explicitPad(n.t(0), pads, n.has(2) ? (n.literal(2, "the value")[0] ?? 0) : 0);
    const names: Readonly<Record<string, string>> = {
      reflect: "reflect",
      edge: "replicate",
      wrap: "circular",
    };
    const kind = names[mode];
    if (!kind || first < 2) throw n.error(`mode ${mode} on axis ${first}`);
    const amounts: number[] = [];
    for (let i = rank - 1; i >= 2; i--) amounts.push(low[i]!, high[i]!);
    return F("pad", [n.t(0), ints(amounts)], { mode: str(kind) });
  },
  Shape: (n) => {
    const sizes = T("tensor", [{ kind: "attribute", object: n.t(0), name: "shape" }], {
      device: { kind: "attribute", object: n.t(0), name: "device" },
    });
    const { start, end } = n.attrs;
    if (start === 0 && end === undefined) return sizes;
    return {
      kind: "index",
      object: sizes,
      index: { kind: "slice", start: int(start), stop: end === undefined ? null : int(end), step: null },
    };
  },
  Size: (n) => T("tensor", [method(n.t(0), "numel")]),
  ConstantOfShape: (n) => {
    const value = n.attrs.value;
    if (value && value.data.some((b) => b !== 0)) throw n.error("a value other than zero");
    return T("zeros", [sizesOf(n, 0)], {
      dtype: dotted(`torch.${torchDType(value?.dtype ?? "float32", n.path)}`),
    });
  },
  Range: (n) => T("arange", [n.x(0), n.x(1), n.x(2)]),
  DepthToSpace: (n) => {
    if (n.attrs.mode === "CRD") return F("pixel_shuffle", [n.t(0), int(n.attrs.blocksize)]);
    const b = n.attrs.blocksize;
    const split = method(n.t(0), "unflatten", [int(1), ints([b, b, -1])]);
    const moved = method(split, "permute", [0, 3, 4, 1, 5, 2].map(int));
    return T("flatten", [T("flatten", [moved], { start_dim: int(4), end_dim: int(5) })], {
      start_dim: int(2),
      end_dim: int(3),
    });
  },
  Trilu: (n) => {
    const k = n.has(1) ? n.literal(1, "the diagonal")[0]! : 0;
    return T(n.attrs.upper ? "triu" : "tril", [n.t(0)], { diagonal: int(k) });
  },
  Einsum: (n) => T("einsum", [str(n.attrs.equation), ...n.node.inputs.map((_, i) => n.t(i))]),
  ArgMax: arg("argmax"),
  ArgMin: arg("argmin"),
  ReduceSum: reduced("sum"),
  ReduceMean: reduced("mean"),
  ReduceMax: reduced("amax"),
  ReduceMin: reduced("amin"),
  ReduceProd: (n) => {
    const axes = axesOf(n)?.map((a) => (a < 0 ? a + n.rank(0) : a)) ?? [];
    const keep = constant(n.attrs.keepdims === 1);
    return axes
      .toSorted((a, b) => b - a)
      .reduce<Expr>((x, a) => method(x, "prod", [], { dim: int(a), keepdim: keep }), n.t(0));
  },
  ReduceL1: reduced("sum", (x) => T("abs", [x])),
  ReduceL2: reduced(
    "sum",
    (x) => T("square", [x]),
    (x) => T("sqrt", [x]),
  ),
  ReduceSumSquare: reduced("sum", (x) => T("square", [x])),
  ReduceLogSumExp: reduced("logsumexp"),
  ReduceLogSum: reduced("sum", undefined, (x) => T("log", [x])),
};

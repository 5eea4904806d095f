// Reductions, scans along an axis, and sorting. Attribute kinds and defaults follow the newest ONNX operator set.
export const REDUCE_OPS = {
  ArgMax: {
    in: "data",
    out: "reduced",
    attrs: { axis: ["int", 0], keepdims: ["int", 1], select_last_index: ["int", 0] },
  },
  ArgMin: {
    in: "data",
    out: "reduced",
    attrs: { axis: ["int", 0], keepdims: ["int", 1], select_last_index: ["int", 0] },
  },
  CumProd: { in: "x axis", out: "y", attrs: { exclusive: ["int", 0], reverse: ["int", 0] } },
  CumSum: { in: "x axis", out: "y", attrs: { exclusive: ["int", 0], reverse: ["int", 0] } },
  ReduceL1: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceL2: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceLogSum: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceLogSumExp: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceMax: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceMean: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceMin: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceProd: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceSum: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  ReduceSumSquare: {
    in: "data axes?",
    out: "reduced",
    attrs: { keepdims: ["int", 1], noop_with_empty_axes: ["int", 0] },
  },
  TopK: {
    in: "X K",
    out: "Values Indices",
    attrs: { axis: ["int", -1], largest: ["int", 1], sorted: ["int", 1] },
  },
  Unique: {
    in: "X",
    out: "Y indices? inverse_indices? counts?",
    attrs: { axis: ["int?"], sorted: ["int", 1] },
  },
  NonZero: { in: "X", out: "Y", attrs: {} },
} as const;

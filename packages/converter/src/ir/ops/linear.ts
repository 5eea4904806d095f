// Matrix products. Attribute kinds and defaults follow the newest ONNX operator set; `Linear` is Isoform's own:
// x [..., in], weight [out, in], bias [out] -> [..., out], the dense layer of every framework at any rank.
export const LINEAR_OPS = {
  Det: { in: "X", out: "Y", attrs: {} },
  Einsum: { in: "Inputs*", out: "Output", attrs: { equation: ["string"] } },
  Gemm: {
    in: "A B C?",
    out: "Y",
    attrs: { alpha: ["float", 1], beta: ["float", 1], transA: ["int", 0], transB: ["int", 0] },
  },
  MatMul: { in: "A B", out: "Y", attrs: {} },
  Linear: { in: "X W B?", out: "Y", attrs: {} },
} as const;

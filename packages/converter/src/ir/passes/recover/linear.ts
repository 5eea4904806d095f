// Dense layers: Gemm with a constant matrix, and MatMul by one with or without a bias added.
import { attrsFrom, type GraphBuilder } from "../../builder.js";
import type { IrGraph, IrNode, IrValue, IrWeight } from "../../types.js";
import { isOp, usesOf } from "../../walk.js";
import { applySteps, type WeightStep } from "../../weights.js";
import { removeDeadCode } from "../dead-code.js";
import { Pattern } from "./pattern.js";

const TRANSPOSE: WeightStep = { kind: "transpose", perm: [1, 0] };

/** A copy of the graph whose dense layers are `Linear` nodes with weights [out, in]. */
export function recoverLinear(graph: IrGraph, builder: GraphBuilder): IrGraph {
  const p = new Pattern(graph);
  const uses = usesOf(graph);
  const gone = new Set<IrNode>();
  const turned = new Map<IrValue, IrValue>();
  /** The weight [out, in], transposed once for all its readers. */
  const turn = (w: IrValue, weight: IrWeight): IrValue => {
    const known = turned.get(w);
    if (known) return known;
    const { source, tensor, trainable } = weight;
    const alone = uses.get(w)?.length === 1;
    const made = builder.weight(alone ? w.name : `${w.name}.T`, applySteps(tensor, [TRANSPOSE]), {
      trainable,
      source:
        source?.axis === null
          ? {
              ...source,
              pieces: source.pieces.map((piece) => ({ ...piece, steps: [...piece.steps, TRANSPOSE] })),
            }
          : null,
    });
    if (alone) made.name = w.name;
    turned.set(w, made);
    return made;
  };
  const nodes = graph.nodes.map((node) => {
    const found = isOp(node, "Gemm")
      ? gemm(node, graph)
      : isOp(node, "MatMul")
        ? matmul(node, graph, p)
        : null;
    if (!found) return node;
    if (found.bias) gone.add(found.bias.node);
    const last = found.bias?.node ?? node;
    const w = found.transposed ? found.w : turn(found.w, found.weight);
    const bias = found.bias?.value ?? found.gemmBias;
    const linear: IrNode<"Linear"> = {
      op: "Linear",
      name: node.name,
      scope: node.scope,
      inputs: bias ? [found.x, w, bias] : [found.x, w],
      outputs: last.outputs,
      attrs: attrsFrom<"Linear">(new Map()),
    };
    return linear;
  });
  // A Linear stands where its MatMul stood: the bias is a weight, so nothing it reads comes later.
  return removeDeadCode({ ...graph, nodes: nodes.filter((n) => !gone.has(n)), weights: builder.weights });
}

interface Dense {
  readonly x: IrValue;
  readonly w: IrValue;
  readonly weight: IrWeight;
  /** The weight already is [out, in]. */
  readonly transposed: boolean;
  readonly gemmBias: IrValue | null;
  readonly bias: { readonly node: IrNode; readonly value: IrValue } | null;
}

function gemm(node: IrNode<"Gemm">, graph: IrGraph): Dense | null {
  const { alpha, beta, transA, transB } = node.attrs;
  const [x, w, c] = node.inputs;
  const weight = w ? graph.weights.get(w) : undefined;
  const bias = c ? graph.weights.get(c) : undefined;
  if (!x || !w || !weight || weight.tensor.shape.length !== 2 || alpha !== 1 || transA) return null;
  const out = weight.tensor.shape[transB ? 0 : 1];
  if (c && (beta !== 1 || bias?.tensor.shape.length !== 1 || bias.tensor.shape[0] !== out)) return null;
  return { x, w, weight, transposed: transB === 1, gemmBias: c ?? null, bias: null };
}

function matmul(node: IrNode<"MatMul">, graph: IrGraph, p: Pattern): Dense | null {
  const [x, w] = node.inputs;
  const weight = w ? graph.weights.get(w) : undefined;
  if (!x || !w || weight?.tensor.shape.length !== 2 || (x.dims?.length ?? 0) < 2) return null;
  const y = node.outputs[0];
  const add = p.onlyReader(y, "Add");
  const value = add && y ? p.other(add, y) : null;
  const shape = value ? graph.weights.get(value)?.tensor.shape : undefined;
  const fits = add && value && shape?.length === 1 && shape[0] === weight.tensor.shape[1];
  return { x, w, weight, transposed: false, gemmBias: null, bias: fits ? { node: add, value } : null };
}

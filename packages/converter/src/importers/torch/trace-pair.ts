// Matches two traces of one program with different batch sizes: the same ops, the same numbers, other sizes.
import { UnsupportedOpError, type Graph, type GraphVar } from "@isoform/core";
import type { RawTensor } from "../../formats/raw-tensor.js";

/** Constants of a trace. */
export type Constants = ReadonlyMap<GraphVar, RawTensor>;

/** Two traces, their constants, and what is found. */
export interface Pairing {
  readonly a: Graph;
  readonly b: Graph;
  readonly constants: readonly [Constants, Constants];
  /** Gets the counterparts of the values of `a`. */
  readonly twins: Map<GraphVar, GraphVar>;
  /** Gets the attributes in `b` of the nodes of `a`, by their outputs. */
  readonly attrs: Map<readonly GraphVar[], object>;
}

/**
 * Matches the values of two traces of one program.
 * @throws {UnsupportedOpError} when they differ in more than sizes
 */
export function pairGraphs({ a, b, constants, twins, attrs }: Pairing): void {
  if (a.nodes.length !== b.nodes.length || a.inputs.length !== b.inputs.length) throw differs("");
  a.inputs.forEach((v, i) => twins.set(v, b.inputs[i]!));
  a.nodes.forEach((node, i) => {
    const twin = b.nodes[i]!;
    if (node.op.id !== twin.op.id || node.outputs.length !== twin.outputs.length) throw differs(node.scope);
    node.inputs.forEach((v, k) => {
      const other = twin.inputs[k];
      if (v && other && !twins.has(v) && !sameConstant(constants, v, other)) throw differs(node.scope);
    });
    const fill = [node.attrs, twin.attrs].map((x) => ("value" in x ? x.value : null));
    if (!Object.is(fill[0], fill[1])) throw differs(node.scope);
    node.outputs.forEach((v, k) => twins.set(v, twin.outputs[k]!));
    attrs.set(node.outputs, twin.attrs);
  });
}

/** Parameters are the same by their names; literals by their bytes. */
function sameConstant([a, b]: readonly [Constants, Constants], v: GraphVar, other: GraphVar): boolean {
  if (v.name !== undefined || other.name !== undefined) return v.name === other.name;
  const [x, y] = [a.get(v), b.get(other)];
  if (!x || !y) return true;
  if (x.dtype !== y.dtype || x.shape.join() !== y.shape.join()) return false;
  return x.data.every((byte, i) => byte === y.data[i]);
}

function differs(path: string): UnsupportedOpError {
  return new UnsupportedOpError("the module computes different things for different batch sizes", {
    code: "trace/batch-dependent",
    ...(path ? { path } : {}),
    hint: "convert it with a fixed batch size",
  });
}

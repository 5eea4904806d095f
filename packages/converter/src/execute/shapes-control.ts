// Shape inference of control flow: branches must agree, loop bodies are inferred once.
import { isDType } from "@isoform/core";
import type { IrGraph, IrNode } from "../ir/types.js";
import { isOp } from "../ir/walk.js";
import { HostTensor } from "./host.js";
import type { ControlOp } from "./ops/index.js";
import { isTensorLike, ShapeProber, specVal, UNKNOWN, type Abstract } from "./shapes.js";

type Values = readonly (Abstract | null)[];

function runBody(body: IrGraph, inputs: Values, outer: ShapeProber, pass: 0 | 1): Abstract[] {
  const prober = new ShapeProber(outer);
  body.inputs.forEach((v, i) => {
    prober.set(v, 0, inputs[i] ?? UNKNOWN);
    prober.set(v, 1, inputs[i] ?? UNKNOWN);
  });
  prober.graph(body);
  outer.problems.push(...prober.problems);
  return body.outputs.map((v) => prober.abstract(v, pass));
}

/** What two branches have in common. */
function agree(a: Abstract, b: Abstract): Abstract {
  if (!isTensorLike(a) || !isTensorLike(b) || a.dtype !== b.dtype || !isDType(a.dtype)) return UNKNOWN;
  const same = a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);
  return same ? specVal(a.shape, a.dtype) : UNKNOWN;
}

/** A host tensor as a spec: its elements may change from iteration to iteration. */
function forget(v: Abstract | null | undefined): Abstract {
  if (!v) return UNKNOWN;
  return v instanceof HostTensor && isDType(v.dtype) ? specVal(v.shape, v.dtype) : v;
}

function withRows(v: Abstract, rows: number | null, axis = 0): Abstract {
  if (!isTensorLike(v) || rows === null || !isDType(v.dtype)) return UNKNOWN;
  const a = axis < 0 ? axis + v.shape.length + 1 : axis;
  return specVal([...v.shape.slice(0, a), rows, ...v.shape.slice(a)], v.dtype);
}

/** Outputs of a control-flow node in one pass. */
export function abstractControl(
  node: IrNode<ControlOp>,
  values: Values,
  outer: ShapeProber,
  pass: 0 | 1,
): Abstract[] {
  if (isOp(node, "If")) {
    const cond = values[0];
    const { then_branch: yes, else_branch: no } = node.attrs;
    if (cond instanceof HostTensor) return runBody(Number(cond.values[0]) ? yes : no, [], outer, pass);
    const [a, b] = [runBody(yes, [], outer, pass), runBody(no, [], outer, pass)];
    return a.map((v, i) => agree(v, b[i] ?? UNKNOWN));
  }
  if (isOp(node, "Loop")) {
    const carried = values.slice(2).map(forget);
    const trips = values[0] instanceof HostTensor ? Number(values[0].values[0]) : null;
    const out = runBody(
      node.attrs.body,
      [specVal([], "int64"), specVal([], "bool"), ...carried],
      outer,
      pass,
    ).slice(1);
    return out.map((v, i) =>
      i < carried.length ? agree(forget(v), carried[i]!) : withRows(forget(v), trips),
    );
  }
  if (isOp(node, "Scan")) {
    const { body, num_scan_inputs: count, scan_input_axes: axes, scan_output_axes: outAxes } = node.attrs;
    const states = values.slice(0, values.length - count).map(forget);
    let steps: number | null = null;
    const rows = values.slice(states.length).map((v, k) => {
      const f = forget(v);
      if (!isTensorLike(f) || !isDType(f.dtype)) return UNKNOWN;
      const a = axes?.[k] ?? 0;
      const at = a < 0 ? a + f.shape.length : a;
      steps = f.shape[at] ?? null;
      return specVal(
        f.shape.filter((_, i) => i !== at),
        f.dtype,
      );
    });
    const out = runBody(body, [...states, ...rows], outer, pass).map(forget);
    return out.map((v, i) => (i < states.length ? v : withRows(v, steps, outAxes?.[i - states.length] ?? 0)));
  }
  return node.outputs.map(() => UNKNOWN);
}

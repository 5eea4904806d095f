// Shape inference of control flow: branches must agree, loop bodies are inferred once. Both probes run together.
import { isDType } from "@isoform/core";
import type { IrGraph, IrNode } from "../ir/types.js";
import { isOp } from "../ir/walk.js";
import { HostTensor } from "./host.js";
import type { ControlOp } from "./ops/index.js";
import { isTensorLike, specVal, UNKNOWN, type Abstract, type AbstractPair } from "./shapes-abstract.js";
import { ShapeProber } from "./shapes.js";

const NOTHING: AbstractPair = [UNKNOWN, UNKNOWN];

function map(p: AbstractPair | null | undefined, fn: (v: Abstract) => Abstract): AbstractPair {
  return p ? [fn(p[0]), fn(p[1])] : NOTHING;
}

function runBody(
  body: IrGraph,
  inputs: readonly (AbstractPair | null)[],
  outer: ShapeProber,
): AbstractPair[] {
  const prober = new ShapeProber(outer);
  body.inputs.forEach((v, i) => prober.set(v, inputs[i] ?? NOTHING));
  prober.graph(body);
  for (const problem of prober.problems) outer.problems.push(problem);
  return body.outputs.map((v) => prober.lookup(v));
}

/** What two results have in common. */
function agree(a: Abstract, b: Abstract): Abstract {
  if (!isTensorLike(a) || !isTensorLike(b) || a.dtype !== b.dtype || !isDType(a.dtype)) return UNKNOWN;
  const same = a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);
  return same ? specVal(a.shape, a.dtype) : UNKNOWN;
}

function both(a: AbstractPair, b: AbstractPair | undefined): AbstractPair {
  return [agree(a[0], b?.[0] ?? UNKNOWN), agree(a[1], b?.[1] ?? UNKNOWN)];
}

/** A host tensor as a spec: its elements may change from iteration to iteration. */
function forget(v: Abstract): Abstract {
  return v instanceof HostTensor && isDType(v.dtype) ? specVal(v.shape, v.dtype) : v;
}

function withRows(v: Abstract, rows: number | null, axis = 0): Abstract {
  if (!isTensorLike(v) || rows === null || !isDType(v.dtype)) return UNKNOWN;
  const a = axis < 0 ? axis + v.shape.length + 1 : axis;
  return specVal([...v.shape.slice(0, a), rows, ...v.shape.slice(a)], v.dtype);
}

function axisSize(v: Abstract, axis: number): { readonly at: number; readonly n: number } | null {
  if (!isTensorLike(v)) return null;
  const at = axis < 0 ? axis + v.shape.length : axis;
  return { at, n: v.shape[at] ?? 0 };
}

function dropAxis(v: Abstract, axis: number): Abstract {
  const found = axisSize(v, axis);
  if (!found || !isTensorLike(v) || !isDType(v.dtype)) return UNKNOWN;
  return specVal(
    v.shape.filter((_, i) => i !== found.at),
    v.dtype,
  );
}

const truth = (v: Abstract): boolean | null => (v instanceof HostTensor ? Number(v.values[0]) !== 0 : null);
const numberOf = (v: Abstract): number | null => (v instanceof HostTensor ? Number(v.values[0]) : null);

/** Outputs of a control-flow node. */
export function abstractControl(
  node: IrNode<ControlOp>,
  values: readonly (AbstractPair | null)[],
  outer: ShapeProber,
): AbstractPair[] {
  if (isOp(node, "If")) {
    const cond = values[0] ?? NOTHING;
    const [first, second] = [truth(cond[0]), truth(cond[1])];
    const yes = runBody(node.attrs.then_branch, [], outer);
    const no = runBody(node.attrs.else_branch, [], outer);
    if (first !== null && first === second) return first ? yes : no;
    return yes.map((v, i) => both(v, no[i]));
  }
  if (isOp(node, "Loop")) {
    const carried = values.slice(2).map((p) => map(p, forget));
    const trips = values[0] ?? NOTHING;
    const counters: AbstractPair[] = [specVal([], "int64"), specVal([], "bool")].map((v) => [v, v]);
    const out = runBody(node.attrs.body, [...counters, ...carried], outer).slice(1);
    return out.map((p, i): AbstractPair => {
      const known = map(p, forget);
      if (i < carried.length) return both(known, carried[i]);
      return [withRows(known[0], numberOf(trips[0])), withRows(known[1], numberOf(trips[1]))];
    });
  }
  if (isOp(node, "Scan")) {
    const { body, num_scan_inputs: count, scan_input_axes: axes, scan_output_axes: outAxes } = node.attrs;
    const states = values.slice(0, values.length - count).map((p) => map(p, forget));
    const scanned = values.slice(states.length).map((p) => map(p, forget));
    const rows = scanned.map((p, k) => map(p, (v) => dropAxis(v, axes?.[k] ?? 0)));
    const steps = ([0, 1] as const).map(
      (pass) => axisSize(scanned[0]?.[pass] ?? UNKNOWN, axes?.[0] ?? 0)?.n ?? null,
    );
    return runBody(body, [...states, ...rows], outer).map((p, i): AbstractPair => {
      const known = map(p, forget);
      if (i < states.length) return known;
      const axis = outAxes?.[i - states.length] ?? 0;
      return [withRows(known[0], steps[0] ?? null, axis), withRows(known[1], steps[1] ?? null, axis)];
    });
  }
  return node.outputs.map(() => NOTHING);
}

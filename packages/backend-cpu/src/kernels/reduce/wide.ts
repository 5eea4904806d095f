// Reductions and running reductions of integers, bool and float64: element by element, in the order of the reference.
import type { ReduceKind } from "@isoform/core";
import type { Engine } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import { defineWide, wideReduction, type WideFunction } from "../elementwise/wide.js";
import type { FillKernel } from "../source/fill.js";
import { Plan } from "../strided/plan.js";
import { runPlanned } from "../strided/runner.js";
import { countOf, type CpuView } from "../view.js";
import { neutralOf } from "./rows.js";

/** What a reduction of nothing gives, as `fill` takes it: infinities become the bounds of integers, and true. */
function neutral(kind: ReduceKind, { dtype }: CpuView): number {
  return dtype === "bool" && kind === "max" ? 0 : neutralOf(kind);
}

/** `count` elements of a view from index `start` of an axis on. */
function part(view: CpuView, axis: number, start: number, count: number): CpuView {
  const offset = view.offset + start * view.strides[axis]!;
  return { ...view, shape: view.shape.with(axis, count), offset };
}

/** A view with one axis backwards. */
function backwards(view: CpuView, axis: number): CpuView {
  const last = part(view, axis, view.shape[axis]! - 1, view.shape[axis]!);
  return { ...last, strides: view.strides.with(axis, -view.strides[axis]!) };
}

/** reduce and cumulative of what is not a float of up to 32 bits; each says whether it could. */
export class WideReductions {
  private readonly engine: Engine;
  private readonly parts: { readonly copy: CopyKernel; readonly fill: FillKernel };
  private readonly plan = new Plan();

  constructor(engine: Engine, parts: { readonly copy: CopyKernel; readonly fill: FillKernel }) {
    this.engine = engine;
    this.parts = parts;
  }

  reduce(kind: ReduceKind, x: CpuView, out: CpuView, axes: readonly number[]): boolean {
    const step = wideReduction(kind, x.dtype);
    if (step === null) return false;
    this.parts.fill.run(out, neutral(kind, x));
    let kept = 0;
    const strides = x.shape.map((_, axis) => (axes.includes(axis) ? 0 : out.strides[kept++]!));
    const to = { ...out, shape: x.shape, strides };
    this.accumulate(kind, step, [to, to, x]);
    return true;
  }

  cumulative(
    kind: ReduceKind,
    x: CpuView,
    out: CpuView,
    attrs: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
  ): boolean {
    const step = wideReduction(kind, x.dtype);
    if (step === null) return false;
    if (countOf(x) === 0) return true;
    const { axis, exclusive, reverse } = attrs;
    const [from, to] = reverse ? [backwards(x, axis), backwards(out, axis)] : [x, out];
    const rest = x.shape[axis]! - 1;
    const first = part(to, axis, 0, 1);
    if (exclusive) this.parts.fill.run(first, neutral(kind, x));
    else this.parts.copy.run(part(from, axis, 0, 1), first);
    const terms = part(from, axis, exclusive ? 0 : 1, rest);
    this.accumulate(kind, step, [part(to, axis, 1, rest), part(to, axis, 0, rest), terms]);
    return true;
  }

  /** Every element of the first view becomes what `step` makes of those of the others, which may be earlier results. */
  private accumulate(kind: ReduceKind, step: WideFunction, views: readonly CpuView[]): void {
    const kernel = this.engine.module(`accumulate:${kind}:${views[0]!.dtype}`, (m) => defineWide(m, step));
    const n = this.plan.build(views[0]!.shape, views);
    if (n > 0) runPlanned(this.engine, this.plan, kernel, views, n, [], 0);
  }
}

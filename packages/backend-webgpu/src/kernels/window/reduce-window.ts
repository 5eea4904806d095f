// Reductions of every window: an invocation per output, or per word of outputs. Every axis is summed up on its own, so that
// rounding errors of large windows stay small.
import { sizeOf, type ReduceKind, type WindowAttrs } from "@isoform/core";
import { computeType, perWord } from "../../wgsl/dtypes.js";
import { reducer } from "../../wgsl/functions.js";
import { groupsFor, itemsOf, type Runner } from "../../wgsl/kernel.js";
import { alongAxes, reads, writes, type GpuView } from "../view.js";
import { Windows } from "./geometry.js";

/** The family. */
export function reduceWindow(
  runner: Runner,
  kind: ReduceKind,
  x: GpuView,
  out: GpuView,
  attrs: WindowAttrs,
): void {
  const count = sizeOf(out.shape);
  if (count === 0) return;
  const lead = x.shape.length - attrs.window.length;
  const outer = alongAxes(
    [x],
    Array.from({ length: lead }, (_, a) => a),
    true,
  );
  const first = 1 + outer.params.length;
  const w = new Windows(first, attrs, out.shape.slice(lead), x.shape.slice(lead), x.strides.slice(lead));
  const { combine, neutral } = reducer(kind, x.dtype);
  const type = computeType(x.dtype);
  runner.run({
    key: `reduceWindow ${kind} ${w.rank}/${outer.key}`,
    operands: [reads(x), writes(out)],
    params: [count, ...outer.params, ...w.params],
    groups: groupsFor(itemsOf(out.dtype, count)),
    ...(perWord(out.dtype) === 1 ? { result: 1 } : {}),
    code: (c) =>
      c.storeMapped(1, "(group * 256u + lane)", c.param(0), (index) => {
        const total = (axis: number): string => (axis <= 0 ? "value" : `value${axis}`);
        const loops = w.loop(
          c,
          (place) =>
            `let x = ${c.load(0, place)}; ${total(w.rank - 1)} = ${combine(total(w.rank - 1), "x")};`,
          (axis) => (axis === 0 ? "" : `var ${total(axis)}: ${type} = ${neutral};`),
          (axis) => (axis === 0 ? "" : `${total(axis - 1)} = ${combine(total(axis - 1), total(axis))};`),
        );
        return `${w.split(c, index, "o", "windows")}
${outer.code(c, 1, "lead")}
var value: ${type} = ${neutral};
${loops}`;
      }),
  });
}

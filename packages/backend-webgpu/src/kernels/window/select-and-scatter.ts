// Sums of what is given to the windows in which an element is the first maximum or minimum: every element of x asks the windows
// that reach over it, in their order. Where windows overlap, each chooses its element beforehand.
import { sizeOf, type WindowAttrs } from "@isoform/core";
import { computeType, perWord } from "../../wgsl/dtypes.js";
import { binaryExpression } from "../../wgsl/functions.js";
import { keyLess, keyOf, keyType, minKeyOf } from "../../wgsl/order.js";
import { groupsFor, itemsOf, type Code, type Runner } from "../../wgsl/kernel.js";
import { alongAxes, denseView, reads, writes, type GpuView } from "../view.js";
import { Windows } from "./geometry.js";

/** The number of no element. */
const NONE = "0xffffffffu";

/** The family. */
export function selectAndScatter(
  runner: Runner,
  kind: "max" | "min",
  x: GpuView,
  source: GpuView,
  out: GpuView,
  attrs: WindowAttrs,
): void {
  if (sizeOf(out.shape) === 0) return;
  const reaches = attrs.window.map((n, a) => (n - 1) * attrs.dilation[a]! + 1);
  if (reaches.every((r, a) => r <= attrs.strides[a]!)) return apart(runner, kind, x, source, out, attrs);
  const windows = sizeOf(source.shape);
  const chosen = denseView(runner.scratch(windows * 4), "uint32", source.shape);
  if (windows > 0) choose(runner, kind, x, chosen, attrs);
  collect(runner, x, chosen, source, out, attrs);
  runner.release(chosen.buffer);
}

/** Defines `chosen`, the number of the element that window `o0`, `o1`, … selects. */
function choice(c: Code, kind: "max" | "min", x: GpuView, w: Windows): string {
  const type = keyType(x.dtype);
  const key = kind === "max" ? keyOf : minKeyOf;
  return `var chosen = ${NONE};
var best = ${type}();
${w.loop(
  c,
  (place, number) => `let x = ${c.load(0, place)};
let key = ${key(x.dtype, "x")};
if (chosen == ${NONE} || ${keyLess(type, "best", "key")}) { chosen = ${number}; best = key; }`,
)}`;
}

const leadAxes = (x: GpuView, attrs: WindowAttrs): number[] =>
  Array.from({ length: x.shape.length - attrs.window.length }, (_, a) => a);

/** The element that every window selects. */
function choose(runner: Runner, kind: "max" | "min", x: GpuView, chosen: GpuView, attrs: WindowAttrs): void {
  const axes = leadAxes(x, attrs);
  const lead = axes.length;
  const outer = alongAxes([x], axes, true);
  const count = sizeOf(chosen.shape);
  const first = 1 + outer.params.length;
  const w = new Windows(first, attrs, chosen.shape.slice(lead), x.shape.slice(lead), x.strides.slice(lead));
  runner.run({
    key: `window choose ${kind} ${w.rank}/${outer.key}`,
    operands: [reads(x), writes(chosen)],
    params: [count, ...outer.params, ...w.params],
    groups: groupsFor(count),
    code: (c) => `let index = group * 256u + lane;
if (index < ${c.param(0)}) {
${w.split(c, "index", "o", "windows")}
${outer.code(c, 1, "lead")}
${choice(c, kind, x, w)}
${c.store(1, "index", "chosen")}
}`,
  });
}

/** The own number of position `q0`, `q1`, …. */
function ownNumber(c: Code, w: Windows): string {
  let number = w.rank === 0 ? "0u" : "q0";
  for (let axis = 1; axis < w.rank; axis++) number = `(${number} * ${w.size(c, axis)} + q${axis})`;
  return `let own = ${number};`;
}

/** Every element of x adds up the sources of the windows that chose it. */
function collect(
  runner: Runner,
  x: GpuView,
  chosen: GpuView,
  source: GpuView,
  out: GpuView,
  attrs: WindowAttrs,
): void {
  const axes = leadAxes(x, attrs);
  const lead = axes.length;
  const outer = alongAxes([source], axes, true);
  const count = sizeOf(out.shape);
  const first = 1 + outer.params.length;
  const w = new Windows(
    first,
    attrs,
    source.shape.slice(lead),
    x.shape.slice(lead),
    source.strides.slice(lead),
  );
  const add = binaryExpression("add", out.dtype, "value", "given");
  runner.run({
    key: `window collect ${w.rank}/${outer.key}`,
    operands: [reads(chosen), reads(source), writes(out)],
    params: [count, ...outer.params, ...w.params],
    groups: groupsFor(itemsOf(out.dtype, count)),
    ...(perWord(out.dtype) === 1 ? { result: 2 } : {}),
    code: (c) => {
      const loops = (axis: number, place: string, number: string): string => {
        if (axis === w.rank) {
          return `if (${c.load(0, number)} == own) { let given = ${c.load(1, place)}; value = ${add}; }`;
        }
        return `${w.around(c, axis, `q${axis}`)}
for (var o${axis} = first${axis}; o${axis} < end${axis}; o${axis}++) {
${loops(axis + 1, `(${place} + o${axis} * ${c.param(first + axis * 7 + 6)})`, `(${number} * ${w.windows(c, axis)} + o${axis})`)}
}`;
      };
      return c.storeMapped(
        2,
        "(group * 256u + lane)",
        c.param(0),
        (index) => `${w.split(c, index, "q", "size")}
${outer.code(c, 1, "lead")}
${ownNumber(c, w)}
var value = ${computeType(out.dtype)}();
${loops(0, "at0", "lead")}`,
      );
    },
  });
}

/** Both at once where an element is in one window at most. */
function apart(
  runner: Runner,
  kind: "max" | "min",
  x: GpuView,
  source: GpuView,
  out: GpuView,
  attrs: WindowAttrs,
): void {
  const axes = leadAxes(x, attrs);
  const lead = axes.length;
  const outer = alongAxes([x], axes, true);
  const outerSource = alongAxes([source], axes, true);
  const count = sizeOf(out.shape);
  const firstSource = 1 + outer.params.length;
  const first = firstSource + outerSource.params.length;
  const w = new Windows(first, attrs, source.shape.slice(lead), x.shape.slice(lead), x.strides.slice(lead));
  const strides = source.strides.slice(lead);
  const firstStride = first + w.params.length;
  runner.run({
    key: `window select ${kind} ${w.rank}/${outer.key}/${outerSource.key}`,
    operands: [reads(x), reads(source), writes(out)],
    params: [count, ...outer.params, ...outerSource.params, ...w.params, ...strides],
    groups: groupsFor(itemsOf(out.dtype, count)),
    ...(perWord(out.dtype) === 1 ? { result: 2 } : {}),
    code: (c) => {
      const each = attrs.window.map((_, axis) => axis);
      const inside = each.map((axis) => `first${axis} < end${axis}`).join(" && ") || "true";
      const place = each.map((axis) => ` + o${axis} * ${c.param(firstStride + axis)}`).join("");
      return c.storeMapped(
        2,
        "(group * 256u + lane)",
        c.param(0),
        (index) => `${w.split(c, index, "q", "size")}
${ownNumber(c, w)}
${each.map((axis) => `${w.around(c, axis, `q${axis}`)} let o${axis} = first${axis};`).join("\n")}
var value = ${computeType(out.dtype)}();
if (${inside}) {
var given_at = 0u;
{
${outerSource.code(c, firstSource, "lead")}
given_at = at0${place};
}
${outer.code(c, 1, "lead")}
${choice(c, kind, x, w)}
if (chosen == own) { value = ${c.load(1, "given_at")}; }
}`,
      );
    },
  });
}

// Reductions of elementwise expressions along any axes. One kernel serves all shapes: every output has a power of two of
// invocations, 1 to 256, that walk its elements and combine what they have. Long reductions to few outputs are cut in pieces,
// whose results lie in scratch memory and are reduced again. The order depends on sizes, and on the device's subgroups.
import { sizeOf, type DType, type ReduceKind } from "@isoform/core";
import { combineParts } from "../../wgsl/combine.js";
import { bitsOf, computeType, perWord } from "../../wgsl/dtypes.js";
import { reducer } from "../../wgsl/functions.js";
import { GROUP_SIZE, type Code, type Runner } from "../../wgsl/kernel.js";
import { sharedLoad, sharedStore, sharedWords, wideOf } from "../../wgsl/shared.js";
import { alongAxes, denseView, reads, writes, type Addressing, type GpuView } from "../view.js";
import { layoutParams, reductionLayout, smallestStep, type ReductionLayout } from "./layout.js";

/** What is reduced. */
export interface Reduction {
  readonly kind: ReduceKind;
  /** The element type that `element` gives and whose arithmetic combines. */
  readonly dtype: DType;
  /** Of one shape. */
  readonly inputs: readonly GpuView[];
  readonly axes: readonly number[];
  /** What the code of `element` depends on. */
  readonly name: string;
  /** The value that is reduced, from the elements of the inputs. */
  element(...values: string[]): string;
}

/** Runs a reduction; `out` is row-major at offset 0, of `dtype` or the type it is reduced in. */
export function reduceElements(runner: Runner, r: Reduction, out: GpuView): void {
  const { shape } = r.inputs[0]!;
  const outputs = sizeOf(out.shape);
  if (outputs === 0) return;
  const kept = shape.map((_, a) => a).filter((a) => !r.axes.includes(a));
  const length = sizeOf(r.axes.map((a) => shape[a]!));
  const direction =
    smallestStep(r.inputs, shape, kept) < smallestStep(r.inputs, shape, r.axes) ? "columns" : "parts";
  const one = reductionLayout(outputs, length, direction, perWord(out.dtype));
  const whole = perWord(out.dtype) === 1 ? one : reductionLayout(outputs, length, direction, 1);
  if (whole.splits === 1) return pass(runner, r, out, kept, one);
  const dtype = wideOf(r.dtype);
  const bytes = outputs * whole.splits * 4 * sharedWords(computeType(dtype));
  const buffer = runner.scratch(bytes);
  const partial = denseView(buffer, dtype, [outputs, whole.splits]);
  pass(runner, r, partial, kept, whole);
  const again: Reduction = { ...r, inputs: [partial], axes: [1], name: "", element: (v) => v! };
  reduceElements(runner, again, { ...out, shape: [outputs], strides: [1] });
  runner.release(buffer);
}

/** One dispatch: `out` has an element per output and piece. */
function pass(
  runner: Runner,
  r: Reduction,
  out: GpuView,
  kept: readonly number[],
  layout: ReductionLayout,
): void {
  const { shape } = r.inputs[0]!;
  const outer = alongAxes(r.inputs, kept, true);
  const inner = alongAxes(r.inputs, r.axes, false);
  const outputs = sizeOf(kept.map((a) => shape[a]!));
  const length = sizeOf(r.axes.map((a) => shape[a]!));
  const type = computeType(r.dtype);
  const numbers = layoutParams(layout);
  const firstOuter = 2 + numbers.length;
  // Software drivers take longer to compile four loads than to run a loop of one.
  const unrolled = inner.rank === 1 && !runner.limits.software;
  const subgroups = runner.limits.subgroups && layout.direction === "parts";
  runner.run({
    key: `reduce ${r.kind} ${r.dtype} ${r.name}/${outer.key}/${inner.key}${subgroups ? "/s" : ""}`,
    operands: [...r.inputs.map(reads), writes(out)],
    params: [outputs, length, ...numbers, ...outer.params, ...inner.params],
    groups: Math.ceil(outputs / layout.columns) * layout.splits,
    shared: GROUP_SIZE * sharedWords(type),
    ...(layout.splits === 1 && perWord(out.dtype) === 1 ? { result: r.inputs.length } : {}),
    code: (c) =>
      [
        positions(c, 2, c.param(0), c.param(1)),
        accumulate(c, r, outer, inner, firstOuter, unrolled),
        combineParts({
          variable: "acc",
          type,
          combine: reducer(r.kind, r.dtype).combine,
          parts: "parts",
          part: "part",
          step: c.param(3),
          subgroups,
          all: false,
        }),
        store(c, r.inputs.length, out.dtype, type, c.param(0)),
      ].join("\n"),
  });
}

/**
 * Defines `part`, `column`, `parts`, `block` (the first output of the workgroup), `output`, and the elements `first` to `last` of
 * this piece, number `split`. Parameters of the layout begin at `at`.
 */
export function positions(c: Code, at: number, outputs: string, length: string): string {
  const [parts, partStep, columns, columnStep, splits, chunk] = [0, 1, 2, 3, 4, 5].map((i) =>
    c.param(at + i),
  );
  return `let parts = ${parts};
let part = (lane / ${partStep}) % parts;
let column = (lane / ${columnStep}) % ${columns};
let column_step = ${columnStep};
let block = (group / ${splits}) * ${columns};
let block_end = min(block + ${columns}, ${outputs});
let output = block + column;
let split = group % ${splits};
let slot = output * ${splits} + split;
let first = split * ${chunk};
let last = min(first + ${chunk}, ${length});`;
}

/** Defines `acc`: the elements of this invocation combined. */
function accumulate(
  c: Code,
  r: Reduction,
  outer: Addressing,
  inner: Addressing,
  firstOuter: number,
  unrolled: boolean,
): string {
  const { combine, neutral } = reducer(r.kind, r.dtype);
  const type = computeType(r.dtype);
  const firstInner = firstOuter + outer.params.length;
  const bases = r.inputs.map((_, v) => `base${v}`);
  const element = (index: string, into: string): string => {
    const values = r.inputs.map((_, v) => `x${v}`);
    return `{
${inner.code(c, firstInner, index)}
${values.map((x, v) => `let ${x} = ${c.load(v, `(base${v} + at${v})`)};`).join("\n")}
let element = ${r.element(...values)};
${into} = ${combine(into, "element")};
}`;
  };
  const lanes = unrolled ? ["a0", "a1", "a2", "a3"] : ["a0"];
  const fours =
    lanes.length === 1
      ? ""
      : `for (; i + 3u * parts < last; i += 4u * parts) {
${lanes.map((a, k) => element(k === 0 ? "i" : `(i + ${k}u * parts)`, a)).join("\n")}
}`;
  const total = lanes.reduce((a, b) => combine(a, b));
  return `var acc: ${type} = ${neutral};
if (output < block_end) {
${bases.map((b) => `var ${b} = 0u;`).join(" ")}
{
${outer.code(c, firstOuter, "output")}
${bases.map((b, v) => `${b} = at${v};`).join(" ")}
}
${lanes.map((a) => `var ${a}: ${type} = ${neutral};`).join(" ")}
var i = first + part;
${fours}
for (; i < last; i += parts) {
${element("i", "a0")}
}
acc = ${total};
}`;
}

/** Writes the outputs of a workgroup; where several share a word, that is written at once. */
export function store(
  c: Code,
  operand: number,
  dtype: DType,
  type: ReturnType<typeof computeType>,
  outputs: string,
): string {
  const per = perWord(dtype);
  if (per === 1) return `if (part == 0u && output < ${outputs}) { ${c.storeResult(operand, "slot", "acc")} }`;
  return `if (part == 0u) { ${sharedStore(type, "lane", GROUP_SIZE, "acc")} }
workgroupBarrier();
if (block + lane * ${per}u < block_end) {
var word = 0u;
for (var k = 0u; k < ${per}u; k++) {
let at = lane * ${per}u + k;
if (block + at < block_end) {
let value = ${sharedLoad(type, "(at * column_step)", GROUP_SIZE)};
word |= ${bitsOf(dtype, "value")} << (k * ${32 / per}u);
}
}
${c.array(operand)}[block / ${per}u + lane] = word;
}`;
}

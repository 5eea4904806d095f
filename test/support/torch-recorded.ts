// Recorded training values (fixtures/training) as torch tensors, and their comparison.
import { expect } from "vitest";
import type { Tensor as CoreTensor } from "@isoform/core";
import { torch } from "@isoform/api-torch";
import { haveShared, readRecorded, sharedPath, type Recorded } from "./fixtures.js";

/** All tensors of a file of fixtures/training; nothing when the shared data are absent. */
export function training(file: string): ReadonlyMap<string, Recorded> {
  return haveShared ? readRecorded(sharedPath("fixtures", "training", file)) : new Map<string, Recorded>();
}

/** A recorded tensor by name. */
export function find(recorded: ReadonlyMap<string, Recorded>, name: string): Recorded {
  const found = recorded.get(name);
  if (!found) throw new Error(`nothing recorded for ${name}`);
  return found;
}

/** A recorded tensor on the current device. */
export function upload(t: Recorded): torch.Tensor {
  return torch
    .fromTypedArray(t.data)
    .reshape([...t.shape])
    .to(t.dtype);
}

/** Row `i` of a recorded tensor. */
export function row(t: Recorded, i: number): Recorded {
  const shape = t.shape.slice(1);
  const n = shape.reduce((p, d) => p * d, 1);
  return { dtype: t.dtype, shape, data: t.data.slice(i * n, (i + 1) * n) };
}

/** Expects |got − want| ≤ atol + rtol·|want| everywhere. */
export function expectClose(
  got: CoreTensor,
  want: Recorded,
  atol: number,
  rtol: number,
  what = "value",
): void {
  expect(got.shape, what).toEqual(want.shape);
  const values = got.dataSync();
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [Number(values[i]), Number(want.data[i])];
    if (!(Math.abs(a - b) <= atol + rtol * Math.abs(b))) expect(a, `${what}[${i}]`).toBe(b);
  }
}

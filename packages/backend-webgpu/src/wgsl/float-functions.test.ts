// Functions of float32 against float64, on whatever driver there is: errors in units in the last place.
import {
  atan,
  cos,
  createRuntime,
  erf,
  exp,
  expm1,
  fromTypedArray,
  log,
  log1p,
  rsqrt,
  sin,
  sqrt,
  tanh,
  withDevice,
  type Device,
  type Tensor,
} from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { webgpu } from "../index.js";
import { missingAdapter } from "../testing/adapter.js";

interface Row {
  readonly of: (x: Tensor) => Tensor;
  readonly exact: (x: number) => number;
  readonly range: readonly [number, number];
  readonly ulp: number;
}

const ROWS: Readonly<Record<string, Row>> = {
  exp: { of: exp, exact: Math.exp, range: [-87, 88.7], ulp: 2 },
  expm1: { of: expm1, exact: Math.expm1, range: [-20, 88], ulp: 4 },
  log: { of: log, exact: Math.log, range: [1e-6, 1e4], ulp: 2 },
  log1p: { of: log1p, exact: Math.log1p, range: [-0.99, 50], ulp: 3 },
  sin: { of: sin, exact: Math.sin, range: [-100, 100], ulp: 2 },
  "sin of large arguments": { of: sin, exact: Math.sin, range: [-1e6, 1e6], ulp: 4 },
  "sin of huge arguments": { of: sin, exact: Math.sin, range: [-1e30, 1e30], ulp: 4 },
  cos: { of: cos, exact: Math.cos, range: [-100, 100], ulp: 2 },
  tanh: { of: tanh, exact: Math.tanh, range: [-10, 10], ulp: 4 },
  erf: { of: erf, exact: erfOf, range: [-3, 3], ulp: 4 },
  atan: { of: atan, exact: Math.atan, range: [-50, 50], ulp: 4 },
  sqrt: { of: sqrt, exact: Math.sqrt, range: [0, 1e6], ulp: 2.5 },
  rsqrt: { of: rsqrt, exact: (x) => 1 / Math.sqrt(x), range: [1e-3, 1e6], ulp: 3 },
};

/** Maclaurin's series. */
function erfOf(x: number): number {
  let [sum, term] = [0, x];
  for (let n = 0; n < 120; n++) {
    sum += term / (2 * n + 1);
    term *= (-x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const ulps = (got: number, exact: number): number =>
  Math.abs(got - exact) / 2 ** (Math.floor(Math.log2(Math.max(Math.abs(exact), 2 ** -126))) - 23);

const missing = await missingAdapter();
describe.skipIf(missing !== null)("functions of float32", () => {
  let device: Device;
  beforeAll(async () => {
    const runtime = await createRuntime({ backends: [webgpu()] });
    device = runtime.defaultDevice;
    return () => runtime.dispose();
  });

  it.each(Object.entries(ROWS))("%s", async (_, { of, exact, range: [low, high], ulp }) => {
    const x = Float32Array.from({ length: 20_000 }, (_, i) => low + ((high - low) * (i + 0.37)) / 20_000);
    const y = withDevice(device, () => of(fromTypedArray(x)));
    const got = await y.data();
    let [worst, at] = [0, 0];
    x.forEach((v, i) => {
      const error = ulps(Number(got[i]), exact(v));
      if (!(error <= worst)) [worst, at] = [error, v];
    });
    expect(worst, `at ${at}`).toBeLessThanOrEqual(ulp);
  });
});

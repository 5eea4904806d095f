// A recurrent layer holds its inputs, its results and a few steps, not the intermediate values of every step.
import { reference } from "@isoform/backend-reference";
import { describe, expect, it } from "vitest";
import { createRuntime, gru, lstm, rnn, scope, zeros, type Tensor } from "../../../index.js";

const [BATCH, UNITS] = [8, 16];

/** Greatest number of bytes in use while `fn` runs over `steps` steps, beyond what was there before. */
async function peak(fn: (x: Tensor) => unknown, steps: number): Promise<number> {
  const runtime = await createRuntime({ backends: [reference()] });
  const device = runtime.use();
  const x = zeros([steps, BATCH, UNITS]);
  const before = device.memory();
  scope(() => void fn(x));
  const extra = device.memory().peakBytes - before.bytes;
  runtime.dispose();
  return extra;
}

const state = (): Tensor => zeros([BATCH, UNITS]);
const LAYERS: Readonly<Record<string, readonly [gates: number, run: (x: Tensor) => unknown]>> = {
  lstm: [4, (x) => lstm(x, state(), state(), zeros([4 * UNITS, UNITS]), zeros([4 * UNITS, UNITS]))],
  gru: [3, (x) => gru(x, state(), zeros([3 * UNITS, UNITS]), zeros([3 * UNITS, UNITS]))],
  rnn: [1, (x) => rnn(x, state(), zeros([UNITS, UNITS]), zeros([UNITS, UNITS]))],
};

describe("memory per step", () => {
  for (const [name, [gates, run]] of Object.entries(LAYERS)) {
    it(`${name}: the input part of the gates, the states, the stacked result`, async () => {
      const slope = ((await peak(run, 40)) - (await peak(run, 20))) / 20;
      const one = BATCH * UNITS * 4;
      expect(slope).toBeLessThanOrEqual((gates + 2) * one * 1.05);
    });
  }
});

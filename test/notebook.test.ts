// The notebook's PyTorch program on api-torch: everything it draws and every loss as recorded from PyTorch.
import { beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { setBackend, TorchGenerator } from "@isoform/core";
import type { nn } from "@isoform/api-torch";
import { notebook, notebookAccuracy, notebookData } from "../examples/src/torch/notebook-mlp.js";
import { haveShared, readRecorded, sharedPath } from "./support/fixtures.js";

/** Recorded names have the Python attribute `net` as prefix, as the model here. */
function stateOf(model: nn.Module): Map<string, ArrayLike<number>> {
  return new Map([...model.stateDict()].map(([k, t]) => [k, Float32Array.from(t.dataSync(), Number)]));
}

describe("notebook_mlp", () => {
  beforeAll(async () => {
    await setBackend(cpu());
  });

  it("prints the notebook's accuracies", async () => {
    const lines: string[] = [];
    await notebook((l) => lines.push(l));
    expect(lines).toEqual(["draw 1: accuracy 0.471", "draw 2: accuracy 0.535"]);
  });

  it("prints them on the reference backend too", async () => {
    await setBackend(reference());
    expect(await notebookAccuracy(1)).toBe(0.471);
    await setBackend(cpu());
  });

  describe.skipIf(!haveShared).each([1, 2])("draw %i", (draw) => {
    const recorded = haveShared
      ? readRecorded(sharedPath("fixtures", "training", `notebook_mlp.draw${draw}.safetensors`))
      : new Map<string, never>();

    it("has the recorded data exactly", () => {
      const { X, y } = notebookData(draw);
      expect(X).toEqual(recorded.get("X")!.data);
      expect(y).toEqual(recorded.get("y")!.data);
    });

    it("has the recorded weights at the start, and losses and weights while training", async () => {
      const initial = new Map<string, ArrayLike<number>>();
      const after = new Map<number, Map<string, ArrayLike<number>>>();
      const losses: number[] = [];
      const accuracy = await notebookAccuracy(draw, {
        built: (m) => stateOf(m).forEach((v, k) => initial.set(k, v)),
        step: (i, loss, m) => {
          losses.push(loss);
          if (i < 3 || i === 159) after.set(i, stateOf(m));
        },
      });
      for (const [name, values] of initial)
        expect(values, name).toEqual(recorded.get(`initial.${name}`)!.data);
      expect(initial.size).toBe(4);
      const wanted = recorded.get("loss")!.data;
      expect(losses.length).toBe(160);
      const worst = Math.max(...losses.map((l, i) => Math.abs(l - Number(wanted[i]))));
      expect(worst).toBeLessThan(1e-5);
      const names = [...initial.keys()];
      for (const [step, prefix] of [
        [0, "after_step_1"],
        [1, "after_step_2"],
        [2, "after_step_3"],
        [159, "final"],
      ] as const) {
        for (const name of names) {
          const got = after.get(step)!.get(name)!;
          const want = recorded.get(`${prefix}.${name}`)!.data;
          const off = Math.max(...Array.from(got, (v, i) => Math.abs(v - Number(want[i]))));
          expect(off, `${prefix}.${name}`).toBeLessThan(step === 159 ? 1e-4 : 1e-5);
        }
      }
      expect(accuracy).toBe(draw === 1 ? 0.471 : 0.535);
    });

    it("draws the recorded batch order and dropout masks from PyTorch's stream", () => {
      const g = new TorchGenerator(0);
      for (const n of [32 * 20, 32, 3 * 32, 3]) g.rand(n);
      const order = recorded.get("order")!;
      const masks = recorded.get("dropout_masks")!;
      for (let epoch = 0; epoch < 5; epoch++) {
        g.random63();
        const perm = new TorchGenerator(g.random63()).randperm(1000);
        const want = Array.from(order.data.slice(epoch * 1000, (epoch + 1) * 1000), Number);
        expect(Array.from(perm)).toEqual(want);
        for (let batch = 0; batch < 32; batch++) {
          const rows = batch === 31 ? 8 : 32;
          const mask = g.dropoutMask(rows * 32, 0.2);
          if (epoch === 0 && batch < 3)
            expect(mask).toEqual(masks.data.slice(batch * 1024, (batch + 1) * 1024));
        }
      }
    });
  });
});

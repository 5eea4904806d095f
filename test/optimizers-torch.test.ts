// Optimizers of api-torch against values recorded from PyTorch: 26 settings, given gradients and a regression.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime, scope } from "@isoform/core";
import { nn, optim, torch } from "@isoform/api-torch";
import { haveShared, readSharedJson } from "./support/fixtures.js";
import { expectClose, find, row, training, upload } from "./support/torch-recorded.js";

const runtime = await createRuntime({ backends: [reference()] });
runtime.use();
afterAll(() => runtime.dispose());

interface Setting {
  readonly cls: string;
  readonly args: Readonly<Record<string, unknown>>;
}
interface Settings {
  readonly optimizers: Readonly<Record<string, Setting>>;
}

const camel = (key: string): string => key.replaceAll(/_([a-z])/g, (_, c: string) => c.toUpperCase());

function make(setting: Setting, params: readonly nn.Parameter[]): optim.AnyOptimizer {
  const options = Object.fromEntries(Object.entries(setting.args).map(([k, v]) => [camel(k), v]));
  const Class: unknown = Reflect.get(optim, setting.cls);
  if (typeof Class !== "function") throw new Error(`no optimizer ${setting.cls}`);
  return Reflect.apply(Class, undefined, [params, options]) as optim.AnyOptimizer;
}

describe.skipIf(!haveShared)("torch.optim", () => {
  const recorded = training("optimizers.safetensors");
  const { optimizers } = haveShared
    ? (readSharedJson("fixtures", "training", "optimizers.json") as Settings)
    : { optimizers: {} };
  const settings = Object.entries(optimizers).filter(([name]) => name.startsWith("torch."));

  it("has all 26 recorded settings", () => {
    expect(settings.length).toBe(26);
    expect(settings.filter(([, s]) => !(s.cls in optim)).map(([name]) => name)).toEqual([]);
  });

  it.each(settings)("%s: 20 given gradients", (name, setting) => {
    scope(() => {
      const w = nn.Parameter(upload(find(recorded, "w0")));
      const b = nn.Parameter(upload(find(recorded, "b0")));
      const opt = make(setting, [w, b]);
      for (let step = 0; step < 20; step++) {
        w.grad = upload(row(find(recorded, "grads.w"), step));
        b.grad = upload(row(find(recorded, "grads.b"), step));
        opt.step();
        for (const [key, p] of Object.entries({ w, b })) {
          const want = row(find(recorded, `${name}.fixed.${key}`), step + 1);
          expectClose(p, want, 3e-7, 1e-6, `${key} after step ${step + 1}`);
        }
      }
      opt.dispose();
    });
  });

  it.each(settings)("%s: 20 steps of a regression", (name, setting) => {
    scope(() => {
      const [x, y] = [upload(find(recorded, "regression.X")), upload(find(recorded, "regression.Y"))];
      const w = nn.Parameter(upload(find(recorded, "w0")));
      const b = nn.Parameter(upload(find(recorded, "b0")));
      const opt = make(setting, [w, b]);
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) {
        opt.zeroGrad();
        const loss = x.matmul(w).add(b).sub(y).square().mean();
        loss.backward();
        opt.step();
        losses.push(Number(loss.itemSync()));
      }
      const key = `${name}.regression`;
      expectClose(torch.tensor(losses), find(recorded, `${key}.loss`), 1e-6, 1e-5, "loss");
      expectClose(w, find(recorded, `${key}.final_w`), 2e-6, 1e-5, "w");
      expectClose(b, find(recorded, `${key}.final_b`), 2e-6, 1e-5, "b");
      opt.dispose();
    });
  });
});

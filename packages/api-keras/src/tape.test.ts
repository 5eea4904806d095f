import { beforeAll, describe, expect, it } from "vitest";
import { currentDevice, setBackend } from "@isoform/core";
import { reference } from "@isoform/backend-reference";
import { GradientTape } from "./tape.js";
import { toTensor } from "./tensor/like.js";
import type { Tensor } from "./tensor/tensor.js";
import { Variable } from "./tensor/variable.js";

beforeAll(async () => {
  await setBackend(reference());
});

const polynomial = (x: Tensor) => x.pow(4).mul(2).add(x.pow(3)).add(x.pow(2).mul(3)).add(x.mul(5)).add(1);

describe("GradientTape", () => {
  it("differentiates 2x^4 + x^3 + 3x^2 + 5x + 1 at 2", async () => {
    const x = new Variable(2);
    using tape = GradientTape();
    const y = polynomial(x);
    const dy = tape.gradient(y, x);
    expect([await y.item(), await dy.item()]).toEqual([63, 93]);
  });

  it("watches constants and gives gradients of their shape", async () => {
    const x = toTensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    using tape = GradientTape();
    tape.watch(x);
    const grad = tape.gradient(x.square().sum(), x);
    expect(await grad.toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
  });

  it("gives mean((3x + 2)^2) = 25 and fives on ones(2, 3)", async () => {
    const x = new Variable([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    using tape = GradientTape();
    const y = x.mul(3).add(2).square().mean();
    const grad = tape.gradient(y, x);
    expect(await y.item()).toBe(25);
    expect(await grad.toArray()).toEqual([
      [5, 5, 5],
      [5, 5, 5],
    ]);
  });

  it("makes the five SGD steps of (x - 5)^2", () => {
    const x = new Variable(3);
    const seen: string[] = [];
    for (let step = 0; step < 5; step++) {
      using tape = GradientTape();
      const y = x.sub(5).square();
      const grad = tape.gradient(y, x);
      x.assignSub(grad.mul(0.1));
      seen.push(`${Number(x.itemSync()).toFixed(4)} ${Number(y.itemSync()).toFixed(4)}`);
    }
    expect(seen).toEqual([
      "3.4000 4.0000",
      "3.7200 2.5600",
      "3.9760 1.6384",
      "4.1808 1.0486",
      "4.3446 0.6711",
    ]);
  });

  it("differentiates with respect to several sources and keeps their structure", async () => {
    const [x, y] = [new Variable(1), new Variable(2)];
    using tape = GradientTape();
    const f = x.square().add(x.mul(y)).add(y.square());
    const { a, list } = tape.gradient(f, { a: x, list: [y] });
    expect([await a.item(), await list[0]!.item()]).toEqual([4, 5]);
  });

  it("nests for second derivatives", async () => {
    const x = new Variable(3);
    using outer = GradientTape();
    let first: Tensor;
    {
      using inner = GradientTape();
      first = inner.gradient(x.pow(3), x);
    }
    const second = outer.gradient(first, x);
    expect([await first.item(), await second.item()]).toEqual([27, 18]);
  });

  it("is used once unless it is persistent", () => {
    const x = new Variable(3);
    using tape = GradientTape();
    const y = x.square();
    tape.gradient(y, x);
    expect(() => tape.gradient(y, x)).toThrow(/already used[\s\S]*persistent/);
    using many = GradientTape({ persistent: true });
    const z = x.square();
    expect(many.gradient(z, x).itemSync()).toBe(6);
    expect(many.gradient(z.mul(x), x).itemSync()).toBe(27);
  });

  it("gives null, or zeros, where there is no dependence", () => {
    const [x, y] = [new Variable(3), new Variable([1, 2])];
    using tape = GradientTape({ persistent: true });
    const z = x.square();
    expect(tape.gradient(z, y)).toBeNull();
    expect(tape.gradient(z, y, { unconnectedGradients: "zero" }).toArraySync()).toEqual([0, 0]);
  });

  it("runs a callback and hands over what it returns", async () => {
    const x = new Variable([1, 2]);
    const grad = GradientTape((tape) => tape.gradient(x.square().sum(), x));
    expect(await grad.toArray()).toEqual([2, 4]);
    grad.dispose();
    expect(() => GradientTape(async () => 1)).toThrow(/promise/);
  });

  it("records nothing outside tapes or for variables that are not trainable", () => {
    const x = new Variable(3, { trainable: false });
    expect(x.square()._node).toBeNull();
    using tape = GradientTape();
    expect(tape.gradient(x.square(), x)).toBeNull();
  });

  it("differentiates through stopRecording as through a constant", () => {
    const x = new Variable(3);
    using tape = GradientTape();
    const frozen = tape.stopRecording(() => x.square());
    expect(tape.gradient(frozen.mul(x), x).itemSync()).toBe(9);
  });

  it("gives jacobians", () => {
    const x = new Variable([1, 2]);
    using tape = GradientTape({ persistent: true });
    expect(tape.jacobian(x.square(), x).toArraySync()).toEqual([
      [2, 0],
      [0, 4],
    ]);
  });

  it("leaves nothing behind after 1,000 steps, and results stay readable", () => {
    const w = new Variable([1, 2, 3]);
    const before = currentDevice().memory().storages;
    let last: Tensor | null = null;
    for (let step = 0; step < 1000; step++) {
      using tape = GradientTape();
      const loss = w.sub(3).square().sum();
      w.assignSub(tape.gradient(loss, w).mul(0.01));
      last = loss;
    }
    expect(currentDevice().memory().storages).toBe(before);
    expect(Number(last!.itemSync())).toBeLessThan(1e-6);
  });

  it("names what is wrong", () => {
    const x = toTensor([1n, 2n]);
    using tape = GradientTape();
    expect(() => tape.watch(x)).toThrow(/int64\[2\][\s\S]*float/);
    expect(() => GradientTape({ persistant: true } as object)).toThrow(/did you mean `persistent`/);
    const v = new Variable([1, 2], { name: "w" });
    expect(() => v.assign([1, 2, 3])).toThrow(/w: [\s\S]*float32\[2\][\s\S]*float32\[3\]/);
  });
});

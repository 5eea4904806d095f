// Fused kernels: composites in one command each, where `supports` says yes; elsewhere core decomposes them.
import type { CompositeKernel } from "@isoform/core";
import type { Handle, SimulatedDevice } from "./device.js";
import { load, store, type Value } from "./elements.js";

/** Every fused kernel, by the id of its op. */
export function fusedKernels(device: SimulatedDevice): Readonly<Record<string, CompositeKernel<Handle>>> {
  return { softmax: softmax(device), xlogy: xlogy(device) };
}

/** Along the last axis only. */
function softmax(device: SimulatedDevice): CompositeKernel<Handle> {
  return {
    supports: (attrs, [x]) =>
      "axis" in attrs && x !== undefined && x !== null && attrs.axis === x.shape.length - 1,
    run: (_attrs, [x], [out]) => {
      if (!x || !out) return;
      device.enqueue((memory) => {
        const n = x.shape.at(-1)!;
        const values = load(memory.view(x)).map(Number);
        const result: Value[] = [];
        for (let at = 0; at < values.length; at += n) {
          const row = values.slice(at, at + n);
          const top = Math.max(...row);
          const powers = row.map((v) => Math.exp(v - top));
          const total = powers.reduce((s, p) => s + p, 0);
          result.push(...powers.map((p) => p / total));
        }
        store(memory.view(out), result);
      });
    },
  };
}

/** x·log(y), 0 where x is 0 and y is a number. */
function xlogy(device: SimulatedDevice): CompositeKernel<Handle> {
  const one = (x: number, y: number): number => (x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y));
  return {
    run: (_attrs, [x, y], [out]) => {
      if (!x || !y || !out) return;
      device.enqueue((memory) => {
        const second = load(memory.view(y));
        store(
          memory.view(out),
          load(memory.view(x)).map((v, i) => one(Number(v), Number(second[i]))),
        );
      });
    },
  };
}

// Whole sequences of recurrent layers, forward and backward. Threads share the batch, whose rows do not meet.
import { rowMajor, type CompositeKernel } from "@isoform/core";
import type { Engine, Scratch } from "../../engine.js";
import { CopyKernel } from "../copy/copy.js";
import { MatmulKernel } from "../matmul/matmul.js";
import { threadsFor, ranges, roundUp } from "../matmul/plan.js";
import { SPARE_BYTES, TILE_M, TILE_N } from "../matmul/tile.js";
import { FillKernel } from "../source/fill.js";
import { addressOf, type Address, type CpuView } from "../view.js";
import { CELLS } from "./cells.js";
import { defineSequence, type Operand } from "./sequence.js";

/** Names of the inputs and outputs of the ops, and the activations that they have a kernel for. */
const OPS: Readonly<Record<string, readonly [inputs: string, outputs: string, activations: string]>> = {
  lstm: ["x h0 c0 wIh wHh bIh bHh", "y hT cT gates cells", "sigmoid,tanh,tanh"],
  lstmGrad: ["gates cells wHh dy dh dc", "dz dh0 dc0", "sigmoid,tanh,tanh"],
  gru: ["x h0 wIh wHh bIh bHh", "y hT gates", "sigmoid,tanh"],
  gruGrad: ["gates hs wHh dy dh", "dx back dh0", "sigmoid,tanh"],
  rnn: ["x h0 wIh wHh bIh bHh", "y hT", "tanh"],
  rnnGrad: ["y wHh dy dh", "dz dh0", "tanh"],
};
/** Results that go from step to step, and what they start as. */
const STARTS: Readonly<Record<string, string>> = { hT: "h0", cT: "c0", dh0: "dh", dc0: "dc" };

/** For fewer rows in all, packing wHh does not pay. */
const LEAST_ROWS = 6;

/** What of the ops' attributes matters here. */
interface Attrs {
  readonly reverse: boolean;
  readonly linearBeforeReset?: boolean;
  readonly activation?: unknown;
  readonly activations?: readonly unknown[];
}

/** Where an array is: its first step, bytes to the next step in the order of processing, bytes of a row. */
type Place = readonly [at: number, next: number, row: number];

/** Fused kernels of recurrent layers with their usual activations, by op id. */
export function recurrentKernels(engine: Engine): Readonly<Record<string, CompositeKernel<Address>>> {
  const copy = new CopyKernel(engine);
  const fill = new FillKernel(engine);
  const matmul = new MatmulKernel(engine, fill);

  const run = (id: string, reverse: boolean, views: Map<string, CpuView>, scratch: Scratch): void => {
    const cell = CELLS[id]!;
    const back = cell.grad !== undefined;
    const [steps, batch] = [...views.values()][0]!.shape as [number, number];
    const wHh = views.get("wHh")!;
    const [gates, units] = wHh.shape as [number, number];
    const temporary = (count: number): CpuView => {
      const shape = [count, batch, gates];
      const buffer = scratch.take(count * batch * gates * 4);
      return { buffer, dtype: "float32", shape, strides: rowMajor(shape), offset: 0 };
    };
    if (!back) {
      const { shape, strides, ...w } = views.get("wIh")!;
      // An lstm's gates take the place of what they are made of.
      const fromX = (id === "lstm" && views.get("gates")) || temporary(steps);
      const columns = { ...w, shape: [steps, shape[1]!, gates], strides: [0, strides[1]!, strides[0]!] };
      matmul.run(views.get("x")!, columns, fromX);
      views.set("fromX", fromX).set("fromH", temporary(1));
    }

    const place = (name: string, view: CpuView): Place => {
      const start = STARTS[name];
      if (start) {
        const first = views.get(start);
        if (first) copy.run(first, view);
        else fill.run(view, 0);
        return [addressOf(view), 0, units * 4];
      }
      const at = addressOf(copy.dense(view, scratch));
      const [count, , width] = view.shape;
      if (width === undefined) return [at, 0, 0];
      const [row, step] = [width * 4, batch * width * 4];
      if (count === 1) return [at, 0, row];
      return reverse === back ? [at, step, row] : [at + (steps - 1) * step, -step, row];
    };
    const places = new Map<string, Place>();
    const operands: Operand[] = [];
    for (const [name, view] of views) {
      const rank = view.shape.length;
      // Weights and first states are not for the cell.
      if (name === "x" || (rank === 2 && !STARTS[name])) continue;
      places.set(name, place(name, view));
      operands.push({ name, width: view.shape.at(-1)! / units, fixed: rank === 1 });
    }

    const { run: sequence, pack } = engine.module(`${id}:${[...places.keys()].join()}`, (m) =>
      defineSequence(m, cell, operands),
    );
    const [columns, depth] = back ? [units, gates] : [gates, units];
    const packed = scratch.take(roundUp(columns, TILE_N) * depth * 4);
    const strides = wHh.strides.map((s) => s * 4);
    pack!(packed, addressOf(wHh), columns, depth, strides[Number(back)]!, strides[Number(!back)]!);
    const [a, c] = back
      ? [places.get(cell.grad)!, places.get("dh0")!]
      : [places.get("hT")!, places.get("fromH")!];
    const threads = threadsFor(engine, steps * batch * columns * depth);
    engine.parallel(
      ranges(batch, TILE_M, threads).map(([row, rows]) => {
        const at = (p: Place) => p[0] + row * p[2];
        const pointers = [...places.values()].flatMap((p) => [at(p), p[1]]);
        const product = [columns, depth, at(a), a[2], a[1], packed, at(c)];
        return [sequence!, steps, rows, units, ...product, scratch.take(SPARE_BYTES), ...pointers];
      }),
    );
  };

  const kernel = (
    [inputNames, outputNames, usual]: readonly string[],
    id: string,
  ): CompositeKernel<Address> => ({
    supports: (attrs, inputs) => {
      const { activation, activations = [activation], linearBeforeReset = true } = attrs as Attrs;
      const fits = (v: CpuView | null) => v === null || (v.dtype === "float32" && !v.shape.includes(0));
      const [steps, batch] = inputs[0]!.shape as [number, number];
      return (
        steps * batch >= LEAST_ROWS && linearBeforeReset && activations.join() === usual && inputs.every(fits)
      );
    },
    run: (attrs, inputs, outputs) => {
      const views = new Map<string, CpuView>();
      const name = (names: string, list: readonly (CpuView | null)[]) =>
        names.split(" ").forEach((n, k) => list[k]?.shape[0] && views.set(n, list[k]));
      name(inputNames!, inputs);
      name(outputNames!, outputs);
      engine.withScratch((scratch) => run(id, (attrs as Attrs).reverse, views, scratch));
    },
  });
  return Object.fromEntries(Object.entries(OPS).map(([id, op]) => [id, kernel(op, id)]));
}

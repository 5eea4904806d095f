// Whole sequences of recurrent layers, forward and backward. Threads share the batch, whose rows do not meet.
import type { Attrs, CompositeKernel } from "@isoform/core";
import type { Call, Engine, Scratch } from "../../engine.js";
import { CopyKernel } from "../copy/copy.js";
import { PARALLEL_WORK, ranges, roundUp, SPARE_BYTES } from "../matmul/plan.js";
import { TILE_M, TILE_N } from "../matmul/tile.js";
import { FillKernel } from "../source/fill.js";
import { addressOf, type Address, type CpuView } from "../view.js";
import { gruCell, gruGradCell, lstmCell, lstmGradCell, rnnCell, rnnGradCell } from "./cells.js";
import { defineSequence, type Cell } from "./sequence.js";

type Kernel = CompositeKernel<Address>;
type Views = readonly (CpuView | null)[];

/** Where an array is: its first step, bytes to the next step in the order of processing, bytes of a row. */
interface Place {
  readonly at: number;
  readonly next: number;
  readonly row: number;
  /** The address of one step that lies elsewhere. */
  readonly odd?: readonly [step: number, at: number];
}

type Places = Readonly<Record<string, Place>>;

/** C = A B in every step; `b` is packed, or read in place where the batch is 1. */
interface Product {
  readonly columns: number;
  readonly depth: number;
  readonly a: Place;
  readonly b: number;
  readonly c: Place;
}

/** The same memory in every step. */
const still = (at: number, row: number): Place => ({ at, next: 0, row });

/** One call of a layer: `[steps, batch, units]`, and whether the last step comes first. */
class Sequence {
  private readonly engine: Engine;
  private readonly copy: CopyKernel;
  private readonly scratch: Scratch;
  readonly shape: readonly [number, number, number];
  private readonly down: boolean;

  constructor(engine: Engine, copy: CopyKernel, scratch: Scratch, shape: readonly number[], down: boolean) {
    this.engine = engine;
    this.copy = copy;
    this.scratch = scratch;
    this.shape = shape as [number, number, number];
    this.down = down;
  }

  dense(view: CpuView): number {
    return addressOf(this.copy.dense(view, this.scratch));
  }

  /** The places of an array `[T, B, N]`; other layouts than adjacent elements of rows are copied. */
  place(view: CpuView): Place {
    const { strides, offset, buffer } = view.strides[2] === 1 ? view : this.copy.dense(view, this.scratch);
    const [step, row] = [strides[0]! * 4, strides[1]! * 4];
    const first = buffer + offset * 4;
    return this.down
      ? { at: first + (this.shape[0] - 1) * step, next: -step, row }
      : { at: first, next: step, row };
  }

  /** Memory for one step. */
  temporary(width: number): Place {
    const row = width * this.shape[2] * 4;
    return still(this.scratch.take(this.shape[1] * row), row);
  }

  /** Weights `[N, K]`, `lines` of them the columns of a product's B; `pack` is that of the sequence's module. */
  packed(pack: Call[0], w: CpuView, lines: 0 | 1): number {
    const [n, k] = [w.shape[lines]!, w.shape[1 - lines]!];
    const to = this.scratch.take(roundUp(n, TILE_N) * k * 4);
    pack(to, addressOf(w), n, k, w.strides[lines]! * 4, w.strides[1 - lines]! * 4);
    return to;
  }

  /** Runs all steps. A step whose memory is odd is a call of its own. */
  launch(run: Call[0], cell: Cell, products: readonly Product[], places: Places): void {
    const [steps, batch, units] = this.shape;
    const { engine } = this;
    const all = [...Object.values(places), ...products.map((p) => p.a)];
    const cuts = new Set([0, ...all.flatMap(({ odd }) => (odd ? [odd[0], odd[0] + 1] : [])), steps]);
    const spans = [...cuts].sort((a, b) => a - b);
    const work = products.reduce((n, { columns, depth }) => n + columns * depth, 0) * batch * steps;
    const pieces = ranges(batch, TILE_M, work < PARALLEL_WORK ? 1 : engine.threads);
    const spare = this.scratch.take(SPARE_BYTES * pieces.length);
    spans.slice(1).forEach((to, i) => {
      const from = spans[i]!;
      const calls = pieces.map(([row, rows], k): Call => {
        const at = (p: Place) => (p.odd?.[0] === from ? p.odd[1] : p.at + from * p.next) + row * p.row;
        const factors = products.flatMap(({ columns, depth, a, b, c }) => [
          columns,
          depth,
          at(a),
          a.row,
          a.next,
          b,
          at(c),
        ]);
        const operands = cell.operands.flatMap(({ name }) => [at(places[name]!), places[name]!.next]);
        return [run, to - from, rows, units, spare + k * SPARE_BYTES, ...factors, ...operands];
      });
      engine.parallel(calls);
    });
  }
}

/** Fused kernels of recurrent layers, by op id. */
export function recurrentKernels(engine: Engine): Readonly<Record<string, Kernel>> {
  const copy = new CopyKernel(engine);
  const fill = new FillKernel(engine);

  const sequence = (shape: readonly number[], down: boolean, body: (s: Sequence) => void): void =>
    engine.withScratch((scratch) => body(new Sequence(engine, copy, scratch, shape, down)));

  const module = (key: string, cell: Cell, single: boolean) =>
    engine.module(`${key}:${single}`, (m) => defineSequence(m, cell, single, engine.relaxedSimd ?? false));

  /** The states before the steps: those that the steps before left, and the first one. */
  const after = (place: Place, first: number): Place => ({
    ...place,
    at: place.at - place.next,
    odd: [0, first],
  });

  /** The steps of `cell`, of which `given` are the biases and `places` the arrays that only it has. */
  const forward = (
    s: Sequence,
    key: string,
    cell: Cell,
    [x, h0, wIh, wHh]: readonly [CpuView, CpuView, CpuView, CpuView],
    given: Readonly<Record<string, CpuView>>,
    y: CpuView,
    places: Places,
  ): void => {
    const single = s.shape[1] === 1;
    const { run, pack } = module(key, cell, single);
    const gates = wHh.shape[0]! / s.shape[2];
    const fromX = s.temporary(gates);
    const fromH = s.temporary(gates);
    const hs = s.place(y);
    const before = after(hs, s.dense(h0));
    const product = (a: Place, w: CpuView, c: Place): Product => ({
      columns: w.shape[0]!,
      depth: w.shape[1]!,
      a,
      b: single ? s.dense(w) : s.packed(pack!, w, 0),
      c,
    });
    const biases = Object.entries(given).map(([name, b]) => [name, still(s.dense(b), 0)] as const);
    s.launch(run!, cell, [product(s.place(x), wIh, fromX), product(before, wHh, fromH)], {
      fromX,
      fromH,
      before,
      ...places,
      ...Object.fromEntries(biases),
      y: hs,
    });
  };

  /** The steps of `cell` backward; `dh`, zero or a copy of `given`, goes from step to step, and takes `a` times wHh. */
  const backward = (
    s: Sequence,
    key: string,
    cell: Cell,
    wHh: CpuView,
    dy: CpuView | null,
    a: Place,
    places: Places,
  ): void => {
    const { run, pack } = module(key, cell, false);
    const c = places["dh"]!;
    const [depth, columns] = wHh.shape as [number, number];
    s.launch(run!, cell, [{ columns, depth, a, b: s.packed(pack!, wHh, 1), c }], {
      ...places,
      ...(dy ? { dy: s.place(dy) } : {}),
    });
  };

  /** A state that goes backward from step to step in the memory of `out`. */
  const carried = (given: CpuView | null, out: CpuView): Place => {
    if (given) copy.run(given, out);
    else fill.run(out, 0);
    return still(addressOf(out), out.shape[1]! * 4);
  };

  /** Step of `[T, B, H]` that was processed last. */
  const last = (x: CpuView, down: boolean): CpuView => ({
    ...x,
    shape: x.shape.slice(1),
    strides: x.strides.slice(1),
    offset: x.offset + (down ? 0 : x.strides[0]! * (x.shape[0]! - 1)),
  });

  const present = (bIh: CpuView | null | undefined, bHh: CpuView | null | undefined) => ({
    ...(bIh ? { bIh } : {}),
    ...(bHh ? { bHh } : {}),
  });

  const able = (inputs: Views): boolean =>
    inputs.every((v) => v === null || (v.dtype === "float32" && !v.shape.includes(0)));

  return {
    lstm: {
      supports: (attrs, inputs) =>
        (attrs as Attrs<"lstm">).activations.join() === "sigmoid,tanh,tanh" && able(inputs),
      run: (attrs, [x, h0, c0, wIh, wHh, bIh, bHh], [y, hT, cT, gates, cells]) => {
        const { reverse, save } = attrs as Attrs<"lstm">;
        const given = present(bIh, bHh);
        const cell = lstmCell(Object.keys(given), save);
        sequence(y!.shape, reverse, (s) => {
          const run = save ? s.place(cells!) : carried(c0!, cT!);
          const places = {
            cellBefore: save ? after(run, s.dense(c0!)) : run,
            cell: run,
            ...(save ? { gates: s.place(gates!) } : {}),
          };
          const key = `lstm:${Object.keys(given).length}${save}`;
          forward(s, key, cell, [x!, h0!, wIh!, wHh!], given, y!, places);
        });
        copy.run(last(y!, reverse), hT!);
        if (save) copy.run(last(cells!, reverse), cT!);
      },
    },
    lstmGrad: {
      supports: (attrs, inputs) =>
        (attrs as Attrs<"lstmGrad">).activations.join() === "sigmoid,tanh,tanh" && able(inputs),
      run: (attrs, [gates, cells, c0, wHh, dy, dh, dc], [dz, dh0, dc0]) => {
        const cell = lstmGradCell(Boolean(dy));
        sequence(cells!.shape, !(attrs as Attrs<"lstmGrad">).reverse, (s) => {
          const all = s.place(cells!);
          const steps = s.shape[0];
          const to = s.place(dz!);
          backward(s, `lstmGrad:${Boolean(dy)}`, cell, wHh!, dy!, to, {
            gates: s.place(gates!),
            cells: all,
            before: { ...all, at: all.at + all.next, odd: [steps - 1, s.dense(c0!)] },
            dz: to,
            dh: carried(dh!, dh0!),
            dc: carried(dc!, dc0!),
          });
        });
      },
    },
    gru: {
      supports: (attrs, inputs) => {
        const { activations, linearBeforeReset } = attrs as Attrs<"gru">;
        return linearBeforeReset && activations.join() === "sigmoid,tanh" && able(inputs);
      },
      run: (attrs, [x, h0, wIh, wHh, bIh, bHh], [y, hT, gates]) => {
        const { reverse, save } = attrs as Attrs<"gru">;
        const given = present(bIh, bHh);
        const cell = gruCell(Object.keys(given), save);
        sequence(y!.shape, reverse, (s) => {
          const key = `gru:${Object.keys(given).join()}${save}`;
          const places: Places = save ? { gates: s.place(gates!) } : {};
          forward(s, key, cell, [x!, h0!, wIh!, wHh!], given, y!, places);
        });
        copy.run(last(y!, reverse), hT!);
      },
    },
    gruGrad: {
      supports: (attrs, inputs) => {
        const { activations, linearBeforeReset } = attrs as Attrs<"gruGrad">;
        return linearBeforeReset && activations.join() === "sigmoid,tanh" && able(inputs);
      },
      run: (attrs, [gates, hs, wHh, dy, dh], [dx, back, dh0]) => {
        const cell = gruGradCell(Boolean(dy));
        sequence(hs!.shape, !(attrs as Attrs<"gruGrad">).reverse, (s) => {
          const to = s.place(back!);
          backward(s, `gruGrad:${Boolean(dy)}`, cell, wHh!, dy!, to, {
            gates: s.place(gates!),
            before: s.place(hs!),
            dx: s.place(dx!),
            back: to,
            dh: carried(dh!, dh0!),
          });
        });
      },
    },
    rnn: {
      supports: (attrs, inputs) => (attrs as Attrs<"rnn">).activation === "tanh" && able(inputs),
      run: (attrs, [x, h0, wIh, wHh, bIh, bHh], [y, hT]) => {
        const { reverse } = attrs as Attrs<"rnn">;
        const given = present(bIh, bHh);
        sequence(y!.shape, reverse, (s) => {
          const key = `rnn:${Object.keys(given).length}`;
          forward(s, key, rnnCell(Object.keys(given), "tanh"), [x!, h0!, wIh!, wHh!], given, y!, {});
        });
        copy.run(last(y!, reverse), hT!);
      },
    },
    rnnGrad: {
      supports: (attrs, inputs) => (attrs as Attrs<"rnnGrad">).activation === "tanh" && able(inputs),
      run: (attrs, [y, wHh, dy, dh], [dz, dh0]) => {
        sequence(y!.shape, !(attrs as Attrs<"rnnGrad">).reverse, (s) => {
          const to = s.place(dz!);
          const places = { y: s.place(y!), dz: to, dh: carried(dh!, dh0!) };
          backward(s, `rnnGrad:${Boolean(dy)}`, rnnGradCell(Boolean(dy), "tanh"), wHh!, dy!, to, places);
        });
      },
    },
  };
}

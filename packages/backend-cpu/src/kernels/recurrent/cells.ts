// What the gates of a step are made into, forward and backward, four units at a time. Arrays have the names of the ops'
// inputs and outputs; besides, `fromX` and `fromH` are what x and h give to the gates. `hT`, `cT`, `dh0` and `dc0` go
// from step to step.
import { f32x4 } from "../../wasm/index.js";
import { sigmoid, tanh, type V } from "../../math/index.js";
import type { Cell, Lanes, Operand } from "./sequence.js";

/** The cell of an op; `has` says whether an array that may be left out is there. */
type CellOf = (has: (name: string) => boolean) => Cell;

const add = (a: V, b: V): V => f32x4.add(a, b);
const sub = (a: V, b: V): V => f32x4.sub(a, b);
const mul = (a: V, b: V): V => f32x4.mul(a, b);
const fromOne = (x: V): V => sub(f32x4.const(1), x);
/** y (1 - y), the slope of the logistic function. */
const sigmoidSlope = (y: V): V => mul(y, fromOne(y));
/** 1 - y², the slope of tanh. */
const tanhSlope = (y: V): V => fromOne(mul(y, y));

/** Sum of a block of arrays. */
const total = ({ read }: Lanes, names: readonly string[], block = 0): V =>
  names.map((name): V => read(name, block)).reduce(add);

const BIASES = ["bIh", "bHh"];
const wide = (width: number, names: readonly string[]): Operand[] =>
  names.map((name) => ({ name, width, fixed: BIASES.includes(name) }));

const lstm: CellOf = (has) => {
  const parts = ["fromX", "fromH", ...BIASES.filter(has)];
  const saved = has("gates");
  return {
    operands: [
      ...wide(4, [...parts, ...(saved ? ["gates"] : [])]),
      ...wide(1, ["cT", "y", "hT", ...(saved ? ["cells"] : [])]),
    ],
    emit: (f, lanes) => {
      const gate = (k: number) => f.let((k === 2 ? tanh : sigmoid)(f, total(lanes, parts, k)));
      const [i, kept, added, o] = [gate(0), gate(1), gate(2), gate(3)] as const;
      const before = lanes.read("cT");
      const cell = f.let(add(mul(kept, before), mul(i, added)));
      lanes.write("cT", cell);
      if (saved) {
        lanes.write("cells", before);
        [i, kept, added, o].forEach((g, k) => lanes.write("gates", g, k));
      }
      const h = f.let(mul(o, tanh(f, cell)));
      lanes.write("y", h);
      lanes.write("hT", h);
    },
  };
};

const lstmGrad: CellOf = (has) => {
  const later = ["dh0", ...["dy"].filter(has)];
  return {
    grad: "dz",
    operands: [...wide(1, [...later, "dc0", "cells"]), ...wide(4, ["gates", "dz"])],
    emit: (f, lanes) => {
      const { read, write } = lanes;
      const gate = (k: number) => read("gates", k);
      const [i, kept, added, o] = [gate(0), gate(1), gate(2), gate(3)] as const;
      const before = read("cells");
      const shown = f.let(tanh(f, add(mul(kept, before), mul(i, added))));
      const dh = f.let(total(lanes, later));
      const dc = f.let(add(read("dc0"), mul(mul(dh, o), tanhSlope(shown))));
      write("dz", mul(mul(dc, added), sigmoidSlope(i)), 0);
      write("dz", mul(mul(dc, before), sigmoidSlope(kept)), 1);
      write("dz", mul(mul(dc, i), tanhSlope(added)), 2);
      write("dz", mul(mul(dh, shown), sigmoidSlope(o)), 3);
      write("dc0", mul(dc, kept));
    },
  };
};

/** With the reset gate after the product. */
const gru: CellOf = (has) => {
  const [fromX, fromH] = [
    ["fromX", ...["bIh"].filter(has)],
    ["fromH", ...["bHh"].filter(has)],
  ];
  const all = [...fromX, ...fromH];
  const saved = has("gates");
  return {
    operands: [...wide(3, all), ...wide(4, saved ? ["gates"] : []), ...wide(1, ["hT", "y"])],
    emit: (f, lanes) => {
      const r = f.let(sigmoid(f, total(lanes, all, 0)));
      const z = f.let(sigmoid(f, total(lanes, all, 1)));
      const reset = f.let(total(lanes, fromH, 2));
      const n = f.let(tanh(f, add(total(lanes, fromX, 2), mul(r, reset))));
      if (saved) [r, z, n, reset].forEach((g, k) => lanes.write("gates", g, k));
      const h = f.let(add(n, mul(z, sub(lanes.read("hT"), n))));
      lanes.write("y", h);
      lanes.write("hT", h);
    },
  };
};

const gruGrad: CellOf = (has) => {
  const later = ["dh0", ...["dy"].filter(has)];
  return {
    grad: "back",
    add: true,
    operands: [...wide(1, [...later, "hs"]), ...wide(4, ["gates"]), ...wide(3, ["dx", "back"])],
    emit: (f, lanes) => {
      const { read, write } = lanes;
      const gate = (k: number) => read("gates", k);
      const [r, z, n, reset] = [gate(0), gate(1), gate(2), gate(3)] as const;
      const dh = f.let(total(lanes, later));
      const dn = f.let(mul(mul(dh, fromOne(z)), tanhSlope(n)));
      const dz = f.let(mul(mul(dh, sub(read("hs"), n)), sigmoidSlope(z)));
      const dr = f.let(mul(mul(dn, reset), sigmoidSlope(r)));
      [dr, dz, dn].forEach((d, k) => write("dx", d, k));
      [dr, dz, mul(dn, r)].forEach((d, k) => write("back", d, k));
      write("dh0", mul(dh, z));
    },
  };
};

const rnn: CellOf = (has) => {
  const parts = ["fromX", "fromH", ...BIASES.filter(has)];
  return {
    operands: wide(1, [...parts, "y", "hT"]),
    emit: (f, lanes) => {
      const h = f.let(tanh(f, total(lanes, parts)));
      lanes.write("y", h);
      lanes.write("hT", h);
    },
  };
};

const rnnGrad: CellOf = (has) => {
  const later = ["dh0", ...["dy"].filter(has)];
  return {
    grad: "dz",
    operands: wide(1, [...later, "y", "dz"]),
    emit: (_f, lanes) => lanes.write("dz", mul(total(lanes, later), tanhSlope(lanes.read("y")))),
  };
};

/** Cells by op id. */
export const CELLS: Readonly<Record<string, CellOf>> = { lstm, lstmGrad, gru, gruGrad, rnn, rnnGrad };

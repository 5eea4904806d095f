// What the gates of a step are made into, forward and backward, four units at a time. Arrays have the names of the ops'
// inputs and outputs; besides, `fromX` and `fromH` are what x and h give to the gates. `hT`, `cT`, `dh0` and `dc0` go
// from step to step.
import { f32x4 } from "../../wasm/index.js";
import { sigmoid, tanh, type V } from "../../math/index.js";
import type { Cell, Lanes } from "./sequence.js";

const add = (a: V, b: V): V => f32x4.add(a, b);
const sub = (a: V, b: V): V => f32x4.sub(a, b);
const mul = (a: V, b: V): V => f32x4.mul(a, b);
const fromOne = (x: V): V => sub(f32x4.const(1), x);
/** y (1 - y), the slope of the logistic function. */
const sigmoidSlope = (y: V): V => mul(y, fromOne(y));
/** 1 - y², the slope of tanh. */
const tanhSlope = (y: V): V => fromOne(mul(y, y));

/** All that goes into the gates. */
const SUM = "fromX fromH bIh bHh";
const four = <T>(of: (k: number) => T) => [of(0), of(1), of(2), of(3)] as const;
const result = ({ write }: Lanes, h: V): void => {
  write("y", h);
  write("hT", h);
};

/** Cells by op id. The gru's reset gate acts after the product. */
export const CELLS: Readonly<Record<string, Cell>> = {
  lstm: {
    emit: (f, lanes) => {
      const { read, write } = lanes;
      const gates = four((k) => f.let((k === 2 ? tanh : sigmoid)(f, read(SUM, k))));
      const [i, kept, added, o] = gates;
      const before = read("cT");
      const cell = f.let(add(mul(kept, before), mul(i, added)));
      write("cT", cell);
      write("cells", before);
      gates.forEach((g, k) => write("gates", g, k));
      result(lanes, f.let(mul(o, tanh(f, cell))));
    },
  },
  lstmGrad: {
    grad: "dz",
    emit: (f, { read, write }) => {
      const [i, kept, added, o] = four((k) => read("gates", k));
      const before = read("cells");
      const shown = f.let(tanh(f, add(mul(kept, before), mul(i, added))));
      const dh = read("dh0 dy");
      const dc = f.let(add(read("dc0"), mul(mul(dh, o), tanhSlope(shown))));
      write("dz", mul(mul(dc, added), sigmoidSlope(i)), 0);
      write("dz", mul(mul(dc, before), sigmoidSlope(kept)), 1);
      write("dz", mul(mul(dc, i), tanhSlope(added)), 2);
      write("dz", mul(mul(dh, shown), sigmoidSlope(o)), 3);
      write("dc0", mul(dc, kept));
    },
  },
  gru: {
    emit: (f, lanes) => {
      const { read, write } = lanes;
      const [r, z] = [f.let(sigmoid(f, read(SUM, 0))), f.let(sigmoid(f, read(SUM, 1)))];
      const reset = read("fromH bHh", 2);
      const n = f.let(tanh(f, add(read("fromX bIh", 2), mul(r, reset))));
      [r, z, n, reset].forEach((g, k) => write("gates", g, k));
      result(lanes, f.let(add(n, mul(z, sub(read("hT"), n)))));
    },
  },
  gruGrad: {
    grad: "back",
    add: true,
    emit: (f, { read, write }) => {
      const [r, z, n, reset] = four((k) => read("gates", k));
      const dh = read("dh0 dy");
      const dn = f.let(mul(mul(dh, fromOne(z)), tanhSlope(n)));
      const dz = f.let(mul(mul(dh, sub(read("hs"), n)), sigmoidSlope(z)));
      const dr = f.let(mul(mul(dn, reset), sigmoidSlope(r)));
      [dr, dz, dn].forEach((d, k) => write("dx", d, k));
      [dr, dz, mul(dn, r)].forEach((d, k) => write("back", d, k));
      write("dh0", mul(dh, z));
    },
  },
  rnn: { emit: (f, lanes) => result(lanes, f.let(tanh(f, lanes.read(SUM)))) },
  rnnGrad: {
    grad: "dz",
    emit: (_f, { read, write }) => write("dz", mul(read("dh0 dy"), tanhSlope(read("y")))),
  },
};

// What the gates of a step are made into, forward and backward, four units at a time.
import { f32x4, v128, type Local } from "../../wasm/index.js";
import { sigmoid, tanh, type V } from "../../math/index.js";
import type { Cell, Lanes, Operand } from "./sequence.js";

type Lane = Local<"v128">;

const add = (a: V, b: V): V => f32x4.add(a, b);
const sub = (a: V, b: V): V => f32x4.sub(a, b);
const mul = (a: V, b: V): V => f32x4.mul(a, b);
const fromOne = (x: V): V => f32x4.sub(f32x4.const(1), x);

/** y (1 - y), the slope of the logistic function. */
const sigmoidSlope = (y: V): V => mul(y, fromOne(y));
/** 1 - y², the slope of tanh. */
const tanhSlope = (y: V): V => fromOne(mul(y, y));

const biases = (given: readonly string[], width: number): Operand[] =>
  given.map((name) => ({ name, width, fixed: true }));
const array = (name: string, width = 1): Operand => ({ name, width });
const optional = (given: boolean, name: string, width = 1): Operand[] => (given ? [array(name, width)] : []);

/** Sum of a block of some operands. */
function total({ read }: Lanes, names: readonly string[], block = 0): V {
  return names.map((name): V => read(name, block)).reduce((a, b) => add(a, b));
}

/** The lstm's cell; `given` are the names of its biases. Products: x and h to the gates. */
export function lstmCell(given: readonly string[], save: boolean): Cell {
  const parts = ["fromX", "fromH", ...given];
  return {
    before: 2,
    after: 0,
    operands: [
      array("fromX", 4),
      array("fromH", 4),
      ...biases(given, 4),
      array("cellBefore"),
      array("cell"),
      array("y"),
      ...optional(save, "gates", 4),
    ],
    emit: (f, lanes) => {
      const gates = [0, 1, 2, 3].map((k) => {
        const z = total(lanes, parts, k);
        return f.let((k === 2 ? tanh : sigmoid)(f, z));
      }) as [Lane, Lane, Lane, Lane];
      const [i, kept, added, o] = gates;
      const cell = f.let(add(mul(kept, lanes.read("cellBefore")), mul(i, added)));
      lanes.write("cell", cell);
      if (save) gates.forEach((g, k) => lanes.write("gates", g, k));
      lanes.write("y", mul(o, tanh(f, cell)));
    },
  };
}

/** The lstm's cell backward; `dh` and `dc` go from step to step. Product: the gates' gradients to dh. */
export function lstmGradCell(dy: boolean): Cell {
  return {
    before: 0,
    after: 1,
    operands: [
      array("dh"),
      array("dc"),
      ...optional(dy, "dy"),
      array("gates", 4),
      array("cells"),
      array("before"),
      array("dz", 4),
    ],
    emit: (f, lanes) => {
      const { read, write } = lanes;
      const [i, kept, added, o] = [0, 1, 2, 3].map((k) => read("gates", k)) as [Lane, Lane, Lane, Lane];
      const dh = f.let(total(lanes, dy ? ["dh", "dy"] : ["dh"]));
      const shown = f.let(tanh(f, read("cells")));
      const dc = f.let(add(read("dc"), mul(mul(dh, o), tanhSlope(shown))));
      write("dz", mul(mul(dc, added), sigmoidSlope(i)), 0);
      write("dz", mul(mul(dc, read("before")), sigmoidSlope(kept)), 1);
      write("dz", mul(mul(dc, i), tanhSlope(added)), 2);
      write("dz", mul(mul(dh, shown), sigmoidSlope(o)), 3);
      write("dc", mul(dc, kept));
    },
  };
}

/** The gru's cell with the reset gate after the product; `bIh` and `bHh` are its biases. Products as the lstm's. */
export function gruCell(given: readonly string[], save: boolean): Cell {
  const has = (...names: string[]): string[] =>
    names.filter((n) => n.startsWith("from") || given.includes(n));
  return {
    before: 2,
    after: 0,
    operands: [
      array("fromX", 3),
      array("fromH", 3),
      ...biases(given, 3),
      array("before"),
      array("y"),
      ...optional(save, "gates", 4),
    ],
    emit: (f, lanes) => {
      const all = has("fromX", "fromH", "bIh", "bHh");
      const [r, z] = [0, 1].map((k) => f.let(sigmoid(f, total(lanes, all, k)))) as [Lane, Lane];
      const reset = f.let(total(lanes, has("fromH", "bHh"), 2));
      const n = f.let(tanh(f, add(total(lanes, has("fromX", "bIh"), 2), mul(r, reset))));
      if (save) [r, z, n, reset].forEach((g, k) => lanes.write("gates", g, k));
      lanes.write("y", add(n, mul(z, sub(lanes.read("before"), n))));
    },
  };
}

/** The gru's cell backward; `dh` goes from step to step. Product: `back` to dh, added to what the cell leaves there. */
export function gruGradCell(dy: boolean): Cell {
  return {
    before: 0,
    after: 1,
    add: true,
    operands: [
      array("dh"),
      ...optional(dy, "dy"),
      array("gates", 4),
      array("before"),
      array("dx", 3),
      array("back", 3),
    ],
    emit: (f, lanes) => {
      const { read, write } = lanes;
      const [r, z, n, reset] = [0, 1, 2, 3].map((k) => read("gates", k)) as [Lane, Lane, Lane, Lane];
      const dh = f.let(total(lanes, dy ? ["dh", "dy"] : ["dh"]));
      const dn = f.let(mul(mul(dh, fromOne(z)), tanhSlope(n)));
      const dz = f.let(mul(mul(dh, sub(read("before"), n)), sigmoidSlope(z)));
      const dr = f.let(mul(mul(dn, reset), sigmoidSlope(r)));
      [dr, dz, dn].forEach((d, k) => write("dx", d, k));
      [dr, dz, mul(dn, r)].forEach((d, k) => write("back", d, k));
      write("dh", mul(dh, z));
    },
  };
}

/** Activation of a plain cell. */
export type RnnActivation = "tanh" | "relu";

/** The plain cell. Products as the lstm's. */
export function rnnCell(given: readonly string[], activation: RnnActivation): Cell {
  const parts = ["fromX", "fromH", ...given];
  return {
    before: 2,
    after: 0,
    operands: [array("fromX"), array("fromH"), ...biases(given, 1), array("y")],
    emit: (f, lanes) => {
      const z = total(lanes, parts);
      lanes.write("y", activation === "tanh" ? tanh(f, z) : f32x4.max(z, f32x4.const(0)));
    },
  };
}

/** The plain cell backward; `dh` goes from step to step. Product: dz to dh. */
export function rnnGradCell(dy: boolean, activation: RnnActivation): Cell {
  return {
    before: 0,
    after: 1,
    operands: [array("dh"), ...optional(dy, "dy"), array("y"), array("dz")],
    emit: (_f, lanes) => {
      const y = lanes.read("y");
      const dh = total(lanes, dy ? ["dh", "dy"] : ["dh"]);
      lanes.write(
        "dz",
        activation === "tanh" ? mul(dh, tanhSlope(y)) : v128.and(dh, f32x4.gt(y, f32x4.const(0))),
      );
    },
  };
}

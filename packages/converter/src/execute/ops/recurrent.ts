// LSTM, GRU and RNN. One direction at a time; core's fused layer where it can, a step loop for sequence lengths,
// peepholes, clipping and other activations.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { RECURRENT_OPS } from "../../ir/ops/recurrent.js";
import type { Call, OpRuns, Result } from "../call.js";
import { activationFunctions, type ActivationFn } from "./rnn-activations.js";

type RnnOp = keyof typeof RECURRENT_OPS;

/** One direction of a layer: x [T, B, I], weights without the direction axis. */
interface Direction {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly r: Tensor;
  /** Input and recurrent bias, each [G*H]; null when there is none. */
  readonly wb: Tensor | null;
  readonly rb: Tensor | null;
  readonly h0: Tensor;
  readonly c0: Tensor | null;
  readonly peephole: Tensor | null;
  readonly reverse: boolean;
  readonly names: readonly string[];
  readonly functions: readonly ActivationFn[];
  readonly clip: number | null;
  readonly hidden: number;
  /** True at [t, b, 0] when the step belongs to the sequence; null = all do. */
  readonly mask: readonly Tensor[] | null;
}

interface Outcome {
  readonly y: Tensor;
  readonly h: Tensor;
  readonly c: Tensor | null;
}

type RunDirection = (d: Direction) => Outcome;

const DEFAULTS: Readonly<Record<RnnOp, readonly string[]>> = {
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
  GRU: ["Sigmoid", "Tanh"],
  RNN: ["Tanh"],
};
const GATES: Readonly<Record<RnnOp, number>> = { LSTM: 4, GRU: 3, RNN: 1 };

/** Row `d` of a tensor with a leading direction axis. */
function part(t: Tensor, d: number): Tensor {
  return core.reshape(core.sliceAxis(t, 0, d, d + 1), t.shape.slice(1));
}

/** Rows of gate blocks in another order: [G*H, ...] -> the same shape. */
function regate(t: Tensor, order: readonly number[]): Tensor {
  const n = t.shape[0]! / order.length;
  return core.concat(
    order.map((g) => core.sliceAxis(t, 0, g * n, (g + 1) * n)),
    0,
  );
}

function runLayer(c: Call<RnnOp>, run: RunDirection): Result {
  const { layout, direction, clip } = c.attrs;
  const op = c.node.op;
  const x = layout ? core.transpose(c.t(0), [1, 0, 2]) : c.t(0);
  const r = c.t(2);
  const directions = direction === "bidirectional" ? 2 : 1;
  const [steps, batch] = x.shape as [number, number];
  const hidden = r.shape[2]!;
  const per = DEFAULTS[op].length;
  const names = c.attrs.activations ?? Array.from({ length: directions }, () => DEFAULTS[op]).flat();
  const lengths = c.has(4) ? c.ints(4) : null;
  const ragged = lengths?.some((n) => n !== steps) ? masks(c, lengths, steps) : null;
  const state = (i: number, d: number): Tensor | null => {
    if (!c.has(i)) return null;
    return part(layout ? core.transpose(c.t(i), [1, 0, 2]) : c.t(i), d);
  };
  const functions = activationFunctions(names, c.attrs.activation_alpha ?? [], c.attrs.activation_beta ?? []);
  const results = Array.from({ length: directions }, (_, d) => {
    const bias = c.has(3) ? part(c.t(3), d) : null;
    const rows = GATES[op] * hidden;
    const own = names.slice(d * per, (d + 1) * per);
    return run({
      x,
      w: part(c.t(1), d),
      r: part(r, d),
      wb: bias && core.sliceAxis(bias, 0, 0, rows),
      rb: bias && core.sliceAxis(bias, 0, rows, 2 * rows),
      h0: state(5, d) ?? core.zeros([batch, hidden], x.dtype),
      c0: op === "LSTM" ? (state(6, d) ?? core.zeros([batch, hidden], x.dtype)) : null,
      peephole: op === "LSTM" && c.has(7) ? part(c.t(7), d) : null,
      reverse: direction === "reverse" || d === 1,
      names: own,
      functions: functions.slice(d * per, (d + 1) * per),
      clip: clip ?? null,
      hidden,
      mask: ragged,
    });
  });
  const y = core.concat(
    results.map((o) => core.reshape(o.y, [steps, 1, batch, hidden])),
    1,
  );
  const stack = (pick: (o: Outcome) => Tensor | null): Tensor => {
    const parts = results.map((o) => core.reshape(pick(o) ?? o.h, [1, batch, hidden]));
    const joined = core.concat(parts, 0);
    return layout ? core.transpose(joined, [1, 0, 2]) : joined;
  };
  const out = [layout ? core.transpose(y, [2, 0, 1, 3]) : y, stack((o) => o.h)];
  if (op === "LSTM") out.push(stack((o) => o.c));
  return out;
}

/** One bool [B, 1] per step. */
function masks(c: Call<RnnOp>, lengths: readonly number[], steps: number): Tensor[] {
  const limit = core.reshape(core.cast(c.t(4), "int64"), [lengths.length, 1]);
  return Array.from({ length: steps }, (_, t) => core.gt(limit, t));
}

/** Plays a cell over time. `step` maps (x_t·Wᵀ + bias, states) to new states, the first of which is the output. */
function loop(
  d: Direction,
  initial: readonly Tensor[],
  step: (gates: Tensor, states: readonly Tensor[]) => readonly Tensor[],
): { outputs: Tensor; states: readonly Tensor[] } {
  const [steps, batch, size] = d.x.shape as [number, number, number];
  const flat = core.matmul(core.reshape(d.x, [steps * batch, size]), core.swapLast(d.w));
  const projected = core.reshape(d.wb ? core.add(flat, d.wb) : flat, [steps, batch, -1]);
  let states = initial;
  const outputs = new Array<Tensor>(steps);
  for (let i = 0; i < steps; i++) {
    const t = d.reverse ? steps - 1 - i : i;
    const next = step(core.reshape(core.sliceAxis(projected, 0, t, t + 1), [batch, -1]), states);
    const keep = d.mask?.[t];
    states = keep ? next.map((s, k) => core.where(keep, s, states[k]!)) : next;
    const y = keep ? core.where(keep, next[0]!, core.zerosLike(next[0]!)) : next[0]!;
    outputs[t] = core.reshape(y, [1, batch, d.hidden]);
  }
  const none = core.zeros([0, batch, d.hidden], d.x.dtype);
  return { outputs: steps === 0 ? none : core.concat(outputs, 0), states };
}

const clamp = (x: Tensor, clip: number | null): Tensor => (clip === null ? x : core.clip(x, -clip, clip));
const gate = (t: Tensor, i: number, n: number): Tensor => core.sliceAxis(t, t.rank - 1, i * n, (i + 1) * n);

const CORE_NAMES = new Map<string, "sigmoid" | "tanh">([
  ["Sigmoid", "sigmoid"],
  ["Tanh", "tanh"],
]);

/** True when core's fused layer computes this direction: its default activations and nothing special. */
function isPlain(d: Direction, names: readonly string[]): boolean {
  const same = d.names.every((n, i) => n === names[i] && CORE_NAMES.has(n));
  return same && d.clip === null && d.mask === null && d.peephole === null && d.x.shape[0]! > 0;
}

/** Gates i, o, f, c. */
function lstm(c: Call<"LSTM">, d: Direction): Outcome {
  const n = d.hidden;
  const c0 = d.c0 ?? core.zerosLike(d.h0);
  if (isPlain(d, DEFAULTS.LSTM) && !c.attrs.input_forget) {
    const order = [0, 2, 3, 1];
    const bias = (b: Tensor | null) => b && regate(b, order);
    const [y, h, cell] = core.lstm(
      d.x,
      d.h0,
      c0,
      regate(d.w, order),
      regate(d.r, order),
      bias(d.wb),
      bias(d.rb),
      {
        reverse: d.reverse,
      },
    );
    return { y, h, c: cell };
  }
  const [f, g, h] = d.functions as [ActivationFn, ActivationFn, ActivationFn];
  const p = d.peephole;
  const recurrent = core.swapLast(d.r);
  const { outputs, states } = loop(d, [d.h0, c0], (x, [hidden, cell]) => {
    let sum = core.add(x, core.matmul(hidden!, recurrent));
    if (d.rb) sum = core.add(sum, d.rb);
    const pre = (i: number) => gate(sum, i, n);
    const peek = (v: Tensor, i: number, from: Tensor) => (p ? core.add(v, core.mul(gate(p, i, n), from)) : v);
    const input = f(clamp(peek(pre(0), 0, cell!), d.clip));
    const forget = c.attrs.input_forget
      ? core.sub(core.onesLike(input), input)
      : f(clamp(peek(pre(2), 2, cell!), d.clip));
    const fresh = core.add(core.mul(forget, cell!), core.mul(input, g(clamp(pre(3), d.clip))));
    const output = f(clamp(peek(pre(1), 1, fresh), d.clip));
    return [core.mul(output, h(fresh)), fresh];
  });
  return { y: outputs, h: states[0]!, c: states[1]! };
}

/** Gates z, r, h. */
function gru(c: Call<"GRU">, d: Direction): Outcome {
  const n = d.hidden;
  const linear = c.attrs.linear_before_reset !== 0;
  if (isPlain(d, DEFAULTS.GRU)) {
    const order = [1, 0, 2];
    const bias = (b: Tensor | null) => b && regate(b, order);
    const [y, h] = core.gru(d.x, d.h0, regate(d.w, order), regate(d.r, order), bias(d.wb), bias(d.rb), {
      reverse: d.reverse,
      linearBeforeReset: linear,
    });
    return { y, h, c: null };
  }
  const [f, g] = d.functions as [ActivationFn, ActivationFn];
  const recurrent = core.swapLast(d.r);
  const { outputs, states } = loop(d, [d.h0], (x, [hidden]) => {
    let rec = core.matmul(hidden!, recurrent);
    if (d.rb) rec = core.add(rec, d.rb);
    const update = f(clamp(core.add(gate(x, 0, n), gate(rec, 0, n)), d.clip));
    const reset = f(clamp(core.add(gate(x, 1, n), gate(rec, 1, n)), d.clip));
    let candidate: Tensor;
    if (linear) candidate = core.mul(reset, gate(rec, 2, n));
    else {
      candidate = core.matmul(core.mul(reset, hidden!), gate(recurrent, 2, n));
      if (d.rb) candidate = core.add(candidate, gate(d.rb, 2, n));
    }
    const fresh = g(clamp(core.add(gate(x, 2, n), candidate), d.clip));
    return [core.add(core.mul(core.sub(core.onesLike(update), update), fresh), core.mul(update, hidden!))];
  });
  return { y: outputs, h: states[0]!, c: null };
}

function rnn(d: Direction): Outcome {
  if (isPlain(d, DEFAULTS.RNN)) {
    const [y, h] = core.rnn(d.x, d.h0, d.w, d.r, d.wb, d.rb, { reverse: d.reverse, activation: "tanh" });
    return { y, h, c: null };
  }
  const f = d.functions[0]!;
  const recurrent = core.swapLast(d.r);
  const { outputs, states } = loop(d, [d.h0], (x, [hidden]) => {
    let sum = core.add(x, core.matmul(hidden!, recurrent));
    if (d.rb) sum = core.add(sum, d.rb);
    return [f(clamp(sum, d.clip))];
  });
  return { y: outputs, h: states[0]!, c: null };
}

/** Recurrent layers. */
export const RECURRENT: OpRuns<RnnOp> = {
  GRU: { host: [4], shapeless: [4], run: (c) => runLayer(c, (d) => gru(c, d)) },
  LSTM: { host: [4], shapeless: [4], run: (c) => runLayer(c, (d) => lstm(c, d)) },
  RNN: { host: [4], shapeless: [4], run: (c) => runLayer(c, rnn) },
};

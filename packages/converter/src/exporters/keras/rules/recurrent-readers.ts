// Who reads the outputs of a recurrent node: nodes that only take the direction axis away, turn the time round or join
// both directions are part of the layer in Keras.
import type { IrNode, IrValue } from "../../../ir/types.js";
import { isOp, literalNumbers } from "../../../ir/walk.js";
import type { NodeExport } from "../node.js";

type Rnn = NodeExport<"LSTM" | "GRU" | "RNN">;

/** Values that are the layer's output itself, and the nodes that need not be written. */
export interface Readers {
  readonly values: readonly IrValue[];
  readonly absorbed: readonly IrNode[];
  /** True when something reads the output with its direction axis. */
  readonly rest: boolean;
}

const NONE: Readers = { values: [], absorbed: [], rest: false };

const same = (a: readonly number[] | null, b: readonly number[]): boolean =>
  a !== null && a.length === b.length && a.every((v, i) => v === b[i]);

function liveReaders(n: Rnn, v: IrValue): readonly (IrNode | null)[] {
  return (n.out.uses.get(v) ?? []).filter((node) => node === null || n.out.live.has(node));
}

/** True for a node that only takes the direction axis away. */
function dropsAxis(n: Rnn, node: IrNode, axis: number): boolean {
  const { graph } = n.out;
  if (isOp(node, "Squeeze")) return same(literalNumbers(graph, node.inputs[1]), [axis]);
  return (
    isOp(node, "Gather") &&
    node.attrs.axis === axis &&
    node.inputs[1]?.dims?.length === 0 &&
    same(literalNumbers(graph, node.inputs[1]), [0])
  );
}

/** True for the whole of axis 0 backwards. */
function turnsTime(n: Rnn, node: IrNode): boolean {
  if (!isOp(node, "Slice")) return false;
  const [start, end, axes, step] = [1, 2, 3, 4].map((i) => literalNumbers(n.out.graph, node.inputs[i]));
  return (
    same(start ?? null, [-1]) &&
    (end?.[0] ?? 0) < -(2 ** 31) &&
    same(axes ?? null, [0]) &&
    same(step ?? null, [-1])
  );
}

/** Follows the nodes that bring masked outputs back: in Keras they are part of the layer. */
function restored(n: Rnn, v: IrValue): { readonly value: IrValue; readonly absorbed: readonly IrNode[] } {
  const found = n.out.plans.masks.get(n.node)?.restored.find((r) => r.from === v);
  const value = found?.node.outputs[0];
  return found && value ? { value, absorbed: [found.node] } : { value: v, absorbed: [] };
}

/** Readers of the outputs of all steps of one direction: in forward time, and turned round where that undoes `backwards`. */
export function sequenceReaders(
  n: Rnn,
  y: IrValue,
  backwards: boolean,
): { readonly forward: Readers; readonly reversed: Readers; readonly rest: boolean } {
  const forward: IrValue[] = [];
  const reversed: IrValue[] = [];
  const absorbed: IrNode[] = [];
  let rest = false;
  for (const node of liveReaders(n, y)) {
    const v = node?.outputs[0];
    if (!node || !v || !dropsAxis(n, node, 1)) {
      rest = true;
      continue;
    }
    absorbed.push(node);
    const { value, absorbed: more } = restored(n, v);
    absorbed.push(...more);
    const readers = n.out.uses.get(value) ?? [];
    const turns = backwards ? readers.filter((r): r is IrNode => r !== null && turnsTime(n, r)) : [];
    for (const turn of turns) {
      absorbed.push(turn);
      const out = turn.outputs[0];
      if (out) reversed.push(out);
    }
    if (turns.length < readers.length) forward.push(value);
  }
  return {
    forward: { values: forward, absorbed, rest: false },
    reversed: { values: reversed, absorbed: [], rest: false },
    rest,
  };
}

/** Readers of a last state of one direction. */
export function lastReaders(n: Rnn, v: IrValue): Readers {
  const values: IrValue[] = [];
  const absorbed: IrNode[] = [];
  let rest = false;
  for (const node of liveReaders(n, v)) {
    const out = node?.outputs[0];
    if (!node || !out || !dropsAxis(n, node, 0)) rest = true;
    else {
      absorbed.push(node);
      values.push(out);
    }
  }
  return { values, absorbed, rest };
}

/** Readers of an output of two directions. */
export interface SideReaders {
  readonly forward: Readers;
  readonly backward: Readers;
  /** Where both directions are joined by one node, that node's output. */
  readonly merged: Readers | null;
  readonly mode: "concat" | "sum" | "mul" | "ave" | null;
  readonly rest: boolean;
}

/** Sorts the readers of [.., 2, B, U]: the two sides, and the node that joins them. */
export function sideReaders(n: Rnn, v: IrValue, axis: number, merge = true): SideReaders {
  const sides: [IrValue[], IrValue[]] = [[], []];
  const absorbed: IrNode[] = [];
  let rest = false;
  const readers = liveReaders(n, v);
  const joined = merge && readers.length === 1 ? joinedByReshape(n, readers[0] ?? null, axis) : null;
  if (joined) return { forward: NONE, backward: NONE, merged: joined, mode: "concat", rest: false };
  for (const node of readers) {
    const out = node?.outputs[0];
    const side = node ? sideOf(n, node, axis) : null;
    if (!node || !out || side === null) {
      rest = true;
      continue;
    }
    absorbed.push(node);
    const { value, absorbed: more } = restored(n, out);
    absorbed.push(...more);
    sides[side].push(value);
  }
  const forward = { values: sides[0], absorbed, rest: false };
  const backward = { values: sides[1], absorbed: [], rest: false };
  const joint = merge && !rest ? jointReader(n, sides) : null;
  if (!joint) return { forward, backward, merged: null, mode: null, rest };
  const merged = { values: [joint.value], absorbed: [...absorbed, joint.node], rest: false };
  return { forward, backward, merged, mode: joint.mode, rest: false };
}

/** Which direction a Gather takes. */
function sideOf(n: Rnn, node: IrNode, axis: number): 0 | 1 | null {
  if (!isOp(node, "Gather") || node.attrs.axis !== axis || node.inputs[1]?.dims?.length !== 0) return null;
  const [index] = literalNumbers(n.out.graph, node.inputs[1]) ?? [];
  return index === 0 ? 0 : index === 1 || index === -1 ? 1 : null;
}

/** The one node that reads both sides, and what it is to Keras. */
function jointReader(n: Rnn, [a, b]: readonly [readonly IrValue[], readonly IrValue[]]) {
  const [f, g] = [a[0], b[0]];
  if (a.length !== 1 || b.length !== 1 || !f || !g) return null;
  const [x, y] = [liveReaders(n, f), liveReaders(n, g)];
  const [node] = x;
  const value = node?.outputs[0];
  if (x.length !== 1 || y.length !== 1 || !node || node !== y[0] || !value || node.inputs[0] !== f)
    return null;
  const rank = f.dims?.length ?? 0;
  if (
    isOp(node, "Concat") &&
    node.inputs.length === 2 &&
    (node.attrs.axis === -1 || node.attrs.axis === rank - 1)
  )
    return { node, value, mode: "concat" as const };
  if (node.op === "Add") return { node, value, mode: "sum" as const };
  if (node.op === "Mul") return { node, value, mode: "mul" as const };
  return node.op === "Mean" && node.inputs.length === 2 ? { node, value, mode: "ave" as const } : null;
}

/** Transpose [T, 2, B, U] to [T, B, 2, U] and Reshape to [T, B, 2U]: how PyTorch's exporter joins directions. */
function joinedByReshape(n: Rnn, node: IrNode | null, axis: number): Readers | null {
  if (axis !== 1 || !node || !isOp(node, "Transpose") || !same(node.attrs.perm ?? null, [0, 2, 1, 3]))
    return null;
  const [v] = node.outputs;
  const readers = v ? liveReaders(n, v) : [];
  const [reshape] = readers;
  const out = reshape?.outputs[0];
  const units = node.outputs[0]?.dims?.[3];
  if (readers.length !== 1 || !reshape || !isOp(reshape, "Reshape") || out?.dims?.length !== 3) return null;
  if (typeof units !== "number" || out.dims[2] !== 2 * units) return null;
  return { values: [out], absorbed: [node, reshape], rest: false };
}

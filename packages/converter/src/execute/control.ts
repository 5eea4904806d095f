// Control flow over subgraphs: If, Loop, Scan, SequenceMap.
import {
  cast,
  concat,
  DTypeError,
  isDType,
  LimitExceededError,
  matmul,
  mul,
  reshape,
  scope,
  sliceAxis,
  softmax,
  swapLast,
  Tensor,
  transpose,
  withDevice,
  type Device,
} from "@isoform/core";
import type { IrGraph, IrNode } from "../ir/types.js";
import { hostInts, HostTensor } from "./host.js";
import { runGraph, toHost, type Context, type Env, type Schedules, type Steps } from "./machine.js";
import type { ControlOp } from "./ops/index.js";
import { concatHost, hostView, readView } from "./strided.js";
import { repeatHeads } from "./ops/attention.js";
import { tensorsIn, type Sequence, type Val } from "./value.js";

type Values = readonly (Val | null)[];
type RunBody = (body: IrGraph, inputs: Values) => Steps<Val[]>;
type Control<K extends ControlOp> = (
  node: IrNode<K>,
  values: Values,
  run: RunBody,
  ctx: Context,
) => Steps<Val[]>;

const CONTROLS: { readonly [K in ControlOp]: Control<K> } = {
  If: runIf,
  Loop: runLoop,
  Scan: runScan,
  SequenceMap: runSequenceMap,
  FlexAttention: runFlexAttention,
};

/** True for nodes that run subgraphs. */
export function isControl(node: IrNode): node is IrNode<ControlOp> {
  return Object.hasOwn(CONTROLS, node.op);
}

/** Runs a control-flow node; its results are held once for the caller. */
export function runControl(
  node: IrNode<ControlOp>,
  values: Values,
  env: Env,
  ctx: Context,
  schedules: Schedules,
): Steps<readonly (Val | null)[]> {
  return dispatch(node, values, (body, inputs) => runGraph(body, inputs, env, ctx, schedules), ctx);
}

function dispatch<K extends ControlOp>(
  node: IrNode<K>,
  values: Values,
  run: RunBody,
  ctx: Context,
): Steps<Val[]> {
  const table: { readonly [P in ControlOp]: Control<P> } = CONTROLS;
  const control: Control<K> = table[node.op];
  return control(node, values, run, ctx);
}

function notTensor(op: string): DTypeError {
  return new DTypeError("a sequence or optional stands where a tensor is needed", {
    code: "execute/not-tensor",
    op,
  });
}

/** The truth of a one-element value. */
function* truth(v: Val): Steps<boolean> {
  const host = yield* toHost(v);
  return host instanceof HostTensor && Number(host.values[0] ?? 0) !== 0;
}

function* runIf(node: IrNode<"If">, [cond]: Values, run: RunBody): Steps<Val[]> {
  const taken = cond ? yield* truth(cond) : false;
  return yield* run(taken ? node.attrs.then_branch : node.attrs.else_branch, []);
}

/** Joins per-iteration results on a new first axis. */
function stackVals(items: readonly Val[], device: Device | null, ctx: Context): Val {
  const hosts = items.flatMap((v) =>
    v instanceof HostTensor ? [new HostTensor(v.dtype, [1, ...v.shape], v.values)] : [],
  );
  if (hosts.length === items.length && hosts.length > 0) return concatHost(hosts, 0);
  const run = () =>
    scope(() => {
      const tensors = items.map((v) => {
        if (v instanceof Tensor) return v;
        if (v instanceof HostTensor) return ctx.upload(v);
        throw notTensor("Loop");
      });
      return concat(
        tensors.map((t) => reshape(t, [1, ...t.shape])),
        0,
      );
    });
  return device === null ? run() : withDevice(device, run);
}

function* runLoop(node: IrNode<"Loop">, values: Values, run: RunBody, ctx: Context): Steps<Val[]> {
  const { body } = node.attrs;
  const [tripCount, first] = values;
  const carriedCount = values.length - 2;
  const limit = tripCount ? numberOf(yield* toHost(tripCount)) : Infinity;
  let go = first ? yield* truth(first) : true;
  let carried = values.slice(2);
  if (go && limit > ctx.maxIterations && staysTrue(body)) {
    throw tooManyRounds(node, limit === Infinity ? "a loop without end" : `a loop of ${limit} rounds`);
  }
  for (const v of carried) ctx.ledger.hold(v);
  const scans: Val[][] = Array.from({ length: body.outputs.length - 1 - carriedCount }, () => []);
  for (let i = 0; go && i < limit; i++) {
    ctx.check();
    if (i >= ctx.maxIterations) throw tooManyRounds(node, `a loop ran ${i} times`);
    const outputs = yield* run(body, [hostInts([i], []), new HostTensor("bool", [], [1]), ...carried]);
    const [next, ...rest] = outputs;
    go = next ? yield* truth(next) : true;
    const now = rest.slice(0, carriedCount);
    for (const v of carried) ctx.ledger.drop(v);
    carried = now;
    rest.slice(carriedCount).forEach((v, k) => scans[k]?.push(v));
    if (next) ctx.ledger.drop(next);
  }
  const stacked = scans.map((items, k) => {
    const out = items.length > 0 ? stackVals(items, ctx.device, ctx) : emptyScan(body, 1 + carriedCount + k);
    ctx.ledger.hold(out);
    for (const v of items) ctx.ledger.drop(v);
    return out;
  });
  return [...carried.flatMap((v) => (v ? [v] : [])), ...stacked];
}

/** Whether the body hands its condition on unchanged, so that only the trip count ends the loop. */
function staysTrue(body: IrGraph): boolean {
  const condition = body.inputs[1];
  let next = body.outputs[0];
  while (next && next !== condition) {
    const value = next;
    const maker = body.nodes.find((n) => n.outputs.includes(value));
    if (!maker || maker.op !== "Identity") return false;
    next = maker.inputs[0] ?? undefined;
  }
  return next !== undefined;
}

function tooManyRounds(node: IrNode<"Loop">, problem: string): LimitExceededError {
  return new LimitExceededError(problem, {
    code: "limit/iterations",
    path: node.name,
    hint: "if you trust the model, raise maxIterations",
  });
}

/** The result of a scan output of a loop that never ran: no rows of the declared shape. */
function emptyScan(body: IrGraph, output: number): Val {
  const v = body.outputs[output];
  const dims = v?.dims?.map((d) => (typeof d === "number" ? d : 0)) ?? [];
  return new HostTensor(v?.dtype ?? "float32", [0, ...dims], []);
}

function numberOf(v: Val): number {
  return v instanceof HostTensor ? Number(v.values[0] ?? 0) : 0;
}

/** Entry `i` of a value along an axis, without that axis. */
function entry(v: Val, axis: number, i: number, device: Device | null): Val {
  if (v instanceof HostTensor) {
    const view = hostView(v);
    const shape = v.shape.filter((_, d) => d !== axis);
    const strides = view.strides.filter((_, d) => d !== axis);
    return readView(v, { shape, strides, offset: i * view.strides[axis]! });
  }
  if (!(v instanceof Tensor)) throw notTensor("Scan");
  const run = () =>
    scope(() =>
      reshape(
        sliceAxis(v, axis, i, i + 1),
        v.shape.filter((_, d) => d !== axis),
      ),
    );
  return device === null ? run() : withDevice(device, run);
}

const sizeOn = (v: Val, axis: number): number =>
  v instanceof HostTensor || v instanceof Tensor ? (v.shape[axis] ?? 0) : 0;

function* runScan(node: IrNode<"Scan">, values: Values, run: RunBody, ctx: Context): Steps<Val[]> {
  const { body, num_scan_inputs: count, scan_input_axes: inAxes, scan_input_directions: inWays } = node.attrs;
  const { scan_output_axes: outAxes, scan_output_directions: outWays } = node.attrs;
  const given = values.flatMap((v) => (v ? [v] : []));
  const stateCount = given.length - count;
  let states = given.slice(0, stateCount);
  for (const v of states) ctx.ledger.hold(v);
  const inputs = given.slice(stateCount);
  const axisOf = (v: Val, k: number) => {
    const a = inAxes?.[k] ?? 0;
    return a < 0 && (v instanceof HostTensor || v instanceof Tensor) ? a + v.shape.length : a;
  };
  const steps = inputs[0] ? sizeOn(inputs[0], axisOf(inputs[0], 0)) : 0;
  const scans: Val[][] = Array.from({ length: body.outputs.length - stateCount }, () => []);
  for (let i = 0; i < steps; i++) {
    ctx.check();
    const rows = inputs.map((v, k) => entry(v, axisOf(v, k), inWays?.[k] ? steps - 1 - i : i, ctx.device));
    for (const r of rows) ctx.ledger.hold(r);
    const outputs = yield* run(body, [...states, ...rows]);
    for (const r of rows) ctx.ledger.drop(r);
    for (const v of states) ctx.ledger.drop(v);
    states = outputs.slice(0, stateCount);
    outputs.slice(stateCount).forEach((v, k) => {
      if (outWays?.[k]) scans[k]?.unshift(v);
      else scans[k]?.push(v);
    });
  }
  const stacked = scans.map((items, k) => {
    const whole = items.length > 0 ? stackVals(items, ctx.device, ctx) : emptyScan(body, stateCount + k);
    for (const v of items) ctx.ledger.drop(v);
    const moved = moveFirst(whole, outAxes?.[k] ?? 0, ctx.device);
    ctx.ledger.hold(moved);
    if (moved !== whole) for (const t of tensorsIn(whole)) t.dispose();
    return moved;
  });
  return [...states, ...stacked];
}

/** Moves axis 0 to `axis`. */
function moveFirst(v: Val, axis: number, device: Device | null): Val {
  if (axis === 0 || !(v instanceof Tensor)) return v;
  const a = axis < 0 ? axis + v.rank : axis;
  const perm = v.shape.map((_, i) => (i < a ? i + 1 : i === a ? 0 : i));
  const run = () => scope(() => transpose(v, perm));
  return device === null ? run() : withDevice(device, run);
}

function* runSequenceMap(node: IrNode<"SequenceMap">, values: Values, run: RunBody): Steps<Val[]> {
  const first = values[0];
  const { body } = node.attrs;
  const isSequence = (v: Val | null | undefined): v is Sequence =>
    Boolean(v) && !(v instanceof HostTensor) && !(v instanceof Tensor) && v?.kind === "sequence";
  const n = isSequence(first) ? first.items.length : 0;
  const columns: Val[][] = body.outputs.map(() => []);
  for (let i = 0; i < n; i++) {
    const inputs = values.map((v) => (isSequence(v) ? (v.items[i] ?? null) : v));
    const outputs = yield* run(body, inputs);
    outputs.forEach((v, k) => columns[k]?.push(v));
  }
  return columns.map((items, k): Val => ({ kind: "sequence", items, dtype: body.outputs[k]?.dtype ?? null }));
}

/** Attention whose scores and weights pass through subgraphs of the model. */
function* runFlexAttention(
  node: IrNode<"FlexAttention">,
  values: Values,
  run: RunBody,
  ctx: Context,
): Steps<Val[]> {
  const { scale, score_mod: scoreMod, prob_mod: probMod, softmax_precision: precision } = node.attrs;
  const on = <T>(fn: () => T): T =>
    ctx.device === null ? scope(fn) : withDevice(ctx.device, () => scope(fn));
  const tensor = (v: Val | null | undefined): Tensor => {
    if (v instanceof Tensor) return v;
    if (v instanceof HostTensor) return ctx.upload(v);
    throw notTensor("FlexAttention");
  };
  const through = function* (body: IrGraph | undefined, x: Tensor): Steps<Tensor> {
    if (!body) return x;
    ctx.ledger.hold(x);
    const [out] = yield* run(body, [x]);
    ctx.ledger.drop(x);
    return on(() => tensor(out));
  };
  const scores = on(() => {
    const [q, k] = [tensor(values[0]), tensor(values[1])];
    const wide =
      precision !== undefined && isDType(precision)
        ? precision
        : q.dtype === "float64"
          ? "float64"
          : "float32";
    const key = repeatHeads(cast(k, wide), q.shape[1]! / k.shape[1]!);
    return mul(matmul(cast(q, wide), swapLast(key)), scale ?? 1 / Math.sqrt(q.shape[3]!));
  });
  const modified = yield* through(scoreMod, scores);
  const weights = on(() => softmax(modified, -1));
  const kept = yield* through(probMod, weights);
  const y = on(() => {
    const [q, v] = [tensor(values[0]), tensor(values[2])];
    const value = repeatHeads(cast(v, kept.dtype), q.shape[1]! / v.shape[1]!);
    return cast(matmul(kept, value), q.dtype);
  });
  ctx.ledger.hold(y);
  for (const t of new Set([scores, modified, weights, kept])) t.dispose();
  return [y];
}

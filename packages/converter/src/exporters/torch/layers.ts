// Layers with weights: convolutions, dense layers, normalisations, embeddings and recurrent layers as nn modules.
import type { IrOp } from "../../ir/ops/table.js";
import type { WeightStep } from "../../ir/weights.js";
import { fromTypedArray, rawTensor, typedArrayOf, type RawTensor } from "../../formats/raw-tensor.js";
import { binary, call, constant, float, float32, int, ints, method, type Expr } from "../../python/ast.js";
import { F, T, zeroCounter, type ModuleTensors, type NodeEmit, type TorchRules } from "./emitter.js";
import { sizeExpr, windowsOf } from "./windows.js";

const flag = (v: boolean): Expr => constant(v);
const TRANSPOSE: WeightStep = { kind: "transpose", perm: [1, 0] };

/** Entries of a module: a value, with optional steps. */
function tensors(
  entries: Readonly<
    Record<string, { node: NodeEmit<IrOp>; input: number; steps?: readonly WeightStep[] } | RawTensor | null>
  >,
): ModuleTensors {
  const out = new Map<
    string,
    { value: NonNullable<NodeEmit["node"]["inputs"][number]>; steps: readonly WeightStep[] } | RawTensor
  >();
  for (const [suffix, e] of Object.entries(entries)) {
    if (e === null) continue;
    out.set(suffix, "data" in e ? e : { value: e.node.value(e.input), steps: e.steps ?? [] });
  }
  return out;
}

/** Keyword arguments without those that have PyTorch's default. */
function kwargs(entries: readonly (readonly [string, Expr, boolean])[]): Record<string, Expr> {
  return Object.fromEntries(entries.filter(([, , plain]) => !plain).map(([k, v]) => [k, v]));
}

const allAre = (values: readonly number[], v: number): boolean => values.every((x) => x === v);

export const LAYERS: TorchRules = {
  Conv: (n) => {
    const w = n.weight(1);
    const shape = w?.shape ?? n.value(1).dims?.map((d) => (typeof d === "number" ? d : -1)) ?? [];
    if (shape.length < 3 || shape.includes(-1)) throw n.error("the kernel's shape is not known");
    const spatial = shape.length - 2;
    const sizes = shape.slice(2).map((_, i) => n.size(0, i + 2));
    const o = windowsOf(n.out, shape.slice(2), n.attrs, sizes);
    const options = kwargs([
      ["stride", sizeExpr(o.strides), allAre(o.strides, 1)],
      ["padding", sizeExpr(o.padding), allAre(o.padding, 0)],
      ["dilation", sizeExpr(o.dilations), allAre(o.dilations, 1)],
      ["groups", int(n.attrs.group), n.attrs.group === 1],
    ]);
    const x = o.prepare(n.t(0));
    if (!w || (n.has(2) && !n.weight(2)))
      return F(`conv${spatial}d`, [x, n.t(1), n.has(2) ? n.t(2) : constant(null)], options);
    const ctor = call(
      `nn.Conv${spatial}d`,
      [int(shape[1]! * n.attrs.group), int(shape[0]!), sizeExpr(o.kernel)],
      {
        ...options,
        ...(n.has(2) ? {} : { bias: flag(false) }),
      },
    );
    const module = n.out.module(
      n.modulePath(1),
      ctor,
      tensors({ weight: { node: n, input: 1 }, bias: n.has(2) ? { node: n, input: 2 } : null }),
    );
    return call(module, [x]);
  },
  ConvTranspose: (n) => {
    const w = n.weight(1);
    if (!w || (n.has(2) && !n.weight(2))) throw n.error("the kernel is computed at run time");
    const kernel = w.shape.slice(2);
    const a = n.attrs;
    if (a.output_shape || a.auto_pad !== "NOTSET")
      throw n.error("auto_pad and output_shape need explicit pads first");
    const strides = a.strides ?? kernel.map(() => 1);
    const dilations = a.dilations ?? kernel.map(() => 1);
    const extra = a.output_padding ?? kernel.map(() => 0);
    const pads = a.pads ?? [...kernel, ...kernel].map(() => 0);
    const low = pads.slice(0, kernel.length);
    const high = pads.slice(kernel.length);
    const symmetric = low.every((p, i) => p === high[i]);
    const ctor = call(
      `nn.ConvTranspose${kernel.length}d`,
      [int(w.shape[0]!), int(w.shape[1]! * a.group), sizeExpr(kernel)],
      {
        ...kwargs([
          ["stride", sizeExpr(strides), allAre(strides, 1)],
          ["padding", sizeExpr(low), !symmetric || allAre(low, 0)],
          ["output_padding", sizeExpr(extra), allAre(extra, 0)],
          ["groups", int(a.group), a.group === 1],
          ["dilation", sizeExpr(dilations), allAre(dilations, 1)],
        ]),
        ...(n.has(2) ? {} : { bias: flag(false) }),
      },
    );
    const entries = tensors({ weight: { node: n, input: 1 }, bias: n.has(2) ? { node: n, input: 2 } : null });
    const y = call(n.out.module(n.modulePath(1), ctor, entries), [n.t(0)]);
    return symmetric ? y : cropped(y, low, high);
  },
  Linear: (n) => dense(n, 1, [], n.has(2) ? 2 : null),
  Gemm: (n) => {
    const { alpha, beta, transA, transB } = n.attrs;
    const w = n.weight(1);
    const bias = n.weight(2);
    const plain = alpha === 1 && beta === 1 && !transA && w?.shape.length === 2;
    if (plain && (!n.has(2) || (bias?.shape.length === 1 && bias.shape[0] === w.shape[transB ? 0 : 1]))) {
      return dense(n, 1, transB ? [] : [TRANSPOSE], n.has(2) ? 2 : null);
    }
    const a = transA ? method(n.t(0), "t") : n.t(0);
    const b = transB ? method(n.t(1), "t") : n.t(1);
    const product = alpha === 1 ? binary("@", a, b) : binary("*", float(alpha), binary("@", a, b));
    if (!n.has(2)) return product;
    return binary("+", product, beta === 1 ? n.x(2) : binary("*", float(beta), n.x(2)));
  },
  MatMul: (n) => {
    const w = n.weight(1);
    if (w?.shape.length === 2 && (n.value(0).dims?.length ?? 0) >= 2) return dense(n, 1, [TRANSPOSE], null);
    return binary("@", n.t(0), n.t(1));
  },
  BatchNormalization: (n) => {
    const { epsilon, momentum } = n.attrs;
    const channels = n.weight(1)?.shape[0] ?? n.weight(3)?.shape[0];
    const constantAll = [1, 2, 3, 4].every((i) => n.weight(i));
    const dims = n.value(0).dims;
    if (!constantAll || channels === undefined || !dims) {
      const stats = [n.t(3), n.t(4), n.t(1), n.t(2)];
      return F("batch_norm", [n.t(0), ...stats], { eps: float32(epsilon) });
    }
    const kind = dims.length <= 3 ? "1d" : dims.length === 4 ? "2d" : "3d";
    const ctor = call(`nn.BatchNorm${kind}`, [int(channels)], {
      eps: float32(epsilon),
      momentum: float(Number((1 - momentum).toPrecision(12))),
    });
    const entries = tensors({
      weight: { node: n, input: 1 },
      bias: { node: n, input: 2 },
      running_mean: { node: n, input: 3 },
      running_var: { node: n, input: 4 },
      num_batches_tracked: zeroCounter(),
    });
    return call(n.out.module(n.modulePath(1), ctor, entries), [n.t(0)]);
  },
  LayerNormalization: (n) => {
    const scale = n.weight(1);
    const { axis, epsilon } = n.attrs;
    const rank = n.value(0).dims?.length;
    const trailing = scale && (axis < 0 ? -axis : (rank ?? 0) - axis) === scale.shape.length;
    if (!trailing || n.node.outputs.slice(1).some(Boolean))
      throw n.error("only the normalised output, with trailing scale");
    const ctor = call("nn.LayerNorm", [ints(scale.shape)], {
      eps: float32(epsilon),
      ...(n.has(2) ? {} : { bias: flag(false) }),
    });
    const entries = tensors({ weight: { node: n, input: 1 }, bias: n.has(2) ? { node: n, input: 2 } : null });
    return call(n.out.module(n.modulePath(1), ctor, entries), [n.t(0)]);
  },
  RMSNormalization: (n) => {
    const scale = n.weight(1);
    if (!scale) throw n.error("the scale is computed at run time");
    const ctor = call("nn.RMSNorm", [ints(scale.shape)], { eps: float32(n.attrs.epsilon) });
    return call(n.out.module(n.modulePath(1), ctor, tensors({ weight: { node: n, input: 1 } })), [n.t(0)]);
  },
  GroupNormalization: (n) => {
    const channels = n.weight(1)?.shape[0];
    if (channels === undefined || !n.weight(2)) throw n.error("the scale is computed at run time");
    const ctor = call("nn.GroupNorm", [int(n.attrs.num_groups), int(channels)], {
      eps: float32(n.attrs.epsilon),
    });
    const entries = tensors({ weight: { node: n, input: 1 }, bias: { node: n, input: 2 } });
    return call(n.out.module(n.modulePath(1), ctor, entries), [n.t(0)]);
  },
  InstanceNormalization: (n) =>
    F("instance_norm", [n.t(0)], { weight: n.t(1), bias: n.t(2), eps: float32(n.attrs.epsilon) }),
  LRN: (n) => {
    const { size, alpha, beta, bias } = n.attrs;
    if (size % 2 === 0) throw n.error("an even size, whose window PyTorch places otherwise");
    return F("local_response_norm", [n.t(0), int(size)], {
      alpha: float(alpha),
      beta: float(beta),
      k: float(bias),
    });
  },
  PRelu: (n) => {
    const slope = n.weight(1);
    const rank = n.value(0).dims?.length;
    const perChannel =
      slope && rank && slope.shape.length === rank - 1 && slope.shape.slice(1).every((s) => s === 1);
    const single = slope && slope.shape.every((s) => s === 1);
    if (!perChannel && !single)
      return T("where", [binary("<", n.t(0), int(0)), binary("*", n.t(1), n.t(0)), n.t(0)]);
    const count = single ? 1 : slope.shape[0]!;
    const ctor = call("nn.PReLU", [int(count)]);
    const steps: WeightStep[] = [{ kind: "reshape", shape: [count] }];
    return call(n.out.module(n.modulePath(1), ctor, tensors({ weight: { node: n, input: 1, steps } })), [
      n.t(0),
    ]);
  },
  Gather: (n) => {
    const table = n.weight(0);
    const { axis } = n.attrs;
    const floats = table?.dtype === "float32" || table?.dtype === "float64";
    if (table && floats && table.shape.length === 2 && axis === 0 && !n.weight(1)) {
      const ctor = call("nn.Embedding", ints(table.shape).kind === "tuple" ? table.shape.map(int) : []);
      return call(n.out.module(n.modulePath(0), ctor, tensors({ weight: { node: n, input: 0 } })), [n.t(1)]);
    }
    return gather(n, axis);
  },
  Dropout: (n) => {
    const rate = n.has(1) ? n.numbers(1)?.[0] : 0.5;
    if (rate === undefined) return n.t(0);
    const spatial = /^SpatialDropout(\d)D$/.exec(String(n.node.facts?.["layer"] ?? ""))?.[1];
    const ctor = call(`nn.Dropout${spatial ? `${spatial}d` : ""}`, [float(Number(rate.toPrecision(7)))]);
    return call(n.out.module(n.path, ctor, new Map()), [n.t(0)]);
  },
  LSTM: (n) => recurrent(n, "LSTM", [0, 2, 3, 1]),
  GRU: (n) => (n.attrs.linear_before_reset ? recurrent(n, "GRU", [1, 0, 2]) : gruResetBefore(n)),
  RNN: (n) => recurrent(n, "RNN", [0]),
};

function gather(n: NodeEmit<"Gather">, axis: number): Expr {
  const picked = n.numbers(1);
  const rank = n.value(1).dims?.length;
  if (picked && rank === 0) return method(n.t(0), "select", [int(axis), int(picked[0]!)]);
  if (rank === 1) {
    const wrapped = picked?.every((i) => i >= 0) ? n.t(1) : T("remainder", [n.t(1), dimOf(n.t(0), axis)]);
    return T("index_select", [n.t(0), int(axis), wrapped]);
  }
  const indices: Expr[] = Array.from({ length: axis < 0 ? 0 : axis }, () => ({
    kind: "slice",
    start: null,
    stop: null,
    step: null,
  }));
  if (axis < 0) throw n.error("a negative axis with an index of this rank");
  return { kind: "index", object: n.t(0), index: { kind: "tuple", items: [...indices, n.t(1)] } };
}

/** `x.shape[axis]`. */
export function dimOf(x: Expr, axis: number): Expr {
  return { kind: "index", object: { kind: "attribute", object: x, name: "shape" }, index: int(axis) };
}

function cropped(y: Expr, low: readonly number[], high: readonly number[]): Expr {
  const all: Expr = { kind: "slice", start: null, stop: null, step: null };
  const cuts = low.map((l, i): Expr => ({
    kind: "slice",
    start: l === 0 ? null : int(l),
    stop: high[i] === 0 ? null : int(-high[i]!),
    step: null,
  }));
  return { kind: "index", object: y, index: { kind: "tuple", items: [all, all, ...cuts] } };
}

function dense(
  n: NodeEmit<"Linear" | "Gemm" | "MatMul">,
  weight: number,
  steps: readonly WeightStep[],
  bias: number | null,
): Expr {
  const w = n.weight(weight);
  if (!w || (bias !== null && !n.weight(bias)))
    return F("linear", [n.t(0), n.t(weight), bias === null ? constant(null) : n.t(bias)]);
  const [rows, columns] = [w.shape[0]!, w.shape[1]!];
  const [outputs, inputs] = steps.length === 0 ? [rows, columns] : [columns, rows];
  const ctor = call("nn.Linear", [int(inputs), int(outputs)], bias === null ? { bias: flag(false) } : {});
  const entries = tensors({
    weight: { node: n, input: weight, steps },
    bias: bias === null ? null : { node: n, input: bias },
  });
  return call(n.out.module(n.modulePath(weight), ctor, entries), [n.t(0)]);
}

type Recurrent = NodeEmit<"LSTM" | "GRU" | "RNN">;

/** Rows of gates `[G·H, …]` in PyTorch's order. */
function gateSteps(order: readonly number[], hidden: number): WeightStep {
  const indices = order.flatMap((g) => Array.from({ length: hidden }, (_, i) => g * hidden + i));
  return { kind: "take", axis: 0, indices };
}

/** The weight of one direction as a tensor of its own. */
function part(t: RawTensor, index: number, of: number): RawTensor {
  const bytes = t.data.byteLength / of;
  return rawTensor(
    t.dtype,
    [t.shape[0]! / of, ...t.shape.slice(1)],
    t.data.subarray(index * bytes, (index + 1) * bytes),
  );
}

function recurrent(n: Recurrent, kind: "LSTM" | "GRU" | "RNN", order: readonly number[]): Expr | null {
  const [w, r, b] = [n.weight(1), n.weight(2), n.has(3) ? n.weight(3) : null];
  const { direction, layout, activations, clip } = n.attrs;
  if (!w || !r || (n.has(3) && !b)) throw n.error("the weights are computed at run time");
  if (clip !== undefined) throw n.error("clipped gates have no nn module");
  if (n.has(4)) throw n.error("sequence_lens have no nn module");
  if (n.node.inputs[7]) throw n.error("peephole weights have no nn module");
  if (layout) throw n.error("layout 1 must be lowered first");
  const nonlinearity = defaultActivations(kind, activations);
  if (nonlinearity === null) throw n.error(`activations ${activations?.join(", ")} have no nn module`);
  const directions = direction === "bidirectional" ? 2 : 1;
  const hidden = r.shape[2]!;
  const state = new Map<string, RawTensor>();
  const reorder = gateSteps(order, hidden);
  const put = (suffix: string, t: RawTensor, rows: number) => {
    const flat = rawTensor(t.dtype, [rows, ...t.shape.slice(2)], t.data);
    state.set(suffix, takeRows(flat, reorder));
  };
  for (let d = 0; d < directions; d++) {
    const end = d === 1 ? "_reverse" : "";
    const gates = w.shape[1]!;
    put(`weight_ih_l0${end}`, part(w, d, directions), gates);
    put(`weight_hh_l0${end}`, part(r, d, directions), gates);
    if (b) {
      const both = part(b, d, directions);
      const flat = rawTensor(both.dtype, [both.shape[1]!], both.data);
      state.set(`bias_ih_l0${end}`, takeRows(part(flat, 0, 2), reorder));
      state.set(`bias_hh_l0${end}`, takeRows(part(flat, 1, 2), reorder));
    }
  }
  const ctor = call(`nn.${kind}`, [int(w.shape[2]!), int(hidden)], {
    ...(b ? {} : { bias: flag(false) }),
    ...(directions === 2 ? { bidirectional: flag(true) } : {}),
    ...(nonlinearity === "relu" ? { nonlinearity: { kind: "string", value: "relu" } } : {}),
  });
  const module = n.out.module(n.modulePath(1, "weight_ih_l0"), ctor, state);
  const reversed = direction === "reverse";
  const x = reversed ? T("flip", [n.t(0), ints([0])]) : n.t(0);
  const initial = n.has(5)
    ? kind === "LSTM"
      ? [{ kind: "tuple" as const, items: [n.t(5), n.has(6) ? n.t(6) : T("zeros_like", [n.t(5)])] }]
      : [n.t(5)]
    : [];
  if (!n.has(5) && n.has(6)) throw n.error("initial_c without initial_h");
  const states = kind === "LSTM" ? 2 : 1;
  const [y, ...rest] = n.node.outputs;
  const run = n.out.temporary(`${n.node.name}_out`, call(module, [x, ...initial]));
  const at = (e: Expr, i: number): Expr => ({ kind: "index", object: e, index: int(i) });
  if (y) {
    const sequence = reversed ? T("flip", [at(run, 0), ints([0])]) : at(run, 0);
    const split = method(sequence, "unflatten", [int(-1), ints([directions, hidden])]);
    n.out.assign([n.out.define(y)], method(split, "transpose", [int(1), int(2)]));
  }
  for (let i = 0; i < states; i++) {
    const v = rest[i];
    if (v) n.out.assign([n.out.define(v)], states === 2 ? at(at(run, 1), i) : at(run, 1));
  }
  return null;
}

function takeRows(t: RawTensor, step: WeightStep): RawTensor {
  if (step.kind !== "take") return t;
  const bytes = t.data.byteLength / t.shape[0]!;
  const out = new Uint8Array(t.data.byteLength);
  step.indices.forEach((from, to) => out.set(t.data.subarray(from * bytes, (from + 1) * bytes), to * bytes));
  return rawTensor(t.dtype, t.shape, out);
}

/** The nonlinearity of nn.RNN, '' for the standard ones of LSTM and GRU, null for what has no nn module. */
function defaultActivations(
  kind: "LSTM" | "GRU" | "RNN",
  given: readonly string[] | undefined,
): string | null {
  const names = given?.map((a) => a.toLowerCase());
  if (kind === "RNN") {
    const [first = "tanh"] = names ?? [];
    return (first === "tanh" || first === "relu") && (names ?? []).every((a) => a === first) ? first : null;
  }
  const standard = kind === "LSTM" ? ["sigmoid", "tanh", "tanh"] : ["sigmoid", "tanh"];
  return !names || names.every((a, i) => a === standard[i % standard.length]) ? "" : null;
}

/** GRU with the reset gate before the product: a helper function, since nn.GRU cannot. */
function gruResetBefore(n: NodeEmit<"GRU">): Expr | null {
  const [w, r, b] = [n.weight(1), n.weight(2), n.has(3) ? n.weight(3) : null];
  if (!w || !r || (n.has(3) && !b)) throw n.error("the weights are computed at run time");
  if (n.attrs.direction === "bidirectional" || n.has(4) || n.attrs.layout)
    throw n.error("only one direction without lengths");
  if (defaultActivations("GRU", n.attrs.activations) === null || n.attrs.clip !== undefined)
    throw n.error("only sigmoid and tanh, not clipped");
  const at = (e: Expr, i: number): Expr => ({ kind: "index", object: e, index: int(i) });
  const hidden = r.shape[2]!;
  const x = n.t(0);
  const h0 = n.has(5)
    ? at(n.t(5), 0)
    : method(x, "new_zeros", [{ kind: "tuple", items: [dimOf(x, 1), int(hidden)] }]);
  const path = n.modulePath(1);
  const rows = 3 * hidden;
  const weight = n.out.parameter(
    `${path}.weight_ih`,
    rawTensor(w.dtype, [rows, w.shape[2]!], w.data),
    n.value(1).name,
  );
  const recurrentWeight = n.out.parameter(
    `${path}.weight_hh`,
    rawTensor(r.dtype, [rows, hidden], r.data),
    n.value(2).name,
  );
  const bias = b ? n.out.parameter(`${path}.bias`, sumOfHalves(b, rows), n.value(3).name) : constant(null);
  const reversed: Record<string, Expr> = n.attrs.direction === "reverse" ? { reverse: constant(true) } : {};
  const run = n.out.temporary(
    `${n.node.name}_out`,
    call(n.out.helper("gru_reset_before"), [x, h0, weight, recurrentWeight, bias], reversed),
  );
  const [y, last] = n.node.outputs;
  if (y) n.out.assign([n.out.define(y)], method(at(run, 0), "unsqueeze", [int(1)]));
  if (last) n.out.assign([n.out.define(last)], method(at(run, 1), "unsqueeze", [int(0)]));
  return null;
}

/** Input and recurrent bias of `[1, 2·rows]` added: they only ever occur as a sum here. */
function sumOfHalves(b: RawTensor, rows: number): RawTensor {
  const all = Float64Array.from(typedArrayOf(b), Number);
  return fromTypedArray(
    "float32",
    [rows],
    Float32Array.from({ length: rows }, (_, i) => all[i]! + all[rows + i]!),
  );
}

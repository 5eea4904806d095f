// nn modules of a PyTorch program as IR nodes: constructor arguments and state-dict names to layers.
import { rawTensor } from "../../formats/raw-tensor.js";
import type { IrValue } from "../../ir/types.js";
import {
  applySteps,
  assembleWeight,
  type WeightPiece,
  type WeightSource,
  type WeightStep,
} from "../../ir/weights.js";
import type { Arguments, Evaluator, ModuleRule, PyValue } from "./evaluate.js";

const tensor = (value: IrValue): PyValue => ({ kind: "tensor", value });
const both = (pads: readonly number[]): number[] => [...pads, ...pads];

function biasOf(e: Evaluator, ctor: Arguments, path: string, n: number): IrValue | null {
  return ctor.flag(-1, "bias", true) ? e.weight(`${path}.bias`, { shape: [n] }) : null;
}

const conv =
  (n: number): ModuleRule =>
  (e, c, path, a) => {
    c.only("kernel_size", "stride", "padding", "dilation", "groups", "bias");
    const [inputs, outputs] = [c.number(0, "in_channels"), c.number(1, "out_channels")];
    const group = c.number(-1, "groups", 1);
    const kernel = c.ints(2, "kernel_size", n);
    const w = e.weight(`${path}.weight`, { shape: [outputs, inputs / group, ...kernel] });
    const strides = c.ints(-1, "stride", n, 1);
    const dilations = c.ints(-1, "dilation", n, 1);
    const { x, auto_pad } = a.windowInput(kernel, strides, dilations, 0);
    const pads = auto_pad === "NOTSET" ? { pads: both(c.ints(-1, "padding", n, 0)) } : { auto_pad };
    return e.node("Conv", [x, w, biasOf(e, c, path, outputs)], {
      kernel_shape: kernel,
      strides,
      dilations,
      group,
      ...pads,
    });
  };

const convTranspose =
  (n: number): ModuleRule =>
  (e, c, path, a) => {
    c.only("kernel_size", "stride", "padding", "output_padding", "groups", "dilation", "bias");
    const [inputs, outputs] = [c.number(0, "in_channels"), c.number(1, "out_channels")];
    const group = c.number(-1, "groups", 1);
    const kernel = c.ints(2, "kernel_size", n);
    const w = e.weight(`${path}.weight`, { shape: [inputs, outputs / group, ...kernel] });
    return e.node("ConvTranspose", [a.tensor(0), w, biasOf(e, c, path, outputs)], {
      kernel_shape: kernel,
      strides: c.ints(-1, "stride", n, 1),
      pads: both(c.ints(-1, "padding", n, 0)),
      output_padding: c.ints(-1, "output_padding", n, 0),
      dilations: c.ints(-1, "dilation", n, 1),
      group,
    });
  };

const linear: ModuleRule = (e, c, path, a) => {
  c.only("bias");
  const [inputs, outputs] = [c.number(0, "in_features"), c.number(1, "out_features")];
  const w = e.weight(`${path}.weight`, { shape: [outputs, inputs] });
  return e.node("Linear", [a.tensor(0), w, biasOf(e, c, path, outputs)], {});
};

const batchNorm: ModuleRule = (e, c, path, a) => {
  c.only("eps", "momentum");
  const shape = [c.number(0, "num_features")];
  const stats = { shape, trainable: false };
  const inputs = [
    a.tensor(0),
    e.weight(`${path}.weight`, { shape }),
    e.weight(`${path}.bias`, { shape }),
    e.weight(`${path}.running_mean`, stats),
    e.weight(`${path}.running_var`, stats),
  ];
  if (e.state.has(`${path}.num_batches_tracked`)) e.used.add(`${path}.num_batches_tracked`);
  const momentum = Number((1 - c.number(-1, "momentum", 0.1)).toPrecision(12));
  return e.node("BatchNormalization", inputs, { epsilon: c.number(-1, "eps", 1e-5), momentum });
};

const layerNorm: ModuleRule = (e, c, path, a) => {
  c.only("eps", "bias");
  const shape = c.ints(0, "normalized_shape", 1);
  const bias = c.flag(-1, "bias", true) ? e.weight(`${path}.bias`, { shape }) : null;
  const inputs = [a.tensor(0), e.weight(`${path}.weight`, { shape }), bias];
  return e.node("LayerNormalization", inputs, { axis: -shape.length, epsilon: c.number(-1, "eps", 1e-5) });
};

const rmsNorm: ModuleRule = (e, c, path, a) => {
  const shape = c.ints(0, "normalized_shape", 1);
  const inputs = [a.tensor(0), e.weight(`${path}.weight`, { shape })];
  return e.node("RMSNormalization", inputs, { axis: -shape.length, epsilon: c.number(-1, "eps") });
};

const groupNorm: ModuleRule = (e, c, path, a) => {
  const shape = [c.number(1, "num_channels")];
  const inputs = [a.tensor(0), e.weight(`${path}.weight`, { shape }), e.weight(`${path}.bias`, { shape })];
  return e.node("GroupNormalization", inputs, {
    num_groups: c.number(0, "num_groups"),
    epsilon: c.number(-1, "eps", 1e-5),
  });
};

const prelu: ModuleRule = (e, c, path, a) => {
  const n = c.number(0, "num_parameters");
  const raw = e.raw(`${path}.weight`, [n]);
  const rank = a.tensor(0).dims?.length;
  if (n === 1) return e.node("PRelu", [a.tensor(0), e.weight(`${path}.weight`)], {});
  if (rank === undefined) throw a.error("the number of axes is not known");
  const shape = [n, ...new Array<number>(Math.max(0, rank - 2)).fill(1)];
  const source: WeightSource = {
    axis: null,
    pieces: [{ name: `${path}.weight`, shape: [n], steps: [{ kind: "reshape", shape }] }],
  };
  return e.node(
    "PRelu",
    [a.tensor(0), e.madeWeight(`${path}.weight`, rawTensor(raw.dtype, shape, raw.data), source)],
    {},
  );
};

/** Three projections that are parts of one weight, attention, and the projection behind. */
const attention: ModuleRule = (e, c, path, a) => {
  c.only("bias", "batch_first", "dropout");
  a.only("attn_mask", "need_weights", "average_attn_weights");
  const [size, heads] = [c.number(0, "embed_dim"), c.number(1, "num_heads")];
  if (!c.flag(-1, "batch_first", false)) throw c.error("only with the batch first");
  const biased = c.flag(-1, "bias", true);
  const part = (name: string, shape: readonly number[], i: number): IrValue => {
    const raw = e.raw(`${path}.${name}`, shape);
    const step: WeightStep = { kind: "slice", axis: 0, start: i * size, end: (i + 1) * size };
    const pieces = [{ name: `${path}.${name}`, shape, steps: [step] }];
    return e.madeWeight(`${path}.${name}`, applySteps(raw, [step]), { axis: null, pieces });
  };
  const project = (i: number) => {
    const w = part("in_proj_weight", [3 * size, size], i);
    return e.op("Linear", [a.tensor(i), w, biased ? part("in_proj_bias", [3 * size], i) : null], {});
  };
  const parts = [project(0), project(1), project(2)];
  const hidden = a.optionalTensor(-1, "attn_mask");
  const shown = a.flag(-1, "need_weights", true);
  if (shown && a.flag(-1, "average_attn_weights", true)) throw a.error("only the weights of every head");
  const rate = c.number(-1, "dropout", 0);
  const found = e.builder.node(
    "Attention",
    hidden ? [...parts, e.op("Not", [hidden], {})] : parts,
    {
      q_num_heads: heads,
      kv_num_heads: heads,
      scale: 1 / Math.sqrt(size / heads),
      qk_matmul_output_mode: shown ? 3 : 0,
    },
    {
      name: e.wanted,
      scope: e.scope,
      outputs: [`${e.wanted}_heads`, null, null, ...(shown ? [`${e.wanted}_weights`] : [])],
      ...(rate > 0 ? { facts: { dropout: rate } } : {}),
    },
  );
  const w = e.weight(`${path}.out_proj.weight`, { shape: [size, size] });
  const b = biased ? e.weight(`${path}.out_proj.bias`, { shape: [size] }) : null;
  const y = e.op("Linear", [found[0]!, w, b], {});
  return { kind: "tuple", items: [tensor(y), found[3] ? tensor(found[3]) : { kind: "none" }] };
};

const embedding: ModuleRule = (e, c, path, a) => {
  const shape = [c.number(0, "num_embeddings"), c.number(1, "embedding_dim")];
  return e.node("Gather", [e.weight(`${path}.weight`, { shape }), a.tensor(0)], { axis: 0 });
};

const dropout =
  (layer: string | null): ModuleRule =>
  (e, c, _path, a) => {
    const rate = c.number(0, "p", 0.5);
    const [y] = e.builder.node(
      "Dropout",
      [a.tensor(0), e.builder.scalar(rate)],
      {},
      {
        name: e.wanted,
        scope: e.scope,
        facts: layer === null ? { rate } : { rate, layer },
      },
    );
    return tensor(y!);
  };

/** Order of ONNX's gates in PyTorch's rows. */
const GATES = { LSTM: [0, 3, 1, 2], GRU: [1, 0, 2], RNN: [0] } as const;

const recurrent =
  (kind: keyof typeof GATES): ModuleRule =>
  (e, c, path, a) => {
    c.only("bias", "bidirectional", "nonlinearity");
    const [inputs, hidden] = [c.number(0, "input_size"), c.number(1, "hidden_size")];
    const bidirectional = c.flag(-1, "bidirectional", false);
    const ends = bidirectional ? ["", "_reverse"] : [""];
    const gates = GATES[kind].length;
    const take: WeightStep = {
      kind: "take",
      axis: 0,
      indices: GATES[kind].flatMap((g) => Array.from({ length: hidden }, (_, i) => g * hidden + i)),
    };
    const make = (wanted: string, pieces: readonly WeightPiece[]): IrValue => {
      const axis = pieces.length === 1 ? null : wanted.endsWith(".B") ? 1 : 0;
      const source: WeightSource = { axis, pieces };
      return e.madeWeight(
        wanted,
        assembleWeight(source, (name) => e.raw(name)),
        source,
      );
    };
    const matrix = (name: string, columns: number): WeightPiece[] =>
      ends.map((end) => ({
        name: `${path}.${name}_l0${end}`,
        shape: [gates * hidden, columns],
        steps: [take, { kind: "reshape", shape: [1, gates * hidden, columns] }],
      }));
    const w = make(`${path}.weight_ih_l0`, matrix("weight_ih", inputs));
    const r = make(`${path}.weight_hh_l0`, matrix("weight_hh", hidden));
    const b = c.flag(-1, "bias", true) ? biases(e, path, ends, gates * hidden, take) : null;
    const initial = a.positional[1];
    const [h0, c0] = initial?.kind === "tuple" ? initial.items : [initial];
    const state = (v: PyValue | undefined) => (v?.kind === "tensor" ? v.value : null);
    const states = kind === "LSTM" ? ["Y_h", "Y_c"] : ["Y_h"];
    const nonlinearity = c.text(-1, "nonlinearity", "tanh") === "relu" ? "Relu" : "Tanh";
    const attrs = {
      hidden_size: hidden,
      direction: bidirectional ? "bidirectional" : "forward",
      ...(kind === "GRU" ? { linear_before_reset: 1 } : {}),
      ...(kind === "RNN" ? { activations: ends.map(() => nonlinearity) } : {}),
    };
    const nodeInputs = [a.tensor(0), w, r, b, null, state(h0), ...(kind === "LSTM" ? [state(c0)] : [])];
    const outputs = e.builder.node(kind, nodeInputs, attrs, {
      name: e.wanted,
      scope: e.scope,
      outputs: [`${e.wanted}_Y`, ...states.map((s) => `${e.wanted}_${s}`)],
    });
    const [y, ...last] = outputs.map((v) => v!);
    const build = () => {
      const swapped = e.op("Transpose", [y!], { perm: [0, 2, 1, 3] });
      return e.op("Reshape", [swapped, e.builder.ints([0, 0, -1])], {});
    };
    const lasts = last.map(tensor);
    const sequence: PyValue = { kind: "sequence", y: y!, sizes: [ends.length, hidden], split: false, build };
    return {
      kind: "tuple",
      items: [sequence, kind === "LSTM" ? { kind: "tuple", items: lasts } : lasts[0]!],
    };
  };

/** ONNX joins both biases of a direction on one axis and the directions on the other. */
function biases(
  e: Evaluator,
  path: string,
  ends: readonly string[],
  rows: number,
  take: WeightStep,
): IrValue {
  const piece = (name: string, shape: readonly number[]): WeightPiece => ({
    name,
    shape: [rows],
    steps: [take, { kind: "reshape", shape }],
  });
  if (ends.length === 1) {
    const pieces = ["ih", "hh"].map((k) => piece(`${path}.bias_${k}_l0`, [1, rows]));
    const source: WeightSource = { axis: 1, pieces };
    return e.madeWeight(
      `${path}.bias_ih_l0`,
      assembleWeight(source, (name) => e.raw(name)),
      source,
    );
  }
  const pieces = ends.flatMap((end) => ["ih", "hh"].map((k) => piece(`${path}.bias_${k}_l0${end}`, [rows])));
  const source: WeightSource = { axis: 0, pieces, shape: [2, 2 * rows] };
  return e.madeWeight(
    `${path}.bias_ih_l0`,
    assembleWeight(source, (name) => e.raw(name)),
    source,
  );
}

/** nn classes by the names that model.py uses. */
export const MODULES: ReadonlyMap<string, ModuleRule> = new Map<string, ModuleRule>([
  ...[1, 2, 3].flatMap((n): [string, ModuleRule][] => [
    [`nn.Conv${n}d`, conv(n)],
    [`nn.ConvTranspose${n}d`, convTranspose(n)],
    [`nn.BatchNorm${n}d`, batchNorm],
  ]),
  ["nn.Dropout", dropout(null)],
  ["nn.Dropout1d", dropout("SpatialDropout1D")],
  ["nn.Dropout2d", dropout("SpatialDropout2D")],
  ["nn.Dropout3d", dropout("SpatialDropout3D")],
  ["nn.Linear", linear],
  ["nn.LayerNorm", layerNorm],
  ["nn.RMSNorm", rmsNorm],
  ["nn.GroupNorm", groupNorm],
  ["nn.PReLU", prelu],
  ["nn.Embedding", embedding],
  ["nn.MultiheadAttention", attention],
  ["nn.LSTM", recurrent("LSTM")],
  ["nn.GRU", recurrent("GRU")],
  ["nn.RNN", recurrent("RNN")],
]);

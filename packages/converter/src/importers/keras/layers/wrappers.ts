// TimeDistributed, RNN over cells, and convolutional LSTMs.
import {
  layerEntry,
  type LayerEntry,
  type PlainJson,
  type PlainObject,
} from "../../../formats/keras/index.js";
import type { Dim, IrValue } from "../../../ir/types.js";
import { LayerConfig, serialisedName } from "../config.js";
import { applyActivation } from "../activations.js";
import { channelsLastOrder } from "../../../layout/index.js";
import type { Laid, Site } from "../laid.js";
import { callWith, input, type LayerCall, type LayerImporter } from "../layer.js";
import { kernelSteps, layerFacts } from "./common.js";
import { padding } from "./conv.js";
import { bodySite } from "./scan.js";
import { cellKindOf, runRecurrent, type CellWeights } from "./recurrent.js";

/** Layers that treat every step alike on a tensor of any rank. */
const STEPWISE = new Set([
  "Dense",
  "Activation",
  "Dropout",
  "ReLU",
  "LeakyReLU",
  "ELU",
  "Softmax",
  "Rescaling",
  "Embedding",
]);

export const timeDistributed: LayerImporter = (c) => {
  const { site } = c;
  const entry = layerEntry(c.cfg.get("layer"), `${c.cfg.path}.config.layer`);
  const given = input(c);
  const inner = site.inner(entry.name);
  if (STEPWISE.has(entry.className)) {
    const [y] = c.call(entry, inner, callWith([given]));
    if (!y) throw c.cfg.unsupported("the wrapped layer gives nothing");
    return { ...y, mask: given.mask };
  }
  const x = site.ordered(given);
  const [batch, time] = [0, 1].map((axis) => x.order[axis]);
  const straight = batch === 0 && time === 1 ? x : site.plain(site.natural(x));
  const sizes = straight.value.dims?.slice(2).map((d) => (typeof d === "number" ? d : null)) ?? [];
  const free = sizes.filter((d) => d === null).length;
  if (free > 0) throw c.cfg.unsupported("the wrapped layer needs fixed sizes of all axes after the time");
  const merged = site.op("Reshape", [straight.value, site.ints([-1, ...sizes.map(Number)])], {}, "steps");
  const order = [0, ...straight.order.slice(2).map((p) => p - 1)];
  const [out] = c.call(entry, inner, callWith([site.laid(merged, order)]));
  if (!out) throw c.cfg.unsupported("the wrapped layer gives nothing");
  const y = site.ordered(out);
  const whole = y.order[0] === 0 ? y : site.plain(site.natural(y));
  const rest = whole.value.dims?.slice(1).map((d) => (typeof d === "number" ? d : null)) ?? [];
  if (rest.includes(null)) throw c.cfg.unsupported("the size of what the wrapped layer gives is not known");
  const steps = site.dims(straight)[1];
  const lead =
    typeof steps === "number" ? [-1, steps] : [site.op("Shape", [straight.value], { end: 2 }, "lead")];
  const shape = site.vector([...lead, ...rest.map(Number)]);
  const value = site.op("Reshape", [whole.value, shape], {});
  return site.laid(value, [0, 1, ...whole.order.slice(1).map((p) => p + 1)], given.mask);
};

/** RNN(cell) and RNN([cells]): one node per cell. */
export const rnnOverCells: LayerImporter = (c) => {
  const path = `${c.cfg.path}.config.cell`;
  const entry = layerEntry(c.cfg.get("cell"), path);
  const single = cellKindOf(entry.className);
  if (single)
    return runRecurrent(c, cellWeights(c.site, c.site.inner(entry.name), entry, single.kind), c.cfg);
  const cells = entry.config["cells"];
  if (entry.className !== "StackedRNNCells" || !Array.isArray(cells)) {
    throw c.cfg.unsupported(`the cell ${entry.className} has no counterpart`, "pass it in customLayers");
  }
  const list: readonly PlainJson[] = cells;
  const site = c.site.inner(entry.name);
  let x: readonly Laid[] = [input(c)];
  list.forEach((value, i) => {
    const cell = layerEntry(value, `${path}.config.cells[${i}]`);
    const found = cellKindOf(cell.className);
    if (!found) throw c.cfg.unsupported(`the cell ${cell.className} has no counterpart`);
    const last = i === list.length - 1;
    const cfg = last
      ? c.cfg
      : new LayerConfig({ ...c.cfg, config: { ...c.cfg.raw, return_sequences: true, return_state: false } });
    const inner: LayerCall = { ...c, inputs: x, site: last ? c.site : c.site.inner(cell.name) };
    x = runRecurrent(inner, cellWeights(inner.site, site.inner(cell.name), cell, found.kind), cfg);
  });
  return x;
};

function cellWeights(owner: Site, site: Site, entry: LayerEntry, kind: CellWeights["kind"]): CellWeights {
  const cfg = new LayerConfig(entry);
  return { kind, owner, site, cfg, units: cfg.int("units", undefined, 1), cudnn: false };
}

/** A convolutional LSTM as a Scan whose body holds the two convolutions of a step. */
export const convLstm =
  (spatial: number): LayerImporter =>
  (c) => {
    const { site, cfg } = c;
    const given = input(c);
    if (given.mask || cfg.flag("stateful", false) || c.inputs.length > 1) {
      throw cfg.unsupported("a convolutional LSTM with masks or given states");
    }
    const last = cfg.channelsLast;
    const rank = spatial + 3;
    const order = last
      ? [1, 0, ...Array.from({ length: spatial }, (_, i) => i + 3), 2]
      : [1, 0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2)];
    const x = site.arranged(given, order);
    cfg.ignore("unit_forget_bias", "dropout", "recurrent_dropout", "zero_output_for_mask");
    const cell = site.inner("conv_lstm_cell");
    const filters = cfg.int("filters");
    const kernel = cfg.perAxis("kernel_size", spatial);
    const strides = cfg.perAxis(
      "strides",
      spatial,
      kernel.map(() => 1),
    );
    const dilations = cfg.perAxis(
      "dilation_rate",
      spatial,
      kernel.map(() => 1),
    );
    const sizes = (x.dims ?? []).slice(3).map((d) => (typeof d === "number" ? d : null));
    const ones = kernel.map(() => 1);
    const attrs = {
      kernel_shape: kernel,
      strides,
      dilations,
      ...padding(cfg.text("padding", "valid"), sizes, kernel, strides, dilations),
    };
    const recurrent = {
      kernel_shape: kernel,
      strides: ones,
      dilations: ones,
      ...padding("same", sizes, kernel, ones, ones),
    };
    const w = cell.weight("kernel", kernelSteps(spatial));
    const r = cell.weight("recurrent_kernel", kernelSteps(spatial));
    const bias = cfg.flag("use_bias", true) ? cell.weight("bias") : null;
    // The projections of all steps at once: time is folded into the batch.
    const channels = x.dims?.[2];
    if (typeof channels !== "number" || sizes.includes(null))
      throw cfg.unsupported("the image size is not known");
    const flat = site.op("Reshape", [x, site.ints([-1, channels, ...sizes.map(Number)])], {}, "frames");
    const gates = site.op("Conv", bias ? [flat, w, bias] : [flat, w], attrs, "input");
    const out = (gates.dims ?? []).slice(2).map(Number);
    const lead = site.op("Shape", [x], { end: 2 }, "lead");
    const timed = site.op(
      "Reshape",
      [gates, site.op("Concat", [lead, site.ints([4 * filters, ...out])], { axis: 0 }, "gates_shape")],
      {},
      "gates",
    );
    const batch = site.op("Shape", [x], { start: 1, end: 2 }, "batch");
    const stateShape = site.op("Concat", [batch, site.ints([filters, ...out])], { axis: 0 }, "state_shape");
    const zero = site.op("Expand", [site.scalar(0), stateShape], {}, "zero");
    const body = stepBody(c, timed, r, recurrent, [filters, ...out]);
    const backwards = cfg.flag("go_backwards", false) ? 1 : 0;
    const [h, cState, ys] = site.ops(
      "Scan",
      [zero, zero, timed],
      { body, num_scan_inputs: 1, scan_input_directions: [backwards] },
      ["h", "c", "ys"],
      undefined,
      layerFacts(site, cfg.className, convSettings(c, spatial), {
        inputs: [given],
        weights: {
          "conv_lstm_cell/kernel": w.name,
          "conv_lstm_cell/recurrent_kernel": r.name,
          ...(bias ? { "conv_lstm_cell/bias": bias.name } : {}),
        },
      }),
    );
    const sequences = cfg.flag("return_sequences", false);
    const step = (v: IrValue): Laid =>
      site.laid(v, last ? channelsLastOrder(spatial + 2) : Array.from({ length: spatial + 2 }, (_, i) => i));
    const first = sequences ? site.laid(ys!, order) : step(h!);
    return cfg.flag("return_state", false) ? [first, step(h!), step(cState!)] : [first];
  };

/** The options of the layer as Keras 3 writes them. */
function convSettings({ cfg, site }: LayerCall, spatial: number): PlainObject {
  const ones = Array.from({ length: spatial }, () => 1);
  const usual = site.shared.kerasMajor >= 3 ? "sigmoid" : "hard_sigmoid";
  return {
    filters: cfg.int("filters"),
    kernel_size: [...cfg.perAxis("kernel_size", spatial)],
    strides: [...cfg.perAxis("strides", spatial, ones)],
    padding: cfg.text("padding", "valid"),
    data_format: cfg.channelsLast ? "channels_last" : "channels_first",
    dilation_rate: [...cfg.perAxis("dilation_rate", spatial, ones)],
    activation: serialisedName(cfg.get("activation")) ?? "tanh",
    recurrent_activation: serialisedName(cfg.get("recurrent_activation")) ?? usual,
    use_bias: cfg.flag("use_bias", true),
    return_sequences: cfg.flag("return_sequences", false),
    return_state: cfg.flag("return_state", false),
    go_backwards: cfg.flag("go_backwards", false),
  };
}

function stepBody(c: LayerCall, gates: IrValue, r: IrValue, attrs: object, state: readonly number[]) {
  const { site, cfg } = c;
  const body = bodySite(site, "step");
  const batch = gates.dims?.[1] ?? null;
  const named = (name: string, dims: readonly Dim[]) => body.b.input(`${body.path}/${name}`, "float32", dims);
  const h = named("h", [batch, ...state]);
  const cell = named("c", [batch, ...state]);
  const x = named("x", [batch, ...(gates.dims ?? []).slice(2)]);
  const rec = body.op("Conv", [h, r], attrs, "recurrent");
  const sum = body.op("Add", [x, rec], {}, "sum");
  const parts = body.ops("Split", [sum], { axis: 1, num_outputs: 4 }, ["i", "f", "g", "o"], "gates");
  const act = (v: IrValue | null | undefined, key: string, fallback: string, part: string): IrValue => {
    const inner = body.inner(part);
    return applyActivation(inner, inner.plain(v!), serialisedName(cfg.get(key)) ?? fallback, cfg).value;
  };
  const usual = site.shared.kerasMajor >= 3 ? "sigmoid" : "hard_sigmoid";
  const gate = (i: number, part: string) => act(parts[i], "recurrent_activation", usual, part);
  const forget = body.op("Mul", [gate(1, "forget"), cell], {}, "kept");
  const fresh = body.op(
    "Mul",
    [gate(0, "in"), act(parts[2], "activation", "tanh", "candidate")],
    {},
    "fresh",
  );
  const next = body.op("Add", [forget, fresh], {}, "cell");
  const out = body.op("Mul", [gate(3, "out"), act(next, "activation", "tanh", "shown")], {}, "hidden");
  return body.b.finish([out, next, body.op("Identity", [out], {}, "output")]);
}

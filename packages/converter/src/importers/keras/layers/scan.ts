// Recurrent cells as the body of a Scan: for activations that recurrent nodes cannot name.
import { GraphBuilder } from "../../../ir/builder.js";
import type { PlainObject } from "../../../formats/keras/index.js";
import type { IrGraph, IrValue } from "../../../ir/types.js";
import { applyActivation } from "../activations.js";
import { serialisedName } from "../config.js";
import { Site } from "../laid.js";
import { input, type LayerCall } from "../layer.js";
import { layerFacts } from "./common.js";
import type { CellWeights, Timed, TimedOutputs } from "./recurrent.js";

/** A site whose nodes go into the body of a Scan; weights of the layer are captured. */
export function bodySite(site: Site, name: string): Site {
  const builder = new GraphBuilder(`${site.path}/${name}`, site.b);
  builder.onNode = site.b.onNode;
  builder.onWeight = site.b.onWeight;
  builder.onInput = site.b.onInput;
  return new Site({ ...site.shared, builder, madeWeights: new Map() }, `${site.path}/${name}`);
}

/** One step of a cell: Keras' gates from the input and the states. */
function step(
  body: Site,
  w: CellWeights,
  weights: StepWeights,
  x: IrValue,
  states: readonly IrValue[],
): readonly IrValue[] {
  const act = (v: IrValue, key: "activation" | "recurrent_activation", part: string): IrValue => {
    const usual = key === "activation" ? "tanh" : body.shared.kerasMajor >= 3 ? "sigmoid" : "hard_sigmoid";
    const name = serialisedName(w.cfg.get(key)) ?? usual;
    const inner = new Site(body.shared, `${body.path}/${part}`);
    return applyActivation(inner, inner.plain(v), name, w.cfg).value;
  };
  const [h, cell] = states as readonly [IrValue, IrValue];
  const project = (v: IrValue, matrix: IrValue, bias: IrValue | null, part: string) =>
    body.op("Linear", bias ? [v, matrix, bias] : [v, matrix], {}, part);
  const split = (v: IrValue, n: number, part: string): readonly IrValue[] => {
    const names = Array.from({ length: n }, (_, i) => `${part}_${i}`);
    return body.ops("Split", [v], { axis: -1, num_outputs: n }, names, part).map((p) => p!);
  };
  const fromX = project(x, weights.kernel, weights.bias, "input");
  if (w.kind === "RNN") {
    const sum = body.op("Add", [fromX, project(h, weights.recurrent, null, "recurrent")], {}, "sum");
    return [act(sum, "activation", "h")];
  }
  if (w.kind === "LSTM") {
    const sum = body.op("Add", [fromX, project(h, weights.recurrent, null, "recurrent")], {}, "sum");
    const [i, f, g, o] = split(sum, 4, "gates") as readonly [IrValue, IrValue, IrValue, IrValue];
    const kept = body.op("Mul", [act(f, "recurrent_activation", "forget"), cell], {}, "kept");
    const added = body.op(
      "Mul",
      [act(i, "recurrent_activation", "in"), act(g, "activation", "candidate")],
      {},
      "added",
    );
    const next = body.op("Add", [kept, added], {}, "c");
    return [
      body.op("Mul", [act(o, "recurrent_activation", "out"), act(next, "activation", "shown")], {}, "h"),
      next,
    ];
  }
  const [xz, xr, xh] = split(fromX, 3, "input_gates") as readonly [IrValue, IrValue, IrValue];
  const after = w.cfg.flag("reset_after", body.shared.kerasMajor >= 3);
  const matrix = weights.recurrent;
  const fromH = project(h, matrix, weights.recurrentBias, "recurrent");
  const [hz, hr, hh] = split(fromH, 3, "recurrent_gates") as readonly [IrValue, IrValue, IrValue];
  const z = act(body.op("Add", [xz, hz], {}, "z_sum"), "recurrent_activation", "z");
  const r = act(body.op("Add", [xr, hr], {}, "r_sum"), "recurrent_activation", "r");
  const reset = after
    ? body.op("Mul", [r, hh], {}, "reset")
    : project(body.op("Mul", [r, h], {}, "reset_state"), weights.candidate!, null, "reset");
  const fresh = act(body.op("Add", [xh, reset], {}, "candidate_sum"), "activation", "candidate");
  const one = body.scalar(1);
  const old = body.op("Mul", [z, h], {}, "old");
  return [
    body.op("Add", [old, body.op("Mul", [body.op("Sub", [one, z], {}, "rest"), fresh], {}, "new")], {}, "h"),
  ];
}

interface StepWeights {
  readonly kernel: IrValue;
  readonly recurrent: IrValue;
  readonly bias: IrValue | null;
  /** Of GRU(reset_after). */
  readonly recurrentBias: IrValue | null;
  /** The recurrent matrix of the candidate alone, of GRU without reset_after. */
  readonly candidate: IrValue | null;
}

function stepWeights(c: LayerCall, w: CellWeights): StepWeights {
  const turned = [{ kind: "transpose", perm: [1, 0] } as const];
  const kernel = w.site.weight("kernel", turned);
  const recurrent = w.site.weight("recurrent_kernel", turned);
  const { site } = c;
  const biased = w.cfg.flag("use_bias", true);
  const both = biased && w.site.tensor("bias").shape.length === 2;
  const bias = biased ? w.site.weight("bias") : null;
  const half = (i: number) => site.op("Gather", [bias!, site.b.scalar(i, "int64")], { axis: 0 }, `bias_${i}`);
  const whole = w.kind === "GRU" && !w.cfg.flag("reset_after", site.shared.kerasMajor >= 3);
  const rows = [site.ints([2 * w.units]), site.ints([3 * w.units]), site.ints([0])];
  return {
    kernel,
    recurrent,
    bias: both ? half(0) : bias,
    recurrentBias: both ? half(1) : null,
    candidate: whole ? site.op("Slice", [recurrent, ...rows], {}, "candidate_kernel") : null,
  };
}

/** The layer as a Scan over the steps. */
export function scanned(c: LayerCall, w: CellWeights, t: Timed): TimedOutputs {
  const { site } = c;
  w.cfg.ignore("unit_forget_bias", "dropout", "recurrent_dropout", "stateful", "reset_after");
  if (w.cudnn) throw c.cfg.unsupported("a CuDNN layer with other activations");
  const count = w.kind === "LSTM" ? 2 : 1;
  const weights = stepWeights(c, w);
  const batch = site.op("Shape", [t.x], { start: 1, end: 2 }, "batch");
  const zero = site.op("Expand", [site.scalar(0), site.vector([batch, w.units])], {}, "zero");
  const states = Array.from({ length: count }, (_, i) => t.initial[i] ?? zero);
  const body = scanBody(site, w, weights, t, count);
  const backwards = t.backwards ? 1 : 0;
  const inputs = [...states, zero, t.x, ...(t.mask ? [t.mask] : [])];
  const scans = t.mask ? 2 : 1;
  const names = [...Array.from({ length: count }, (_, i) => `state_${i}`), "last", "ys"];
  const facts = layerFacts(site, LAYER[w.kind], cellSettings(w, t), {
    inputs: [input(c)],
    tensors: {
      ...(t.initial.length > 0
        ? { initial_state: t.initial.flatMap((s) => (s ? [site.plain(s)] : [])) }
        : {}),
      ...(t.mask ? { mask: [site.laid(t.mask, [1, 0])] } : {}),
    },
    weights: weightNames(site, w, weights),
  });
  const out = site.ops(
    "Scan",
    inputs,
    { body, num_scan_inputs: scans, scan_input_directions: Array.from({ length: scans }, () => backwards) },
    names,
    undefined,
    facts,
  );
  return { y: out[count + 1]!, last: out[count]!, states: out.slice(0, count).map((s) => s!) };
}

const LAYER = { LSTM: "LSTM", GRU: "GRU", RNN: "SimpleRNN" } as const;

function cellSettings(w: CellWeights, t: Timed): PlainObject {
  const usual = w.site.shared.kerasMajor >= 3 ? "sigmoid" : "hard_sigmoid";
  const after =
    w.kind === "GRU" ? { reset_after: w.cfg.flag("reset_after", w.site.shared.kerasMajor >= 3) } : {};
  const gates =
    w.kind === "RNN"
      ? {}
      : { recurrent_activation: serialisedName(w.cfg.get("recurrent_activation")) ?? usual };
  return {
    units: w.units,
    activation: serialisedName(w.cfg.get("activation")) ?? "tanh",
    ...gates,
    use_bias: w.cfg.flag("use_bias", true),
    ...after,
    return_sequences: t.sequences,
    return_state: w.cfg.flag("return_state", false),
    go_backwards: t.backwards,
    zero_output_for_mask: t.zero,
  };
}

/** The values that hold the weights, by their path inside the layer. */
function weightNames(site: Site, w: CellWeights, weights: StepWeights): Readonly<Record<string, string>> {
  const base = w.site.path.slice(site.path.length + 1);
  const bias = w.cfg.flag("use_bias", true) ? { [`${base}/bias`]: w.site.weight("bias").name } : {};
  return {
    [`${base}/kernel`]: weights.kernel.name,
    [`${base}/recurrent_kernel`]: weights.recurrent.name,
    ...bias,
  };
}

function scanBody(site: Site, w: CellWeights, weights: StepWeights, t: Timed, count: number): IrGraph {
  const body = bodySite(site, "step");
  const [, batch, features] = t.x.dims ?? [null, null, null];
  const state = (name: string) => body.b.input(`${body.path}/${name}`, "float32", [batch ?? null, w.units]);
  const states = Array.from({ length: count }, (_, i) => state(`state_${i}`));
  const before = state("last");
  const x = body.b.input(`${body.path}/x`, "float32", [batch ?? null, features ?? null]);
  const mask = t.mask ? body.b.input(`${body.path}/mask`, "bool", [batch ?? null]) : null;
  const next = step(body, w, weights, x, states);
  const keep = mask ? body.op("Unsqueeze", [mask, body.ints([1])], {}, "keep") : null;
  const chosen = (a: IrValue, b: IrValue, part: string) =>
    keep ? body.op("Where", [keep, a, b], {}, part) : a;
  const kept = next.map((s, i) => chosen(s, states[i]!, `state_${i}`));
  const shown = chosen(next[0]!, t.zero ? body.scalar(0) : before, "output");
  const outputs = [...kept, shown, shown].map((v, i) => body.op("Identity", [v], {}, `out_${i}`));
  return body.b.finish(outputs);
}

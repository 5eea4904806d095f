// Bidirectional wrappers: one bidirectional node when both directions are alike, else two nodes.
import { layerEntry, type PlainJson } from "../../../formats/keras/index.js";
import type { IrValue } from "../../../ir/types.js";
import { LayerConfig } from "../config.js";
import type { Laid, Site } from "../laid.js";
import { input, tensorArgument, tensorsOf, type LayerCall, type LayerImporter } from "../layer.js";
import {
  activationsOf,
  cellKindOf,
  compact,
  oneDirection,
  recurrentNode,
  reverseTime,
  RNN_ORDER,
  type CellWeights,
  type Timed,
  type TimedOutputs,
} from "./recurrent.js";

/** Reads a wrapped layer; Keras names it forward_ or backward_ and the rest. */
function direction(
  c: LayerCall,
  value: PlainJson | undefined,
  prefix: "forward_" | "backward_" | "",
  path: string,
): CellWeights {
  const entry = layerEntry(value, path);
  const found = cellKindOf(entry.className);
  if (!found) throw c.cfg.unsupported(`a bidirectional ${entry.className} has no counterpart`);
  const cfg = new LayerConfig(entry);
  const bare = prefix === "" ? entry.name : entry.name.replace(/^(forward|backward)_/, "");
  const layer = c.site.inner(`${prefix}${bare}`);
  const cudnn = entry.className.startsWith("CuDNN");
  return {
    kind: found.kind,
    owner: layer,
    site: cudnn ? layer : layer.inner(found.cell),
    cfg,
    units: cfg.int("units", undefined, 1),
    cudnn,
  };
}

function merge(site: Site, mode: string, a: IrValue, b: IrValue): IrValue {
  switch (mode) {
    case "sum":
      return site.op("Add", [a, b], {});
    case "mul":
      return site.op("Mul", [a, b], {});
    case "ave":
      return site.op("Mean", [a, b], {});
    default:
      return site.op("Concat", [a, b], { axis: -1 });
  }
}

/** Entry `i` of the direction axis. */
function pick(site: Site, v: IrValue, axis: number, i: number, part: string): IrValue {
  return site.op("Gather", [v, site.b.scalar(i, "int64")], { axis }, part);
}

/** Options that both directions share, or that say nothing at inference. */
const SHARED_OPTIONS = [
  "return_sequences",
  "return_state",
  "go_backwards",
  "stateful",
  "time_major",
  "zero_output_for_mask",
  "dropout",
  "recurrent_dropout",
  "unit_forget_bias",
  "reset_after",
];

export const bidirectional: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const path = `${c.cfg.path}.config`;
  c.cfg.ignore("layer", "backward_layer");
  const own = c.cfg.raw["backward_layer"] ?? null;
  const cells = [
    direction(c, c.cfg.get("layer"), "forward_", `${path}.layer`),
    own
      ? direction(c, own, "", `${path}.backward_layer`)
      : direction(c, c.cfg.get("layer"), "backward_", `${path}.layer`),
  ] as const;
  const [forward] = cells;
  if (forward.cfg.flag("go_backwards", false)) throw c.cfg.unsupported("a forward layer that goes backwards");
  const mask = tensorArgument(c, "mask") ?? given.mask;
  const sequences = forward.cfg.flag("return_sequences", false);
  const named = tensorsOf(c.kwargs.get("initial_state"));
  const states = (named.length > 0 ? named : c.inputs.slice(1)).map((s) => site.natural(s));
  const timed: Timed = {
    x: site.arranged(given, RNN_ORDER),
    mask: mask ? site.arranged(mask, [1, 0]) : null,
    initial: states,
    backwards: false,
    sequences,
    // Keras forces this for both directions.
    zero: sequences,
  };
  const sides = fits(cells, site) ? together(c, cells, timed) : apart(c, cells, timed);
  for (const cell of cells) cell.cfg.ignore(...SHARED_OPTIONS);
  const wrap = (v: IrValue): Laid => (sequences ? site.laid(v, RNN_ORDER, mask) : site.plain(v));
  const [a, b] = sides.map((side) => (sequences ? side.y : side.last)) as [IrValue, IrValue];
  const mode = c.cfg.has("merge_mode") ? c.cfg.choice("merge_mode", ["concat", "sum", "mul", "ave"]) : null;
  const main =
    mode === null && "merge_mode" in c.cfg.raw
      ? [wrap(a), wrap(b)]
      : [wrap(merge(site, mode ?? "concat", a, b))];
  for (const cell of cells)
    for (const key of cell.cfg.finish()) site.note(`the option ${JSON.stringify(key)} is not known`);
  if (!forward.cfg.flag("return_state", false)) return main;
  return [...main, ...sides.flatMap((side) => side.states.map((s) => site.plain(s)))];
};

/** True when both directions can be one node. */
function fits(cells: readonly CellWeights[], site: Site): boolean {
  const [a, b] = cells as readonly [CellWeights, CellWeights];
  const after = (w: CellWeights) =>
    w.kind === "GRU" && (w.cudnn || w.cfg.flag("reset_after", site.shared.kerasMajor >= 3));
  const plain = cells.every((w) => activationsOf(w, site.shared.kerasMajor) !== null);
  return plain && a.kind === b.kind && a.units === b.units && a.cudnn === b.cudnn && after(a) === after(b);
}

/** One bidirectional node. */
function together(c: LayerCall, cells: readonly CellWeights[], t: Timed): readonly TimedOutputs[] {
  const { site } = c;
  const kept = t.mask ? compact(site, t.x, t.mask) : null;
  const initial = stackStates(
    site,
    cells[0]!,
    t.initial.flatMap((s) => (s ? [s] : [])),
  );
  const out = recurrentNode(c, cells, kept?.x ?? t.x, "bidirectional", initial, kept?.lengths ?? null);
  return ["forward", "backward"].map((side, i): TimedOutputs => {
    const step = pick(site, out.y, 1, i, `${side}_steps`);
    const h = pick(site, out.h, 0, i, side);
    return {
      y: kept ? kept.restore(step, t.zero, i === 1) : step,
      last: h,
      states: out.c ? [h, pick(site, out.c, 0, i, `${side}_c`)] : [h],
    };
  });
}

/** Two nodes; the outputs of the second are turned back to forward time. */
function apart(c: LayerCall, cells: readonly CellWeights[], t: Timed): readonly TimedOutputs[] {
  const half = t.initial.length / 2;
  return cells.map((cell, i) => {
    const backwards = i === 1;
    const inner: LayerCall = { ...c, site: cell.owner };
    const initial = t.initial.slice(i * half, (i + 1) * half);
    const out = oneDirection(inner, cell, { ...t, backwards, initial });
    return backwards && t.sequences ? { ...out, y: reverseTime(c.site, out.y) } : out;
  });
}

/** Keras lists forward states, then backward ones; the node wants each kind stacked over directions. */
function stackStates(site: Site, cell: CellWeights, states: readonly IrValue[]): (IrValue | null)[] {
  const kinds = cell.kind === "LSTM" ? 2 : 1;
  if (states.length < 2 * kinds) return [];
  return Array.from({ length: kinds }, (_, k) => {
    const parts = [states[k]!, states[kinds + k]!].map((s) =>
      site.op("Unsqueeze", [s, site.ints([0])], {}, "state"),
    );
    return site.op("Concat", parts, { axis: 0 }, "states");
  });
}

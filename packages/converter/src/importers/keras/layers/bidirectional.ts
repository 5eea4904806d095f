// Bidirectional wrappers: one bidirectional node when both directions are alike, else two nodes.
import { layerEntry, type PlainJson } from "../../../formats/keras/index.js";
import type { IrValue } from "../../../ir/types.js";
import { LayerConfig } from "../config.js";
import type { Laid, Site } from "../laid.js";
import { input, tensorArgument, tensorsOf, type LayerCall, type LayerImporter } from "../layer.js";
import { cellKindOf, compact, recurrentNode, RNN_ORDER, type CellWeights } from "./recurrent.js";

/** Reads a wrapped layer; Keras names it forward_ or backward_ and the rest. */
function direction(c: LayerCall, value: PlainJson | undefined, prefix: "forward_" | "backward_", path: string): CellWeights {
  const entry = layerEntry(value, path);
  const found = cellKindOf(entry.className);
  if (!found) throw c.cfg.unsupported(`a bidirectional ${entry.className} has no counterpart`);
  const cfg = new LayerConfig(entry);
  const bare = entry.name.replace(/^(forward|backward)_/, "");
  const layer = c.site.inner(`${prefix}${bare}`);
  const cudnn = entry.className.startsWith("CuDNN");
  return { kind: found.kind, site: cudnn ? layer : layer.inner(found.cell), cfg, units: cfg.int("units"), cudnn };
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

export const bidirectional: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const path = `${c.cfg.path}.config`;
  const forward = direction(c, c.cfg.get("layer"), "forward_", `${path}.layer`);
  const backward = direction(c, c.cfg.get("backward_layer") ?? c.cfg.get("layer"), "backward_", `${path}.backward_layer`);
  const mask = tensorArgument(c, "mask") ?? given.mask;
  const sequences = forward.cfg.flag("return_sequences", false);
  const x = site.arranged(given, RNN_ORDER);
  const kept = mask ? compact(site, x, site.natural(mask)) : null;
  const named = tensorsOf(c.kwargs.get("initial_state"));
  const states = (named.length > 0 ? named : c.inputs.slice(1)).map((s) => site.natural(s));
  const out = recurrentNode(c, [forward, backward], kept?.x ?? x, "bidirectional", stackStates(site, forward, states), kept?.lengths ?? null);
  const mode = c.cfg.get("merge_mode");
  const sides = [0, 1].map((i): IrValue => {
    if (!sequences) return pick(site, out.h, 0, i, i === 0 ? "forward" : "backward");
    const y = pick(site, out.y, 1, i, i === 0 ? "forward" : "backward");
    return kept ? kept.restore(y, forward.cfg.flag("zero_output_for_mask", false)) : y;
  }) as [IrValue, IrValue];
  const wrap = (v: IrValue): Laid => (sequences ? site.laid(v, RNN_ORDER, mask) : site.plain(v));
  const main = mode === undefined ? sides.map(wrap) : [wrap(merge(site, String(mode), sides[0], sides[1]))];
  if (!forward.cfg.flag("return_state", false)) return main;
  const ends = [0, 1].flatMap((i) => {
    const h = pick(site, out.h, 0, i, "state_h");
    return out.c ? [h, pick(site, out.c, 0, i, "state_c")] : [h];
  });
  return [...main, ...ends.map((v) => site.plain(v))];
};

/** Keras lists forward states, then backward ones; the node wants each kind stacked over directions. */
function stackStates(site: Site, cell: CellWeights, states: readonly IrValue[]): (IrValue | null)[] {
  const kinds = cell.kind === "LSTM" ? 2 : 1;
  if (states.length < 2 * kinds) return [];
  return Array.from({ length: kinds }, (_, k) => {
    const parts = [states[k]!, states[kinds + k]!].map((s) => site.op("Unsqueeze", [s, site.ints([0])], {}, "state"));
    return site.op("Concat", parts, { axis: 0 }, "states");
  });
}

// `x[...]` of Python as `x.at(...)` with basic indices: integers, slices as strings, new axes, ellipsis.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";

/** An integer, `'start:stop:step'` (parts optional), `null` (new axis) or `'...'`. */
export type Index = number | string | null;

interface Span {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly reversed: boolean;
}

function bad(problem: string, x: CoreTensor, hint: string): Error {
  return core.shapeError("at", problem, [x], hint);
}

function span(text: string, n: number, x: CoreTensor): Span {
  const match = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/.exec(text);
  if (match === null)
    throw bad(`${JSON.stringify(text)} is not an index`, x, "write slices as 'start:stop:step'");
  const [start, stop, step = 1] = match.slice(1).map((p) => (p === undefined ? undefined : Number(p)));
  if (step === 0) throw bad("a slice step is 0", x, "use a positive or negative step");
  const reversed = step < 0;
  const low = reversed ? -1 : 0;
  const high = reversed ? n - 1 : n;
  const clamp = (i: number) => Math.min(high, Math.max(low, i < 0 ? i + n : i));
  const from = start === undefined ? (reversed ? high : low) : clamp(start);
  const to = stop === undefined ? (reversed ? low : high) : clamp(stop);
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count === 0) return { start: 0, end: 0, step: 1, reversed: false };
  const last = from + (count - 1) * step;
  return { start: Math.min(from, last), end: Math.max(from, last) + 1, step: Math.abs(step), reversed };
}

/**
 * Reads `x[...index]`; a view.
 * @throws {ShapeError} when there are too many indices, unknown forms or integers out of range
 */
export function at(x: CoreTensor, index: readonly Index[]): CoreTensor {
  const used = index.filter((i) => i !== null && i !== "...").length;
  if (used > x.rank) throw bad(`${used} indices for ${x.rank} axes`, x, "use at most one index per axis");
  const filler = Array.from({ length: x.rank - used }, () => ":");
  const gap = index.indexOf("...");
  const full = gap < 0 ? [...index, ...filler] : [...index.slice(0, gap), ...filler, ...index.slice(gap + 1)];
  const spans: Span[] = [];
  const shape: number[] = [];
  for (const i of full) {
    const n = x.shape[spans.length]!;
    if (i === null) shape.push(1);
    else if (typeof i === "string") {
      const s = span(i, n, x);
      spans.push(s);
      shape.push(Math.ceil((s.end - s.start) / s.step));
    } else {
      if (typeof i !== "number")
        throw bad(`${core.shown(i)} is not an index`, x, "use integers, slices or null");
      const place = i < 0 ? i + n : i;
      if (!Number.isInteger(place) || place < 0 || place >= n) {
        const hint = `use an index from ${-n} to ${n - 1}`;
        throw bad(`index ${i} is outside axis ${spans.length} of size ${n}`, x, hint);
      }
      spans.push({ start: place, end: place + 1, step: 1, reversed: false });
    }
  }
  const cut = core.slice(
    x,
    spans.map((s) => s.start),
    spans.map((s) => s.end),
    spans.map((s) => s.step),
  );
  const turned = spans.flatMap((s, i) => (s.reversed ? [i] : []));
  return core.reshape(core.flip(cut, turned), shape);
}

/** A part of an index as Keras' configs hold it. */
export function indexRecord(part: Index): unknown {
  if (typeof part !== "string") return part;
  if (part === "...") return { class_name: "__ellipsis__", config: {} };
  const [start, stop, step] = part.split(":").map((p) => (p.trim() === "" ? null : Number(p)));
  return {
    class_name: "__slice__",
    config: { start: start ?? null, stop: stop ?? null, step: step ?? null },
  };
}

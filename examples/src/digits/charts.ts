// The drawings of the report, as SVG text. Colours are CSS variables of the page.
import type { Run, Step } from "./job.js";

/** Text safe inside HTML and SVG. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

interface TextOptions {
  readonly anchor?: "start" | "middle" | "end";
  readonly kind?: "strong" | "soft";
  readonly size?: number;
}

function label(
  x: number,
  y: number,
  text: string,
  { anchor = "start", kind, size = 13 }: TextOptions = {},
): string {
  const name = kind ? ` class="${kind}"` : "";
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}"${name}>${escapeHtml(text)}</text>`;
}

function svg(width: number, height: number, title: string, body: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${body.join("")}</svg>`;
}

/** An error figure. */
export function errorText(v: number): string {
  return v === 0 ? "0" : v.toExponential(1);
}

/** `digits.onnx` → ONNX. */
export function formatName(model: string): string {
  if (model.endsWith(".onnx")) return "ONNX";
  return model.endsWith(".keras") ? "Keras" : "PyTorch";
}

const series = (backend: string): string => (backend === "cpu" ? "a" : "b");

/** The journey: one box per file, the conversion on the arrow. */
export function journey(steps: readonly Step[], runs: readonly Run[], count: number): string {
  const models = [steps[0]?.from ?? "", ...steps.map((s) => s.to)];
  const [box, gap, height] = [170, 96, 124];
  const body = models.flatMap((model, i) => {
    const x = i * (box + gap);
    const best = runs.filter((r) => r.model === model);
    const shares = best.map((r, k) => {
      const text = `${r.backend}  ${((100 * r.correct) / count).toFixed(1)} %`;
      return `<circle class="${series(r.backend)}" cx="${x + 22}" cy="${80 + 22 * k}" r="5"/>${label(x + 34, 84.5 + 22 * k, text)}`;
    });
    return [
      `<rect class="box" x="${x + 1}" y="1" width="${box - 2}" height="${height - 2}" rx="10"/>`,
      label(x + 16, 30, formatName(model), { kind: "strong", size: 17 }),
      label(x + 16, 50, model, { kind: "soft", size: 12 }),
      ...shares,
    ];
  });
  const arrows = steps.flatMap((s, i) => {
    const x = i * (box + gap) + box;
    const middle = x + gap / 2;
    return [
      `<path class="arrow" d="M${x + 6} ${height / 2} H${x + gap - 8} m-7 -6 l7 6 l-7 6"/>`,
      label(middle, height / 2 - 12, `error ${errorText(s.maxAbs)}`, { anchor: "middle", size: 12 }),
      label(middle, height / 2 + 24, `${s.transposes} transpose${s.transposes === 1 ? "" : "s"}`, {
        anchor: "middle",
        kind: "soft",
        size: 11,
      }),
    ];
  });
  return svg(models.length * (box + gap) - gap, height, "The model file by file, with accuracy", [
    ...body,
    ...arrows,
  ]);
}

interface DotRow {
  readonly name: string;
  readonly dots: readonly { readonly series: string; readonly at: number; readonly text: string }[];
}

interface Scale {
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** Position from 0 to 1 of a mark with its text, such as a limit. */
  readonly mark?: { readonly at: number; readonly text: string };
}

function dotPlot(title: string, rows: readonly DotRow[], scale: Scale): string {
  const [left, width, right, row, top] = [134, 256, 66, 44, 24];
  const bottom = top + rows.length * row;
  const x = (at: number) => left + at * width;
  const ticks = scale.ticks.map(
    (t) =>
      `<line class="grid" x1="${x(t.at)}" x2="${x(t.at)}" y1="${top}" y2="${bottom}"/>${label(x(t.at), bottom + 20, t.text, { anchor: "middle", kind: "soft", size: 12 })}`,
  );
  const { mark } = scale;
  const line = mark
    ? `<line class="mark" x1="${x(mark.at)}" x2="${x(mark.at)}" y1="${top}" y2="${bottom}"/>${label(x(mark.at), top - 8, mark.text, { anchor: "middle", kind: "soft", size: 12 })}`
    : "";
  const dots = rows.flatMap(({ name, dots }, i) => [
    label(left - 14, top + (i + 0.5) * row + 4, name, { anchor: "end" }),
    ...dots.map((d, k) => {
      const y = top + (i + 0.5) * row + (k - (dots.length - 1) / 2) * 17;
      return `<circle class="${d.series}" cx="${x(d.at)}" cy="${y}" r="6"/>${label(x(d.at) + 11, y + 4, d.text, { size: 12 })}`;
    }),
  ]);
  return svg(left + width + right, bottom + 30, title, [...ticks, line, ...dots]);
}

function byModel(runs: readonly Run[]): Map<string, Run[]> {
  const out = new Map<string, Run[]>();
  for (const r of runs) out.set(r.model, [...(out.get(r.model) ?? []), r]);
  return out;
}

/** Accuracy per file and backend; the mark is what Keras had when the model was trained. */
export function accuracyPlot(runs: readonly Run[], count: number, keras: number): string {
  const shares = [...runs.map((r) => r.correct / count), keras / count];
  const low = Math.min(0.98, Math.floor(Math.min(...shares) * 50 - 1e-9) / 50);
  const at = (share: number) => (share - low) / (1 - low);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((t) => ({
    at: t,
    text: `${(100 * (low + t * (1 - low))).toFixed(1)} %`,
  }));
  const rows = [...byModel(runs)].map(([name, list]) => ({
    name,
    dots: list.map((r) => ({ series: series(r.backend), at: at(r.correct / count), text: `${r.correct}` })),
  }));
  return dotPlot("Accuracy per file and backend", rows, {
    ticks,
    mark: { at: at(keras / count), text: `Keras: ${keras}` },
  });
}

const [FLOOR, CEILING] = [-8, -2];

/** Largest difference of any logit from Keras' own, on a logarithmic axis. */
export function differencePlot(runs: readonly Run[], limit: number): string {
  const at = (v: number) =>
    Math.min(1, Math.max(0, (Math.log10(Math.max(v, 10 ** FLOOR)) - FLOOR) / (CEILING - FLOOR)));
  const ticks = Array.from({ length: CEILING - FLOOR + 1 }, (_, i) => ({
    at: i / (CEILING - FLOOR),
    text: `1e${FLOOR + i}`,
  }));
  const rows = [...byModel(runs)].map(([name, list]) => ({
    name,
    dots: list.map((r) => ({ series: series(r.backend), at: at(r.fromKeras), text: errorText(r.fromKeras) })),
  }));
  return dotPlot("Largest difference from Keras' logits", rows, {
    ticks,
    mark: { at: at(limit), text: "limit" },
  });
}

/** Time of one run of all digits. */
export function timePlot(runs: readonly Run[]): string {
  const most = Math.max(...runs.map((r) => r.milliseconds));
  const [left, width, right, bar, gap] = [134, 256, 66, 16, 12];
  let y = 6;
  const body: string[] = [];
  for (const [name, list] of byModel(runs)) {
    body.push(label(left - 14, y + (list.length * bar) / 2 + 4, name, { anchor: "end" }));
    for (const r of list) {
      const w = Math.max(1, (width * r.milliseconds) / most);
      body.push(
        `<rect class="${series(r.backend)}" x="${left}" y="${y}" width="${w.toFixed(1)}" height="${bar - 3}" rx="2"/>`,
        label(left + w + 8, y + 11, `${(r.milliseconds / 1000).toFixed(2)} s`, { size: 12 }),
      );
      y += bar;
    }
    y += gap;
  }
  return svg(left + width + right, y, "Time of one run", body);
}

/** Digits told as digits: rows are what was written, columns what was read. */
export function confusion(labels: readonly number[], predictions: readonly number[]): string {
  const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  labels.forEach((l, i) => {
    const row = counts[l];
    const p = predictions[i];
    if (row && p !== undefined) row[p] = (row[p] ?? 0) + 1;
  });
  const cell = 38;
  const [left, top] = [58, 44];
  const body = [label(left + 5 * cell, 14, "read as", { anchor: "middle", kind: "soft" })];
  body.push(
    `<text transform="translate(14 ${top + 5 * cell}) rotate(-90)" text-anchor="middle" font-size="13" class="soft">written</text>`,
  );
  counts.forEach((row, l) => {
    const total = row.reduce((a, b) => a + b, 0);
    body.push(
      label(left - 12, top + (l + 0.5) * cell + 4, String(l), { anchor: "end" }),
      label(left + (l + 0.5) * cell, top - 10, String(l), { anchor: "middle" }),
    );
    row.forEach((n, p) => {
      const kind = n === 0 ? "none" : l === p ? "right" : "wrong";
      const opacity = n === 0 ? 1 : l === p ? 0.25 + (0.75 * n) / total : 0.85;
      const [x, y] = [left + p * cell, top + l * cell];
      body.push(
        `<rect class="${kind}" x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" rx="4" opacity="${opacity.toFixed(2)}"/>`,
      );
      if (n > 0)
        body.push(
          `<text class="in-cell" x="${x + cell / 2}" y="${y + cell / 2 + 4.5}" text-anchor="middle" font-size="13">${n}</text>`,
        );
    });
  });
  return svg(left + 10 * cell + 6, top + 10 * cell + 6, "Confusion matrix", body);
}

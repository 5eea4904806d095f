// The report of the main job: one HTML page without scripts and without other files.
import {
  accuracyPlot,
  confusion,
  differencePlot,
  errorText,
  escapeHtml,
  journey,
  timePlot,
} from "./charts.js";
import type { Recorded, TestDigits } from "./data.js";
import { TOLERANCE, type JobResult } from "./job.js";
import { greyPng } from "./png.js";

const STYLE = `
:root { --paper:#fbfaf7; --card:#fff; --ink:#1d2126; --soft:#6a717b; --line:#e3e0d8; --a:#0f766e; --b:#c2560c; --bad:#b91c1c; --cell:#fff; }
@media (prefers-color-scheme: dark) {
  :root { --paper:#15181b; --card:#1d2125; --ink:#eceae5; --soft:#9aa3ad; --line:#333a40; --a:#2dbfae; --b:#f08a4b; --bad:#f26d6d; --cell:#10201e; }
}
* { box-sizing:border-box }
body { margin:0; background:var(--paper); color:var(--ink); font:16px/1.5 system-ui, sans-serif }
main { max-width:1120px; margin:0 auto; padding:48px 28px 72px }
h1 { font-size:30px; line-height:1.2; margin:0 0 6px; letter-spacing:-.01em }
h2 { font-size:17px; margin:0 0 2px }
p { margin:0 0 14px; color:var(--soft); max-width:70ch }
.verdict { display:flex; gap:22px; align-items:baseline; margin:26px 0 34px; flex-wrap:wrap }
.verdict b { font-size:64px; line-height:1; letter-spacing:-.03em; color:var(--a); font-variant-numeric:tabular-nums }
.verdict.bad b { color:var(--bad) }
.verdict span { font-size:19px }
section { background:var(--card); border:1px solid var(--line); border-radius:14px; padding:22px 24px; margin-bottom:20px; overflow-x:auto }
.two { display:grid; grid-template-columns:repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap:20px }
.two section { margin:0 }
.two, .stack { margin-bottom:20px }
.stack { display:grid; gap:20px; align-content:start }
svg { display:block; width:100%; height:auto; max-width:100%; font-family:inherit; font-variant-numeric:tabular-nums }
svg text { fill:var(--ink) } svg .soft { fill:var(--soft) } svg .strong { font-weight:650 }
svg .box { fill:none; stroke:var(--line); stroke-width:1.5 } svg .grid { stroke:var(--line) }
svg .mark { stroke:var(--ink); stroke-dasharray:3 4; opacity:.55 } svg .arrow { fill:none; stroke:var(--soft); stroke-width:1.6 }
svg .a { fill:var(--a) } svg .b { fill:var(--b) }
svg .none { fill:var(--line); opacity:.35 } svg .right { fill:var(--a) } svg .wrong { fill:var(--bad) } svg text.in-cell { fill:var(--cell); font-weight:600 }
.key { display:flex; gap:18px; font-size:14px; margin:6px 0 12px } .key i { display:inline-block; width:11px; height:11px; border-radius:6px; margin-right:6px; background:var(--a) } .key i.b { background:var(--b) }
.digits { display:grid; grid-template-columns:repeat(auto-fill, minmax(64px, 1fr)); gap:10px; margin-top:12px }
figure { margin:0; text-align:center; font-size:13px; color:var(--soft) }
figure img { width:100%; aspect-ratio:1; image-rendering:pixelated; border-radius:6px; background:#000; display:block; margin-bottom:3px }
figure b { color:var(--ink) } figure.wrong img { outline:3px solid var(--bad) } figure.wrong b { color:var(--bad) }
table { border-collapse:collapse; width:100%; font-size:14.5px; font-variant-numeric:tabular-nums }
th, td { text-align:right; padding:7px 10px; border-bottom:1px solid var(--line); white-space:nowrap } th.l, td.l { text-align:left }
th { color:var(--soft); font-weight:500 }
.problems { color:var(--bad) }`;

/** Columns before `right` are text and start at the left. */
function tableOf(titles: readonly string[], rows: readonly (readonly string[])[], right: number): string {
  const cell = (tag: string, text: string, i: number) =>
    `<${tag}${i < right ? ' class="l"' : ""}>${escapeHtml(text)}</${tag}>`;
  const head = titles.map((t, i) => cell("th", t, i)).join("");
  const body = rows.map((row) => `<tr>${row.map((c, i) => cell("td", c, i)).join("")}</tr>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function digitFigure(digits: TestDigits, k: number, prediction: number): string {
  const image = greyPng(digits.images.subarray(784 * k, 784 * (k + 1)), 28, 28);
  const label = digits.labels[k] ?? -1;
  const wrong = label !== prediction;
  const caption = wrong ? `<b>${prediction}</b>, is ${label}` : `<b>${prediction}</b>`;
  return `<figure${wrong ? ' class="wrong"' : ""}><img alt="handwritten ${label}" src="${image}">${caption}</figure>`;
}

const KEY =
  '<div class="key"><span><i></i>cpu (WebAssembly SIMD)</span><span><i class="b"></i>reference</span></div>';

function verdict({ problems, runs, count }: JobResult): string {
  if (problems.length === 0) {
    return `<div class="verdict"><b>${runs[0]?.correct ?? 0} / ${count}</b><span>right in every format, on every backend, the same digits as Keras itself</span></div>`;
  }
  const list = problems.map((p) => `<li>${escapeHtml(p)}</li>`).join("");
  return `<div class="verdict bad"><b>✗</b><span>something differs</span></div><section class="problems"><ul>${list}</ul></section>`;
}

/** The page. */
export function reportPage(result: JobResult, digits: TestDigits, recorded: Recorded): string {
  const { steps, runs, count, inspected } = result;
  const predictions = runs[0]?.predictions ?? [];
  const keras = recorded.predictions.slice(0, count).filter((p, k) => p === digits.labels[k]).length;
  const wrong = predictions.flatMap((p, k) => (p === digits.labels[k] ? [] : [k]));
  const shown = Array.from({ length: Math.min(count, 39) }, (_, k) => k);
  const figures = (list: readonly number[]) =>
    list.map((k) => digitFigure(digits, k, predictions[k] ?? -1)).join("");
  const trained = Object.entries(recorded.trainedWith)
    .map(([name, v]) => `${name} ${v}`)
    .join(", ");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>One digit classifier in four files</title><style>${STYLE}</style></head>
<body><main>
<h1>A Keras digit classifier, through ONNX and PyTorch and back</h1>
<p>Trained with ${escapeHtml(trained)}; converted and run by Isoform, without Python. ${count.toLocaleString("en")} handwritten digits that the training never saw.</p>
${verdict(result)}
<section><h2>The journey</h2><p>Each file is made from the one before, and checked against it before it is written.</p>${journey(steps, runs, count)}</section>
<div class="two">
<section><h2>Digits read rightly</h2><p>The dashed line is what Keras had.</p>${KEY}${accuracyPlot(runs, count, keras)}</section>
<section><h2>Largest difference from Keras</h2><p>Of any logit of the ${Math.min(count, recorded.firstLogits.length)} digits recorded in Keras; logits reach ±34.</p>${KEY}${differencePlot(runs, TOLERANCE)}</section>
</div>
<div class="two">
<section><h2>What was read as what</h2><p>The same for all files and backends.</p>${confusion(digits.labels, predictions)}</section>
<div class="stack">
<section><h2>The misread digits</h2><p>What was read, and what it is.</p><div class="digits">${figures(wrong)}</div></section>
<section><h2>Time of one run of all digits</h2><p>The reference backend is made to be read, not to be fast.</p>${KEY}${timePlot(runs)}</section>
</div>
</div>
<section><h2>The first ${shown.length} digits and what was read</h2><div class="digits">${figures(shown)}</div></section>
<section><h2>The model</h2><p>${escapeHtml(inspected.format)}, ${inspected.parameters.toLocaleString("en")} parameters; layers in the order and with the sizes they have after import.</p>
${tableOf(
  ["layer", "type", "output", "parameters"],
  inspected.layers.map((l) => [l.name, l.op, l.output, String(l.parameters)]),
  3,
)}</section>
<section><h2>All figures</h2><p>Differences are the largest of any logit.</p>
${tableOf(
  ["file", "backend", "right", "accuracy", "from digits.keras", "from Keras itself", "time"],
  runs.map((r) => [
    r.model,
    r.backend,
    `${r.correct}/${count}`,
    `${((100 * r.correct) / count).toFixed(1)} %`,
    errorText(r.fromSource),
    errorText(r.fromKeras),
    `${(r.milliseconds / 1000).toFixed(2)} s`,
  ]),
  2,
)}</section>
</main></body></html>
`;
}

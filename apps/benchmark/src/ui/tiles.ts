// What a run comes to, in four numbers.
import { formatMs, speedUps, type BenchResult } from "@isoform/bench";
import { bytesText, errorText, timesText } from "./figures.js";
import { h } from "./dom.js";

function tile(
  title: string,
  value: string,
  text: string,
  tone: "good" | "bad" | "" = "",
  unit: string | null = null,
): HTMLElement {
  return h(
    "div",
    { class: `tile ${tone}` },
    h("dt", {}, title),
    h(
      "dd",
      {},
      h("strong", { class: value.length > 8 ? "long" : null }, value, unit !== null && h("em", {}, unit)),
      h("span", {}, text),
    ),
  );
}

function fastest(result: BenchResult): HTMLElement | null {
  const [first] = result.contenders;
  const baseline = result.contenders.find((c) => c.id === "reference") ?? first;
  if (baseline === undefined || result.contenders.length < 2) return null;
  const label = (id: string): string => result.contenders.find((c) => c.id === id)?.label ?? id;
  const best = speedUps(result, baseline.id)
    .filter((s) => s.contender !== baseline.id && s.mean !== null)
    .toSorted((a, b) => (b.mean ?? 0) - (a.mean ?? 0))[0];
  if (best?.mean === null || best === undefined) return null;
  const cases = `${best.byCase.size} ${best.byCase.size === 1 ? "case" : "cases"}`;
  return tile(
    "Fastest",
    timesText(best.mean),
    `${label(best.contender)} against ${baseline.label}, mean of ${cases}`,
  );
}

function correct(result: BenchResult): HTMLElement | null {
  const compared = result.rows.filter((r) => r.check !== null);
  if (compared.length === 0) return null;
  const right = compared.filter((r) => r.check?.ok === true).length;
  const worst = compared.reduce((m, r) => Math.max(m, r.check?.maxRel ?? 0), 0);
  const text =
    right === compared.length
      ? `results agree with the reference; at most ${errorText(worst)} of the largest value apart`
      : `${compared.length - right} ${compared.length - right === 1 ? "result differs" : "results differ"} from the reference`;
  return tile("Correct", `${right} of ${compared.length}`, text, right === compared.length ? "good" : "bad");
}

function rate(result: BenchResult): HTMLElement | null {
  const flops = new Map(result.cases.map((c) => [c.id, c]));
  let most = 0;
  let text = "";
  for (const r of result.rows) {
    const facts = flops.get(r.case);
    if (r.warm === null || facts === undefined || facts.flops === null || r.warm.median === 0) continue;
    const gflops = facts.flops / r.warm.median / 1e6;
    if (gflops <= most) continue;
    most = gflops;
    const label = result.contenders.find((c) => c.id === r.contender)?.label ?? r.contender;
    text = `at most: ${facts.group}, ${label}`;
  }
  return most === 0
    ? null
    : tile("Throughput", most >= 100 ? most.toFixed(0) : most.toPrecision(3), text, "", "GFLOP/s");
}

function memory(result: BenchResult): HTMLElement | null {
  const [top] = result.rows.toSorted((a, b) => (b.peakBytes ?? 0) - (a.peakBytes ?? 0));
  if (top === undefined || top.peakBytes === null || top.peakBytes === 0) return null;
  const facts = result.cases.find((c) => c.id === top.case);
  return tile("Memory", bytesText(top.peakBytes), `of tensors at most: ${facts?.group ?? top.case}`);
}

function troubles(result: BenchResult): HTMLElement | null {
  const failed = result.rows.filter((r) => r.state === "failed");
  if (failed.length === 0) return null;
  const who = [
    ...new Set(failed.map((r) => result.contenders.find((c) => c.id === r.contender)?.label ?? r.contender)),
  ];
  return tile(
    "Without a figure",
    String(failed.length),
    `${failed.length === 1 ? "row" : "rows"} of ${who.join(", ")}`,
    "bad",
  );
}

/** The tiles of a run, at most four: what matters most comes first. */
export function tiles(result: BenchResult): HTMLElement {
  const cold = result.rows.reduce((m, r) => Math.max(m, r.coldMs ?? 0), 0);
  // Speed of wrong results is none.
  const right = { ...result, rows: result.rows.filter((r) => r.state !== "wrong") };
  const all = [
    fastest(right),
    correct(result),
    troubles(result),
    rate(right),
    memory(result),
    cold > 0 ? tile("Slowest first run", formatMs(cold), "compilation included") : null,
  ];
  return h("dl", { class: "tiles" }, ...all.filter((t) => t !== null).slice(0, 4));
}

// The chart of a run as SVG: one line per case, one mark per peer at ours / peer on a logarithmic axis. Colours follow
// the reader's light or dark scheme.
import { where } from "./table.mjs";

const STYLES = {
  "tfjs-wasm": { light: "#c2571a", dark: "#f0a06a", shape: "circle" },
  "tfjs-cpu": { light: "#8a6d1d", dark: "#d8c070", shape: "cross" },
  "onnxruntime-web": { light: "#1f6fb2", dark: "#7fb8ec", shape: "square" },
  "onnxruntime-node": { light: "#15479e", dark: "#5c8df0", shape: "diamond" },
  "jax-js": { light: "#7a3fa0", dark: "#c79be6", shape: "triangle" },
  pytorch: { light: "#b3261e", dark: "#ff8a80", shape: "down" },
  tensorflow: { light: "#2e7d46", dark: "#7fd09a", shape: "star" },
};
const [LEFT, RIGHT, WIDTH, LINE, HEADING, TOP] = [372, 40, 1000, 22, 34, 118];
const R = 5.5;

const SHAPES = {
  circle: (x, y) => `<circle cx="${x}" cy="${y}" r="${R}"/>`,
  square: (x, y) => `<rect x="${x - 5}" y="${y - 5}" width="10" height="10" rx="1"/>`,
  diamond: (x, y) =>
    polygon([
      [x, y - 7],
      [x + 7, y],
      [x, y + 7],
      [x - 7, y],
    ]),
  triangle: (x, y) =>
    polygon([
      [x, y - 6.5],
      [x + 6.5, y + 5],
      [x - 6.5, y + 5],
    ]),
  down: (x, y) =>
    polygon([
      [x, y + 6.5],
      [x + 6.5, y - 5],
      [x - 6.5, y - 5],
    ]),
  cross: (x, y) => `<path d="M${x - 5} ${y - 5}l10 10m0 -10l-10 10" fill="none" stroke-width="2.6"/>`,
  star: (x, y) =>
    polygon(
      Array.from({ length: 10 }, (_, i) => {
        const [r, a] = [i % 2 ? 3.2 : 7.5, (Math.PI * i) / 5];
        return [x + r * Math.sin(a), y - r * Math.cos(a)].map((v) => Math.round(v * 10) / 10);
      }),
    ),
};
const polygon = (points) => `<polygon points="${points.map((p) => p.join()).join(" ")}"/>`;
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const text = (x, y, content, attributes = "") =>
  `<text x="${x}" y="${y}" ${attributes}>${escape(content)}</text>`;

/** SVG text of the rows of one run. */
export function chart(rows, run) {
  const peers = Object.keys(STYLES).filter((p) => rows.some((r) => r.peers[p]));
  const ratios = rows.flatMap((r) => peers.filter((p) => r.peers[p]).map((p) => r.oursMs / r.peers[p]));
  const low = Math.min(0.5, ...ratios);
  const high = Math.max(2, ...ratios);
  const ticks = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    for (const m of [1, 2, 5]) ticks.push(m * 10 ** e);
  }
  const from = ticks.findLast((t) => t <= low) ?? low;
  const to = ticks.find((t) => t >= high) ?? high;
  const scale = (v) =>
    Math.round((LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(v / from)) / Math.log(to / from)) * 10) / 10;
  const few = Math.log10(to / from) > 2.5;
  const powers = ticks.filter((_, i) => i % 3 === 0);
  const shown = (few ? powers : ticks).filter((t) => t >= from && t <= to);

  const body = [];
  let y = TOP;
  let group = null;
  for (const row of rows) {
    const key = `${row.suite}, ${row.threads === 1 ? "one thread" : `${row.threads} threads`}`;
    if (key !== group) {
      y += HEADING;
      body.push(text(16, y - 9, key, 'class="group"'));
      group = key;
    }
    const middle = y + LINE / 2;
    body.push(`<line class="row" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${middle}" y2="${middle}"/>`);
    body.push(text(LEFT - 12, middle + 4, row.name, 'text-anchor="end"'));
    for (const p of peers) {
      if (!row.peers[p]) continue;
      const ratio = row.oursMs / row.peers[p];
      const title = `${row.name}, ${p}: ${row.oursMs.toPrecision(3)} / ${row.peers[p].toPrecision(3)} ms = ${ratio.toFixed(2)}`;
      body.push(
        `<g class="${p}">${SHAPES[STYLES[p].shape](scale(ratio), middle)}<title>${escape(title)}</title></g>`,
      );
    }
    y += LINE;
  }
  const bottom = y + 8;
  const axis = shown.flatMap((t) => [
    `<line class="${t === 1 ? "one" : "tick"}" x1="${scale(t)}" x2="${scale(t)}" y1="${TOP + 6}" y2="${bottom}"/>`,
    text(scale(t), bottom + 18, String(Number(t.toPrecision(3))), 'text-anchor="middle" class="muted"'),
  ]);
  const legend = [];
  let x = 16;
  for (const p of peers) {
    legend.push(`<g class="${p}">${SHAPES[STYLES[p].shape](x + 6, 76)}</g>`, text(x + 18, 80, p));
    x += 40 + p.length * 7.4;
  }
  const colours = (scheme) =>
    peers.map((p) => `.${p}{fill:${STYLES[p][scheme]}}.${p} path{stroke:${STYLES[p][scheme]}}`).join("");
  const height = bottom + 56;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Time of ours divided by the time of each peer">
<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}
.back{fill:#ffffff}g{stroke:#ffffff}.title{font-size:18px;font-weight:600}.group{font-weight:600}.muted{fill:#656d76;font-size:12px}
.row{stroke:#eaeef2}.tick{stroke:#d0d7de;stroke-dasharray:2 4}.one{stroke:#1f2328;stroke-width:1.4}.faster{fill:#1a7f37;opacity:.07}
${colours("light")}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}g{stroke:#0d1117}.muted{fill:#9198a1}.row{stroke:#21262d}.tick{stroke:#30363d}.one{stroke:#e6edf3}.faster{fill:#3fb950;opacity:.1}
${colours("dark")}}
</style>
<rect class="back" width="${WIDTH}" height="${height}" rx="8"/>
${text(16, 32, "Our time divided by each peer's", 'class="title"')}
${text(16, 53, where(run), 'class="muted"')}
${legend.join("\n")}
<rect class="faster" x="${LEFT}" y="${TOP + 6}" width="${scale(1) - LEFT}" height="${bottom - TOP - 6}"/>
${text(scale(1) - 8, TOP, "← ours is faster", 'text-anchor="end" class="muted"')}
${text(scale(1) + 8, TOP, "the peer is faster →", 'class="muted"')}
${axis.join("\n")}
${body.join("\n")}
${text((LEFT + WIDTH - RIGHT) / 2, bottom + 40, "ours / peer, medians of one interleaved run, logarithmic", 'text-anchor="middle" class="muted"')}
</svg>
`;
}

// The markdown of a run: one table of times and ratios, one of what lies behind them, and the notes.
const ms = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const cell = (oursMs, peerMs) => (peerMs ? `${ms(peerMs)} (${(oursMs / peerMs).toFixed(2)})` : "");
const line = (cells) => `| ${cells.join(" | ")} |`;
const head = (cells, textColumns) => [
  line(cells),
  line(cells.map((_, i) => (i < textColumns ? "---" : "---:"))),
];

/** Where a run was made, in one sentence. */
export function where(run) {
  const load = run.load.join(", ");
  return `${run.cpu}, ${run.cores} cores, Node ${[run.node, ...run.flags].join(" ")}, ${run.date}, load ${load}`;
}

/** Markdown of the rows of one run. */
export function table(rows, run) {
  const all = [...new Set(rows.flatMap((r) => Object.keys(r.peers)))];
  const peers = all.filter((p) => rows.some((r) => r.peers[p] !== null));
  const times = rows.map((r) =>
    line([r.suite, r.name, r.threads, ms(r.oursMs), ...peers.map((p) => cell(r.oursMs, r.peers[p]))]),
  );
  const behind = rows.filter((r) => r.gflops || r.gbs || r.ortWebOpMs !== undefined);
  const facts = run.families.map(
    ({ threads, relaxedSimd, roofline: { peakGflops, readGBs, copyGBs } }) =>
      `With ${threads} thread(s), ours ${relaxedSimd ? "with" : "without"} relaxed SIMD, one WASM thread of this run reached ${peakGflops} GFLOP/s of multiply and add, read ${readGBs} GB/s and copied ${copyGBs} GB/s.`,
  );
  const notes = new Map();
  for (const r of rows) {
    for (const [p, text] of Object.entries(r.notes)) {
      const key = `${p}: ${text}`;
      notes.set(key, [...(notes.get(key) ?? []), `${r.suite} ${r.name}`]);
    }
  }
  const noteLines = [...notes].map(([text, cases]) => `- ${text} (${[...new Set(cases)].join("; ")})`);
  return [
    `Medians in milliseconds of one interleaved run; in brackets ours divided by the peer's, so less than 1 is faster. ${where(run)}.`,
    "",
    ...facts,
    "",
    ...head(["suite", "case", "threads", "ours", ...peers], 2),
    ...times,
    "",
    ...(behind.length > 0
      ? [
          "Rates of ours, by the direct algorithm's operations (a Winograd convolution does fewer); peak: what that many threads reached beside each other in multiplies and adds, right after the case. Like for like with onnxruntime-web: the operator alone on both sides, and the copies in and out on both sides.",
          "",
          ...head(
            [
              "suite",
              "case",
              "threads",
              "GFLOP/s",
              "of the peak",
              "GB/s",
              "ours / operator alone",
              "ours with copies / session",
            ],
            2,
          ),
          ...behind.map(behindLine),
          "",
        ]
      : []),
    ...(noteLines.length > 0 || run.notices.length > 0
      ? ["Notes", "", ...run.notices.map((n) => `- ${n}`), ...noteLines, ""]
      : []),
  ].join("\n");
}

function behindLine(r) {
  const peak = r.gflops
    ? `${Math.round((100 * r.gflops) / r.machineGflops)} % of ${r.machineGflops.toFixed(0)}`
    : "";
  const whole = r.peers["onnxruntime-web"];
  return line([
    r.suite,
    r.name,
    r.threads,
    r.gflops ? r.gflops.toFixed(1) : "",
    peak,
    r.gbs ? r.gbs.toFixed(1) : "",
    r.ortWebOpMs ? cell(r.oursMs, r.ortWebOpMs) : "",
    r.oursWithCopiesMs && whole
      ? `${ms(r.oursWithCopiesMs)} / ${ms(whole)} = ${(r.oursWithCopiesMs / whole).toFixed(2)}`
      : "",
  ]);
}

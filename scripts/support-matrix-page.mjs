// The text of docs/support-matrix.md, from the texts of conformance.json files.

/** The page. `conformance` and `core` are the packages, imported unless given: tests have them from their sources. */
export async function matrixPage(texts, conformance, core) {
  const { outcomeOf, readManifest, supportMatrix } = conformance ?? (await import("@isoform/conformance"));
  const { DTYPES, primitives } = core ?? (await import("@isoform/core"));
  const reports = texts.map((text) => readManifest(text));
  const prims = new Set(Object.keys(primitives()));
  const isModel = (op) => /^(torch|keras) /.test(op);
  const others = [...new Set(reports.flatMap((r) => Object.keys(r.ops)))]
    .filter((op) => !prims.has(op))
    .sort();
  const lines = [
    "# Support matrix",
    "",
    "What each backend passed of the conformance suite, by op and dtype. Made by `node scripts/support-matrix.mjs` from the",
    "`conformance.json` of each backend; do not edit. A test compares those files with what the suite finds.",
    "",
    "✓ all cases passed; `✗ n`: n failed; `! n`: n known failures; –: ruled out by what the backend declares; empty: no case.",
    "",
    "## Backends",
    "",
    "| backend | levels | dtypes | reads at once | wider tolerances | ran on other code |",
    "| --- | --- | --- | --- | --- | --- |",
    ...reports.map((r) => {
      const { dtypes, syncRead } = r.capabilities;
      const levels = Object.entries(r.levels).flatMap(([level, counts]) =>
        counts.passed + counts.failed + counts.expected === 0 ? [] : [`${level} ${marks[outcomeOf(counts)]}`],
      );
      const granted = r.tolerances
        .filter((t) => t.used)
        .map((t) => `\`${t.case}\`: ${t.reason} (${t.issue})`);
      const moved = [...new Set(Object.keys(r.fallbacks).map((key) => key.split(":")[0]))].sort();
      const cells = [
        r.backend,
        levels.join(", "),
        dtypes.join(", "),
        syncRead ? "yes" : "no",
        granted.join("; "),
        moved.join(", "),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
    "",
    "The last column lists kernel families that a backend computes, for some dtypes, with the kernels of the reference backend",
    "on its own memory or by way of the host. They are counted at run time: `device.fallbacks()`.",
    "",
    "## Primitives",
    "",
    ...byBackend(reports, (r) =>
      supportMatrix([r], DTYPES, (op) => prims.has(op)).replaceAll(`${r.backend} `, ""),
    ),
    "## Composites",
    "",
    "Every composite op runs on every backend, by its decomposition where there is no fused kernel.",
    "",
    ...exceptions(
      reports,
      others.filter((op) => !isModel(op) && op !== "memory"),
      outcomeOf,
    ),
    "",
    "## Models",
    "",
    ...byBackend(reports, (r) =>
      supportMatrix([r], ["float32"], isModel).replaceAll(`${r.backend} `, "").replace("| op |", "| model |"),
    ),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

const marks = { passed: "✓", failed: "✗", expected: "!", skipped: "–" };

function byBackend(reports, table) {
  return reports.flatMap((r) => [`### ${r.backend}`, "", table(r)]);
}

/** What did not pass, one line per op. */
function exceptions(reports, ops, outcomeOf) {
  const lines = reports.flatMap((r) =>
    ops.flatMap((op) => {
      const bad = Object.entries(r.ops[op] ?? {}).filter(([, c]) =>
        ["failed", "expected"].includes(outcomeOf(c)),
      );
      return bad.length === 0 ? [] : [`- ${r.backend}: ${op} (${bad.map(([dtype]) => dtype).join(", ")})`];
    }),
  );
  return lines.length === 0
    ? ["All of them pass in every float dtype that a backend declares."]
    : ["These fail:", "", ...lines];
}

// Writes docs/fixtures-keras-layers.md from a run of test/keras-layers.test.ts: which recorded Keras layers exist and pass.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./lib.mjs";

const folder = mkdtempSync(join(tmpdir(), "isoform-table-"));
const report = join(folder, "report.json");
const vitest = join(root, "node_modules", ".bin", "vitest");
spawnSync(vitest, ["run", "test/keras-layers.test.ts", "--reporter=json", `--outputFile=${report}`], {
  cwd: root,
});
const { testResults } = JSON.parse(readFileSync(report, "utf8"));
rmSync(folder, { recursive: true });
const rows = testResults[0].assertionResults.map((t) => [...t.ancestorTitles.slice(-1), t.title, t.status]);
const passed = rows.filter(([, , status]) => status === "passed").length;
const lines = [
  "# Recorded Keras layers",
  "",
  `The 74 layers recorded from Keras 3.15 (outputs and gradients), built with @isoform/api-keras from their recorded`,
  "configs and weights on both backends, within the tolerances recorded with them: `test/keras-layers.test.ts`. A Lambda is",
  "Python bytecode: it can only be refused.",
  "",
  `${passed} of ${rows.length} checks pass. Written by \`node scripts/keras-layers-table.mjs\`.`,
  "",
  "| Group | Check | Result |",
  "| --- | --- | --- |",
  ...rows.map(([group, title, status]) => `| ${group} | ${title.replaceAll("|", "\\|")} | ${status} |`),
  "",
];
writeFileSync(join(root, "docs", "fixtures-keras-layers.md"), lines.join("\n"));

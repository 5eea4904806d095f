// Writes docs/fixtures-torch-modules.md: runs test/torch-modules.test.ts and tabulates its worst errors. Needs the
// recorded modules of ../shared/data.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./lib.mjs";

const folder = mkdtempSync(join(tmpdir(), "torch-modules-"));
const record = join(folder, "measured.json");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
execFileSync(process.execPath, [vitest, "run", "test/torch-modules.test.ts"], {
  cwd: root,
  env: { ...process.env, RECORD_TORCH_MODULES: record },
  stdio: ["ignore", "ignore", "inherit"],
});
const { cpu, reference } = JSON.parse(readFileSync(record, "utf8"));
rmSync(folder, { recursive: true });

const share = (v) => (v === 0 ? "0" : v < 0.1 ? v.toExponential(0) : v.toFixed(1));
const rows = Object.keys(cpu).map((name) => {
  const values = [cpu, reference].flatMap((b) => [b[name].outputs, b[name].gradients]);
  return `| ${name} | ${values.map(share).join(" | ")} |`;
});
const worst = [cpu, reference].map((b) =>
  Math.max(...Object.values(b).flatMap((w) => [w.outputs, w.gradients])),
);
const text = `# Recorded PyTorch modules on both backends

${rows.length} modules recorded from PyTorch 2.13 with their weights, inputs, outputs and gradients; all are built with
@isoform/api-torch, loaded from the recorded \`.pt\` files, and compared in \`test/torch-modules.test.ts\`. Batch
normalisation is compared in training mode too.

The numbers are the worst error of all elements as a share of the tolerance that came with the recording: 1 would just
pass, 0 is bit-equal. The largest is ${share(worst[0])} on backend-cpu and ${share(worst[1])} on backend-reference.

Written by \`node scripts/torch-modules-table.mjs\`.

| Module | cpu: outputs | cpu: gradients | reference: outputs | reference: gradients |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
writeFileSync(join(root, "docs", "fixtures-torch-modules.md"), text);

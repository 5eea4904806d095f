// Measures float32 matrix products on the GPU. `node tools/gemm.mjs --help` tells how. It bundles `gemm-run.mjs` with the kernels'
// sources and runs that; `--bundle FILE` only writes it, for a machine that has nothing but Node and the `webgpu` package.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const here = fileURLToPath(new URL(".", import.meta.url));
const args = process.argv.slice(2);
const at = args.indexOf("--bundle");
const directory = at < 0 ? mkdtempSync(join(here, ".gemm-")) : null;
const file = directory ? join(directory, "gemm.mjs") : args[at + 1];
if (!file) {
  console.error("--bundle needs a file name");
  process.exit(2);
}
try {
  const bundle = await rolldown({
    input: join(here, "gemm-run.mjs"),
    platform: "node",
    external: ["webgpu"],
    resolve: { conditionNames: ["@isoform/source", "import", "node"] },
    logLevel: "warn",
  });
  await bundle.write({ file, format: "esm", codeSplitting: false });
  if (directory) {
    process.exitCode = spawnSync(process.execPath, [file, ...args], { stdio: "inherit" }).status ?? 1;
  }
} finally {
  if (directory) rmSync(directory, { recursive: true });
}

// `npm run app:peers`: installs the other engines (as benchmarks/peers pins them) and makes one ES module of each, in
// `peers/dist`, which the dev and preview servers hand out under /peers/. Nothing of it is part of the app's build.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { installPeers } from "../../../benchmarks/lib/peers.mjs";

const app = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(app, "..", "..", "benchmarks", "peers", "node_modules");
const out = join(app, "peers", "dist");

/** What each module exports. */
const ENTRIES = {
  tfjs: `export * from "@tensorflow/tfjs-core";
    import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
    export { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
    import "@tensorflow/tfjs-backend-webgpu";`,
  ort: `export * from "onnxruntime-web/webgpu";`,
  jax: `export * from "@jax-js/jax";`,
};
/** Files that they fetch while they run. */
const ASSETS = [
  ["@tensorflow/tfjs-backend-wasm/dist", /\.wasm$/],
  ["onnxruntime-web/dist", /^ort-wasm-simd-threaded(\.jsep|\.asyncify)?\.(wasm|mjs)$/],
];

const problem = installPeers();
if (problem !== null) {
  console.error(problem);
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [name, code] of Object.entries(ENTRIES)) {
  const entry = join(modules, `.isoform-${name}.mjs`);
  writeFileSync(entry, code);
  try {
    // Not minified: TensorFlow.js makes its workers of the texts of its functions.
    const bundle = await rolldown({ input: entry, platform: "browser", logLevel: "silent" });
    await bundle.write({ file: join(out, `${name}.js`), format: "esm", codeSplitting: false });
    await bundle.close();
    console.log(`${name}.js`);
  } finally {
    rmSync(entry);
  }
}
for (const [folder, wanted] of ASSETS) {
  const from = join(modules, folder);
  if (!existsSync(from)) continue;
  for (const name of readdirSync(from))
    if (wanted.test(name)) copyFileSync(join(from, name), join(out, name));
}
console.log(`the engines are in ${out}`);

// Installs the peers on demand, outside the workspace: no install scripts, no lock file.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));

/** Imports a peer package, installing all peers first when it is missing. */
export async function peer(name) {
  if (!existsSync(`${folder}node_modules/${name}`)) {
    console.error(`installing the benchmark peers into benchmarks/peers (once)`);
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    execFileSync("npm", ["install", ...flags], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  }
  const resolve = createRequire(`${folder}package.json`).resolve;
  return import(pathToFileURL(resolve(name)).href);
}

// Installs the peers on demand, outside the workspace: no install scripts, no lock file.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));

const installed = (name, version) => {
  const file = `${folder}node_modules/${name}/package.json`;
  return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).version === version;
};

/** Installs the manifest's versions where any is missing. Returns why not, or null. */
export function installPeers() {
  if (Object.entries(manifest.dependencies).every(([n, v]) => installed(n, v))) return null;
  console.error("installing the peers into benchmarks/peers (once)");
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  try {
    execFileSync("npm", ["install", ...flags], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    return null;
  } catch (error) {
    return `npm install failed: ${String(error.stderr ?? error.message).split("\n")[0]}`;
  }
}

/** Imports a peer's package. @throws Error when it is not installed */
export function importPeer(name) {
  const { resolve } = createRequire(`${folder}package.json`);
  return import(pathToFileURL(resolve(name)).href);
}

/** Pinned versions by package. */
export const peerVersions = () => ({ ...manifest.dependencies });

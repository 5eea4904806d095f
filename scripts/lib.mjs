// What the start and test scripts share: installing and building the workspace with nothing but Node and npm.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const pkg = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Runs a command in the workspace; ends this process when it fails. `quiet` drops what it writes to stdout. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: options.quiet ? ["inherit", "ignore", "inherit"] : "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", ...options.env },
  });
  if (result.error) throw result.error;
  if (result.status !== 0 && !options.mayFail) process.exit(result.status ?? 1);
  return result.status ?? 1;
}

/** Runs a program installed in the workspace. */
export function bin(name, args, options) {
  const file = process.platform === "win32" ? `${name}.cmd` : name;
  return run(join(root, "node_modules", ".bin", file), args, options);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node ${process.versions.node} is too old: Isoform needs ${pkg.engines.node}.`);
  process.exit(1);
}

/** Installs the workspace exactly as locked; does nothing when that was done before. */
export function install() {
  checkNode();
  const stamp = join(root, "node_modules", ".isoform-install");
  const key = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(readFileSync(join(root, "pnpm-workspace.yaml")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  const pnpm = pkg.packageManager;
  console.log(`Installing the workspace with ${pnpm} …`);
  run("npx", ["-y", pnpm, "install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=warn"]);
  writeFileSync(stamp, key);
}

/** Compiles all packages (incremental). */
export function build() {
  console.log("Building …");
  bin("tsc", ["-b"]);
  run(process.execPath, [join(root, "scripts", "bundle.mjs")]);
}

/** Wall time of a step, in seconds. */
export function timed(fn) {
  const start = performance.now();
  const value = fn();
  return [value, (performance.now() - start) / 1000];
}

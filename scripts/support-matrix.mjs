// Makes the capability manifests of backends and docs/support-matrix.md of them.
//   node scripts/support-matrix.mjs                     runs L0 to L4 on every backend that has a manifest, then writes
//   node scripts/support-matrix.mjs reference cpu       runs only these, and takes the manifests of the others as they are
//   node scripts/support-matrix.mjs --render            runs nothing
// A backend is a package in packages/; needs the build. A new one is added by naming it once.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./lib.mjs";
import { matrixPage } from "./support-matrix-page.mjs";

const packages = join(root, "packages");
const manifestOf = (name) => join(packages, `backend-${name}`, "conformance.json");
const withManifest = () =>
  readdirSync(packages)
    .map((folder) => /^backend-(.+)$/.exec(folder)?.[1])
    .filter((name) => name && existsSync(manifestOf(name)));

const words = process.argv.slice(2);
const wrong = words.filter((w) => w !== "--render" && !existsSync(join(packages, `backend-${w}`)));
if (wrong.length > 0) {
  console.error(`There is no packages/backend-${wrong[0]}.`);
  process.exit(2);
}
const names = words.filter((w) => w !== "--render");
const chosen = words.includes("--render") ? [] : names.length > 0 ? names : withManifest();
const command = join(packages, "cli", "bin", "isoform.js");
for (const name of chosen) {
  console.log(`Checking ${name} …`);
  const target = name === "cpu" || name === "reference" ? name : join(packages, `backend-${name}`);
  const words = ["backend", "check", target, "--level", "L4", "--out", manifestOf(name), "--quiet", "--json"];
  run(process.execPath, [command, ...words], { quiet: true });
}
const reports = withManifest()
  .sort((a, b) => Number(b === "reference") - Number(a === "reference") || a.localeCompare(b))
  .map((name) => readFileSync(manifestOf(name), "utf8"));
const page = join(root, "docs", "support-matrix.md");
writeFileSync(page, await matrixPage(reports));
console.log(`Written ${page.slice(root.length + 1)}`);

// Joins what `tsc -b` made of each package to one file, which is what Node imports: hundreds of small modules take it
// longer to find and link than to run. Bundlers take the modules, of which they can leave out more. Docstrings stay in
// the modules: they would be a sixth of what Node reads.
import { existsSync, readdirSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = join(root, "packages");
const here = process.cwd();
const folders =
  dirname(here) === packages ? [here] : readdirSync(packages).map((name) => join(packages, name));

for (const folder of folders) {
  const input = join(folder, "dist", "index.js");
  if (!existsSync(input) || existsSync(join(folder, "bin"))) continue;
  const bundle = await rolldown({
    input,
    external: (id) => !id.startsWith(".") && !isAbsolute(id),
    platform: "neutral",
    logLevel: "silent",
  });
  await bundle.write({ file: join(folder, "bundle", "index.js"), format: "esm", comments: { jsdoc: false } });
  await bundle.close();
}

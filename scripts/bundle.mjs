// Joins what `tsc -b` made of each package to one file, which is what Node imports: hundreds of small modules take it
// longer to find and link than to run. What it reads is short, too, as reading is most of the time to a first result; names
// of functions and classes stay as they are. Bundlers take the modules, of which they can leave out more.
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = join(root, "packages");
/** Packages without state, which are joined to the one that needs them. */
const JOINED = { "backend-cpu": ["@isoform/backend-reference"] };
const here = process.cwd();
const folders =
  dirname(here) === packages ? [here] : readdirSync(packages).map((name) => join(packages, name));

for (const folder of folders) {
  const input = join(folder, "dist", "index.js");
  if (!existsSync(input) || existsSync(join(folder, "bin"))) continue;
  const bundle = await rolldown({
    input,
    external: (id) => !id.startsWith(".") && !isAbsolute(id) && !JOINED[basename(folder)]?.includes(id),
    platform: "neutral",
    logLevel: "silent",
  });
  await bundle.write({
    file: join(folder, "bundle", "index.js"),
    format: "esm",
    comments: { jsdoc: false },
    // On lines of their own: Node shows the line that an uncaught error comes from.
    minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: false } },
  });
  await bundle.close();
}

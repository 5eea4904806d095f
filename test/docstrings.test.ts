// Every exported function, class, constant and type of the packages has a docstring; public methods of classes too.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** Files of tables and rules that no package exports; their tables say what each entry is for. */
const INTERNAL =
  /converter[/\\]src[/\\](importers|exporters|execute|ir)[/\\](?!index\.ts|[a-z]+[/\\]index\.ts)/;

const packages = join(import.meta.dirname, "..", "packages");

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === "testing" ? [] : sources(path);
    return name.endsWith(".ts") && !/\.(test|gen)\.ts$/.test(name) && !INTERNAL.test(path) ? [path] : [];
  });
}

/** Exported declarations without a comment right above them. Overloads need one only on the first signature. */
function undocumented(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const found: string[] = [];
  const documented = new Set<string>();
  lines.forEach((line, i) => {
    const m =
      /^export (?:declare )?(?:abstract )?(?:async )?(function\*?|class|const|interface|type) (\w+)/.exec(
        line,
      );
    const name = m?.[2];
    if (!m || !name) return;
    const above = (lines[i - 1] ?? "").trim();
    // Tables of one-table files stand right under the comment that says what the file is.
    if (above.endsWith("*/") || above.startsWith("//")) documented.add(name);
    // A type beside the value of the same name shares its docstring.
    else if (!documented.has(name)) found.push(`${relative(packages, file)}: ${name}`);
  });
  return found;
}

describe("docstrings", () => {
  for (const name of readdirSync(packages)) {
    it(name, () => {
      expect(sources(join(packages, name, "src")).flatMap(undocumented)).toEqual([]);
    });
  }
});

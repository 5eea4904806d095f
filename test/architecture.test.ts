// The dependency arrows of docs/architecture.md, checked against every import of every package.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const packages = join(import.meta.dirname, "..", "packages");

/** What a package's sources may import, besides their own files. `node:` only where named. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  "backend-reference": ["@isoform/core"],
  "backend-cpu": ["@isoform/core", "@isoform/backend-reference"],
  "backend-webgpu": ["@isoform/core", "webgpu"],
  conformance: ["@isoform/core", "@isoform/api-keras", "@isoform/api-torch", "@isoform/converter", "vitest"],
  "create-backend": ["@isoform/core", "node:"],
  "api-keras": ["@isoform/core"],
  "api-torch": ["@isoform/core"],
  data: ["@isoform/core", "@zip.js/zip.js", "fflate"],
  converter: ["@isoform/core", "@zip.js/zip.js", "fflate", "protobufjs"],
  bench: [
    "@isoform/core",
    "@isoform/api-keras",
    "@isoform/api-torch",
    "@isoform/backend-reference",
    "@isoform/converter",
  ],
  cli: [
    "@isoform/bench",
    "@isoform/core",
    "@isoform/api-keras",
    "@isoform/api-torch",
    "@isoform/backend-cpu",
    "@isoform/backend-reference",
    "@isoform/backend-webgpu",
    "@isoform/conformance",
    "@isoform/converter",
    "commander",
    "node:",
  ],
};

/** Source files and tests; folders that other tests make for a moment begin with a dot. */
function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (name.startsWith(".")) return [];
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return files(path);
    return /\.(ts|js)$/.test(name) ? [path] : [];
  });
}
const sources = (folder: string): string[] =>
  files(folder).filter((path) => !/\.test\.ts$|\/testing\//.test(path));

/** Module names of static, dynamic and re-export imports. */
function imports(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
  const found = [
    ...code.matchAll(/^(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/gm),
    ...code.matchAll(/^import\s*["']([^"']+)["']/gm),
    ...code.matchAll(/\bimport\(\s*["']([^"']+)["']/g),
  ];
  return found.map((m) => m[1] ?? "").filter((name) => !name.startsWith("."));
}

describe("dependency arrows", () => {
  it("has a rule for every package", () => {
    expect(readdirSync(packages).sort()).toEqual(Object.keys(ALLOWED).sort());
  });

  for (const [name, allowed] of Object.entries(ALLOWED)) {
    it(`${name} imports only ${allowed.join(", ") || "its own files"}`, () => {
      const wrong = sources(join(packages, name, "src")).flatMap((file) =>
        imports(readFileSync(file, "utf8"))
          .filter((i) => !allowed.some((a) => i === a || i.startsWith(a.endsWith(":") ? a : `${a}/`)))
          .map((i) => `${file.slice(packages.length + 1)} imports ${i}`),
      );
      expect(wrong).toEqual([]);
    });

    it(`${name} declares what it imports`, () => {
      const manifest = JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")) as {
        dependencies?: Record<string, string>;
        peerDependencies?: Record<string, string>;
      };
      const declared = new Set([
        ...Object.keys(manifest.dependencies ?? {}),
        ...Object.keys(manifest.peerDependencies ?? {}),
      ]);
      const wanted = allowed.filter((a) => !a.startsWith("node:"));
      expect(wanted.filter((w) => !declared.has(w))).toEqual([]);
    });
  }
});

describe("conformance", () => {
  it("needs the APIs, the converter and vitest only where its optional entries are imported", () => {
    const folder = join(packages, "conformance", "src");
    const optional = sources(folder).filter((file) =>
      imports(readFileSync(file, "utf8")).some((i) => i !== "@isoform/core"),
    );
    const rest = sources(folder).filter((f) => !/[\\/]models[\\/]|[\\/]vitest\.ts$/.test(f));
    expect(optional.filter((f) => rest.includes(f))).toEqual([]);
    const into = rest.filter((f) => /from "\.[^"]*\/(models\/|vitest\.js)/.test(readFileSync(f, "utf8")));
    expect(into).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(folder, "..", "package.json"), "utf8")) as {
      peerDependencies: Record<string, string>;
      peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
    };
    const needed = Object.keys(manifest.peerDependencies).filter(
      (name) => manifest.peerDependenciesMeta[name]?.optional !== true,
    );
    expect(needed).toEqual(["@isoform/core"]);
  });
});

describe("house rules in the sources", () => {
  const folders = Object.keys(ALLOWED).map((name) => join(packages, name, "src"));
  const all = folders.flatMap(sources);
  const withTests = [...folders, import.meta.dirname].flatMap(files);
  const offenders = (pattern: RegExp, except: RegExp) =>
    withTests
      .filter((f) => f !== import.meta.filename && !except.test(f) && pattern.test(readFileSync(f, "utf8")))
      .map((f) => relative(packages, f));

  it("casts through unknown only in core's dispatch", () => {
    expect(offenders(/as unknown as/, /core\/src\/dispatch\/erase\.ts$|\.gen\./)).toEqual([]);
  });
  it("never evaluates text as code", () => {
    expect(offenders(/(?<![.\w])eval\s*\((?!\))|new Function\b/, /\.gen\./)).toEqual([]);
  });
  it("opens every file with a comment on what it is", () => {
    const bare = all.filter((f) => !/\.gen\./.test(f) && !/^(#!.*\n)?\/[/*]/.test(readFileSync(f, "utf8")));
    expect(bare.map((f) => f.slice(packages.length + 1))).toEqual([]);
  });
});

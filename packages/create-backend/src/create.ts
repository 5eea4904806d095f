// Writes the package of a new backend from the template beside this package's sources.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ArgumentError, checkOptions } from "@isoform/core";
import { namesOf, type BackendNames } from "./names.js";

/** Options of `createBackend`. */
export interface CreateBackendOptions {
  /** Name of the package, e.g. `isoform-backend-metal` or `@acme/backend-metal`. */
  readonly name: string;
  /** Folder to write into; must not exist or be empty. Default: the name without its scope, in the current folder. */
  readonly folder?: string;
}

/** What was written. */
export interface CreatedBackend extends BackendNames {
  /** Absolute path. */
  readonly folder: string;
  /** Paths of the files in it, with `/`. */
  readonly files: readonly string[];
}

/** Where each file of the template goes. */
const FILES: Readonly<Record<string, string>> = {
  "README.md": "README.md",
  gitignore: ".gitignore",
  "vitest.config.ts": "vitest.config.ts",
  "tsconfig.json": "tsconfig.json",
  "tsconfig.build.json": "tsconfig.build.json",
  "index.ts": "src/index.ts",
  "memory.ts": "src/memory.ts",
  "kernels.ts": "src/kernels.ts",
  "not-written.ts": "src/not-written.ts",
  "conformance-test.ts": "test/conformance.test.ts",
  "fallback-test.ts": "test/fallback.test.ts",
};

/**
 * Writes a new backend: memory that works, 19 kernel stubs that say what to read and what to run, and tests.
 * @throws {ArgumentError} when the name is no name of a package, or the folder is not empty; nothing is written then
 */
export function createBackend(options: CreateBackendOptions): CreatedBackend {
  checkOptions("createBackend", options, ["name", "folder"]);
  const names = namesOf(options.name);
  const folder = resolve(options.folder ?? basename(names.package));
  checkFolder(folder);
  const template = new URL("../template/", import.meta.url);
  const contents = new Map<string, string>();
  for (const [from, to] of Object.entries(FILES))
    contents.set(to, filled(readFileSync(new URL(from, template), "utf8"), names));
  contents.set("package.json", manifest(names));
  const isNew = !existsSync(folder);
  try {
    for (const [path, text] of contents) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { flag: "wx" });
    }
  } catch (error) {
    if (isNew) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { ...names, folder, files: [...contents.keys()].sort() };
}

function checkFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const isFolder = statSync(folder).isDirectory();
  if (isFolder && readdirSync(folder).length === 0) return;
  throw new ArgumentError(isFolder ? "the folder is not empty" : "there is a file of that name", {
    code: "create/folder-in-use",
    op: "create-backend",
    path: folder,
    hint: "nothing is ever overwritten: choose another name, or another folder with --folder",
  });
}

function filled(text: string, names: BackendNames): string {
  return text
    .replaceAll("__package__", names.package)
    .replaceAll("__backend__", names.backend)
    .replaceAll("__factory__", names.factory);
}

/** The version of this package, which is that of all packages of Isoform. */
export function version(): string {
  const own: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof own === "object" && own !== null && "version" in own ? String(own.version) : "0.0.0";
}

function manifest(names: BackendNames): string {
  const isoform = `^${version()}`;
  const content = {
    name: names.package,
    version: "0.1.0",
    description: `The ${names.backend} backend of Isoform.`,
    keywords: ["isoform-backend"],
    license: "MIT",
    files: ["dist", "src", "conformance.json"],
    type: "module",
    sideEffects: false,
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    scripts: {
      build: "tsc -p tsconfig.build.json",
      typecheck: "tsc",
      test: "vitest run",
      "test:level": "vitest run test/conformance.test.ts -t",
      prepublishOnly: "npm run typecheck && npm test && npm run build",
    },
    peerDependencies: { "@isoform/core": isoform },
    devDependencies: {
      "@isoform/backend-reference": isoform,
      "@isoform/cli": isoform,
      "@isoform/conformance": isoform,
      "@isoform/core": isoform,
      typescript: ">=5.9",
      vitest: ">=3",
    },
    engines: { node: ">=20.19" },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

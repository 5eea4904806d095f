// What README and docs say is true: their TypeScript compiles and runs, their shell lines work, their links lead somewhere.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { cpu } from "@isoform/backend-cpu";
import { writeSafetensors } from "@isoform/converter";
import { IsoformError, setBackend } from "@isoform/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { floats } from "./bad-input/support/bytes.js";
import { dense, kerasArchive, sequential } from "./bad-input/support/keras.js";
import { cli } from "./support/cli.js";

const root = join(import.meta.dirname, "..");
/** Inside the repository, so that packages are found as a user's files would find them. */
const folder = join(import.meta.dirname, `.snippets-${process.pid}`);

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
  ...readdirSync(join(root, "packages")).map((name) => join("packages", name, "README.md")),
  ...["benchmarks", "fixtures", "examples/digits"].map((name) => join(name, "README.md")),
].filter((name) => existsSync(join(root, name)));

const textOf = (document: string): string => readFileSync(join(root, document), "utf8");

/** The fenced blocks of a language. */
function blocks(document: string, language: string): string[] {
  return [...textOf(document).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    (m) => m[1] ?? "",
  );
}

/** Small data under the names that the examples use for the reader's own; made once a backend is set. */
const DATA = `
import { nn, torch } from "@isoform/api-torch";
import { reference } from "@isoform/backend-reference";
import type { Backend } from "@isoform/core";
const pixels = Array.from({ length: 64 }, (_, i) => Array.from({ length: 784 }, (_, k) => ((i * 7 + k) % 11) / 11));
const classes = pixels.map((_, i) => i % 10);
export const reader = () => ({
  x: pixels,
  y: classes,
  images: torch.tensor(pixels),
  labels: torch.tensor(classes, { dtype: "int64" }),
  net: nn.Linear(2, 3),
});
export const myBackend = (): Backend => reference();
`;
const READERS = ["x", "y", "images", "labels", "net"];

interface Snippet {
  readonly document: string;
  readonly file: string;
  readonly code: string;
}
const backend = `import { setBackend } from "@isoform/core";\nimport { cpu } from "@isoform/backend-cpu";\nawait setBackend(cpu());\n`;
const snippets = documents.flatMap((document) =>
  blocks(document, "ts").map((code, i): Snippet => {
    const own = document.replaceAll(/[^A-Za-z]+/g, "-").toLowerCase();
    const missing = READERS.filter(
      (name) =>
        new RegExp(`\\b${name}[,).]`).test(code) &&
        !new RegExp(`(const|let|override forward\\() ?${name}\\b`).test(code),
    );
    const data = `\nconst { ${missing.join(", ")} } = (await import("./data.js")).reader();\n`;
    const start = "await setBackend(cpu());";
    const filled =
      missing.length === 0
        ? code
        : code.includes(start)
          ? code.replace(start, start + data)
          : backend + data + code;
    return {
      document,
      file: `${own}-${i}.ts`,
      code: `${filled.replace('"./index.js"', '"./data.js"')}\nexport {};\n`,
    };
  }),
);

beforeAll(() => {
  mkdirSync(folder);
  writeFileSync(join(folder, "data.ts"), DATA);
  for (const { file, code } of snippets) writeFileSync(join(folder, file), code);
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    lib: ["ES2023", "ESNext.Disposable", "DOM"],
    types: ["node"],
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"] }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("TypeScript in documents", () => {
  it("is there", () => {
    expect(snippets.filter((s) => s.document === "README.md").length).toBeGreaterThanOrEqual(2);
  });

  it("compiles under the strict options of the workspace", () => {
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    let said = "";
    try {
      execFileSync(process.execPath, [compiler, "-p", folder], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      said = String((error as { stdout?: string }).stdout);
    }
    expect(said).toBe("");
  });

  // The conformance suite declares tests, which a running test cannot do.
  const runnable = snippets.filter((s) => !/runConformance|conformanceTests/.test(s.code));
  const before = process.cwd();
  beforeAll(() => process.chdir(folder));
  afterAll(() => process.chdir(before));
  // Snippets set backends of their own, which those after them must not get.
  beforeEach(async () => void (await setBackend(cpu())));
  it.each(runnable.map((s) => [`${s.document}: ${s.file}`, s] as const))("%s runs", async (_, { file }) => {
    try {
      await import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href);
    } catch (error) {
      const required = process.env["ISOFORM_REQUIRE_GPU"] === "1";
      if (required || !(error instanceof IsoformError && error.code?.startsWith("webgpu/no-"))) throw error;
      console.warn(`${file}: ${error.problem}`);
    }
  });
});

describe("shell lines in documents", () => {
  const lines = documents.flatMap((document) =>
    blocks(document, "sh").flatMap((block) =>
      block
        .split("\n")
        .map((line) => line.replace(/\s+#.*$/, "").trim())
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => [document, line] as const),
    ),
  );
  const scripts = (JSON.parse(textOf("package.json")) as { scripts: Record<string, string> }).scripts;

  it.each(lines.filter(([, line]) => /^npm (start|test|run)/.test(line)))("%s: %s is a script", (_, line) => {
    const name = /^npm (?:run )?([\w:]+)/.exec(line)?.[1] ?? "";
    expect(Object.keys(scripts)).toContain(name);
  });

  it.each(lines.filter(([, line]) => /^(node|python3?|sh|bash) /.test(line)))(
    "%s: %s names a file",
    (document, line) => {
      const file = line.split(" ").find((word) => /\.(mjs|js|ts|py|sh)$/.test(word)) ?? "";
      expect([root, join(root, dirname(document))].some((place) => existsSync(join(place, file)))).toBe(true);
    },
  );

  it("every line of isoform in README works as it stands", async () => {
    const cwd = join(folder, "cli");
    mkdirSync(cwd);
    const archive = kerasArchive(sequential([dense("dense")]));
    for (const name of ["model.keras", "a.keras"]) writeFileSync(join(cwd, name), archive);
    expect((await cli(["convert", "a.keras", "b.onnx"], { cwd })).code).toBe(0);
    const raw = { dtype: "float32", shape: [1, 2], data: floats(1, 2) } as const;
    writeFileSync(join(cwd, "in.safetensors"), writeSafetensors(new Map([["x", raw]])));
    const commands = lines.filter(([d, line]) => d === "README.md" && line.startsWith("npx isoform"));
    expect(commands.length).toBeGreaterThan(5);
    for (const [, line] of commands) {
      const result = await cli(line.split(/\s+/).slice(2), { cwd });
      expect([line, result.code, result.err.replaceAll(/^.*(ms| s)\n$/gm, "")]).toEqual([line, 0, ""]);
    }
    expect(readdirSync(join(cwd, "model_torch")).toSorted()).toEqual([
      "model.py",
      "model.safetensors",
      "state_dict.pt",
    ]);
  });

  it("options of isoform in documents exist", async () => {
    const used = documents.flatMap((document) =>
      [...textOf(document).matchAll(/isoform (inspect|convert|run|verify|bench|doctor)([^`\n]*)/g)].flatMap(
        ([line, command, rest]) =>
          [...(rest ?? "").matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => ({
            document,
            line,
            command: command ?? "",
            flag,
          })),
      ),
    );
    expect(used.length).toBeGreaterThan(5);
    const help = new Map<string, string>();
    for (const { document, line, command, flag } of used) {
      if (!help.has(command)) help.set(command, (await cli([command, "--help"])).out);
      expect(`${help.get(command)} --help --json`, `${document}: ${line}`).toContain(flag);
    }
  });
});

describe("links and files in documents", () => {
  it.each(documents)("%s", (document) => {
    const text = textOf(document).replaceAll(/^```[\s\S]*?^```$/gm, "");
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] ?? "");
    const broken = targets.filter((target) => {
      if (/^(https?:|mailto:)/.test(target)) return false;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? join(root, document) : join(root, dirname(document), path);
      if (!existsSync(file)) return true;
      if (anchor === undefined || !file.endsWith(".md")) return false;
      return !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("paths of the repository in backquotes exist", () => {
    const top = ["packages", "docs", "examples", "fixtures", "test", "benchmarks", "scripts", "apps"];
    const broken = documents.flatMap((document) =>
      [...textOf(document).matchAll(/`([\w./@-]+)`/g)]
        .map((m) => m[1] ?? "")
        .filter((path) => top.includes(path.split("/")[0] ?? "") && path.includes("/"))
        .filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(document), path)))
        .map((path) => `${document}: ${path}`),
    );
    expect(broken).toEqual([]);
  });
});

const known = new Map<string, string[]>();
function anchorsOf(file: string): string[] {
  const found = known.get(file) ?? anchors(readFileSync(file, "utf8"));
  known.set(file, found);
  return found;
}

/** Anchors of a document: of its headings, as GitHub makes them, and its own. */
function anchors(text: string): string[] {
  const own = [...text.matchAll(/<a id="([^"]+)">/g)].map((m) => m[1] ?? "");
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map((m) =>
    (m[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
  return [...own, ...headings];
}

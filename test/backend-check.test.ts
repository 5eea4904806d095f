// `isoform backend check`, and `--backend` with a backend of the user's: found, run, reported; what is wrong is said.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readManifest } from "@isoform/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { cli } from "./support/cli.js";

// Inside the workspace, so that modules written here find @isoform/core.
const work = mkdtempSync(join(import.meta.dirname, ".check-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const isoform = (...argv: string[]) => cli(argv, { cwd: work });

function write(name: string, text: string): string {
  writeFileSync(join(work, name), text);
  return `./${name}`;
}

const PROGRAM = join(import.meta.dirname, "..", "packages", "cli", "bin", "isoform.js");
const BUILT = join(import.meta.dirname, "..", "packages", "cli", "dist", "index.js");

mkdirSync(join(work, "mine"));
write("mine/package.json", "{");
const FAULTY = write(
  "faulty.js",
  `import { reference } from "@isoform/backend-reference";
   export const helper = () => 1;
   export function faulty({ name = "faulty" } = {}) {
     const good = reference();
     const unary = (fn, x, out) => good.kernels.unary(fn === "ceil" ? "floor" : fn, x, out);
     return { ...good, name, kernels: { ...good.kernels, unary } };
   }`,
);

mkdirSync(join(work, "bare"));
const unbuilt = (folder: string, manifest: object): string => {
  mkdirSync(join(work, folder));
  writeFileSync(join(work, folder, "package.json"), JSON.stringify({ type: "module", ...manifest }));
  return `./${folder}`;
};
const DIST = { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } };

describe("isoform backend check", () => {
  it("prints the matrix and the levels, and writes the report", async () => {
    const only = "L0/*;L1/add/*;L1/conv/float32*";
    const ran = await isoform("backend", "check", "reference", "--only", only, "--out", "conformance.json");
    expect(ran.code).toBe(0);
    expect(ran.err).toMatch(/^(reference \d+ % \(\d+\/\d+ cases\)\n)*$/);
    expect(ran.out).toMatch(/^add +✓ +✓/m);
    expect(ran.out).toMatch(/^L1 +\d+ +0 +0 +0$/m);
    expect(ran.out).toMatch(/reference: \d+ passed, 0 failed, 0 known failures, 0 skipped/);
    const report = readManifest(readFileSync(join(work, "conformance.json"), "utf8"));
    expect(report).toMatchObject({ backend: "reference", level: "L3", totals: { failed: 0 } });
    await isoform("backend", "check", "reference", "--only", "L1/add/*", "--out", "matrix.md");
    expect(readFileSync(join(work, "matrix.md"), "utf8")).toMatch(/^\| add \| .*✓/m);
  });

  it("finds the export that makes a backend, passes options, and ends with 5 when cases fail", async () => {
    const argv = [
      "backend",
      "check",
      FAULTY,
      "--only",
      "L1/ceil/*;L1/floor/*",
      "--options",
      '{"name":"mine"}',
    ];
    const ran = await isoform(...argv, "--json");
    expect(ran.code).toBe(5);
    expect(ran.json()).toMatchObject({
      command: "backend check",
      ok: false,
      exit: 5,
      module: FAULTY,
      report: { backend: "mine", schema: "isoform-conformance/1" },
    });
    const text = await isoform(...argv);
    expect(text.out).toMatch(/✗ L1\/ceil\/float16\/.*\n.*elements differ/);
    expect(text.out).toMatch(/^floor +✓/m);
    const named = await isoform("backend", "check", FAULTY, "--export", "faulty", "--only", "L1/floor/*");
    expect(named.code).toBe(0);
  });

  it("takes the package in a folder", async () => {
    const folder = join(work, "pkg");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "acme-backend", type: "module", exports: "./index.js" }),
    );
    writeFileSync(join(folder, "index.js"), `export { faulty as default } from "../faulty.js";`);
    const ran = await isoform("backend", "check", "./pkg", "--only", "L1/floor/*", "--json");
    expect([ran.code, ran.json()["module"]]).toEqual([0, "./pkg"]);
  });

  it("runs the models at level L4", { timeout: 120_000 }, async () => {
    const ran = await isoform(
      "backend",
      "check",
      "cpu",
      "--level",
      "L4",
      "--only",
      "L4/torch mlp/*",
      "--json",
    );
    expect(ran.json()).toMatchObject({ ok: true, report: { level: "L4", totals: { passed: 4, failed: 0 } } });
  });

  it.each([
    [
      ["webgpuu"],
      2,
      /there is no backend "webgpuu".*did you mean webgpu.*the command has cpu, reference, webgpu; installed here: .*@isoform\/backend-cpu.*npm install @isoform\/backend-webgpuu/s,
    ],
    [["https://example.com/b.js"], 2, /not imported over the network/],
    [["./none.js"], 2, /there is no backend/],
    [["./bare"], 2, /there is no backend "\.\/bare": the folder has no package\.json/],
    [
      [unbuilt("unbuilt", { name: "isoform-backend-x", exports: DIST, scripts: { build: "tsc" } })],
      2,
      /leads to \.\/dist\/index\.js, which is not there\s+Fix: build it first: npm run build$/m,
    ],
    [[unbuilt("unscripted", { name: "x", main: "lib.js" })], 2, /leads to lib\.js, which is not there/],
    [[unbuilt("nameless", { exports: "./index.js" })], 2, /its package\.json has no name/],
    [[unbuilt("entryless", { name: "x" })], 2, /no exports that lead to a file/],
    [["mine"], 2, /there is no backend "mine".*what lies in this folder is \.\/mine/s],
    [["./mine"], 1, /cannot be imported: .*JSON/],
    [["cpu", "--level", "L9"], 2, /Allowed choices are L0, L1/],
    [["cpu", "--only", "L1/nothing"], 2, /no case has such an id/],
    [["cpu", "--out", "x.html"], 2, /reports are \.json or \.md/],
    [["cpu", "--options", "[]"], 2, /no JSON object/],
    [
      [write("empty.js", "export const a = 1; export const b = () => 2;")],
      2,
      /no export makes a backend.*exports are a, b/s,
    ],
    [[FAULTY, "--export", "falty"], 2, /did you mean --export faulty/],
    [
      [
        write(
          "two.js",
          `export { faulty } from "./faulty.js"; export { reference } from "@isoform/backend-reference";`,
        ),
      ],
      2,
      /several exports make a backend.*--export faulty or --export reference/s,
    ],
    [[write("broken.js", "export const x = ;")], 1, /cannot be imported/],
  ])("%j ends with %i", async (argv, code, says) => {
    const ran = await isoform("backend", "check", ...argv);
    expect(ran.err).toMatch(says);
    expect(ran.code).toBe(code);
  });

  const backendFile = (name: string, members: string): string =>
    write(
      `${name}.js`,
      `import { reference } from "@isoform/backend-reference";
       export const ${name} = () => { const good = reference(); return { ...good, name: "${name}", ${members} }; };`,
    );
  const LATER = backendFile(
    "later",
    `kernels: { ...good.kernels, unary: async () => { throw new Error("metal says no"); } }`,
  );
  const ENDLESS = backendFile("endless", `dispose() { throw new TypeError("cannot end"); }`);

  it("fails the cases of an async kernel, and lives", async () => {
    const ran = await isoform("backend", "check", LATER, "--only", "L1/neg/float32/*", "--json");
    expect([ran.code, ran.json()["exit"]]).toEqual([5, 5]);
    expect(JSON.stringify(ran.json()["report"])).toContain(
      "the kernel unary gave a promise; it returns nothing",
    );
  });

  it("prints and writes the report although dispose throws", async () => {
    const argv = ["backend", "check", ENDLESS, "--only", "L1/neg/float32/*"];
    const ran = await isoform(...argv, "--out", "endless.json");
    expect(ran.code).toBe(5);
    expect(ran.out).toMatch(/✗ dispose, which must not throw\n {4}TypeError: cannot end/);
    expect(ran.out).toMatch(/endless: \d+ passed, 0 failed/);
    expect(readManifest(readFileSync(join(work, "endless.json"), "utf8")).totals.failed).toBe(0);
    const json = (await isoform(...argv, "--json")).json();
    expect(json).toMatchObject({
      ok: false,
      exit: 5,
      strays: [{ after: "dispose", message: "TypeError: cannot end" }],
    });
  });

  it.skipIf(!existsSync(BUILT))("survives errors of the backend's that no call gives", async () => {
    const file = backendFile(
      "stray",
      `write(...args) {
         setTimeout(() => { throw new Error("late boom"); }, 0);
         void Promise.reject(new Error("nobody waits"));
         return good.write(...args);
       },
       dispose: async () => { throw new Error("async end"); }`,
    );
    const argv = [PROGRAM, "backend", "check", file, "--only", "L1/neg/float32/*", "--json"];
    const ran = spawnSync(process.execPath, argv, { cwd: work, encoding: "utf8" });
    expect(ran.stderr).not.toMatch(/\bat .*\.js:\d+/);
    expect(ran.status).toBe(5);
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, exit: 5, report: { totals: { failed: 0 } } });
    for (const message of ["late boom", "nobody waits", "async end"]) expect(ran.stdout).toContain(message);
  });

  it("has help, alone and as part of backend", async () => {
    expect((await isoform("backend", "check", "--help")).out).toContain(
      "isoform backend check . --out conformance.json",
    );
    expect((await isoform("backend", "--help")).out).toContain("check");
    const none = await isoform("backend", "chekc", "x");
    expect([none.code, none.err]).toEqual([2, expect.stringContaining("unknown command 'chekc'")]);
  });
});

describe("--backend", () => {
  it("takes a module, and says what there is when it is unknown", async () => {
    const model = join(import.meta.dirname, "..", "fixtures", "models", "cnn3.keras");
    const same = await isoform("verify", model, model, "--backend", FAULTY, "--json");
    expect(same.json()).toMatchObject({ ok: true, backend: "faulty" });
    const none = await isoform("verify", model, model, "--backend", "cuda");
    expect(none.err).toMatch(/there is no backend "cuda".*npm install @isoform\/backend-cuda/s);
  });
});

// `npm create @isoform/backend`: what it writes type-checks, its stubs say what to do, and with withFallback it works.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkBackend } from "@isoform/conformance";
import { createBackend, main } from "@isoform/create-backend";
import { KERNEL_FAMILIES, type Backend } from "@isoform/core";
import { afterAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const built = existsSync(join(root, "packages", "conformance", "dist", "vitest.js"));
// Inside the workspace, so that packages are found as an installed project would find them.
const work = mkdtempSync(join(import.meta.dirname, ".created-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await main(argv, {
    stdout: { write: (t) => (out += t) },
    stderr: { write: (t) => (err += t) },
    ask: null,
  });
  return { code, out, err };
}

describe("the command", () => {
  it("has help, a version, and one JSON object", async () => {
    const help = await run("--help");
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("npm create @isoform/backend NAME");
    expect((await run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    const made = await run("@acme/isoform-backend-my-gpu", "--folder", join(work, "gpu"), "--json");
    expect([made.code, made.err]).toEqual([0, ""]);
    expect(JSON.parse(made.out)).toMatchObject({
      schema: "isoform/1",
      ok: true,
      package: "@acme/isoform-backend-my-gpu",
      backend: "my-gpu",
      factory: "myGpu",
      folder: join(work, "gpu"),
      files: expect.arrayContaining([
        "package.json",
        ".gitignore",
        "src/kernels.ts",
        "test/conformance.test.ts",
      ]),
    });
    const manifest = JSON.parse(readFileSync(join(work, "gpu", "package.json"), "utf8")) as { name: string };
    expect(manifest.name).toBe("@acme/isoform-backend-my-gpu");
  });

  it("overwrites nothing", async () => {
    const folder = join(work, "used");
    mkdirSync(folder);
    writeFileSync(join(folder, "mine.txt"), "mine");
    const refused = await run("metal", "--folder", folder, "--json");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false, error: { code: "create/folder-in-use" } });
    expect(refused.err).toContain("Fix: nothing is ever overwritten");
    expect(existsSync(join(folder, "package.json"))).toBe(false);
    writeFileSync(join(work, "file"), "");
    expect((await run("metal", "--folder", join(work, "file"))).err).toContain(
      "there is a file of that name",
    );
  });

  it.each([
    [[], /no name is given/],
    [["a", "b"], /one name is enough/],
    [["a", "--foldr", "x"], /did you mean --folder/],
    [["a", "--folder"], /needs a path/],
  ])("%j is a usage error", async (argv, says) => {
    const { code, err } = await run(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(says);
  });

  it.each(["", "Metal", "../up", "a b", "@acme", "@acme/", "9lives", "backend-", "x".repeat(300)])(
    "%j is no name",
    (name) => {
      const make = () => createBackend({ name, folder: join(work, "never") });
      expect(make).toThrow(expect.objectContaining({ name: "ArgumentError", code: "create/name" }));
      expect(existsSync(join(work, "never"))).toBe(false);
    },
  );

  it("makes names that are words of the language into functions", () => {
    expect(createBackend({ name: "backend-new", folder: join(work, "new") }).factory).toBe("newBackend");
  });
});

describe("what it writes", () => {
  const { folder } = createBackend({ name: "isoform-backend-metal", folder: join(work, "metal") });

  it("fails in its stubs, with instructions, and nowhere else", async () => {
    const module: object = await import(pathToFileURL(join(folder, "src", "index.ts")).href);
    const metal = Reflect.get(module, "metal") as () => Backend;
    const report = await checkBackend(metal, { level: "L1" });
    const failed = report.remarks.filter((r) => r.outcome === "failed");
    const instructions =
      /the kernel family (\w+) is not written yet .*read the comment on `\1` of `Kernels`.*src\/kernels\.ts, and run: npx vitest run test\/conformance\.test\.ts -t "L1\/\w+\/"/s;
    expect(failed.filter((r) => !instructions.test(r.reason))).toEqual([]);
    const families = new Set(failed.map((r) => instructions.exec(r.reason)?.[1]));
    // randomBits needs uint32, which the template does not declare.
    expect([...families].sort()).toEqual(KERNEL_FAMILIES.filter((f) => f !== "randomBits").sort());
    const transfers = report.ops["memory"]!;
    for (const dtype of report.capabilities.dtypes)
      expect(transfers[dtype]).toEqual({ passed: 7, failed: 0, expected: 0, skipped: 0 });
    const FIRST = 'test/conformance.test.ts -t "there and back"';
    const next = await run("metal", "--folder", join(work, "next"));
    expect(next.out).toContain(`npx vitest run ${FIRST}   memory works already`);
    expect(readFileSync(join(root, "docs", "writing-a-backend.md"), "utf8")).toContain(
      `npx vitest run ${FIRST}\n`,
    );
    expect(failed.filter((r) => r.case.includes("there and back"))).toEqual([]);
    expect(report.ops["reshape"]!["float32"]!.failed).toBeLessThan(report.ops["neg"]!["float32"]!.failed);
  });

  it.skipIf(!built)("type-checks, and runs its tests", { timeout: 180_000 }, () => {
    const bin = (name: string, ...argv: string[]) => {
      const entry = name === "tsc" ? "typescript/bin/tsc" : "vitest/vitest.mjs";
      const options = { cwd: folder, encoding: "utf8" as const, env: { ...process.env, NO_COLOR: "1" } };
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(root, "node_modules", entry), ...argv],
        options,
      );
      return { status, text: stdout + stderr };
    };
    expect(bin("tsc", "-p", ".")).toEqual({ status: 0, text: "" });
    const stub = bin("vitest", "run", "test/conformance.test.ts", "-t", "L1/neg/float32/transposed");
    expect(stub.status).toBe(1);
    expect(stub.text).toContain("neg: the kernel family unary is not written yet");
    expect(stub.text).toContain('npx vitest run test/conformance.test.ts -t "L1/neg/"');
    const helped = bin("vitest", "run", "test/fallback.test.ts", "-t", "L1/neg/");
    expect(helped.text).toMatch(/Tests {2}\d+ passed/);
    expect(helped.status).toBe(0);
  });
});

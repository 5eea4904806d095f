// The benchmark runner without peers: its rows, its options and its exit codes. Nothing here depends on a time.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
/** What Node imports of every package is there (`npm test` builds it). */
const built = ["core", "backend-cpu", "api-torch", "converter"].every((name) => {
  const folder = join(root, "packages", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    exports: Record<string, Record<string, string>>;
  };
  const entry = exports["."]?.["node"] ?? exports["."]?.["default"];
  return entry !== undefined && existsSync(join(folder, entry));
});
const folder = mkdtempSync(join(tmpdir(), "isoform-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...argv: string[]) =>
  spawnSync(process.execPath, [join(root, "benchmarks", "run.mjs"), ...argv], {
    encoding: "utf8",
    cwd: folder,
  });

const row = (suite: string, name: string) => ({
  suite,
  name,
  threads: 1,
  oursMs: expect.any(Number),
  peers: {},
});

describe("npm run bench", () => {
  it.skipIf(!built)("writes rows, a table and a chart without peers", () => {
    const run = bench(
      "--quick",
      "--suite",
      "dispatch,tiny-mlp",
      "--threads",
      "1",
      "--peers",
      "none",
      "--json",
      "rows.json",
      "--out",
      "results",
    );
    expect(run.stderr).toContain("dispatch: 1,000 eager adds of 16 floats");
    expect(run.status).toBe(0);
    const rows: unknown = JSON.parse(readFileSync(join(folder, "rows.json"), "utf8"));
    expect(rows).toEqual([
      row("dispatch", "1,000 eager adds of 16 floats"),
      row("tiny-mlp", "20-32-3, batch 32, Adam"),
    ]);
    expect(readdirSync(join(folder, "results")).toSorted()).toEqual([
      "bench.md",
      "bench.svg",
      "dispatch.json",
      "tiny-mlp.json",
    ]);
    const result: unknown = JSON.parse(readFileSync(join(folder, "results", "tiny-mlp.json"), "utf8"));
    expect(result).toMatchObject({
      suite: "tiny-mlp",
      node: process.version,
      families: [{ threads: 1, roofline: { peakGflops: expect.any(Number), readGBs: expect.any(Number) } }],
      rows: [{ gflops: expect.any(Number), wrong: [], details: { ours: { mode: expect.any(String) } } }],
    });
    expect(readFileSync(join(folder, "results", "bench.md"), "utf8")).toBe(run.stdout.slice(0, -1));
    expect(readFileSync(join(folder, "results", "bench.svg"), "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it("lists every suite of the targets", () => {
    const { stdout, status } = bench("--list");
    expect(status).toBe(0);
    const suites = stdout.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
    expect(suites).toEqual([
      "matmul",
      "conv",
      "kernels",
      "tiny-mlp",
      "mnist-mlp",
      "cnn",
      "lstm",
      "models",
      "dispatch",
    ]);
  });

  it.each([
    [["--suite", "gemm"], "unknown suite gemm; there are matmul,"],
    [["--peers", "torch"], "unknown peer torch; there are tfjs-wasm,"],
    [["--threads", "0"], "--threads must be a positive integer, not 0"],
    [["--fast"], "Unknown option '--fast'"],
  ])("refuses %j", (argv, message) => {
    const { stderr, status } = bench(...argv);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

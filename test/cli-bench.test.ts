// `isoform bench`: what it prints, writes and ends with. Nothing here depends on a time.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseResult } from "@isoform/bench";
import { afterAll, describe, expect, it } from "vitest";
import { cli } from "./support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "isoform-cli-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = join(import.meta.dirname, "..", "fixtures", "models", "lstm.keras");
const bench = (...argv: string[]) => cli(["bench", ...argv], { cwd: folder });

/** A module that exports a backend without any dependency: kernels that do nothing, or throw. */
const module = (name: string, kernel: string): void =>
  writeFileSync(
    join(folder, name),
    `export default () => ({
      name: "made up", contract: 1,
      capabilities: { syncRead: false, dtypes: ["float32", "float64", "int64", "int32", "uint32", "bool"] },
      kernels: new Proxy({}, { get: () => ${kernel} }),
      alloc: (bytes) => new Uint8Array(bytes), free() {},
      write(buffer, at, data) { buffer.set(data, at); },
      async read(buffer, at, bytes) { return buffer.slice(at, at + bytes); },
    });`,
  );

describe("isoform bench", () => {
  it("prints times, differences and bars, and writes what can be imported", async () => {
    const run = await bench("--quick", "--suite", "training", "--threads", "1", "--out", "run.json");
    expect(run.code).toBe(0);
    const lines = run.out.split("\n");
    expect(lines.slice(0, 2).join()).toMatch(
      /^Training steps,case +backend +time +first +rate +memory +against reference$/,
    );
    const rows = lines.filter((line) => line.includes("cpu, 1 thread"));
    expect(rows.length).toBe(6);
    for (const row of rows)
      expect(row).toMatch(/\d (µs|ms|s) .* [MG]FLOP\/s .* B? +ok [\d.e-]+ abs, [\d.e-]+ rel +[█▏▎▍▌▋▊▉]+$/);
    expect(run.err).toContain("6 of 6 results agree with the reference");
    const result = parseResult(readFileSync(join(folder, "run.json"), "utf8"));
    expect(result.rows.map((r) => r.state)).toEqual(Array(6).fill("ok"));
    expect(result.machine).toMatchObject({ runtime: "node", processor: expect.any(String) });
  });

  it("gives one JSON object", async () => {
    const run = await bench("--quick", "--suite", "training", "--threads", "1", "--json");
    expect(run.json()).toMatchObject({
      schema: "isoform/1",
      command: "bench",
      ok: true,
      exit: 0,
      quick: true,
      out: null,
      result: { schema: "isoform-bench/1", contenders: [{ id: "cpu-1" }] },
    });
  });

  it("measures a model file, alone unless suites are named", async () => {
    const run = await bench(model, "--quick", "--threads", "1", "--json");
    expect([run.code, run.err]).toEqual([0, expect.any(String)]);
    expect(run.json()).toMatchObject({ result: { rows: [{ state: "ok" }], cases: [{ suite: "file" }] } });
  });

  it("takes the package in a folder for a backend", async () => {
    mkdirSync(join(folder, "mine"));
    writeFileSync(
      join(folder, "mine", "package.json"),
      JSON.stringify({ name: "mine", type: "module", exports: "./entry.js" }),
    );
    module("mine/entry.js", "() => {}");
    const run = await bench(
      "--quick",
      "--suite",
      "training",
      "--backend",
      "./mine,./none",
      "--out",
      "mine.json",
    );
    const { rows } = parseResult(readFileSync(join(folder, "mine.json"), "utf8"));
    const states = (name: string) => rows.filter((r) => r.contender === name).map((r) => r.state);
    expect(states("plugin ./mine")).toEqual(Array(6).fill("wrong"));
    expect(states("plugin ./none")).toEqual(["failed", ...Array<string>(5).fill("skipped")]);
    expect(run.out).toContain("there is no such module");
  });

  it("ends with 5 where results are wrong, and shows them beside right ones", async () => {
    module("wrong.js", "() => {}");
    const run = await bench(
      "--quick",
      "--suite",
      "training",
      "--backend",
      "cpu,./wrong.js",
      "--threads",
      "1",
    );
    expect(run.code).toBe(5);
    expect(run.out.split("\n").filter((l) => l.includes("WRONG")).length).toBe(6);
    expect(run.out.split("\n").filter((l) => l.includes(" ok ")).length).toBe(6);
  });

  it("ends with 1 where a backend fails, and with 3 where one cannot run, and says why once", async () => {
    module("failing.js", '() => { throw new Error("out of order"); }');
    const failing = await bench(
      "--quick",
      "--suite",
      "training",
      "--backend",
      "./failing.js,cpu",
      "--threads",
      "1",
    );
    expect(failing.code).toBe(1);
    expect(failing.out).toContain("  ./failing.js: out of order (6 rows)");
    expect(failing.out.split("\n").filter((l) => l.includes(" ok ")).length).toBe(6);
    module("absent.js", "() => {}");
    writeFileSync(join(folder, "nothing.js"), "export const backend = 3;");
    const nothing = await bench("--quick", "--suite", "training", "--backend", "./nothing.js");
    expect(nothing.out).toContain("the module exports no backend");
    expect(nothing.code).toBe(1);
  });

  it("leaves out columns on a narrow terminal, and bars where nothing else can go", async () => {
    const run = await cli(["bench", "--quick", "--suite", "training", "--threads", "1", "--no-color"], {
      cwd: folder,
      tty: true,
    });
    const rows = run.out.split("\n").filter((line) => line.includes("cpu, 1 thread"));
    for (const row of rows) expect(row).not.toMatch(/abs|█/);
  });

  it.each([
    [["--suite", "opps"], "did you mean ops?"],
    [["--suite", ","], "no suite is named"],
    [["--backend", "gpu"], "did you mean cpu?"],
    [["--backend", "tensorflow"], "paths or packages of modules"],
    [["--threads", "0"], 'usage/threads] --threads is "0"'],
    [["--threads", "1,two"], '--threads is "two"'],
    [["--fast"], "unknown option '--fast'"],
    [["a.onnx", "b.onnx"], "too many arguments"],
  ])("refuses %j", async (argv, message) => {
    const run = await bench(...argv);
    expect(run.err).toContain(message);
    expect([run.code, run.out]).toEqual([2, ""]);
  });

  it("is interrupted without writing", async () => {
    const run = await cli(["bench", "--quick", "--out", "never.json"], {
      cwd: folder,
      signal: AbortSignal.abort(),
    });
    expect(run.code).toBe(130);
    expect(() => readFileSync(join(folder, "never.json"))).toThrow("ENOENT");
  });
});

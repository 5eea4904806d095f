// The `isoform` program as the shell sees it: exit codes, streams, interrupts. Needs the build (`npm test` makes it).
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromTypedArray, writeSafetensors } from "@isoform/converter";
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ResNet20 } from "../examples/src/torch/resnet20.js";

const root = join(import.meta.dirname, "..");
const bin = join(root, "packages", "cli", "bin", "isoform.js");
const net = join(root, "examples", "dist", "torch", "resnet20.js");
const built = existsSync(join(root, "packages", "cli", "dist", "index.js")) && existsSync(net);
let folder = "";

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the program; `onText` sees stderr as it comes. */
function start(
  argv: readonly string[],
  onText: (err: string, kill: (s: NodeJS.Signals) => void) => void = () => {},
) {
  const child = spawn(process.execPath, [bin, ...argv], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (d: Buffer) => (out += d.toString()));
  child.stderr.on("data", (d: Buffer) => {
    err += d.toString();
    onText(err, (s) => child.kill(s));
  });
  return new Promise<Ended>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, out, err })),
  );
}

describe.skipIf(!built)("the isoform program", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "isoform-process-"));
    await setBackend(cpu());
    const module = new ResNet20();
    const state = new Map<string, ReturnType<typeof fromTypedArray>>();
    for (const [name, t] of module.stateDict())
      state.set(name, fromTypedArray(t.dtype, t.shape, await t.data()));
    writeFileSync(join(folder, "net.safetensors"), writeSafetensors(state));
    const x = fromTypedArray("float32", [16, 3, 32, 32], new Float32Array(16 * 3 * 32 * 32).fill(0.5));
    writeFileSync(join(folder, "in.safetensors"), writeSafetensors(new Map([["x", x]])));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("gives exit codes, results on stdout and errors on stderr", async () => {
    const [help, wrong, absent, doctor] = await Promise.all([
      start(["--help"]),
      start(["convrt"]),
      start(["inspect", "absent.onnx"]),
      start(["doctor", "--json"]),
    ]);
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("Usage: isoform");
    expect([wrong.code, wrong.out]).toEqual([2, ""]);
    expect(wrong.err).toContain("did you mean convert?");
    expect([absent.code, absent.out]).toEqual([1, ""]);
    expect(doctor.code).toBe(0);
    expect(JSON.parse(doctor.out)).toMatchObject({ schema: "isoform/1", ok: true });
  });

  it.skipIf(!existsSync("/dev/full"))("says that the result cannot be printed, and why", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [bin, "--help"], { cwd: folder, stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    let err = "";
    child.stderr!.on("data", (d: Buffer) => (err += d.toString()));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, err]).toEqual([
      1,
      "error [file/enospc] at stdout: the disk is full\n  Fix: send the output elsewhere, or make room\n",
    ]);
  });

  it("runs the user's class named by --model, and prints no progress bar where there is no terminal", async () => {
    const words = [
      "convert",
      "net.safetensors",
      "net.onnx",
      "--model",
      `${net}#ResNet20`,
      "--input-shape",
      "2,3,32,32",
    ];
    const made = await start(words);
    expect([made.code, made.signal]).toEqual([0, null]);
    expect(made.out).toContain("written net.onnx");
    expect(made.err).not.toContain("\r");
    expect(made.out + made.err).not.toContain("\u001b");
  });

  it("ends with 130 when interrupted, without a trace of the result", async () => {
    const words = [
      "run",
      "net.safetensors",
      "--model",
      `${net}#ResNet20`,
      "--input-shape",
      "2,3,32,32",
      "--backend",
      "reference",
    ];
    let sent = false;
    const ended = await start(
      [...words, "--input", "in.safetensors", "--output", "out.safetensors"],
      (err, kill) => {
        if (sent || !/run \d+ %/.test(err)) return;
        sent = true;
        kill("SIGINT");
      },
    );
    expect([sent, ended.code, ended.out]).toEqual([true, 130, ""]);
    expect(ended.err).toMatch(/interrupted; nothing was written\n$/);
    expect(readdirSync(folder).filter((f) => f.startsWith("out") || f.endsWith(".tmp"))).toEqual([]);
  });
});

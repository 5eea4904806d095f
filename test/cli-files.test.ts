// What the `isoform` command does with files: none that is read is ever replaced, places where nothing can be written are
// found before the work, and errors of the system come in our words.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromTypedArray, onnx, writeSafetensors, writeTorchStateDict, writeZip } from "@isoform/converter";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { cli, type CliResult } from "./support/cli.js";

const MODEL = join(import.meta.dirname, "..", "fixtures", "models", "cnn3.keras");
const NET = join(import.meta.dirname, "support", "small-net.ts");
const work = mkdtempSync(join(tmpdir(), "isoform-cli-files-"));
afterAll(() => rmSync(work, { recursive: true }));

let folder = "";
let count = 0;
const at = (name: string) => join(folder, name);
const isoform = (...argv: string[]): Promise<CliResult> => cli(argv, { cwd: folder });
const floats = (...shape: number[]) =>
  fromTypedArray("float32", shape, new Float32Array(shape.reduce((p, n) => p * n, 1)).fill(0.5));

beforeEach(() => {
  folder = join(work, String(count++));
  mkdirSync(folder);
  copyFileSync(MODEL, at("c.keras"));
  writeFileSync(at("g.safetensors"), writeSafetensors(new Map([["image", floats(1, 16, 20, 3)]])));
});

/** The bytes of every file, to see that none has changed. */
const contents = (): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .map((f) => `${f.name} ${readFileSync(join(f.parentPath, f.name)).toString("base64")}`)
    .toSorted()
    .join("\n");

/** Runs a command that must change nothing. */
async function refused(code: number, says: RegExp, ...argv: string[]): Promise<void> {
  const before = contents();
  const result = await isoform(...argv);
  expect([argv.join(" "), result.code, result.out]).toEqual([argv.join(" "), code, ""]);
  expect(result.err).toMatch(says);
  expect(result.err).toContain("Fix: ");
  expect(contents() === before, `${argv.join(" ")} changed a file`).toBe(true);
}
const SAME = /UsageError \[usage\/same-file\]/;

describe("files that are read", () => {
  it("are never replaced by results", async () => {
    await refused(2, SAME, "run", "c.keras", "--input", "g.safetensors", "--output", "c.keras");
    await refused(2, SAME, "run", "c.keras", "--input", "g.safetensors", "--output", "./g.safetensors");
    await refused(2, SAME, "bench", "c.keras", "--quick", "--out", "c.keras");
    await refused(2, SAME, "convert", "c.keras", "g.safetensors", "--to", "onnx", "--input", "g.safetensors");
    symlinkSync(at("c.keras"), at("link.keras"));
    await refused(2, SAME, "convert", "link.keras", "c.keras");
    await refused(2, SAME, "convert", "c.keras", "link.keras", "--force");
  });

  it("are kept as sources and weights of programs", async () => {
    expect((await isoform("convert", "c.keras", "ct")).code).toBe(0);
    await refused(2, SAME, "convert", "ct/model.py", "ct");
    await refused(2, SAME, "convert", "ct", "ct", "--force");
    await refused(2, SAME, "convert", "ct", "ct/state_dict.pt", "--to", "onnx");
    const state = new Map([["fc.weight", floats(2, 3)]]);
    writeFileSync(at("two.safetensors"), writeSafetensors(state));
    const flags = ["--model", `${NET}#TwoInputs`, "--input-shape", "left=2,3; right=2,3"];
    await refused(2, SAME, "convert", "two.safetensors", "two.py", ...flags, "--force");
  });

  it("are kept as modules, packages and external data", async () => {
    writeFileSync(at("package.json"), '{ "name": "mine", "type": "module", "exports": "./b.js" }');
    writeFileSync(at("b.js"), 'throw new Error("not to be run");');
    await refused(2, SAME, "bench", "--quick", "--backend", "./b.js", "--out", "b.js");
    await refused(2, SAME, "bench", "--quick", "--backend", ".", "--out", "package.json");
    expect((await isoform("convert", "c.keras", "whole.onnx")).code).toBe(0);
    const model = onnx.decodeModel(new Uint8Array(readFileSync(at("whole.onnx"))));
    const out = onnx.externalizeInitializers(model, { location: "ext.data", minBytes: 16 });
    writeFileSync(at("ext.onnx"), onnx.encodeModel(out.model));
    writeFileSync(at("ext.data"), Buffer.concat(out.parts));
    await refused(2, SAME, "convert", "ext.onnx", "ext.data", "--to", "keras");
  });
});

describe("files in the way", () => {
  it("are replaced beside a program only when they are its own, or with --force", async () => {
    writeFileSync(at("net.state_dict.pt"), writeTorchStateDict(new Map([["w", floats(1)]])));
    const mine = /\[file\/in-use\] at net\.py: the program's weights would replace net\.state_dict\.pt\n/;
    await refused(1, mine, "convert", "c.keras", "net.py");
    expect((await isoform("convert", "c.keras", "net.py", "--force")).code).toBe(0);
    expect((await isoform("convert", "c.keras", "net.py")).code).toBe(0);
    writeFileSync(at("model.safetensors"), "mine");
    await refused(1, /would replace model\.safetensors\n/, "convert", "c.keras", "model.py");
  });

  it("are not folders that are named like files", async () => {
    mkdirSync(at("dir.onnx"));
    await refused(
      2,
      /it is a folder, and is named like a file.*--to torch/s,
      "convert",
      "c.keras",
      "dir.onnx",
    );
    expect((await isoform("convert", "c.keras", "dir.onnx", "--to", "torch")).code).toBe(0);
    expect(existsSync(at("dir.onnx/model.py"))).toBe(true);
  });

  it("are not called -", async () => {
    const stream = /\[usage\/stream\] at -: .*is \.\/-/s;
    await refused(2, stream, "convert", "c.keras", "-");
    await refused(2, stream, "convert", "c.keras", "-", "--to", "onnx");
    await refused(2, stream, "run", "c.keras", "--input", "-");
    await refused(2, stream, "run", "c.keras", "--input", "g.safetensors", "--output", "-");
    await refused(2, stream, "bench", "--quick", "--out", "-");
  });
});

describe("errors of the system", () => {
  it("name the target as it was typed, before the work", async () => {
    writeFileSync(at("file"), "");
    const below = (option: string) => new RegExp(`\\[file/enotdir\\] at file/x${option}: a part of the path`);
    const input = ["--input", "g.safetensors"];
    // Work that would end in another error shows what comes first.
    writeFileSync(at("broken.keras"), "no archive");
    await refused(1, below(""), "run", "broken.keras", ...input, "--output", "file/x");
    await refused(1, below(".json"), "bench", "broken.keras", "--quick", "--out", "file/x.json");
    await refused(1, below(".json"), "backend", "check", "./absent.js", "--out", "file/x.json");
    await refused(1, below(".onnx"), "convert", "broken.keras", "file/x.onnx");
    await refused(1, below(""), "convert", "broken.keras", "file/x");
    const long = `${"a".repeat(300)}.onnx`;
    await refused(
      1,
      /\[file\/enametoolong\] at a{300}\.onnx: the name is too long/,
      "convert",
      "c.keras",
      long,
    );
    const json = await isoform("run", "c.keras", ...input, "--output", "file/x", "--json");
    expect(json.json()).toMatchObject({
      exit: 1,
      error: { name: "ArgumentError", code: "file/enotdir", path: "file/x", hint: expect.any(String) },
    });
  });

  it("are about what is read, too", async () => {
    symlinkSync("loop", at("loop"));
    await refused(1, /\[file\/eloop\] at loop: its links lead in a circle/, "inspect", "loop");
    writeFileSync(at("file"), "");
    const missing = await isoform("inspect", "file/x.onnx");
    expect([missing.code, missing.err]).toEqual([
      1,
      "error ArgumentError [file/not-found] at file/x.onnx: there is no such file\n",
    ]);
  });
});

describe("models that are none", () => {
  it("say what to do", async () => {
    mkdirSync(at("empty"));
    mkdirSync(at("models"));
    copyFileSync(MODEL, at("models/c.keras"));
    await refused(
      1,
      /at empty: the folder holds no model\.py.*name a model file/s,
      "convert",
      "empty",
      "x.onnx",
    );
    await refused(1, /at models: .*name a file in it: models\/c\.keras/s, "inspect", "models");
    writeFileSync(at("tf.json"), '{"format":"layers-model","modelTopology":{"model_config":{}}}');
    await refused(4, /TensorFlow\.js model.*tensorflowjs_converter --input_format/s, "inspect", "tf.json");
    const data = new TextEncoder().encode("pt2");
    writeFileSync(at("net.pt2"), writeZip([{ name: "net/archive_format", data }]));
    await refused(4, /torch\.export archive.*torch\.save\(torch\.export\.load/s, "inspect", "net.pt2");
  });

  it("are backends that are not there", async () => {
    const run = (backend: string) => ["convert", "c.keras", "x.onnx", "--backend", backend];
    writeFileSync(at("mine.js"), "");
    await refused(2, /there is no such file\n {2}Fix: did you mean \.\/mine\.js\?/, ...run("./mien.js"));
    await refused(2, /there is no such file\n {2}Fix: name the JavaScript file/, ...run("./sub/else.js"));
    mkdirSync(at("folder"));
    await refused(2, /there is no backend "\.\/folder": the folder .*package/s, ...run("./folder"));
  });

  it("are backends made with other options than they have", async () => {
    const options = (text: string, module = "cpu") => ["backend", "check", module, "--options", text];
    await refused(
      2,
      /\[usage\/options\] at --options \{"thread":2\}: unknown.*`threads`/s,
      ...options('{"thread":2}'),
    );
    writeFileSync(at("b.mjs"), 'export const make = () => { throw new Error("no such device"); };');
    await refused(2, /no export makes a backend.*make says: no such device/s, ...options("{}", "./b.mjs"));
    const named = [...options("{}", "./b.mjs"), "--export", "make"];
    await refused(2, /making the backend failed: no such device/, ...named);
  });
});

it("isoform doctor lists every package", async () => {
  const { packages } = (await isoform("doctor", "--json")).json() as { packages: Record<string, string> };
  const own = readdirSync(join(import.meta.dirname, "..", "packages")).filter((n) => n !== "create-backend");
  expect(Object.keys(packages).toSorted()).toEqual(own.map((n) => `@isoform/${n}`).toSorted());
});

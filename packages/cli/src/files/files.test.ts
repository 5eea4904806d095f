import {
  linkSync,
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
import { ArgumentError, ModelFormatError, UnsafeModelError } from "@isoform/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OpenFiles } from "./input.js";
import { checkFile, checkFolder, writeFiles } from "./output.js";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "isoform-files-"))));
afterEach(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const bytes = (text: string) => new TextEncoder().encode(text);

describe("reading", () => {
  it("reads ranges into arrays of their own", async () => {
    put("a.bin", "0123456789");
    const files = new OpenFiles(folder);
    const source = files.open("a.bin");
    expect([source.name, source.size]).toEqual(["a.bin", 10]);
    const part = await source.read(2, 3);
    expect(new TextDecoder().decode(part)).toBe("234");
    expect(part.constructor).toBe(Uint8Array);
    expect(part.buffer.byteLength).toBe(3);
    await expect(source.read(8, 3)).rejects.toThrow(ModelFormatError);
    await expect(source.read(-1, 1)).rejects.toThrow(ModelFormatError);
    files.close();
  });

  it("sees that a file shrank", async () => {
    const path = put("a.bin", "0123456789");
    const files = new OpenFiles(folder);
    const source = files.open("a.bin");
    writeFileSync(path, "01");
    await expect(source.read(0, 10)).rejects.toThrow(ModelFormatError);
    files.close();
  });

  it("names the nearest file when there is none of that name, and refuses folders", () => {
    put("model.onnx", "");
    const files = new OpenFiles(folder);
    expect(() => files.open("modle.onnx")).toThrow(/did you mean model\.onnx\?/);
    expect(() => files.open("nothing/at/all")).toThrow(ArgumentError);
    expect(() => files.open(".")).toThrow(/it is a folder/);
  });

  it("opens files beside a model, and nothing through links or parents", async () => {
    put("secret", "secret");
    mkdirSync(join(folder, "m", "sub"), { recursive: true });
    put("m/model.onnx", "");
    put("m/weights.data", "w");
    put("m/sub/more.data", "more");
    symlinkSync(join(folder, "secret"), join(folder, "m", "link"));
    symlinkSync(folder, join(folder, "m", "up"));
    linkSync(join(folder, "secret"), join(folder, "m", "hard"));
    const files = new OpenFiles(folder);
    const beside = files.beside("m/model.onnx");
    const read = async (name: string) =>
      new TextDecoder().decode(await beside.get(name)?.read(0, beside.get(name)?.size ?? 0));
    expect(await read("weights.data")).toBe("w");
    expect(await read("sub/more.data")).toBe("more");
    expect(beside.has("absent")).toBe(false);
    for (const name of ["../secret", "/etc/passwd", "sub/../../secret", "", ".", "C:\\x"])
      expect(beside.get(name)).toBeUndefined();
    for (const name of ["link", "up/secret", "hard", "sub"])
      expect(() => beside.get(name)).toThrow(UnsafeModelError);
    files.close();
  });
});

describe("writing", () => {
  it("writes all files with the folders they need, and leaves no temporary ones", () => {
    const path = join(folder, "a/b/model.onnx");
    writeFiles([
      { path: `${path}.data`, parts: [bytes("12"), bytes("34")] },
      { path, parts: [bytes("model")] },
    ]);
    expect(readdirSync(join(folder, "a/b")).toSorted()).toEqual(["model.onnx", "model.onnx.data"]);
    expect(readFileSync(`${path}.data`, "utf8")).toBe("1234");
  });

  it("changes nothing when one file cannot be written", () => {
    const kept = put("kept", "before");
    put("file", "");
    const files = [
      { path: kept, parts: [bytes("after")] },
      { path: join(folder, "new/x"), parts: [bytes("x")] },
      { path: join(folder, "file/impossible"), parts: [bytes("x")] },
    ];
    expect(() => writeFiles(files)).toThrow();
    expect(readFileSync(kept, "utf8")).toBe("before");
    expect(readdirSync(folder).toSorted()).toEqual(["file", "kept"]);
  });

  it("takes over empty folders and its own, others only when forced", () => {
    const target = join(folder, "out");
    checkFolder(target, "out", false);
    mkdirSync(target);
    checkFolder(target, "out", false);
    put("out/notes.txt", "mine");
    expect(() => checkFolder(target, "out", false)).toThrow(/did not write/);
    checkFolder(target, "out", true);
    put("out/model.py", '"""Net, converted by isoform from onnx."""\n');
    checkFolder(target, "out", false);
    expect(() => checkFolder(put("file", ""), "file", true)).toThrow(/needs a folder/);
    expect(() => checkFile(target, "out")).toThrow(/not a file/);
  });
});

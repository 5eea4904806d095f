// One row of the corpus, and the test that every row gets: the command and the library, on the same file.
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import {
  bytesSource,
  importKeras,
  importOnnx,
  openSafetensors,
  readKerasFile,
  readTorchFile,
  stateDictOf,
} from "@isoform/converter";
import { describe, expect, it } from "vitest";
import { Sandbox, thrown, untouched, type Outcome } from "./sandbox.js";

/** One hostile file. */
export interface Row {
  /** The advisory or attack of the safety rules. */
  readonly advisory: string;
  readonly name: string;
  /** Name of the model file; its extension says the format. */
  readonly file: string;
  readonly files: () => Readonly<Record<string, Uint8Array | string>>;
  /** Links and the like. */
  readonly prepare?: (sandbox: Sandbox) => void;
  /** What `convert` ends with, and `inspect` unless given, and the library when it is an error. */
  readonly convert: Outcome;
  readonly inspect?: Outcome;
  /** True when only running the model fails; the library reads it without an error. */
  readonly runs?: boolean;
}

/** Reads a file to the last weight through the public functions of the converter. */
async function read(path: string): Promise<void> {
  const source = bytesSource(new Uint8Array(readFileSync(path)), path);
  switch (extname(path)) {
    case ".onnx":
      await importOnnx(await source.read(0, source.size));
      return;
    case ".pt":
      await stateDictOf(await readTorchFile(source));
      return;
    case ".safetensors":
      await (await openSafetensors(source)).readAll();
      return;
    default:
      importKeras(await readKerasFile(source));
  }
}

/** Declares the tests of a table. */
export function testRows(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows.map((row) => [`${row.advisory}: ${row.name}`, row] as const))("%s", async (_, row) => {
      const sandbox = new Sandbox();
      try {
        const files = row.files();
        sandbox.put(files);
        row.prepare?.(sandbox);
        await sandbox.refuses(["inspect", row.file], row.inspect ?? row.convert);
        const out = "result.onnx";
        const dry = row.convert.exit === 0 ? ["--dry-run"] : [];
        await sandbox.refuses(["convert", row.file, out, ...dry], row.convert);
        const external = Object.keys(files).length > 1 || row.prepare !== undefined;
        if (row.convert.exit !== 0 && row.convert.exit !== 1 && !external && !row.runs) {
          const { name, code } = await thrown(() => read(sandbox.at(row.file)));
          expect({ name, code }).toEqual({ name: row.convert.name, code: row.convert.code });
          untouched();
        }
      } finally {
        sandbox.remove();
      }
    });
  });
}

// A folder with hostile files, the `isoform` command run on them, and what must hold afterwards: the typed error and exit
// code, nothing written anywhere, nothing run, no prototype touched, no long wait.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { IsoformError } from "@isoform/core";
import { expect } from "vitest";
import { cli, type CliResult } from "../../support/cli.js";

/** What a command must end with. */
export interface Outcome {
  readonly exit: number;
  /** Class of the error; left out when there is none. */
  readonly name?: string;
  /** Code of the error, exact. */
  readonly code?: string;
  /** Parts of the message as printed for people. */
  readonly says?: readonly string[];
}

/** Processor time that one command may take, in milliseconds; other work on the machine does not count. */
const CPU_MS = 1000;
const PROTOTYPES = [Object.prototype, Array.prototype, Map.prototype, Function.prototype].map(
  (object) => [object, Reflect.ownKeys(object).length] as const,
);

/** A temporary folder `work/` with files, beside a folder that no command has any business in. */
export class Sandbox {
  readonly root: string = mkdtempSync(join(tmpdir(), "isoform-bad-"));
  readonly folder: string = join(this.root, "work");

  constructor() {
    mkdirSync(this.folder);
    mkdirSync(join(this.root, "outside"));
    writeFileSync(join(this.root, "outside", "secret.bin"), new Uint8Array(64).fill(7));
  }

  /** The path of a file in the folder. */
  at(name: string): string {
    return join(this.folder, name);
  }

  /** Writes files, given as bytes or text. */
  put(files: Readonly<Record<string, Uint8Array | string>>): void {
    for (const [name, data] of Object.entries(files)) {
      mkdirSync(dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), data);
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Every file below the root with its size, so that a new or changed one is seen. */
  #listing(): string[] {
    const names = readdirSync(this.root, { recursive: true }).map(String).toSorted();
    return names.map((name) => {
      const found = statSync(join(this.root, name), { throwIfNoEntry: false });
      const text = found?.isFile() === true ? readFileSync(join(this.root, name)).toString("latin1") : "";
      return `${name} ${text.length} ${hash(text)}`;
    });
  }

  /** Runs the command on the files and checks everything that holds for all bad input. */
  async refuses(argv: readonly string[], outcome: Outcome): Promise<CliResult> {
    const before = this.#listing();
    const start = process.cpuUsage();
    const result = await cli([...argv, "--json"], { cwd: this.folder });
    const { user, system } = process.cpuUsage(start);
    const said = `isoform ${argv.join(" ")} → ${result.code}\n${result.err}`;
    const json = result.json() as { error?: { name?: string; code?: string } };
    const found = { exit: result.code, name: json.error?.name, code: json.error?.code };
    expect(found, said).toEqual({ exit: outcome.exit, name: outcome.name, code: outcome.code });
    for (const part of outcome.says ?? []) expect(result.err + result.out, said).toContain(part);
    expect(result.err, said).not.toMatch(/\n\s+at |Fix: this should not happen|RangeError|TypeError/);
    expect(this.#listing(), said).toEqual(before);
    untouched();
    expect((user + system) / 1000, said).toBeLessThan(CPU_MS);
    return result;
  }
}

function hash(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) | 0;
  return h;
}

/** Nothing of a file was run, and no prototype has a property more. */
export function untouched(): void {
  expect("__pwned" in globalThis).toBe(false);
  expect("polluted" in {}).toBe(false);
  for (const [object, size] of PROTOTYPES) expect(Reflect.ownKeys(object).length).toBe(size);
}

/** The class and code of what `run` throws. */
export async function thrown(run: () => unknown): Promise<{ name: string; code: string; message: string }> {
  try {
    await run();
  } catch (error) {
    if (error instanceof IsoformError) return { name: error.name, code: error.code, message: error.message };
    throw new Error(`not a typed error: ${String(error)}`, { cause: error });
  }
  throw new Error("nothing was thrown");
}

/** Shorthands of the outcomes. */
export const unsafe = (code: string, ...says: readonly string[]): Outcome => ({
  exit: 4,
  name: "UnsafeModelError",
  code,
  says,
});
export const malformed = (code: string, ...says: readonly string[]): Outcome => ({
  exit: 4,
  name: "ModelFormatError",
  code,
  says,
});
export const overLimit = (code: string, ...says: readonly string[]): Outcome => ({
  exit: 6,
  name: "LimitExceededError",
  code,
  says,
});
export const unsupported = (code: string, ...says: readonly string[]): Outcome => ({
  exit: 3,
  name: "UnsupportedOpError",
  code,
  says,
});
export const accepted: Outcome = { exit: 0 };
/** No error, and these words in the result. */
export const shows = (...says: readonly string[]): Outcome => ({ exit: 0, says });

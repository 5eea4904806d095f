// The backends that `isoform bench` compares, from the words of the command line.
import { availableParallelism } from "node:os";
import { cpu } from "@isoform/backend-cpu";
import { webgpu } from "@isoform/backend-webgpu";
import { backendContender, backendOfModule, referenceContender, type Contender } from "@isoform/bench";
import { ArgumentError, closest, type Backend } from "@isoform/core";
import { UsageError } from "../errors.js";
import type { OpenFiles } from "../files/input.js";
import { importModule, locate, noteModule } from "./module.js";

const NAMES = ["cpu", "reference", "webgpu"] as const;
/** Linear memory of one cpu backend: a new one is made for every case. */
const CPU_MEMORY = 2 ** 31;

const wordsOf = (text: string): string[] =>
  text
    .split(",")
    .map((s) => s.trim())
    .filter((s) => s !== "");

/**
 * Numbers of threads: those named, else 1 and as many as `cpu()` takes.
 * @throws {UsageError} when one is not a whole number from 1 to 256
 */
export function threadsOf(text: string | undefined): readonly number[] {
  if (text === undefined) return [...new Set([1, Math.min(4, availableParallelism())])];
  const words = wordsOf(text);
  const numbers = words.map(Number);
  const wrong = words.find(
    (_, i) => !(Number.isInteger(numbers[i]) && Number(numbers[i]) >= 1 && Number(numbers[i]) <= 256),
  );
  if (words.length === 0 || wrong !== undefined) {
    throw new UsageError(`--threads is ${JSON.stringify(wrong ?? text)}`, {
      code: "usage/threads",
      hint: "give whole numbers from 1 to 256, comma-separated",
    });
  }
  return [...new Set(numbers)];
}

/** Whether a word means a module: a path, or a package in a scope. */
const isModule = (word: string): boolean => /^\.\.?$|[/\\]|\.[cm]?js$/.test(word);

/**
 * The contenders of a comma-separated list; modules are run when their turn comes.
 * @throws {UsageError} when a word is neither a backend's name nor a module
 */
export function contendersOf(text: string, threads: readonly number[], files: OpenFiles): Contender[] {
  const words = [...new Set(wordsOf(text))];
  if (words.length === 0) throw unknown("");
  return words.flatMap((word): Contender[] => {
    if (word === "reference") return [referenceContender()];
    if (word === "cpu") return threads.map(cpuContender);
    if (word === "webgpu") return [backendContender(async () => webgpu(), { id: "webgpu" })];
    if (!isModule(word)) throw unknown(word);
    // It is imported only when its turn comes; that it is read is known now.
    noteModule(word, files);
    const make = (): Promise<Backend> => fromModule(word, files);
    return [backendContender(make, { id: `plugin ${word}`, label: word })];
  });
}

function cpuContender(threads: number): Contender {
  return backendContender(() => cpu({ threads, relaxedSimd: "enable", maxMemory: CPU_MEMORY }), {
    id: `cpu-${threads}`,
    label: `cpu, ${threads} ${threads === 1 ? "thread" : "threads"}`,
  });
}

async function fromModule(word: string, files: OpenFiles): Promise<Backend> {
  const failure = {
    code: "bench/plugin",
    path: word,
    hint: "name a JavaScript file or an installed package that exports a backend",
  };
  const find = (): string => {
    const url = locate(word, files);
    if (url === null) throw new ArgumentError("there is no such module", failure);
    return url;
  };
  return backendOfModule(await importModule(find, failure), word);
}

function unknown(word: string): UsageError {
  const near = closest(word, NAMES);
  return new UsageError(word === "" ? "no backend is named" : `unknown backend ${JSON.stringify(word)}`, {
    code: "usage/backend",
    hint: near
      ? `did you mean ${near}?`
      : `there are ${NAMES.join(", ")}, and paths or packages of modules, e.g. ./my-backend.js`,
  });
}

// The classifier carried through all formats with the `isoform` command, and run in each of them on every backend.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "@isoform/cli";
import {
  bytesSource,
  fromTypedArray,
  openSafetensors,
  typedArrayOf,
  writeSafetensors,
} from "@isoform/converter";
import { digitsFile, type Recorded, type TestDigits } from "./data.js";

/** A conversion that was made and checked. */
export interface Step {
  readonly from: string;
  readonly to: string;
  readonly transposes: number;
  readonly maxAbs: number;
  readonly milliseconds: number;
}

/** One model on one backend. */
export interface Run {
  readonly model: string;
  readonly backend: string;
  readonly correct: number;
  readonly predictions: readonly number[];
  /** Largest difference of any logit from the Keras file's on the same backend. */
  readonly fromSource: number;
  /** Largest difference of the recorded logits (five digits) of Keras itself. */
  readonly fromKeras: number;
  readonly milliseconds: number;
}

/** Everything the job found. */
export interface JobResult {
  readonly count: number;
  /** What `isoform inspect` says of the Keras file. */
  readonly inspected: Inspected;
  readonly steps: readonly Step[];
  readonly runs: readonly Run[];
  /** Sentences on everything that is not as it must be; empty when all is well. */
  readonly problems: readonly string[];
}

/** The part of `isoform inspect --json` that is shown. */
export interface Inspected {
  readonly format: string;
  readonly producer: string;
  readonly parameters: number;
  readonly layers: readonly {
    readonly name: string;
    readonly op: string;
    readonly output: string;
    readonly parameters: number;
  }[];
}

/** Called before every command with its words. */
export type OnCommand = (words: readonly string[]) => void;

/** Runs the command in this process and gives its `--json` object. @throws Error with what it said when it fails */
async function isoform(words: readonly string[], cwd: string): Promise<Record<string, unknown>> {
  let out = "";
  let err = "";
  const code = await main([...words, "--json", "--quiet"], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    cwd,
  });
  if (code !== 0) throw new Error(`isoform ${words.join(" ")} ended with ${code}:\n${err || out}`);
  return JSON.parse(out) as Record<string, unknown>;
}

const BACKENDS = ["cpu", "reference"] as const;

/** Does the job in `folder`, which is emptied first. */
export async function runJob(
  digits: TestDigits,
  recorded: Recorded,
  folder: string,
  onCommand: OnCommand = () => {},
): Promise<JobResult> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "digits.keras"), readFileSync(fileURLToPath(digitsFile("digits.keras"))));
  const count = digits.labels.length;
  const images = fromTypedArray("float32", [count, 28, 28, 1], digits.images);
  writeFileSync(join(folder, "images.safetensors"), writeSafetensors(new Map([["image", images]])));

  onCommand(["inspect", "digits.keras"]);
  const inspected = inspectedOf(await isoform(["inspect", "digits.keras"], folder));
  const path = ["digits.keras", "digits.onnx", "digits_torch/", "digits_back.keras"];
  const steps: Step[] = [];
  for (const [i, to] of path.entries()) {
    const from = path[i - 1];
    if (from === undefined) continue;
    onCommand(["convert", from, to]);
    const started = performance.now();
    const made = await isoform(["convert", from, to], folder);
    steps.push({ from, to, ...conversionFacts(made), milliseconds: performance.now() - started });
  }

  const runs: Run[] = [];
  for (const backend of BACKENDS) {
    let source: Float32Array | undefined;
    for (const model of path) {
      const words = [
        "run",
        model,
        "--input",
        "images.safetensors",
        "--output",
        "logits.safetensors",
        "--backend",
        backend,
      ];
      onCommand(words);
      const { milliseconds } = await isoform(words, folder);
      const logits = await readLogits(join(folder, "logits.safetensors"));
      source ??= logits;
      const predictions = argmaxRows(logits);
      runs.push({
        model,
        backend,
        predictions,
        correct: predictions.filter((p, k) => p === digits.labels[k]).length,
        fromSource: largestDifference(logits, source),
        fromKeras: largestDifference(logits, recorded.firstLogits.slice(0, count).flat()),
        milliseconds: Number(milliseconds),
      });
    }
  }
  rmSync(join(folder, "logits.safetensors"));
  const result = { count, inspected, steps, runs };
  return { ...result, problems: problemsOf(result, recorded, digits) };
}

function inspectedOf(json: Record<string, unknown>): Inspected {
  const { file, model } = json as {
    readonly file: { readonly format: string };
    readonly model: {
      readonly producer: string;
      readonly parameters: { readonly count: number };
      readonly layers: readonly {
        readonly name: string;
        readonly op: string;
        readonly output: readonly unknown[];
        readonly parameters: number;
      }[];
    };
  };
  return {
    format: file.format,
    producer: model.producer,
    parameters: model.parameters.count,
    layers: model.layers.map((l) => ({ ...l, output: `[${l.output.join(", ")}]` })),
  };
}

function conversionFacts(json: Record<string, unknown>): Pick<Step, "transposes" | "maxAbs"> {
  const { transposes, verification } = json as {
    readonly transposes: { readonly after: number };
    readonly verification: { readonly maxAbs: number };
  };
  return { transposes: transposes.after, maxAbs: verification.maxAbs };
}

async function readLogits(path: string): Promise<Float32Array> {
  const file = await openSafetensors(bytesSource(new Uint8Array(readFileSync(path)), path));
  const data = typedArrayOf(await file.read("logits"));
  if (!(data instanceof Float32Array)) throw new TypeError("the logits are not float32");
  return data;
}

function argmaxRows(logits: Float32Array): number[] {
  return Array.from({ length: logits.length / 10 }, (_, k) => {
    const row = logits.subarray(10 * k, 10 * k + 10);
    return row.indexOf(Math.max(...row));
  });
}

/** Of the elements that both have. NaN anywhere gives NaN. */
function largestDifference(a: Float32Array, b: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const d = Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
    if (!(d <= worst)) worst = d;
  }
  return worst;
}

/** Logits reach 34; float32 rounding in another order of summation stays far below this. */
export const TOLERANCE = 1e-3;

function problemsOf(result: Omit<JobResult, "problems">, recorded: Recorded, digits: TestDigits): string[] {
  const keras = recorded.predictions.slice(0, result.count);
  const correct = keras.filter((p, k) => p === digits.labels[k]).length;
  const out: string[] = [];
  if (result.inspected.parameters !== recorded.parameters) {
    out.push(`inspect counts ${result.inspected.parameters} parameters, Keras ${recorded.parameters}`);
  }
  for (const run of result.runs) {
    const name = `${run.model} on ${run.backend}`;
    const other = run.predictions.filter((p, k) => p !== keras[k]).length;
    if (run.correct !== correct) out.push(`${name}: ${run.correct} right, Keras had ${correct}`);
    if (other > 0) out.push(`${name}: ${other} predictions are not those of Keras`);
    if (!(run.fromSource <= TOLERANCE))
      out.push(`${name}: logits differ from the source's by ${run.fromSource}`);
    if (!(run.fromKeras <= TOLERANCE)) out.push(`${name}: logits differ from Keras' by ${run.fromKeras}`);
  }
  return out;
}

// fixtures/keras-layers: the recorded cases, and one run of a case on the current backend.
import { readFileSync } from "node:fs";
import {
  fromTypedArray,
  isDType,
  keep,
  scope,
  type Tensor as CoreTensor,
  type TypedArray,
} from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { bytesSource, typedArrayOf } from "../../packages/converter/src/formats/index-a.js";
import {
  isPlainObject,
  readKerasFile,
  type PlainObject,
} from "../../packages/converter/src/formats/index-b.js";
import { haveShared, readRecorded, readSharedJson, sharedPath, type Recorded } from "./fixtures.js";

/** An entry of the manifest. */
export interface KerasCase {
  readonly name: string;
  readonly file: string;
  readonly golden: string;
  readonly output: Readonly<Record<string, unknown>>;
  readonly atol: number;
  readonly rtol: number;
  readonly grad_atol: number | null;
  readonly grad_rtol: number | null;
  readonly weights: readonly {
    readonly path: string;
    readonly shape: readonly number[];
    readonly trainable: boolean;
  }[];
  readonly layers: readonly {
    readonly class_name: string;
    readonly config: Readonly<Record<string, unknown>>;
  }[];
}

/** All 74 cases; none when the shared data are absent. */
export const kerasCases: readonly KerasCase[] = haveShared
  ? (readSharedJson("fixtures", "keras-layers", "manifest.json") as { cases: KerasCase[] }).cases
  : [];

/** What a run found. */
export interface CaseResult {
  /** Compared tensors that are out of tolerance, and everything else that is wrong. */
  readonly problems: readonly string[];
  readonly outputs: number;
  readonly gradients: number;
}

/** Largest |a − b| − atol − rtol·|b|; at most 0 passes. */
export function excess(a: TypedArray, b: TypedArray, atol: number, rtol: number): number {
  let worst = a.length === b.length ? -Infinity : Infinity;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    worst = Math.max(worst, Number.isNaN(x) ? Infinity : Math.abs(x - y) - atol - rtol * Math.abs(y));
  }
  return b.length === 0 ? -Infinity : worst;
}

/** Functions of the caller for Lambda layers: the recorded one is x·2 + 1. */
const LAMBDAS = { lambda: (x: tf.Tensor) => x.mul(2).add(1) };

/** The model of a case, with its weights. */
export async function kerasModel(entry: KerasCase): Promise<keras.Model> {
  const bytes = readFileSync(sharedPath("fixtures", "keras-layers", entry.file));
  const file = await readKerasFile(bytesSource(bytes, entry.file));
  const weights = new Map<string, keras.saving.ArchiveTensor>();
  if (file.weights?.layout === "v3") {
    for (const [path, w] of file.weights.weights) {
      const raw = w.read();
      if (isDType(raw.dtype))
        weights.set(path, { dtype: raw.dtype, shape: raw.shape, data: typedArrayOf(raw) });
    }
  }
  return keras.saving.modelFromArchive(
    { config: serialised(file.config), weights },
    { customObjects: LAMBDAS },
  );
}

/** The config of a file as api-keras wants it. */
function serialised(object: PlainObject | null): keras.saving.ModelArchive["config"] {
  const { class_name: className, config, module } = object ?? {};
  if (typeof className !== "string" || !isPlainObject(config)) throw new Error("no config of a model");
  return { ...object, module: typeof module === "string" ? module : null, class_name: className, config };
}

function upload(t: Recorded): tf.Tensor {
  return tf.constant(fromTypedArray(t.data, { shape: t.shape, dtype: t.dtype }));
}

/** Runs a case: outputs and gradients against the recorded ones; for batch normalisation also in training mode. */
export async function runKerasCase(entry: KerasCase): Promise<CaseResult> {
  const golden = readRecorded(sharedPath("fixtures", "keras-layers", entry.golden));
  const model = await kerasModel(entry);
  const problems: string[] = [];
  const paths = model.weights.map((v) => v.path).join(", ");
  const wanted = entry.weights.map((w) => w.path).join(", ");
  if (paths !== wanted) problems.push(`weights are ${paths}, not ${wanted}`);
  let [outputs, gradients] = [0, 0];
  const compare = (what: string, got: CoreTensor | null, gradient: boolean) => {
    const want = golden.get(what);
    if (!want) return;
    if (gradient) gradients++;
    else outputs++;
    if (got === null) return void problems.push(`${what}: nothing`);
    if (got.shape.join() !== want.shape.join())
      return void problems.push(`${what}: shape ${got.shape.join()}`);
    const [atol, rtol] = gradient ? [entry.grad_atol ?? 0, entry.grad_rtol ?? 0] : [entry.atol, entry.rtol];
    const over = excess(got.dataSync(), want.data, atol, rtol);
    if (!(over <= 0)) problems.push(`${what}: ${over} over the tolerance`);
  };
  const [name] = Object.keys(entry.output);
  const run = (prefix: "" | "train.", training: boolean) => {
    using tape = tf.GradientTape();
    const x = upload(golden.get("input.x")!);
    const isFloat = x.dtype.startsWith("float");
    if (isFloat) tape.watch(x);
    const y = model<tf.Tensor>(x, { training });
    compare(`${prefix}output.${name}`, y, false);
    const cotangent = golden.get(`cotangent.${name}`);
    const hasGradients = [...golden.keys()].some((k) => k.startsWith(`${prefix}grad.`));
    if (!cotangent || !hasGradients) return;
    const variables = model.trainableVariables;
    const sources = isFloat ? [...variables, x] : variables;
    const found = tape.gradient(y, sources, { outputGradients: upload(cotangent) });
    variables.forEach((v, i) => compare(`${prefix}grad.param.${v.path}`, found[i] ?? null, true));
    if (isFloat) compare(`${prefix}grad.input.x`, found[variables.length] ?? null, true);
  };
  run("", false);
  if ([...golden.keys()].some((k) => k.startsWith("train."))) {
    run("train.", true);
    for (const v of model.nonTrainableVariables) compare(`train.updated.${v.path}`, v, false);
  }
  model.dispose();
  return { problems, outputs, gradients };
}

/** What calls of a case give: outputs, gradients and weights; why they were not compiled, or null. */
export interface CaseCalls {
  readonly values: readonly (readonly number[])[];
  readonly notice: string | null;
  readonly programs: number;
}

/** Calls the model of a case in training and in inference, as it is or as a compiled function. */
export async function callKerasCase(entry: KerasCase, jitCompile: boolean): Promise<CaseCalls> {
  const golden = readRecorded(sharedPath("fixtures", "keras-layers", entry.golden));
  keras.utils.setRandomSeed(1);
  const model = await kerasModel(entry);
  const x = scope(() => keep(upload(golden.get("input.x")!)));
  const call = tf.function(
    (inputs: tf.Tensor, training: boolean) =>
      tf.GradientTape((tape) => {
        const floats = inputs.dtype.startsWith("float") ? [inputs] : [];
        tape.watch(floats);
        const y = model<tf.Tensor>(inputs, { training });
        if (!y.dtype.startsWith("float")) return [tf.identity(y)];
        return [tf.identity(y), ...tape.gradient(y, [...model.trainableVariables, ...floats])];
      }),
    { jitCompile },
  );
  const values: number[][] = [];
  const read = (t: CoreTensor | null) => values.push(t === null ? [] : Array.from(t.dataSync(), Number));
  for (const training of [true, false, true, false, true]) scope(() => call(x, training).forEach(read));
  model.weights.forEach(read);
  const { notice, programs } = call.compileInfo;
  call.dispose();
  model.dispose();
  x.dispose();
  return { values, notice, programs };
}

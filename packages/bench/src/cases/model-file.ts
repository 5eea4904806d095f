// A case from a model file that the user brings: inference through the converter, arrays in and arrays out.
import {
  formatValue,
  randomInputs,
  requireRunnable,
  Session,
  type IrModel,
  type RawTensor,
  typedArrayOf,
} from "@isoform/converter";
import { currentDevice, elementReader, isDType, LimitExceededError, type Device } from "@isoform/core";
import type { BenchCase, OnnxInput, Trial } from "../case.js";

/** Options of `modelCase`. */
export interface ModelCaseOptions {
  /** Name to show, e.g. of the file. */
  readonly name: string;
  /** Sizes of named free dimensions, integers >= 0. */
  readonly dims?: ReadonlyMap<string, number>;
  /** The inputs by name; default: random ones of the declared shapes. `acceptedInputs` of the converter makes some. */
  readonly inputs?: ReadonlyMap<string, RawTensor>;
  /** Most milliseconds for the run of the reference that the others are compared with; default 20,000. */
  readonly referenceMs?: number;
  /** The model's own file, for engines that run ONNX files. */
  readonly onnx?: Uint8Array;
}

/**
 * A case that runs the model once on `inputs`, or random ones of its declared shapes (free dimensions: 2 for the first
 * axis, else 32), with copies of inputs and outputs in every run. Where the reference backend needs longer than `referenceMs`,
 * results are not compared.
 * @throws {UnsupportedOpError} listing the nodes that cannot run, or when no input can be made
 * @throws {ArgumentError} when a declared shape has no sensible size
 */
export function modelCase(model: IrModel, options: ModelCaseOptions): BenchCase {
  const { name, dims, referenceMs = 20_000, onnx } = options;
  requireRunnable(model.graph);
  const inputs = options.inputs ?? randomInputs(model.graph, { dims });
  const title = model.graph.inputs
    .map((v) => `${v.name} ${(inputs.get(v.name)?.shape ?? []).join(" × ") || "scalar"}`)
    .join(", ");
  return {
    id: `file/${name}/${title}`,
    suite: "file",
    group: name,
    title: title || model.graph.inputs.map(formatValue).join(", ") || "no inputs",
    flops: null,
    bytes: null,
    // Sessions run as one program from the second run with the same shapes on.
    coldRuns: 2,
    checkRuns: 1,
    tolerance: 1e-3,
    checkedAt: null,
    op: null,
    onnx:
      onnx === undefined
        ? null
        : () =>
            Promise.resolve({ bytes: onnx, inputs: [...inputs].map(([name, t]) => onnxInputOf(name, t)) }),
    prepare: () => sessionTrial(model, inputs, currentDevice(), referenceMs),
  };
}

function onnxInputOf(name: string, t: RawTensor): OnnxInput {
  return { name, shape: t.shape, data: typedArrayOf(t) };
}

function sessionTrial(
  model: IrModel,
  inputs: ReadonlyMap<string, RawTensor>,
  device: Device,
  referenceMs: number,
): Trial {
  const session = new Session(model.graph, { device });
  let last: ReadonlyMap<string, RawTensor> = new Map();
  const limited = device.name === "reference";
  return {
    async start() {
      const limit = limited ? AbortSignal.timeout(referenceMs) : null;
      try {
        last = await session.run(inputs, limit === null ? {} : { signal: limit });
      } catch (error) {
        if (limit?.aborted !== true) throw error;
        throw new LimitExceededError(`the reference needs more than ${referenceMs / 1000} s for this model`, {
          code: "bench/reference-slow",
          hint: "compare two other backends with each other",
          cause: error,
        });
      }
    },
    finish: () => Promise.resolve(),
    result: () => Promise.resolve(Float64Array.from([...last.values()].flatMap(numbersOf))),
    notice: () => null,
    dispose: () => session.dispose(),
  };
}

function numbersOf(t: RawTensor): number[] {
  if (!isDType(t.dtype)) return [];
  const data = typedArrayOf(t);
  const read = elementReader(t.dtype);
  return Array.from({ length: data.length }, (_, i) => Number(read(data, i)));
}

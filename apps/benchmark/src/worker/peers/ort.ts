// onnxruntime-web: every case that has an ONNX form. Its run copies inputs in and results out.
import type { OnnxForm, Trial } from "@isoform/bench";
import { lacking, loadPeer, type PeerEngine } from "./engine.js";

interface OrtTensor {
  readonly data: ArrayLike<number | bigint>;
}
interface OrtSession {
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}
/** The part of its namespace that is used. */
interface Ort {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: string } };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<OrtSession>;
  };
}

function isOrt(value: unknown): value is Ort {
  return typeof value === "object" && value !== null && "InferenceSession" in value && "Tensor" in value;
}

function typeOf(data: unknown): string {
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Uint8Array) return "bool";
  if (data instanceof Float32Array) return "float32";
  throw lacking("onnxruntime-web", "there is an input of a type that is not handed over");
}

async function trialOf(ort: Ort, provider: string, form: OnnxForm): Promise<Trial> {
  const session = await ort.InferenceSession.create(form.bytes, {
    executionProviders: [provider],
    logSeverityLevel: 3,
  });
  const feeds = Object.fromEntries(
    form.inputs.map(({ name, data, shape }) => [name, new ort.Tensor(typeOf(data), data, shape)]),
  );
  let last: Readonly<Record<string, OrtTensor>> = {};
  return {
    async start() {
      last = await session.run(feeds);
    },
    finish: () => Promise.resolve(),
    result: () =>
      Promise.resolve(session.outputNames.flatMap((n) => Array.from(last[n]?.data ?? [], Number))),
    notice: () => null,
    dispose: () => void session.release(),
  };
}

/** Starts it on its `wasm` or `webgpu` provider. */
export async function openOrt(provider: "wasm" | "webgpu", url: string | null): Promise<PeerEngine> {
  const name = `ort-${provider}`;
  const module = await loadPeer("ort.js", url);
  const ort: unknown = isOrt(module) ? module : Reflect.get(module, "default");
  if (!isOrt(ort)) throw lacking(name, "the module is not onnxruntime-web");
  const threads = crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  ort.env.wasm.numThreads = threads;
  if (url === null) ort.env.wasm.wasmPaths = new URL("/peers/", location.origin).href;
  return {
    facts: {
      threads: provider === "wasm" ? threads : null,
      adapter: null,
      notice: "its times hold copies of inputs and results",
    },
    prepare: async (benchCase, size) => {
      if (benchCase.onnx === null) throw lacking(name, "the case has no ONNX form");
      return trialOf(ort, provider, await benchCase.onnx(size));
    },
    bytes: () => null,
  };
}

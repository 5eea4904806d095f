// jax-js under jit. Its arrays are moved into calls: `.ref` keeps one.
import { inputValues, type OpSpec, type Trial } from "@isoform/bench";
import { lacking, loadPeer, type PeerEngine } from "./engine.js";

interface Arr {
  readonly ref: Arr;
  reshape(shape: readonly number[]): Arr;
  mul(other: Arr | number): Arr;
  add(other: Arr): Arr;
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}
/** The part of its namespace that is used. */
interface Jax {
  init(...devices: readonly string[]): Promise<readonly string[]>;
  defaultDevice(name: string): unknown;
  blockUntilReady(value: Arr): Promise<unknown>;
  jit(fn: (...args: Arr[]) => Arr): (...args: Arr[]) => Arr;
  readonly numpy: {
    array(data: Float32Array | Int32Array): Arr;
    matmul(a: Arr, b: Arr): Arr;
    exp(x: Arr): Arr;
    tanh(x: Arr): Arr;
    add(a: Arr, b: Arr): Arr;
    multiply(a: Arr, b: Arr): Arr;
    sum(x: Arr, axes: readonly number[]): Arr;
    max(x: Arr, axes: readonly number[]): Arr;
    transpose(x: Arr, perm: readonly number[]): Arr;
  };
  readonly nn: {
    gelu(x: Arr, options: { readonly approximate: boolean }): Arr;
    softmax(x: Arr, axis: number): Arr;
    standardize(x: Arr, axis: number): Arr;
  };
  readonly lax: {
    convGeneralDilated(
      x: Arr,
      w: Arr,
      strides: readonly number[],
      padding: readonly (readonly number[])[],
      options: { readonly featureGroupCount: number },
    ): Arr;
  };
}

function isJax(value: unknown): value is Jax {
  return typeof value === "object" && value !== null && "jit" in value && "numpy" in value;
}

function functionOf(jax: Jax, spec: OpSpec): (...args: Arr[]) => Arr {
  const { numpy: np, nn, lax } = jax;
  const need = (a: Arr | undefined): Arr => {
    if (a === undefined) throw lacking("jax-js", "the op has too few inputs");
    return a;
  };
  return (x, y, z) => {
    const first = need(x);
    switch (spec.op) {
      case "matmul":
        return np.matmul(first, need(y));
      case "conv2d": {
        const pad = [spec.padding, spec.padding];
        const options = { featureGroupCount: spec.groups };
        return lax.convGeneralDilated(first, need(y), [spec.stride, spec.stride], [pad, pad], options);
      }
      case "add":
        return np.add(first, need(y));
      case "mul":
        return np.multiply(first, need(y));
      case "exp":
        return np.exp(first);
      case "tanh":
        return np.tanh(first);
      case "gelu":
        return nn.gelu(first, { approximate: false });
      case "softmax":
        return nn.softmax(first, -1);
      case "layerNorm":
        return nn.standardize(first, -1).mul(need(y)).add(need(z));
      case "sum":
        return np.sum(first, spec.axes);
      case "max":
        return np.max(first, spec.axes);
      case "transpose":
        return np.transpose(first, spec.perm);
      case "attention": {
        const width = spec.inputs[0]?.shape.at(-1) ?? 1;
        const scores = np.matmul(first, np.transpose(need(y), [0, 2, 1])).mul(1 / Math.sqrt(width));
        return np.matmul(nn.softmax(scores, -1), need(z));
      }
      case "gather":
        throw lacking("jax-js", "there is no adapter for gather");
    }
  };
}

function trialOf(jax: Jax, spec: OpSpec): Trial {
  const inputs = spec.inputs.map((i) => {
    const flat = jax.numpy.array(inputValues(i));
    return i.shape.length === 1 ? flat : flat.reshape(i.shape);
  });
  const call = jax.jit(functionOf(jax, spec));
  let last: Arr | null = null;
  return {
    start() {
      last?.dispose();
      last = call(...inputs.map((i) => i.ref));
    },
    async finish() {
      if (last !== null) await jax.blockUntilReady(last);
    },
    async result() {
      return last === null ? [] : await last.ref.data();
    },
    notice: () => null,
    dispose: () => {
      last?.dispose();
      for (const i of inputs) i.dispose();
    },
  };
}

/** Starts it on WebGPU where there is an adapter, else on wasm. */
export async function openJax(url: string | null): Promise<PeerEngine> {
  const module = await loadPeer("jax.js", url);
  const jax: unknown = isJax(module) ? module : Reflect.get(module, "default");
  if (!isJax(jax)) throw lacking("jax-js", "the module is not jax-js");
  const devices = await jax.init();
  const device = devices.includes("webgpu") ? "webgpu" : "wasm";
  if (!devices.includes(device)) throw lacking("jax-js", "neither its webgpu nor its wasm device starts");
  jax.defaultDevice(device);
  return {
    facts: { threads: null, adapter: null, notice: `on its ${device} device, under jit` },
    prepare: (benchCase, size) => {
      if (benchCase.op === null)
        return Promise.reject(lacking("jax-js", "it is compared on single ops only"));
      return Promise.resolve(trialOf(jax, benchCase.op(size)));
    },
    bytes: () => null,
  };
}

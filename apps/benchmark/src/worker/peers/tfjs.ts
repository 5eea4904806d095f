// TensorFlow.js. Layouts are its own (NHWC); tensors stay on the device.
import { inputValues, type InputSpec, type OpSpec, type Trial } from "@isoform/bench";
import { lacking, loadPeer, permute, type PeerEngine } from "./engine.js";

interface Tensor {
  readonly shape: number[];
  data(): Promise<Float32Array | Int32Array>;
  dispose(): void;
}
/** The part of its namespace that is used. */
interface Tf {
  setBackend(name: string): Promise<boolean>;
  tensor(data: Float32Array | Int32Array, shape: readonly number[], dtype: "float32" | "int32"): Tensor;
  tidy(fn: () => Tensor): Tensor;
  memory(): { readonly numBytes: number };
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  conv2d(x: Tensor, w: Tensor, stride: number, pad: "same"): Tensor;
  depthwiseConv2d(x: Tensor, w: Tensor, stride: number, pad: "same"): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  exp(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;
  rsqrt(x: Tensor): Tensor;
  softmax(x: Tensor): Tensor;
  moments(x: Tensor, axis: number, keepDims: boolean): { readonly mean: Tensor; readonly variance: Tensor };
  sum(x: Tensor, axes: readonly number[]): Tensor;
  max(x: Tensor, axes: readonly number[]): Tensor;
  transpose(x: Tensor, perm: readonly number[]): Tensor;
  gather(x: Tensor, indices: Tensor): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor;
}

function isTf(value: unknown): value is Tf {
  return typeof value === "object" && value !== null && "matMul" in value && "setBackend" in value;
}

function build(tf: Tf, spec: OpSpec): { readonly inputs: Tensor[]; run(): Tensor } {
  const upload = (i: InputSpec): Tensor =>
    tf.tensor(inputValues(i), i.shape, i.below === undefined ? "float32" : "int32");
  if (spec.op === "conv2d") {
    const [x, w] = spec.inputs;
    if (x === undefined || w === undefined) throw lacking("tfjs", "the convolution has no inputs");
    const nhwc = permute(inputValues(x), x.shape, [0, 2, 3, 1]);
    const kernel = permute(inputValues(w), w.shape, spec.groups > 1 ? [2, 3, 0, 1] : [2, 3, 1, 0]);
    const images = tf.tensor(nhwc.data, nhwc.shape, "float32");
    const filter = tf.tensor(kernel.data, kernel.shape, "float32");
    const conv = spec.groups > 1 ? tf.depthwiseConv2d : tf.conv2d;
    return { inputs: [images, filter], run: () => conv(images, filter, spec.stride, "same") };
  }
  const inputs = spec.inputs.map(upload);
  const [a, b, c] = inputs;
  if (a === undefined) throw lacking("tfjs", "the op has no inputs");
  const [second, third] = [b ?? a, c ?? a];
  const run = (): Tensor => {
    switch (spec.op) {
      case "matmul":
        return tf.matMul(a, second);
      case "add":
        return tf.add(a, second);
      case "mul":
        return tf.mul(a, second);
      case "exp":
        return tf.exp(a);
      case "tanh":
        return tf.tanh(a);
      case "gelu":
        return tf.mul(tf.mul(a, 0.5), tf.add(tf.erf(tf.mul(a, Math.SQRT1_2)), 1));
      case "softmax":
        return tf.softmax(a);
      case "layerNorm": {
        // As its LayerNormalization layer computes it.
        const { mean, variance } = tf.moments(a, -1, true);
        return tf.add(tf.mul(tf.mul(tf.sub(a, mean), tf.rsqrt(tf.add(variance, 1e-5))), second), third);
      }
      case "sum":
        return tf.sum(a, spec.axes);
      case "max":
        return tf.max(a, spec.axes);
      case "transpose":
        return tf.transpose(a, spec.perm);
      case "gather":
        return tf.gather(a, second);
      case "attention": {
        const width = a.shape.at(-1) ?? 1;
        const scores = tf.mul(tf.matMul(a, second, false, true), 1 / Math.sqrt(width));
        return tf.matMul(tf.softmax(scores), third);
      }
    }
  };
  return { inputs, run };
}

function trialOf(tf: Tf, spec: OpSpec): Trial {
  const { inputs, run } = build(tf, spec);
  let last: Tensor | null = null;
  return {
    start() {
      last?.dispose();
      last = tf.tidy(run);
    },
    async finish() {
      const whole = last;
      if (whole === null) return;
      const one = tf.tidy(() => tf.slice(tf.reshape(whole, [-1]), [0], [1]));
      await one.data();
      one.dispose();
    },
    async result() {
      if (last === null) return [];
      const data = await last.data();
      return spec.op === "conv2d" ? permute(data, last.shape, [0, 3, 1, 2]).data : data;
    },
    notice: () => null,
    dispose: () => [...inputs, ...(last === null ? [] : [last])].forEach((t) => t.dispose()),
  };
}

/** Starts it on its `wasm` or `webgpu` backend. */
export async function openTfjs(backend: "wasm" | "webgpu", url: string | null): Promise<PeerEngine> {
  const name = `tfjs-${backend}`;
  const module = await loadPeer("tfjs.js", url);
  const tf: unknown = isTf(module) ? module : Reflect.get(module, "default");
  if (!isTf(tf)) throw lacking(name, "the module is not TensorFlow.js");
  const setWasmPaths: unknown = Reflect.get(module, "setWasmPaths");
  if (url === null && typeof setWasmPaths === "function") {
    Reflect.apply(setWasmPaths, undefined, [new URL("/peers/", location.origin).href]);
  }
  if (!(await tf.setBackend(backend))) throw lacking(name, `its ${backend} backend does not start here`);
  return {
    facts: { threads: null, adapter: null, notice: null },
    prepare: (benchCase, size) => {
      if (benchCase.op === null) return Promise.reject(lacking(name, "it is compared on single ops only"));
      return Promise.resolve(trialOf(tf, benchCase.op(size)));
    },
    bytes: () => tf.memory().numBytes,
  };
}

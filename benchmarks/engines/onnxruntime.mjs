// onnxruntime-web (wasm) and onnxruntime-node (native CPU): one session per case. A session's run copies inputs and
// outputs; weights are constants of the model, as in the models that people run.
import { chainModel } from "../lib/onnx.mjs";
import { importPeer } from "../lib/peers.mjs";
import { onnxBytes } from "../ours/models.mjs";
import { CHAIN_EXTRA, Lacking } from "./common.mjs";

/** kind -> operator and its attributes. */
const OPS = {
  matmul: () => ["MatMul", {}],
  conv: ({ pad, groups }) => ["Conv", { pads: [pad, pad, pad, pad], group: groups }],
  exp: () => ["Exp", {}],
  tanh: () => ["Tanh", {}],
  gelu: () => ["Gelu", {}],
  softmax: () => ["Softmax", {}],
  layernorm: () => ["LayerNormalization", { axis: 1, epsilon: 1e-5 }],
  sum: () => ["ReduceSum", { keepdims: 0 }],
  transpose: () => ["Transpose", { perm: [1, 0] }],
};
/** Opens "onnxruntime-web" or "onnxruntime-node". */
export async function open(name, threads) {
  const ort = await importPeer(name);
  const web = name === "onnxruntime-web";
  if (web) ort.env.wasm.numThreads = threads;
  const base = {
    executionProviders: [web ? "wasm" : "cpu"],
    logSeverityLevel: 3,
    ...(web ? {} : { intraOpNumThreads: threads, interOpNumThreads: 1 }),
  };
  const session = async (model, inputs, options = {}) => {
    const made = await ort.InferenceSession.create(model, { ...base, ...options });
    const feeds = Object.fromEntries(
      inputs.map(({ name: given, data, shape }, i) => [
        given ?? made.inputNames[i],
        new ort.Tensor(data instanceof BigInt64Array ? "int64" : "float32", data, shape),
      ]),
    );
    return {
      call: () => made.run(feeds),
      output: async () => {
        const outputs = await made.run(feeds);
        return Float32Array.from(made.outputNames.flatMap((n) => [...outputs[n].data]));
      },
      dispose: () => made.release(),
    };
  };
  const model = (c, repeats) => {
    const [op, attributes] = OPS[c.kind](c.attrs);
    return chainModel(op, c.inputs, c.outShape, attributes, repeats);
  };
  const moving = (c) => c.inputs.filter((i) => !i.constant);
  return {
    threads,
    note: null,
    async prepare(c) {
      if (c.kind === "model") return session(await onnxBytes(c.attrs), c.inputs);
      if (!OPS[c.kind]) throw new Lacking(c.kind === "train" ? "it does not train" : "it has no eager ops");
      return session(model(c, 1), moving(c));
    },
    /** The same operator 1 + CHAIN_EXTRA times on its own output, or null: tells the operator's time from the copies'. */
    async chain(c) {
      if (!OPS[c.kind] || c.kind === "sum") return null;
      return session(model(c, 1 + CHAIN_EXTRA), moving(c), { graphOptimizationLevel: "disabled" });
    },
  };
}

// One engine in a process of its own, so that engines share no globals, pools or garbage collector. It measures one
// repeat per request; remote.mjs is the other end.
import { present, roofline } from "../lib/roofline.mjs";
import { oneLine, timeOf } from "../lib/measure.mjs";
import { SUITES } from "../suites/index.mjs";
import { Lacking } from "./common.mjs";

const ENGINES = {
  ours: async (threads) => (await import("./ours.mjs")).open(threads),
  "tfjs-wasm": async (threads) => (await import("./tfjs.mjs")).open("wasm", threads),
  "tfjs-cpu": async (threads) => (await import("./tfjs.mjs")).open("cpu", threads),
  "onnxruntime-web": async (threads) => (await import("./onnxruntime.mjs")).open("onnxruntime-web", threads),
  "onnxruntime-node": async (threads) =>
    (await import("./onnxruntime.mjs")).open("onnxruntime-node", threads),
  "jax-js": async (threads) => (await import("./jax-js.mjs")).open(threads),
};

let engine = null;
const prepared = new Map();
const OPS = {
  open: async ({ name, threads }) => {
    engine = await ENGINES[name](threads);
    return { threads: engine.threads, note: engine.note ?? null, relaxedSimd: engine.relaxedSimd ?? false };
  },
  /** `variant` is a method of the engine: prepare, or one that only some have, which may give null. */
  prepare: async ({ id, suite, index, variant }) => {
    const c = SUITES[suite][index].make();
    const contender = await engine[variant](c);
    if (!contender) return { none: true };
    prepared.set(id, contender);
    const start = performance.now();
    const output = contender.output ? await contender.output() : null;
    const firstMs = output ? (performance.now() - start) / (c.kind === "train" ? output.length : 1) : 0;
    return { output, firstMs };
  },
  details: async ({ id }) => ({ details: prepared.get(id).details?.() ?? {} }),
  measure: async ({ id, calls }) => ({ ms: await timeOf(prepared.get(id), calls) }),
  drop: async ({ id }) => {
    await prepared.get(id)?.dispose?.();
    prepared.delete(id);
    return {};
  },
  roofline: () => roofline(engine.relaxedSimd ?? false),
  present: async () => ({ gflops: await present(engine.relaxedSimd ?? false) }),
};

process.on("disconnect", () => process.exit(0));
process.on("message", async ({ op, ...request }) => {
  try {
    process.send(await OPS[op](request));
  } catch (error) {
    process.send({ error: oneLine(error), lacking: error instanceof Lacking });
  }
});

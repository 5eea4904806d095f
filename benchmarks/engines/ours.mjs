// Isoform on its CPU backend.
import * as core from "@isoform/core";
import { openDevice, upload } from "../ours/device.mjs";
import { inference } from "../ours/models.mjs";
import { OPS } from "../ours/ops.mjs";
import { training } from "../ours/train.mjs";
import { checkedLosses } from "./common.mjs";

/** Opens the engine: `{ threads, prepare(case), withCopies(case) }`. */
export async function open(threads) {
  const { device, backend, threads: used } = await openDevice(threads);
  function trained(c, compiled) {
    const { loss, info, ...contender } = training(c, compiled);
    const memory = () => {
      const { live, top } = backend.memory();
      return { peakBytes: device.memory().peakBytes, liveBytes: live, heapBytes: top };
    };
    const details = () => ({ ...info(), ...memory() });
    return { ...contender, output: () => checkedLosses(c, loss), details };
  }
  return {
    threads: used,
    relaxedSimd: backend.relaxedSimd,
    async prepare(c) {
      if (c.kind === "model") return inference(c, device);
      if (c.kind === "train") return trained(c, true);
      const op = OPS[c.kind];
      const tensors = Object.fromEntries(c.inputs.map((i) => [i.name, upload(i)]));
      return {
        call: () => {
          core.scope(() => void op(tensors, c.attrs));
        },
        output: async () => core.scope(() => new Float32Array(op(tensors, c.attrs).dataSync())),
        dispose: () => Object.values(tensors).forEach((t) => t.dispose()),
      };
    },
    /** A training step op by op, where `prepare` gives a compiled one. */
    eager(c) {
      return c.kind === "train" ? trained(c, false) : null;
    },
    /** As `prepare`, but each call copies the inputs (not the weights) in and the result out. */
    withCopies(c) {
      const op = OPS[c.kind];
      if (!op || c.kind === "dispatch") return null;
      const fixed = Object.fromEntries(c.inputs.filter((i) => i.constant).map((i) => [i.name, upload(i)]));
      const moving = c.inputs.filter((i) => !i.constant);
      return {
        call: () =>
          core.scope(() => {
            const tensors = { ...fixed };
            for (const i of moving) tensors[i.name] = core.reshape(core.fromTypedArray(i.data), i.shape);
            op(tensors, c.attrs).dataSync();
          }),
        dispose: () => Object.values(fixed).forEach((t) => t.dispose()),
      };
    },
  };
}

// The near end of an engine's process (child.mjs): requests are answered in their order.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Lacking } from "./common.mjs";

const script = fileURLToPath(new URL("./child.mjs", import.meta.url));

/** Starts an engine by name. @throws Error when it does not start */
export async function openRemote(name, threads) {
  const child = fork(script, { stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced" });
  const waiting = [];
  child.on("message", (answer) => {
    const next = waiting.shift();
    if (answer.error === undefined) next.resolve(answer);
    else next.reject(answer.lacking ? new Lacking(answer.error) : new Error(answer.error));
  });
  const gone = () => waiting.splice(0).forEach((w) => w.reject(new Error(`the process of ${name} ended`)));
  child.on("exit", gone);
  const ask = (op, request = {}) =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(new Error(`the process of ${name} has ended`));
      waiting.push({ resolve, reject });
      child.send({ op, ...request });
    });
  const close = () => child.kill();
  let id = 0;
  try {
    const { threads: used, note, relaxedSimd } = await ask("open", { name, threads });
    return {
      threads: used,
      note,
      relaxedSimd,
      /** A contender with its first result, or null where the engine has no such variant of the case. */
      async prepare({ suite, index }, variant = "prepare") {
        const own = id++;
        const { none, output, firstMs } = await ask("prepare", { id: own, suite, index, variant });
        if (none) return null;
        return {
          output,
          firstMs,
          details: async () => (await ask("details", { id: own })).details,
          measure: async (calls) => (await ask("measure", { id: own, calls })).ms,
          dispose: () => ask("drop", { id: own }),
        };
      },
      roofline: () => ask("roofline"),
      present: async () => (await ask("present")).gflops,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

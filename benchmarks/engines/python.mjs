// PyTorch and TensorFlow in a Python child process: it measures one repeat per request, so that repeats interleave with
// everyone else's. Requests and answers are lines of JSON; arrays travel as files of float32.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Lacking } from "./common.mjs";

const script = fileURLToPath(new URL("../python/child.py", import.meta.url));

/** Opens "pytorch" or "tensorflow" with a Python that has it. */
export async function openPython(name, threads, python) {
  const folder = mkdtempSync(join(tmpdir(), "isoform-bench-"));
  const count = String(threads);
  const child = spawn(python, [script, name, count], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...process.env,
      OMP_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      CUDA_VISIBLE_DEVICES: "",
      TF_CPP_MIN_LOG_LEVEL: "3",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  const waiting = [];
  const fail = (why) => waiting.splice(0).forEach((w) => w.reject(new Error(why)));
  child.on("error", (error) => fail(`${python}: ${error.message}`));
  child.on("exit", (code) => fail(`Python ended with code ${code}`));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line);
    const next = waiting.shift();
    if (answer.error) next?.reject(answer.lacking ? new Lacking(answer.error) : new Error(answer.error));
    else next?.resolve(answer);
  });
  const expect = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const ask = (request) => {
    if (child.exitCode !== null) return Promise.reject(new Error("Python has ended"));
    const answer = expect();
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  };
  const close = () => {
    child.stdin.end();
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  let version;
  try {
    ({ version } = await expect());
  } catch (error) {
    close();
    throw error;
  }
  let id = 0;
  return {
    threads,
    version,
    note: null,
    async prepare(c) {
      const k = id++;
      const inputs = c.inputs.map(({ name: given, shape, data }, i) => {
        const path = join(folder, `${k}-${i}.f32`);
        writeFileSync(path, Float32Array.from(data, Number));
        return { name: given, shape, path };
      });
      const out = join(folder, `${k}-out.f32`);
      await ask({
        op: "prepare",
        id: k,
        kind: c.kind,
        attrs: c.attrs ?? {},
        count: c.outShape?.[0] ?? 1,
        inputs,
        out,
      });
      return {
        measure: async (calls) => (await ask({ op: "measure", id: k, calls })).ms,
        output: new Float32Array(new Uint8Array(readFileSync(out)).buffer),
        details: async () => (await ask({ op: "details", id: k })).details,
        dispose: () => ask({ op: "drop", id: k }),
      };
    },
    close,
  };
}

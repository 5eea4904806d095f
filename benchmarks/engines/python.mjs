// PyTorch and TensorFlow in a Python child process: it measures one repeat per request, so that repeats interleave with
// everyone else's. Arrays travel as files of float32.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLines } from "../lib/python.mjs";
import { Lacking } from "./common.mjs";

const script = fileURLToPath(new URL("../python/child.py", import.meta.url));

const lacking = (error) => {
  throw error.lacking ? new Lacking(error.message) : error;
};

/** Opens "pytorch" or "tensorflow" with a Python that has it. */
export async function openPython(name, threads, python) {
  const child = await openLines(python, [script, name, String(threads)], threads).catch(lacking);
  const { version } = child.greeting;
  const ask = (request) => child.ask(request).catch(lacking);
  const folder = mkdtempSync(join(tmpdir(), "isoform-bench-"));
  const close = () => {
    child.close();
    rmSync(folder, { recursive: true, force: true });
  };
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

// Threads as a user meets them: the same numbers, processes that end, backends that leave nothing, one thread elsewhere.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DataLoader, F, nn, optim, TensorDataset, torch } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import { add, ArgumentError, createRuntime, fromTypedArray, setBackend, type Device } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { loadTestDigits } from "../examples/src/digits/data.js";
import { notebookAccuracy } from "../examples/src/torch/notebook-mlp.js";

const root = join(import.meta.dirname, "..");
const built = existsSync(join(root, "packages", "backend-cpu", "dist", "threads", "pool.js"));
if (!built) console.warn("the packages are not built: processes with threads are not tested");

/** Runs `program` as a module of its own Node process. */
function node(
  program: string,
  { args = [] as readonly string[], env = {} as Record<string, string> } = {},
): Promise<{ code: number | null; out: string; err: string; milliseconds: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [...args, "--input-type=module", "-e", program], {
    cwd: root,
    env: { PATH: process.env["PATH"], ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (err += text));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) =>
      done({ code, out: out.trim(), err, milliseconds: performance.now() - started }),
    );
  });
}

const HEAD = `
import { cpu } from "@isoform/backend-cpu";
import { createRuntime, fromTypedArray, matmul, setBackend } from "@isoform/core";
const product = async (device) => {
  const a = fromTypedArray(new Float32Array(65536).fill(1), { shape: [256, 256] });
  const c = matmul(a, a);
  const data = await c.data();
  a.dispose();
  c.dispose();
  return data[65535];
};
`;

async function onThreads<T>(threads: number, body: (device: Device) => T | Promise<T>): Promise<T> {
  const backend = cpu({ threads });
  const device = await setBackend(backend);
  expect([backend.threads, backend.notice]).toEqual([threads, null]);
  try {
    return await body(device);
  } finally {
    device.dispose();
  }
}

/** Losses of an MLP on handwritten digits. */
async function digitsLosses(): Promise<number[]> {
  const { images, labels } = await loadTestDigits(640);
  torch.manualSeed(0);
  const x = torch.fromTypedArray(Float32Array.from(images)).reshape(640, 784);
  const y = torch.fromTypedArray(Int32Array.from(labels)).long();
  const model = nn.Sequential(
    nn.Linear(784, 128),
    nn.ReLU(),
    nn.Linear(128, 64),
    nn.ReLU(),
    nn.Linear(64, 10),
  );
  const optimizer = optim.Adam(model.parameters(), { lr: 1e-3 });
  const losses: number[] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    for (const [images64, labels64] of DataLoader(TensorDataset(x, y), { batchSize: 64, shuffle: true })) {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(model(images64!), labels64!);
      loss.backward();
      optimizer.step();
      losses.push(Number(loss.itemSync()));
    }
  }
  return losses;
}

async function notebookLosses(): Promise<number[]> {
  const losses: number[] = [];
  const accuracy = await notebookAccuracy(1, { step: (_, loss) => losses.push(loss) });
  return [...losses, accuracy];
}

describe("the same numbers on any number of threads", () => {
  it("trains an MLP on digits to the last bit", async () => {
    const one = await onThreads(1, digitsLosses);
    expect(one).toHaveLength(20);
    expect(one[19]).toBeLessThan(one[0]!);
    expect(await onThreads(2, digitsLosses)).toEqual(one);
    expect(await onThreads(3, digitsLosses)).toEqual(one);
  });

  it("trains the notebook's MLP to the last bit", async () => {
    const one = await onThreads(1, notebookLosses);
    expect(one.length).toBeGreaterThan(100);
    expect(await onThreads(2, notebookLosses)).toEqual(one);
  });

  it("gives out memory of its own, never shared memory", async () => {
    await onThreads(2, async (device) => {
      const t = add(fromTypedArray(Float32Array.of(1, 2, 3)), 1);
      for (const data of [await t.data(), t.dataSync()]) {
        expect(ArrayBuffer.isView(data) && data.buffer).toBeInstanceOf(ArrayBuffer);
        structuredClone(data);
      }
      const { backend } = device;
      const buffer = backend.alloc(16);
      backend.write(buffer, 0, new TextEncoder().encode("shared or not, s"));
      const bytes = await backend.read(buffer, 0, 16);
      expect(new TextDecoder().decode(bytes)).toBe("shared or not, s");
    });
  });
});

describe("cpu({ threads })", () => {
  it("refuses numbers of threads that make no sense", () => {
    for (const threads of [0, -1, 1.5, Number.NaN, 257]) {
      expect(() => cpu({ threads }), String(threads)).toThrow(ArgumentError);
    }
  });

  it("takes as many threads as the machine has, up to 4, and starts them when they are used", async () => {
    const backend = cpu();
    const wanted = Math.min(4, availableParallelism());
    await backend.init();
    expect([backend.threads, backend.notice]).toEqual([wanted, null]);
    await backend.startThreads();
    expect([backend.threads, backend.notice]).toEqual([wanted, null]);
    backend.dispose();
    expect(backend.threads).toBe(1);
  });

  it("is one thread, without workers, when asked", async () => {
    const backend = cpu({ threads: 1 });
    await backend.init();
    expect([backend.threads, backend.notice]).toEqual([1, null]);
    backend.dispose();
  });

  it("computes on after dispose() of its workers was called twice", async () => {
    const backend = cpu({ threads: 2 });
    const runtime = await createRuntime({ backends: [backend] });
    runtime.dispose();
    backend.dispose();
    expect(backend.threads).toBe(1);
  });
});

describe.skipIf(!built)("a process with threads", () => {
  it("ends by itself, at once", async () => {
    const { code, out, err, milliseconds } = await node(`${HEAD}
      const backend = cpu({ threads: 3 });
      await setBackend(backend);
      console.log(await product(), backend.threads, backend.notice);`);
    expect([err, out, code]).toEqual(["", "256 3 null", 0]);
    expect(milliseconds).toBeLessThan(10_000);
  });

  it("ends by itself when the workers have not even started", async () => {
    const { code, err } = await node(`${HEAD}void cpu({ threads: 3 }).init();`);
    expect([err, code]).toEqual(["", 0]);
  });

  it("makes and disposes of 100 backends and keeps nothing", { timeout: 120_000 }, async () => {
    const { code, out, err } = await node(
      `${HEAD}
      import { readdirSync } from "node:fs";
      const threads = () => (process.platform === "linux" ? readdirSync("/proc/self/task").length : 0);
      const cycle = async () => {
        const runtime = await createRuntime({ backends: [cpu({ threads: 2 })] });
        runtime.use();
        const result = await product();
        runtime.dispose();
        return result;
      };
      const settle = async () => {
        for (let i = 0; i < 20; i++) {
          await new Promise((done) => setTimeout(done, 10));
          gc();
        }
      };
      for (let i = 0; i < 3; i++) await cycle();
      await settle();
      const before = [threads(), process.memoryUsage().rss];
      let wrong = 0;
      for (let i = 0; i < 100; i++) if ((await cycle()) !== 256) wrong++;
      await settle();
      const grown = (process.memoryUsage().rss - before[1]) / 2 ** 20;
      console.log(JSON.stringify({ wrong, threads: threads() - before[0], grown }));`,
      { args: ["--expose-gc"] },
    );
    expect([err, code]).toEqual(["", 0]);
    const { wrong, threads, grown } = JSON.parse(out) as Record<string, number>;
    expect([wrong, threads]).toEqual([0, 0]);
    // A hundred backends hold 1 MiB each and a worker some 5; what is left is the allocator's slack.
    expect(grown).toBeLessThan(100);
  });

  it("ends the workers of a backend that became garbage", async () => {
    const { code, out, err } = await node(
      `${HEAD}
      import { readdirSync } from "node:fs";
      const count = () => readdirSync("/proc/self/task").length;
      if (process.platform !== "linux") console.log("true");
      else {
        const before = count();
        await (async () => {
          await cpu({ threads: 3 }).init();
        })();
        const during = count();
        for (let i = 0; i < 100 && count() > before; i++) {
          await new Promise((done) => setTimeout(done, 10));
          gc();
        }
        console.log(during === before + 2 && count() === before);
      }`,
      { args: ["--expose-gc"] },
    );
    expect([err, out, code]).toEqual(["", "true", 0]);
  });

  it("works inside a worker thread, and that worker ends", async () => {
    const inner = `${HEAD}
      import { parentPort } from "node:worker_threads";
      const backend = cpu({ threads: 2 });
      await setBackend(backend);
      parentPort.postMessage([await product(), backend.threads]);`;
    const { code, out, err } = await node(`
      import { Worker } from "node:worker_threads";
      import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
      const folder = mkdtempSync("node_modules/.isoform-threads-");
      writeFileSync(folder + "/inner.mjs", ${JSON.stringify(inner)});
      const worker = new Worker("./" + folder + "/inner.mjs", { execArgv: [] });
      worker.on("message", (m) => console.log(JSON.stringify(m)));
      worker.on("exit", (code) => {
        console.log("exit", code);
        rmSync(folder, { recursive: true });
      });`);
    expect([err, out, code]).toEqual(["", "[256,2]\nexit 0", 0]);
  });

  it("is one thread, with a notice, without SharedArrayBuffer", async () => {
    const { code, out, err } = await node(`
      delete globalThis.SharedArrayBuffer;
      const { cpu } = await import("@isoform/backend-cpu");
      const backend = cpu({ threads: 2 });
      await backend.init();
      console.log(backend.threads, backend.notice);`);
    expect([err, code]).toEqual(["", 0]);
    expect(out).toMatch(/^1 one thread: threads share no memory here/);
  });

  it("is one thread, with a notice, where workers are forbidden", async () => {
    const allowed = "--allow-fs-read=*";
    const flag =
      Number(process.versions.node.split(".")[0]) >= 23 ? "--permission" : "--experimental-permission";
    const { code, out } = await node(
      `${HEAD}
      const backend = cpu({ threads: 2 });
      await setBackend(backend);
      console.log(await product(), backend.threads, backend.notice);`,
      { args: [flag, allowed] },
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^256 1 .*(ERR_ACCESS_DENIED|restricted)/);
  });

  it("does not start loaders or debuggers of the process in its workers", async () => {
    const loader = "data:text/javascript,console.log('loaded')";
    const program = `${HEAD}
      const backend = cpu({ threads: 2 });
      await backend.init();
      console.log(backend.threads);`;
    const given = await node(program, { args: ["--import", loader] });
    expect([given.err, given.out]).toEqual(["", "loaded\n2"]);
    const inherited = await node(program, { env: { NODE_OPTIONS: `--import="${loader}"` } });
    expect([inherited.err, inherited.out]).toEqual(["", "loaded\n2"]);
  });

  it("uses no processor time while nothing runs", async () => {
    const { out, code } = await node(`${HEAD}
      await setBackend(cpu({ threads: 3 }));
      await product();
      await new Promise((done) => setTimeout(done, 500));
      const before = process.cpuUsage();
      await new Promise((done) => setTimeout(done, 1000));
      const { user, system } = process.cpuUsage(before);
      console.log((user + system) / 1000);`);
    expect(code).toBe(0);
    expect(Number(out)).toBeLessThan(200);
  });
});

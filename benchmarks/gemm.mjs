// float32 matrix products on one thread: backend-cpu against onnxruntime-web's wasm, interleaved in one process.
// Needs the built packages (`npm run build`); installs the peer on demand. Writes results/gemm.json and gemm.md.
import { writeFileSync } from "node:fs";
import { cpu } from "../packages/backend-cpu/dist/index.js";
import { circumstances, interleave } from "./lib/measure.mjs";
import { matmulModel } from "./lib/onnx-matmul.mjs";
import { peer } from "./lib/peers.mjs";

const SIZES = [64, 128, 256, 512, 1024];
const TARGET = 1.2;

const ort = await peer("onnxruntime-web");
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(matmulModel(), { executionProviders: ["wasm"] });
const backend = cpu();

function ours(n, a, b) {
  const size = n * n * 4;
  const view = (buffer) => ({ buffer, dtype: "float32", shape: [n, n], strides: [n, 1], offset: 0 });
  const [x, y, out] = [a, b, a].map(() => view(backend.alloc(size)));
  backend.write(x.buffer, 0, new Uint8Array(a.buffer));
  backend.write(y.buffer, 0, new Uint8Array(b.buffer));
  return {
    kernel: () => backend.kernels.matmul(x, y, out),
    // What a session does too: copy both inputs in, compute, copy the result out.
    transfer: () => {
      backend.write(x.buffer, 0, new Uint8Array(a.buffer));
      backend.write(y.buffer, 0, new Uint8Array(b.buffer));
      backend.kernels.matmul(x, y, out);
      return new Float32Array(backend.readSync(out.buffer, 0, size).buffer);
    },
    free: () => [x, y, out].forEach((v) => backend.free(v.buffer, size)),
  };
}

const rows = [];
for (const n of SIZES) {
  const a = Float32Array.from({ length: n * n }, () => Math.random() - 0.5);
  const b = Float32Array.from({ length: n * n }, () => Math.random() - 0.5);
  const inputs = { a: new ort.Tensor("float32", a, [n, n]), b: new ort.Tensor("float32", b, [n, n]) };
  const mine = ours(n, a, b);
  const theirs = (await session.run(inputs)).c.data;
  const worst = mine.transfer().reduce((e, v, i) => Math.max(e, Math.abs(v - theirs[i])), 0);
  if (!(worst < 1e-5 * Math.sqrt(n))) throw new Error(`results differ by ${worst} at n = ${n}`);
  const rounds = n <= 128 ? 200 : n <= 512 ? 31 : 11;
  const { median: ms, least } = await interleave(
    { kernel: mine.kernel, transfer: mine.transfer, ort: () => session.run(inputs) },
    { rounds, warmup: 5 },
  );
  mine.free();
  const gflops = (t) => Math.round((2 * n ** 3) / t / 1e5) / 10;
  rows.push({
    suite: "gemm",
    name: `${n}x${n}x${n}`,
    threads: 1,
    oursMs: ms.transfer,
    oursKernelMs: ms.kernel,
    peers: { "onnxruntime-web": ms.ort },
    gflops: { ours: gflops(ms.transfer), kernel: gflops(ms.kernel), "onnxruntime-web": gflops(ms.ort) },
    speedup: Math.round((ms.ort / ms.transfer) * 100) / 100,
    // The least time of each is what they reach when nothing else runs.
    speedupOfLeast: Math.round((least.ort / least.transfer) * 100) / 100,
  });
  const r = rows.at(-1);
  console.log(
    `${r.name.padEnd(15)} ours ${r.gflops.ours} GFLOP/s (kernel alone ${r.gflops.kernel}), ` +
      `onnxruntime-web ${r.gflops["onnxruntime-web"]}: ${r.speedup}x (least times ${r.speedupOfLeast}x)`,
  );
}

const where = circumstances();
const folder = new URL("./results/", import.meta.url);
writeFileSync(new URL("gemm.json", folder), `${JSON.stringify({ ...where, rows }, null, 2)}\n`);
const lines = rows.map(
  (r) =>
    `| ${r.name} | ${r.oursMs.toFixed(2)} | ${r.peers["onnxruntime-web"].toFixed(2)} | ${r.gflops.ours} | ${r.gflops.kernel} | ${r.gflops["onnxruntime-web"]} | ${r.speedup} | ${r.speedupOfLeast} |`,
);
writeFileSync(
  new URL("gemm.md", folder),
  [
    `float32 GEMM, one thread, ${where.cpu}, Node ${where.node}, ${where.date}: medians of one interleaved run, copies in and out included.`,
    "",
    "| product | ours ms | onnxruntime-web ms | ours GFLOP/s | kernel alone | onnxruntime-web | speed-up | of least times |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n"),
);
const decisive = rows.find((r) => r.name === "512x512x512");
console.log(`512: ${decisive.speedup}x (target ${TARGET}x)`);
process.exitCode = decisive.speedup >= TARGET ? 0 : 1;

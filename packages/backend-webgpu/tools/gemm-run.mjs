// The measurement that `gemm.mjs` bundles: float32 products of square matrices, on GPU timestamps where the adapter has them.
import { parseArgs } from "node:util";
import { runProduct } from "../src/kernels/contraction/matmul.ts";
import { TILES } from "../src/kernels/contraction/tiles.ts";
import { eagerShader, grid } from "../src/wgsl/module.ts";

const HELP = `Measures float32 matrix products on the GPU.

  --sizes 512,1024,2048,4096  sides of the square matrices, or MxNxK
  --tiles rules,big,medium    tiles by name, "rules" for the one the backend takes, or
                              ROWSxCOLUMNSxDEPTHxPERROWSxPERCOLUMNSxSLICES; default rules
  --layouts nn,nt,tn,tt       which operands are transposed; default nn
  --seconds 0.3               time per measurement, about
  --dawn a,b                  options of Dawn, e.g. enable-dawn-features=disable_robustness
  --module NAME               what to import instead of "webgpu"
  --json                      one line of JSON instead of a table
`;

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "512,1024,2048,4096" },
    tiles: { type: "string", default: "rules" },
    layouts: { type: "string", default: "nn" },
    seconds: { type: "string", default: "0.3" },
    dawn: { type: "string", default: "" },
    module: { type: "string", default: "webgpu" },
    bundle: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

const list = (text) => text.split(",").filter((s) => s !== "");
const { create } = await import(options.module);
const gpu = create(list(options.dawn));
// Dawn ends the process when this is collected while a device lives.
globalThis.gemmGpu = gpu;
const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
if (!adapter) {
  console.error("no GPU adapter");
  process.exit(1);
}
const timed = adapter.features.has("timestamp-query");
const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize } = adapter.limits;
const device = await adapter.requestDevice({
  requiredFeatures: timed ? ["timestamp-query"] : [],
  requiredLimits: { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize },
});
device.addEventListener("uncapturederror", (event) => {
  console.error(event.error.message);
  process.exit(1);
});
const [STORAGE, UNIFORM, READ, RESOLVE] = [0x80 | 0x4 | 0x8, 0x40 | 0x8, 0x1 | 0x8, 0x200 | 0x4];

/** Notes the calls of a product. */
class Notes {
  limits = {
    storageBuffers: 8,
    workgroupBytes: maxComputeWorkgroupStorageSize,
    workgroupSize: 256,
    software: false,
  };
  calls = [];
  made = [];
  run(call) {
    this.calls.push(call);
  }
  scratch(bytes) {
    const gpuBuffer = device.createBuffer({ size: Math.max(256, bytes), usage: STORAGE });
    this.made.push(gpuBuffer);
    return { gpu: gpuBuffer, bytes, lastUse: 0 };
  }
  release() {}
}

function tileOf(text) {
  if (text === "rules") return undefined;
  if (Object.hasOwn(TILES, text)) return TILES[text];
  const numbers = text.split("x").map(Number);
  const [rows, columns, depth, perRows, perColumns, slices] = numbers;
  if (numbers.length !== 6 || (rows / perRows) * (columns / perColumns) * slices !== 256) {
    console.error(`no tile ${text}: names are ${Object.keys(TILES).join(", ")}, others need 256 invocations`);
    process.exit(2);
  }
  return { rows, columns, depth, perRows, perColumns, slices };
}

async function read(buffer, bytes) {
  const staging = device.createBuffer({ size: bytes, usage: READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(1);
  const copy = staging.getMappedRange().slice(0);
  staging.destroy();
  return copy;
}

async function dispatchOf(call) {
  const module = device.createShaderModule({ code: eagerShader(call) });
  const start = performance.now();
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
  const params = new Uint32Array(Math.ceil(call.params.length / 4) * 4);
  call.params.forEach((v, i) => (params[i] = v));
  const uniform = device.createBuffer({ size: params.byteLength, usage: UNIFORM });
  device.queue.writeBuffer(uniform, 0, params);
  const entries = call.operands.map((o, i) => ({ binding: i + 1, resource: { buffer: o.buffer.gpu } }));
  entries.push({ binding: 0, resource: { buffer: uniform } });
  const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return { pipeline, bindGroup, groups: grid(call.groups), compile: performance.now() - start };
}

const querySet = timed ? device.createQuerySet({ type: "timestamp", count: 2 }) : null;
const resolved = timed ? device.createBuffer({ size: 16, usage: RESOLVE }) : null;

/** Seconds of so many runs. */
async function seconds(dispatches, runs) {
  const encoder = device.createCommandEncoder();
  const writes = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
  const pass = encoder.beginComputePass(timed ? { timestampWrites: writes } : {});
  for (let i = 0; i < runs; i++) {
    for (const d of dispatches) {
      pass.setPipeline(d.pipeline);
      pass.setBindGroup(0, d.bindGroup);
      pass.dispatchWorkgroups(...d.groups);
    }
  }
  pass.end();
  if (timed) encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
  const start = performance.now();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  const wall = (performance.now() - start) / 1e3;
  if (!timed) return wall;
  const [begin, end] = new BigUint64Array(await read(resolved, 16));
  return end > begin ? Number(end - begin) / 1e9 : wall;
}

async function measure([m, n, k], layout, tileName) {
  const notes = new Notes();
  const matrix = (rows, columns, transposed) => {
    const values = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7919) % 1013) / 1013 - 0.5);
    const buffer = notes.scratch(values.byteLength);
    device.queue.writeBuffer(buffer.gpu, 0, values);
    const strides = transposed ? [1, rows] : [columns, 1];
    return {
      view: { buffer, dtype: "float32", shape: [rows, columns], strides, offset: 0 },
      values,
      strides,
    };
  };
  const a = matrix(m, k, layout[0] === "t");
  const b = matrix(k, n, layout[1] === "t");
  const out = matrix(m, n, false);
  const tile = tileOf(tileName);
  runProduct(notes, { a: a.view, b: b.view, out: out.view, ...(tile ? { tile } : {}) });
  const dispatches = [];
  for (const call of notes.calls) dispatches.push(await dispatchOf(call));
  const first = await seconds(dispatches, 1);
  const result = new Float32Array(await read(out.view.buffer.gpu, m * n * 4));
  let wrong = 0;
  for (let i = 0; i < 64; i++) {
    const [row, column] = [(i * 7907) % m, (i * 6101) % n];
    let sum = 0;
    for (let p = 0; p < k; p++) {
      sum +=
        a.values[row * a.strides[0] + p * a.strides[1]] * b.values[p * b.strides[0] + column * b.strides[1]];
    }
    if (!(Math.abs(result[row * n + column] - sum) <= 1e-5 * Math.sqrt(k) + 1e-6 * k)) wrong++;
  }
  const budget = Number(options.seconds);
  const probe = Math.min(first, await seconds(dispatches, 1));
  const runs = Math.max(1, Math.min(2000, Math.ceil(budget / Math.max(probe, 1e-6))));
  let best = Infinity;
  for (let i = 0; i < 3; i++) best = Math.min(best, (await seconds(dispatches, runs)) / runs);
  for (const buffer of notes.made) buffer.destroy();
  const compile = dispatches.reduce((sum, d) => sum + d.compile, 0);
  return {
    size: `${m}x${n}x${k}`,
    layout,
    tile: tileName,
    kernel: notes.calls[0].key,
    dispatches: dispatches.length,
    groups: notes.calls[0].groups,
    microseconds: best * 1e6,
    gflops: (2 * m * n * k) / best / 1e9,
    compileMs: compile,
    wrong,
  };
}

const { vendor, architecture, description, device: id } = adapter.info;
const name = description || [vendor, architecture, id].filter(Boolean).join(" ");
const clock = timed ? "GPU timestamps" : "wall time of queued runs";
const rows = [];
if (!options.json) console.log(`${name}; ${clock}`);
for (const text of list(options.sizes)) {
  const parts = text.split("x").map(Number);
  const size = parts.length === 3 ? parts : [parts[0], parts[0], parts[0]];
  for (const layout of list(options.layouts)) {
    for (const tileName of list(options.tiles)) {
      const row = await measure(size, layout, tileName);
      rows.push(row);
      if (options.json) continue;
      const state = row.wrong > 0 ? `  WRONG in ${row.wrong} of 64 places` : "";
      const rate = row.gflops >= 100 ? row.gflops.toFixed(0) : row.gflops.toFixed(2);
      console.log(
        `${row.size} ${layout} ${tileName.padEnd(8)} ${rate.padStart(8)} GFLOP/s ${row.microseconds.toFixed(1).padStart(10)} us  ${row.groups} groups, ${row.dispatches} dispatches, ${row.kernel}${state}`,
      );
    }
  }
}
if (options.json) console.log(JSON.stringify({ adapter: name, clock, rows }));
process.exit(rows.some((r) => r.wrong > 0) ? 1 : 0);

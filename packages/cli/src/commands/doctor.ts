// `isoform doctor`: what this machine and this installation can do, by trying it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, freemem, release, totalmem } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { cpuUnavailableReason, type CpuBackend } from "@isoform/backend-cpu";
import {
  CORE_VERSION,
  DTYPES,
  IsoformError,
  add,
  fromTypedArray,
  matmul,
  scope,
  withDevice,
  type Device,
} from "@isoform/core";
import type { Context, Report } from "../context.js";
import { EXIT } from "../errors.js";
import { BACKENDS, startBackend, type BackendName } from "../models/backend.js";
import { table } from "../terminal/table.js";
import { bytes, count, duration } from "../terminal/text.js";

interface BackendCheck {
  readonly name: string;
  readonly works: boolean;
  /** Why not, or what was tried. */
  readonly detail: string;
  readonly dtypes: readonly string[];
  /** Milliseconds of a 128 × 128 matrix product. */
  readonly milliseconds: number | null;
  /** Kernels of the trial that ran on the reference code. */
  readonly fallbacks: Readonly<Record<string, number>>;
  /** Threads that kernels run on. */
  readonly threads: number;
  /** Why there are fewer threads than the machine has, or null. */
  readonly notice: string | null;
  /** Whether products use relaxed SIMD. */
  readonly relaxedSimd: boolean;
}

const SIZE = 128;

/** Checks every backend with a small computation whose result is known. Exit 1 when none works. */
export async function doctor({ paint, host }: Context, version: string): Promise<Report> {
  const backends = [await check("cpu"), await check("reference"), await check("webgpu")];
  const system = {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads: cpus().length,
    memoryBytes: totalmem(),
    freeBytes: freemem(),
    wasmSimd: cpuUnavailableReason() === null,
  };
  const packages = { "@isoform/cli": version, "@isoform/core": CORE_VERSION, ...installed(host.cwd) };
  const working = backends.filter((b) => b.works);
  const rows = backends.map((b) => [
    b.name,
    b.works ? "works" : "does not work",
    b.works ? String(b.threads) : "",
    b.milliseconds === null ? "" : duration(b.milliseconds),
    b.notice === null ? b.detail : `${b.detail}; ${b.notice}`,
  ]);
  const lines = [
    paint("bold", "System"),
    `  Node ${system.node} (V8 ${system.v8}), ${system.platform}`,
    `  ${system.cpu}, ${system.threads} threads, ${bytes(system.freeBytes)} of ${bytes(system.memoryBytes)} memory free`,
    `  WebAssembly SIMD: ${system.wasmSimd ? "yes" : "no"}${relaxedText(backends)}`,
    "",
    paint("bold", "Backends"),
    ...table(
      [
        { title: "name" },
        { title: "state" },
        { title: "threads", align: "right" },
        { title: `${SIZE}x${SIZE} product`, align: "right" },
        { title: "detail" },
      ],
      rows,
    ).map((l) => `  ${l}`),
    "",
    paint("bold", "Packages"),
    ...Object.entries(packages).map(([name, v]) => `  ${name} ${v}`),
  ];
  return {
    exit: working.length > 0 ? EXIT.ok : EXIT.failure,
    data: { system, backends, packages, defaultBackend: working[0]?.name ?? null },
    lines,
  };
}

async function check(name: BackendName): Promise<BackendCheck> {
  const failed = (detail: string): BackendCheck => ({
    name,
    works: false,
    detail,
    dtypes: [],
    milliseconds: null,
    fallbacks: {},
    threads: 1,
    notice: null,
    relaxedSimd: false,
  });
  let device: Device | undefined;
  try {
    device = await startBackend(() => BACKENDS[name]());
    await trial(device);
    const { wrong, milliseconds } = await trial(device);
    const { threads, notice, relaxedSimd } = await engineOf(device);
    if (wrong > 0) return failed(`${count(wrong)} wrong elements in a matrix product; please report this`);
    const { dtypes } = device.capabilities;
    const detail = `a matrix product and a sum are right; ${dtypes.length} of ${DTYPES.length} dtypes`;
    return {
      name,
      works: true,
      detail,
      dtypes,
      milliseconds,
      fallbacks: device.fallbacks(),
      threads,
      notice,
      relaxedSimd,
    };
  } catch (error) {
    if (error instanceof IsoformError)
      return failed(`${error.problem}${error.hint ? `; ${error.hint}` : ""}`);
    return failed(error instanceof Error ? error.message : String(error));
  } finally {
    device?.dispose();
  }
}

/** What kernels run on: the threads that really start, and the instructions that are there. */
async function engineOf({
  backend,
}: Device): Promise<Pick<CpuBackend, "threads" | "notice" | "relaxedSimd">> {
  if (!isCpu(backend)) return { threads: 1, notice: null, relaxedSimd: false };
  await backend.startThreads();
  return { threads: backend.threads, notice: backend.notice, relaxedSimd: backend.relaxedSimd };
}

/** Whether there is relaxed SIMD, and how to get it. */
function relaxedText(backends: readonly BackendCheck[]): string {
  if (backends.some((b) => b.relaxedSimd)) return "; relaxed SIMD: yes";
  if (!backends.some((b) => b.name === "cpu" && b.works)) return "";
  return "; relaxed SIMD: no (Node 22 has it, and products then take about half the time)";
}

const isCpu = (backend: object): backend is CpuBackend => "startThreads" in backend;

/** A·B + 1 with small whole numbers, which float32 holds exactly. */
async function trial(device: Device): Promise<{ wrong: number; milliseconds: number }> {
  const a = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i * 7) % 5);
  const b = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i * 3) % 4);
  const started = performance.now();
  const product = withDevice(device, () =>
    scope(() => {
      const shape = [SIZE, SIZE];
      return add(matmul(fromTypedArray(a, { shape }), fromTypedArray(b, { shape })), 1);
    }),
  );
  const got = await product.data();
  const milliseconds = performance.now() - started;
  product.dispose();
  let wrong = 0;
  for (let i = 0; i < SIZE; i++) {
    for (let j = 0; j < SIZE; j++) {
      let sum = 1;
      for (let k = 0; k < SIZE; k++) sum += (a[i * SIZE + k] ?? 0) * (b[k * SIZE + j] ?? 0);
      if (got[i * SIZE + j] !== sum) wrong++;
    }
  }
  return { wrong, milliseconds };
}

const PACKAGES = [
  "backend-cpu",
  "backend-reference",
  "backend-webgpu",
  "converter",
  "api-torch",
  "api-keras",
  "bench",
  "conformance",
  // Not needed by the command: the user's own, if it is there.
  "data",
];

/** Versions of the other packages, as installed beside this one, else in the user's folder. */
function installed(cwd: string): Record<string, string> {
  const places = [import.meta.url, join(cwd, "package.json")];
  return Object.fromEntries(
    PACKAGES.map((name) => {
      const found = places.map((place) => versionOf(`@isoform/${name}`, place)).find((v) => v !== null);
      return [`@isoform/${name}`, found ?? "not installed"];
    }),
  );
}

function versionOf(name: string, from: string): string | null {
  try {
    const file = createRequire(from).resolve(`${name}/package.json`);
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : null;
  } catch {
    return null;
  }
}

// The CPU backend: native WebAssembly kernels where they exist, the reference kernels on the same memory elsewhere.
import {
  ArgumentError,
  BACKEND_CONTRACT,
  checkOptions,
  DTYPES,
  UnsupportedOpError,
  type Backend,
  type DType,
  type FallbackCounts,
  type KernelFamily,
} from "@isoform/core";
import { kernelsOf } from "./assembly.js";
import { EagerEngine } from "./engine.js";
import { compileGraph, type KernelMaker } from "./compile/compile.js";
import { withFallback, withoutFallback } from "./fallback.js";
import type { AllocatorStats } from "./memory/allocator.js";
import { ALL_PARTS, type CpuPart } from "./parts.js";
import { hardwareThreads, threadsUnavailableReason } from "./threads/host.js";
import type { Crew } from "./threads/pool.js";
import {
  compileRefusal,
  enableRelaxedSimd,
  hasWebAssembly,
  i32x4,
  ModuleBuilder,
  PAGE_BYTES,
  v128,
  validate,
} from "./wasm/index.js";

/** Options of `cpu`. */
export interface CpuOptions {
  /**
   * Most bytes of linear memory, rounded down to 64 KiB; of them 64 KiB are the backend's own. Default and
   * maximum: 4 GiB less 64 KiB; less than 128 KiB counts as 128 KiB. Where the engine cannot set aside as
   * much address space, the limit is a half, a quarter, … of it. At the limit, `alloc` and kernels that need
   * scratch memory throw OutOfMemoryError.
   */
  readonly maxMemory?: number;
  /**
   * Threads to compute on, the calling one included: an integer from 1 to 256, else ArgumentError; results do
   * not depend on it. Default: as many as the machine has, at most 4, where memory can be shared (Node; a
   * cross-origin isolated page); 1 elsewhere, also when more are asked for (`notice` says why). A number
   * given here is started, and waited for at most 10 seconds, by `setBackend` and `createRuntime`; the
   * default's workers start with the first kernel that is large enough to be cut.
   */
  readonly threads?: number;
  /**
   * Use relaxed SIMD (fused multiply-adds) where the engine has it: Node 22, Chrome 114 and later. Products
   * take about half the time on many machines; the last bits then depend on the machine. Default true; without
   * effect where the engine has none. `"enable"` also turns it on in Node 20, which has it behind V8's flag
   * `--experimental-wasm-relaxed-simd`: for the whole process, so it is for programs, not for libraries.
   */
  readonly relaxedSimd?: boolean | "enable";
}

const MOST_THREADS = 256;
const DEFAULT_THREADS = 4;

/** Address of a block in the backend's linear memory, in bytes; a multiple of 64. */
export type CpuBuffer = number;

/** The CPU backend. */
export interface CpuBackend extends Backend<CpuBuffer> {
  /**
   * How often each family ran on the reference kernels, by `family:dtype`, since the backend was made. Never
   * throws.
   */
  readonly fallbacks: () => FallbackCounts;
  /** A copy of `bytes` bytes from `byteOffset` bytes into the buffer. Never throws for a live buffer. */
  readonly readSync: (buffer: CpuBuffer, byteOffset: number, bytes: number) => Uint8Array;
  /** Bytes in and out of use, whoever allocated them: tensors, programs, scratch memory. Never throws. */
  readonly memory: () => AllocatorStats;
  /** Threads that kernels run on, the calling one included. */
  readonly threads: number;
  /** Whether kernels use relaxed SIMD: allowed by the options, and there in this JavaScript engine. */
  readonly relaxedSimd: boolean;
  /** Why kernels run on fewer threads than asked for (or than the machine has), or null. */
  readonly notice: string | null;
  /**
   * Starts the workers and waits for them, at most 10 seconds. Kernels do not need it: workers start when
   * used. Never throws; where workers cannot start, `notice` says why.
   */
  readonly startThreads: () => Promise<void>;
  /** `startThreads` when `threads` was given, else nothing. Never throws. */
  readonly init: () => Promise<void>;
  /** Ends the workers; kernels called later run on the calling thread. Never throws. */
  readonly dispose: () => void;
}

/**
 * Why the backend cannot run in this JavaScript engine, or null when it can. It needs WebAssembly with
 * 128-bit SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4 and later), and a page whose
 * Content-Security-Policy, if there is one, allows 'wasm-unsafe-eval'. Never throws.
 * @see WebAssembly fixed-width SIMD, https://github.com/WebAssembly/simd
 */
export function cpuUnavailableReason(): string | null {
  if (!hasWebAssembly()) return "this JavaScript engine has no WebAssembly";
  const m = new ModuleBuilder();
  m.func([], null, (f) => v128.store(f, 0, i32x4.const(0)));
  const bytes = m.build();
  if (!validate(bytes)) return "this JavaScript engine has no WebAssembly SIMD";
  const refusal = compileRefusal(bytes);
  return refusal && `WebAssembly may not be compiled here: ${refusal}`;
}

/**
 * The WebAssembly SIMD backend, assembled at run time: the same code in Node and in browsers (whose
 * Content-Security-Policy must allow 'wasm-unsafe-eval'). Every kernel family is native for float32 and 16-bit
 * floats, elementwise functions and reductions for nearly every dtype, products and convolutions also for 32-bit integers; what
 * is not native runs on the reference kernels over the same memory and is counted in `fallbacks()`.
 * @throws {ArgumentError} when an option is unknown, `threads` is not an integer from 1 to 256, `maxMemory` is
 * not over 0 or `relaxedSimd` is neither a boolean nor "enable"
 * @throws {UnsupportedOpError} when the engine has no WebAssembly SIMD or the page's Content-Security-Policy
 * forbids WebAssembly (`cpuUnavailableReason`)
 * @throws {OutOfMemoryError} when the engine has no address space left for a memory of 1 MiB (`maxMemory` if
 * less). Later, `alloc` and kernels that need scratch memory throw it at the memory limit.
 * @throws {DeviceLostError} later, from a kernel on several threads, when a worker does not come back from a
 * call within 120 seconds
 * @example
 * await setBackend(cpu({ threads: 2, maxMemory: 512 * 2 ** 20 }));
 */
export function cpu(options: CpuOptions = {}): CpuBackend {
  return cpuOf(ALL_PARTS, options);
}

/**
 * The CPU backend with no more than the parts given, for web pages: what is not imported is not in their bundle. Ops
 * whose kernels are missing throw UnsupportedOpError, naming the part; batchNorm, attention and recurrent layers are
 * then computed step by step instead.
 * @param parts of `convolution`, `pooling`, `sorting`, `batchNormalization`, `recurrence`, `attention`, `fallback` and
 * `workers`, in any order
 * @throws {ArgumentError} when `parts` is not an array of parts; and what `cpu` throws
 * @throws {UnsupportedOpError} as `cpu`; later, from ops whose part is missing
 * @throws {OutOfMemoryError} as `cpu`
 * @example
 * import { convolution, cpuOf, pooling } from "@isoform/backend-cpu";
 * await setBackend(cpuOf([convolution, pooling]));
 */
export function cpuOf(parts: readonly CpuPart[], options: CpuOptions = {}): CpuBackend {
  checkParts(parts);
  checkOptions("cpu", options, ["maxMemory", "threads", "relaxedSimd"]);
  const reason = cpuUnavailableReason();
  if (reason !== null) {
    throw new UnsupportedOpError(reason, {
      code: "backend/unavailable",
      backend: "cpu",
      hint: "use a newer engine, the policy 'wasm-unsafe-eval', or reference()",
    });
  }
  const { maxMemory = 65535 * PAGE_BYTES, relaxedSimd = true } = options;
  if (typeof maxMemory !== "number" || !(maxMemory > 0))
    throw badOption("maxMemory", maxMemory, "a number of bytes over 0");
  if (typeof relaxedSimd !== "boolean" && relaxedSimd !== "enable")
    throw badOption("relaxedSimd", relaxedSimd, 'true, false or "enable"');
  if (relaxedSimd === "enable") enableRelaxedSimd();
  const pool = parts.find((p) => p.pool)?.pool;
  const { threads, notice } = chooseThreads(options.threads, pool !== undefined);
  const engine = new EagerEngine(maxMemory, { threads, pool, relaxedSimd: relaxedSimd !== false });
  return backendOn(engine, parts, notice, options.threads !== undefined);
}

/** The backend on an engine; `init` waits for the workers if told to. */
function backendOn(
  engine: EagerEngine,
  parts: readonly CpuPart[],
  notice: string | null,
  waits: boolean,
): CpuBackend {
  const { heap, pool } = engine;
  const counts: Record<string, number> = {};
  const reference = parts
    .find((p) => p.reference)
    ?.reference?.((address) => ({
      buffer: heap.memory.buffer,
      byteOffset: address,
    }));
  const count = (family: KernelFamily, dtype: DType): void => {
    const key = `${family}:${dtype}`;
    counts[key] = (counts[key] ?? 0) + 1;
  };
  const read = (address: number, byteOffset: number, bytes: number): Uint8Array =>
    heap.u8.slice(address + byteOffset, address + byteOffset + bytes);
  const kernelsOn: KernelMaker = (on, hosted) => {
    const { native, composites } = kernelsOf(on, parts);
    const other = { ...withoutFallback(parts), ...(reference && hosted(reference)) };
    return { kernels: withFallback(native, other, count), composites };
  };
  const backend: CpuBackend = {
    name: "cpu",
    contract: BACKEND_CONTRACT,
    capabilities: { syncRead: true, dtypes: DTYPES, preferredLayout: "channelsFirst" },
    ...kernelsOn(engine, (kernels) => kernels),
    compile: (graph, pairs) => compileGraph(engine, kernelsOn, graph, pairs),
    alloc: (bytes) => heap.alloc(bytes),
    free: (address, bytes) => heap.free(address, bytes),
    write: (address, byteOffset, data) => heap.u8.set(data, address + byteOffset),
    read: (address, byteOffset, bytes) => Promise.resolve(read(address, byteOffset, bytes)),
    readSync: read,
    fallbacks: () => ({ ...counts }),
    memory: () => heap.stats(),
    get threads() {
      return engine.threads;
    },
    relaxedSimd: engine.relaxedSimd,
    get notice() {
      return pool?.crew.problem ?? notice;
    },
    startThreads: async () => await pool?.ready(),
    init: async () => {
      if (waits) await pool?.ready();
    },
    dispose: () => pool?.close(),
  };
  if (pool) endWorkersWith(backend, pool.crew);
  return backend;
}

function checkParts(parts: unknown): void {
  const isPart = (p: unknown): boolean => typeof p === "object" && p !== null && "name" in p;
  if (Array.isArray(parts) && parts.every(isPart)) return;
  throw new ArgumentError("this is no array of parts", {
    code: "argument/out-of-range",
    op: "cpuOf",
    hint: "pass parts: cpuOf([convolution])",
  });
}

function badOption(name: keyof CpuOptions, value: unknown, wanted: string): ArgumentError {
  return new ArgumentError(`${name} is ${String(value)}, not ${wanted}`, {
    code: "argument/out-of-range",
    op: "cpu",
    hint: "leave it out for the default",
  });
}

function chooseThreads(
  asked: number | undefined,
  workers: boolean,
): {
  readonly threads: number;
  readonly notice: string | null;
} {
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 1 && asked <= MOST_THREADS)) {
    throw badOption("threads", asked, `a whole number from 1 to ${MOST_THREADS}`);
  }
  const threads = asked ?? (workers ? Math.min(hardwareThreads(), DEFAULT_THREADS) : 1);
  const missing = workers ? null : "pass `workers` to cpuOf";
  const reason = threads > 1 ? (missing ?? threadsUnavailableReason()) : null;
  return reason === null ? { threads, notice: null } : { threads: 1, notice: `one thread: ${reason}` };
}

/** A backend that nobody disposed of takes its workers with it when it is garbage. */
function endWorkersWith(backend: CpuBackend, crew: Crew): void {
  if (typeof FinalizationRegistry === "undefined") return;
  // Kept by the crew, which its running workers keep: a registry that is garbage itself calls nobody.
  crew.registry = new FinalizationRegistry<Crew>((left) => left.close());
  crew.registry.register(backend, crew);
}

// Threads as Node and browsers have them, typed here because neither typings are in scope. Node's modules come from
// `process.getBuiltinModule`, which bundlers for browsers do not see.
import type { HostMemory } from "../wasm/index.js";

/** What a worker is started with. */
export interface WorkerData {
  readonly memory: HostMemory;
  readonly control: SharedArrayBuffer;
  readonly index: number;
}
/** What a worker tells, if the caller's event loop runs. */
export interface WorkerEvents {
  ready(): void;
  /** It could not start, or it ended without being asked. */
  lost(reason: string): void;
}
/** A started worker. */
export interface Thread {
  /** Whether the worker keeps a Node process alive. */
  keepAlive(yes: boolean): void;
  terminate(): void;
}

interface NodeWorker {
  on(event: "message" | "exit", listener: (value: unknown) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}
interface WorkerThreads {
  readonly Worker: new (
    source: string,
    options: {
      readonly eval: true;
      readonly name: string;
      readonly execArgv: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly workerData: WorkerData;
    },
  ) => NodeWorker;
}
interface NodeProcess {
  getBuiltinModule?(id: "node:worker_threads"): WorkerThreads | undefined;
  getBuiltinModule?(id: "node:os"): { availableParallelism(): number } | undefined;
}
interface WebWorker {
  addEventListener(type: "message", listener: () => void): void;
  addEventListener(
    type: "error",
    listener: (event: { readonly message?: string; preventDefault(): void }) => void,
  ): void;
  postMessage(data: WorkerData, options: object): void;
  terminate(): void;
}

declare const process: NodeProcess | undefined;
declare const crossOriginIsolated: boolean | undefined;
declare const navigator: { readonly hardwareConcurrency?: number } | undefined;
declare const Worker: (new (url: string, options: { readonly name: string }) => WebWorker) | undefined;
declare const Blob: new (parts: readonly string[], options: { readonly type: string }) => object;
declare const URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
declare const performance: { now(): number };
declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/** Milliseconds of a steady clock. */
export const now = (): number => performance.now();

/** Runs `callback` later; the result cancels it. */
export function later(callback: () => void, milliseconds: number): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

function nodeThreads(): WorkerThreads | undefined {
  return typeof process === "object" ? process.getBuiltinModule?.("node:worker_threads") : undefined;
}

/** Why this JavaScript engine cannot compute on several threads, or null when it can. */
export function threadsUnavailableReason(): string | null {
  const isolated = typeof crossOriginIsolated === "boolean" ? crossOriginIsolated : true;
  if (typeof SharedArrayBuffer !== "function" || !isolated) {
    return "threads share no memory here (a page must be cross-origin isolated)";
  }
  // Asked without loading Node's module, which takes 5 ms that a program without large kernels need not spend.
  const node = typeof process === "object" && typeof process.getBuiltinModule === "function";
  return node || typeof Worker === "function" ? null : "this JavaScript engine has no workers";
}

/** Threads that this machine runs at the same time, 1 when unknown. */
export function hardwareThreads(): number {
  // Asked first where both are there (Node 21): Node's module takes 3 ms to load.
  const known = typeof navigator === "object" ? navigator.hardwareConcurrency : undefined;
  if (known !== undefined) return known;
  const os = typeof process === "object" ? process.getBuiltinModule?.("node:os") : undefined;
  return os?.availableParallelism() ?? 1;
}

/** True where a thread may sleep on shared memory: everywhere but on a browser's main thread. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts a worker from the text of its program. @throws when the engine refuses at once */
export function startThread(source: string, data: WorkerData, events: WorkerEvents): Thread {
  const threads = nodeThreads();
  return threads ? startInNode(threads, source, data, events) : startInBrowser(source, data, events);
}

function startInNode(
  { Worker: NodeThread }: WorkerThreads,
  source: string,
  data: WorkerData,
  events: WorkerEvents,
): Thread {
  // Empty `execArgv` and `env`: loaders and inspectors of the process are not started again in a thread of arithmetic.
  const worker = new NodeThread(source, {
    eval: true,
    name: "isoform",
    execArgv: [],
    env: {},
    workerData: data,
  });
  worker.on("message", () => events.ready());
  worker.on("error", (error) => events.lost(String(error)));
  worker.on("exit", () => events.lost("a worker thread ended"));
  worker.unref();
  return {
    keepAlive: (yes) => (yes ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function startInBrowser(source: string, data: WorkerData, events: WorkerEvents): Thread {
  if (typeof Worker !== "function") throw new Error("no workers");
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "isoform" });
  worker.addEventListener("message", () => {
    URL.revokeObjectURL(url);
    events.ready();
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    events.lost(event.message || "the page's policy refuses workers (worker-src must allow blob:)");
  });
  worker.postMessage(data, {});
  return { keepAlive: () => {}, terminate: () => worker.terminate() };
}

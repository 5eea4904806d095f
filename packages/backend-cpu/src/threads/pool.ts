// A pool of workers over shared memory. A round of calls is written into the control block; the caller and the workers
// take calls from it until none is left. Rounds need no messages, so that the caller may block its event loop.
import { DeviceLostError } from "@isoform/core";
import type { Heap } from "../memory/heap.js";
import type { HostFunction } from "../wasm/index.js";
import type { Call } from "../engine.js";
import { callError } from "./call-error.js";
import { hardwareThreads, later, maySleep, now, startThread, type Thread } from "./host.js";
import {
  ARGS_OFFSET,
  CALLS,
  CONTROL_BYTES,
  DONE,
  FAILED,
  GENERATION,
  LOADED,
  MAX_ARGS,
  MAX_CALLS,
  MODULE_SLOTS,
  MODULES,
  PAGES,
  PUBLISHED,
  READY,
  SLEEPERS,
  STOP,
  TEXT_OFFSET,
  TICKETS,
  WAITING,
  WORDS,
} from "./layout.js";
import { workerSource } from "./worker-source.js";

/**
 * How long workers look for the next round, and the caller for the end of one, before they sleep, in milliseconds: long enough
 * for the system to leave each a processor of its own; docs/performance.md has the figures. With fewer processors than threads,
 * others need the time.
 */
const SPIN_MS = 10;
const CROWDED_SPIN_MS = 0.05;
/** One sleep of the caller, and how many without progress make a worker a lost one. */
const TICK_MS = 1000;
const PATIENCE_TICKS = 120;
/** How long `ready` waits for the workers to start. */
const START_MS = 10_000;

interface ModuleEntry {
  readonly bytes: Uint8Array;
  /** Its place in the order of publication, -1 before. */
  sequence: number;
}
interface FunctionEntry {
  readonly module: ModuleEntry;
  readonly index: number;
}
interface Published {
  readonly address: number;
  readonly bytes: number;
}

/** The workers alone, apart from the pool and its heap, so that a finaliser can hold them. */
export class Crew {
  readonly words: Int32Array;
  readonly control: SharedArrayBuffer;
  /** Why there are fewer workers than wanted, or null. */
  problem: string | null = null;
  /** Whoever closes the crew when its owner is garbage. */
  registry: FinalizationRegistry<Crew> | null = null;
  private readonly members: (Thread | null)[] = [];
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  constructor() {
    this.control = new SharedArrayBuffer(CONTROL_BYTES);
    this.words = new Int32Array(this.control, 0, WORDS);
  }

  /** Starts `count` workers. */
  start(count: number, memory: Heap["memory"], spinMs: number): void {
    const source = workerSource(spinMs);
    for (let index = 0; index < count && !this.closed; index++) {
      const events = { ready: () => this.settle(), lost: (reason: string) => this.lose(index, reason) };
      try {
        this.members[index] = startThread(source, { memory, control: this.control, index }, events);
      } catch (error) {
        this.lose(index, String(error));
      }
    }
  }

  /** Workers that have started, or may yet. */
  get alive(): number {
    return this.members.reduce((n, member) => n + (member ? 1 : 0), 0);
  }

  /** The least number of modules that a living worker has loaded. */
  get loaded(): number {
    let least = Number.POSITIVE_INFINITY;
    this.members.forEach((member, i) => {
      if (member) least = Math.min(least, Atomics.load(this.words, LOADED + i));
    });
    return least;
  }

  /** Resolves when every worker has started or is lost, at most after 10 seconds. */
  ready(): Promise<void> {
    for (const member of this.members) member?.keepAlive(true);
    return new Promise((done) => {
      const finish = (): void => {
        cancel();
        for (const member of this.members) member?.keepAlive(false);
        done();
      };
      const cancel = later(finish, START_MS);
      this.waiting.push(finish);
      this.settle();
    });
  }

  /** Ends the workers: those between rounds by themselves, the others by force. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    Atomics.store(this.words, STOP, 1);
    Atomics.store(this.words, TICKETS, 0);
    Atomics.add(this.words, GENERATION, 1);
    Atomics.notify(this.words, GENERATION);
    for (const member of this.members) member?.terminate();
    this.members.fill(null);
    this.registry = null;
    this.settle();
  }

  private settle(): void {
    if (!this.closed && Atomics.load(this.words, READY) < this.alive) return;
    for (const finish of this.waiting.splice(0)) finish();
  }

  private lose(index: number, reason: string): void {
    if (this.closed || this.members[index] === null) return;
    this.members[index] = null;
    this.problem ??= reason;
    this.settle();
  }
}

/** Times that tests shorten. */
export interface Patience {
  readonly tickMs?: number;
  readonly ticks?: number;
}

/** Runs calls on the calling thread and on workers. */
export class Pool {
  /** What a finaliser needs to end the workers. */
  readonly crew: Crew = new Crew();
  private readonly heap: Heap;
  private readonly workers: number;
  private readonly spinMs: number;
  private readonly patience: Required<Patience>;
  private readonly functions = new WeakMap<HostFunction, FunctionEntry>();
  private readonly published: Published[] = [];
  private readonly words: Int32Array;
  private readonly args: Float64Array;
  private readonly sleeps: boolean = maySleep();
  private count = 0;
  private freed = 0;
  private started = false;
  private closed = false;

  constructor(heap: Heap, threads: number, patience: Patience = {}) {
    this.heap = heap;
    this.workers = threads - 1;
    this.spinMs = threads > hardwareThreads() ? CROWDED_SPIN_MS : SPIN_MS;
    this.patience = { tickMs: patience.tickMs ?? TICK_MS, ticks: patience.ticks ?? PATIENCE_TICKS };
    this.words = this.crew.words;
    this.args = new Float64Array(this.crew.control, ARGS_OFFSET, MAX_CALLS * MAX_ARGS);
  }

  /** Threads that take calls: the caller and the workers that are not lost. */
  get threads(): number {
    if (this.closed) return 1;
    return 1 + (this.started ? this.crew.alive : this.workers);
  }

  /** Starts the workers, once; they join when they are ready. */
  start(): void {
    if (this.started || this.closed) return;
    this.started = true;
    this.crew.start(this.workers, this.heap.memory, this.spinMs);
  }

  /** Starts the workers and waits for them. */
  ready(): Promise<void> {
    this.start();
    return this.crew.ready();
  }

  /** Makes a module's functions known; workers compile it from `bytes` when a call needs it. */
  register(bytes: Uint8Array, exports: readonly HostFunction[]): void {
    const module = { bytes, sequence: -1 };
    exports.forEach((fn, index) => this.functions.set(fn, { module, index }));
  }

  /**
   * Runs the calls and returns true, or returns false when the caller must run them: no worker has started
   * yet, or a function is not one of a module. The first call starts the workers.
   * @throws {IsoformError} when a call fails
   * @throws {DeviceLostError} when a worker does not come back from one
   */
  run(calls: readonly Call[]): boolean {
    if (this.closed) return false;
    this.start();
    if (Atomics.load(this.words, READY) === 0 || this.crew.alive === 0) return false;
    if (!this.describe(calls)) return false;
    for (let from = 0; from < calls.length; from += MAX_CALLS) {
      this.round(calls, from, Math.min(calls.length, from + MAX_CALLS));
    }
    return true;
  }

  close(): void {
    this.closed = true;
    this.crew.close();
  }

  /** Publishes the modules of the calls; false when a worker could not run one of them. */
  private describe(calls: readonly Call[]): boolean {
    for (const call of calls) {
      const entry = this.functions.get(call[0]);
      if (entry === undefined || call.length - 1 > MAX_ARGS) return false;
      if (entry.module.sequence < 0 && !this.publish(entry.module)) return false;
    }
    return true;
  }

  private publish(module: ModuleEntry): boolean {
    this.reclaim();
    const { length } = module.bytes;
    if (this.count - this.freed >= MODULE_SLOTS) {
      this.wake(this.workers);
      return false;
    }
    const address = this.heap.tryAlloc(length);
    if (address === null) return false;
    this.heap.u8.set(module.bytes, address);
    const slot = this.count % MODULE_SLOTS;
    this.words[MODULES + 2 * slot] = address;
    this.words[MODULES + 2 * slot + 1] = length;
    this.published[slot] = { address, bytes: length };
    module.sequence = this.count++;
    Atomics.store(this.words, PAGES, this.heap.pages);
    Atomics.store(this.words, PUBLISHED, this.count);
    return true;
  }

  /** Frees the bytes of modules that every worker has. */
  private reclaim(): void {
    const loaded = Math.min(this.count, this.crew.loaded);
    for (; this.freed < loaded; this.freed++) {
      const { address, bytes } = this.published[this.freed % MODULE_SLOTS]!;
      this.heap.free(address, bytes);
    }
  }

  private wake(most: number): void {
    Atomics.add(this.words, GENERATION, 1);
    if (Atomics.load(this.words, SLEEPERS) > 0) Atomics.notify(this.words, GENERATION, most);
  }

  private round(calls: readonly Call[], from: number, to: number): void {
    const { words, args } = this;
    const n = to - from;
    for (let i = 0; i < n; i++) {
      const [fn, ...values] = calls[from + i]!;
      const { module, index } = this.functions.get(fn)!;
      const at = CALLS + 4 * i;
      words[at] = module.sequence;
      words[at + 1] = index;
      words[at + 2] = values.length;
      for (let k = 0; k < values.length; k++) args[MAX_ARGS * i + k] = values[k]!;
    }
    Atomics.store(words, DONE, 0);
    Atomics.store(words, FAILED, 0);
    Atomics.store(words, PAGES, this.heap.pages);
    Atomics.store(words, TICKETS, n);
    // A new module goes to all workers, so that its bytes can be freed soon.
    this.wake(this.freed < this.count ? this.workers : n - 1);
    let taken = 0;
    let error: unknown;
    let failed: HostFunction | undefined;
    for (let i = this.take(); i >= 0; i = this.take()) {
      const [fn, ...values] = calls[from + i]!;
      taken++;
      try {
        fn(...values);
      } catch (thrown) {
        error = thrown;
        failed = fn;
        taken += Atomics.exchange(words, TICKETS, 0);
      }
    }
    this.finish(n - taken);
    if (this.freed < this.count) this.reclaim();
    if (failed) throw callError(error, failed.name);
    const culprit = Atomics.load(words, FAILED);
    if (culprit !== 0) throw callError(this.text(), calls[from + culprit - 1]![0].name);
  }

  /** Takes a call of the round: its index, or -1 when none is left. */
  private take(): number {
    for (;;) {
      const left = Atomics.load(this.words, TICKETS);
      if (left <= 0) return -1;
      if (Atomics.compareExchange(this.words, TICKETS, left, left - 1) === left) return left - 1;
    }
  }

  /** Waits until workers have finished `target` calls. */
  private finish(target: number): void {
    const { words } = this;
    if (spin(this.spinMs, () => Atomics.load(words, DONE) === target)) return;
    Atomics.store(words, WAITING, 1);
    let done = Atomics.load(words, DONE);
    // Ticks and not a deadline: while a machine sleeps or a debugger stands still, no tick passes.
    for (let ticks = 0; done < target; ticks++) {
      if (ticks >= this.patience.ticks) this.giveUp();
      if (this.sleeps) Atomics.wait(words, DONE, done, this.patience.tickMs);
      else spin(this.patience.tickMs, () => Atomics.load(words, DONE) !== done);
      const next = Atomics.load(words, DONE);
      if (next !== done) ticks = 0;
      done = next;
    }
    Atomics.store(words, WAITING, 0);
  }

  private giveUp(): never {
    const seconds = Math.round((this.patience.ticks * this.patience.tickMs) / 1000);
    this.crew.problem ??= "a worker did not return from a call";
    this.close();
    throw new DeviceLostError(`a worker did not return from a call within ${seconds} s`, {
      code: "backend/thread-lost",
      backend: "cpu",
      attrs: { reason: "thread-lost" },
      hint: "start again, with fewer threads if it recurs",
    });
  }

  private text(): string {
    const length = new Uint16Array(this.crew.control, TEXT_OFFSET, 1)[0]!;
    return String.fromCharCode(...new Uint16Array(this.crew.control, TEXT_OFFSET + 2, length));
  }
}

/** Looks until `found`, at most about so long; false when it was not. */
function spin(milliseconds: number, found: () => boolean): boolean {
  const end = now() + milliseconds;
  // The count is for clocks that stand still, as test runners make them.
  for (let rounds = 0; rounds < 1e4 * milliseconds; rounds++) {
    for (let i = 0; i < 32; i++) if (found()) return true;
    if (now() >= end) return false;
  }
  return false;
}

// The pool: every call once, on several threads; growth, failures, lost workers, and what it gives back.
import { DeviceLostError, IsoformError } from "@isoform/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EagerEngine, type Call, type EngineOptions } from "../engine.js";
import { workers } from "../parts.js";
import { HOST_MATH, importHostMath } from "../math/index.js";
import { node, type Expr } from "../wasm/expr.js";
import { call, f64, i32, memoryFill, ModuleBuilder, type HostFunction } from "../wasm/index.js";
import { threadsUnavailableReason } from "./host.js";
import { MAX_ARGS, MAX_CALLS, MODULE_SLOTS } from "./layout.js";
import { callError } from "./call-error.js";
import type { Pool } from "./pool.js";
import { WORKER_HOST_MATH } from "./worker-source.js";

const open: EagerEngine[] = [];
const pool = workers.pool!;
afterEach(() => {
  for (const engine of open.splice(0)) engine.pool?.close();
});

async function start(options: EngineOptions = {}): Promise<{ engine: EagerEngine; pool: Pool }> {
  const engine = new EagerEngine(1 << 28, { threads: 2, pool, ...options });
  open.push(engine);
  await engine.pool!.ready();
  return { engine, pool: engine.pool! };
}

const SHARED = { initial: 1, maximum: 65536, shared: true };
/** i32.atomic.load (WebAssembly threads). */
const atomicLoad = (address: Expr<"i32">): Expr<"i32"> => node("i32", [0xfe, 0x10, 2, 0], [address]);

/** A function that runs `define`'s module in a worker, and `here` on the calling thread. */
function twoFaced(
  pool: Pool,
  define: (m: ModuleBuilder) => void,
  here: (...args: number[]) => void,
): HostFunction {
  const m = new ModuleBuilder(SHARED);
  define(m);
  const fn = (...args: number[]): number => {
    here(...args);
    return 0;
  };
  pool.register(m.build(), [fn]);
  return fn;
}

/** Blocks until the word at `address` is `value`, at most 10 seconds. */
function await32(engine: EagerEngine, address: number, value: number): void {
  for (let i = 0; i < 1000 && engine.heap.i32[address / 4] !== value; i++) {
    Atomics.wait(engine.heap.i32, address / 4, engine.heap.i32[address / 4]!, 10);
  }
  expect(engine.heap.i32[address / 4]).toBe(value);
}

/** Stores its second argument at its first. */
const defineStore = (m: ModuleBuilder): void => {
  m.exportFunc("store", ["i32", "i32"], null, (f, at, value) => i32.store(f, at, value));
};

const defineIncrement = (m: ModuleBuilder): void => {
  m.exportFunc("increment", ["i32", "i32"], null, (f, at) => i32.store(f, at, i32.add(i32.load(at), 1)));
};

describe("Pool", () => {
  it("is available here", () => {
    expect(threadsUnavailableReason()).toBeNull();
  });

  it("runs calls on the caller and on workers, each once", async () => {
    const { engine, pool } = await start();
    const cells = engine.heap.alloc(64);
    const words = engine.heap.i32.subarray(cells / 4, cells / 4 + 2);
    // A call on the calling thread ends only when a worker has done the other one.
    const fn = twoFaced(pool, defineIncrement, (mine, other) => {
      engine.heap.i32[mine / 4]!++;
      await32(engine, other, 1);
    });
    for (let i = 0; i < 100; i++) {
      words.fill(0);
      engine.parallel([
        [fn, cells, cells + 4],
        [fn, cells + 4, cells],
      ]);
      expect([...words]).toEqual([1, 1]);
    }
    expect(engine.threads).toBe(2);
  });

  it("passes 32-bit integers, addresses above 2 GiB and floats as they are", async () => {
    const { engine, pool } = await start();
    const at = engine.heap.alloc(64);
    const store = twoFaced(
      pool,
      (m) =>
        m.exportFunc("put", ["i32", "i32", "i32", "f64"], null, (f, to, a, b, x) => {
          i32.store(f, to, a, 0);
          i32.store(f, to, b, 4);
          f64.store(f, to, x, 8);
          i32.store(f, to, 1, 16);
        }),
      (to) => await32(engine, to + 16, 1),
    );
    engine.heap.i32.fill(0, at / 4, at / 4 + 8);
    engine.parallel([
      [store, at, 0xffff0000, -5, -0],
      [store, at, 0xffff0000, -5, -0],
    ]);
    expect(engine.heap.i32[at / 4]! >>> 0).toBe(0xffff0000);
    expect(engine.heap.i32[at / 4 + 1]).toBe(-5);
    expect(Object.is(new Float64Array(engine.heap.memory.buffer, at + 8, 1)[0], -0)).toBe(true);
  });

  it("runs thousands of rounds while the memory grows and modules come in", async () => {
    const { engine } = await start({ threads: 3 });
    const { live } = engine.heap.stats();
    const blocks: [number, number][] = [];
    let pages = 0;
    for (let round = 0; round < 3000; round++) {
      if (round % 40 === 0) blocks.push([engine.heap.alloc(3_000_000), 3_000_000]);
      const [block] = blocks.at(-1)!;
      const fill = engine.module(`fill ${round % 300}`, (m) =>
        m.exportFunc("fill", ["i32", "i32", "i32"], null, (f, at, value, n) => {
          memoryFill(f, at, i32.add(value, (round % 300) & 1), n);
        }),
      )["fill"]!;
      const parts = 2 + (round % 7);
      const size = Math.floor(3_000_000 / parts / 16);
      engine.parallel(
        Array.from({ length: parts }, (_, i): Call => [fill, block + i * size, (round + i) & 127, size]),
      );
      for (let i = 0; i < parts; i++) {
        const value = ((round + i) & 127) + ((round % 300) & 1);
        const { u8 } = engine.heap;
        if (u8[block + i * size] !== value || u8[block + (i + 1) * size - 1] !== value) {
          expect.fail(`round ${round}, part ${i}`);
        }
      }
      pages = engine.heap.pages;
    }
    for (const [address, bytes] of blocks) engine.heap.free(address, bytes);
    expect(pages).toBeGreaterThan(3000);
    expect(engine.pool!.crew.problem).toBeNull();
    // Once the workers have seen the last round, the next one gives back what modules took.
    const store = engine.module("store", defineStore)["store"]!;
    const cell = engine.heap.alloc(64);
    for (let i = 0; i < 1000 && engine.heap.stats().live > live + 64; i++) {
      engine.parallel([
        [store, cell, 1],
        [store, cell + 4, 1],
      ]);
      Atomics.wait(engine.heap.i32, cell / 4 + 8, engine.heap.i32[cell / 4 + 8]!, 2);
    }
    expect(engine.heap.stats().live).toBe(live + 64);
  });

  it("takes more calls and more modules than its tables hold", async () => {
    const { engine, pool } = await start();
    const n = 3 * MAX_CALLS + 5;
    const at = engine.heap.alloc(4 * n);
    const store = engine.module("store", defineStore)["store"]!;
    expect(pool.run(Array.from({ length: n }, (_, i): Call => [store, at + 4 * i, i]))).toBe(true);
    expect(Array.from(engine.heap.i32.subarray(at / 4, at / 4 + n))).toEqual(
      Array.from({ length: n }, (_, i) => i),
    );
    const many = Array.from({ length: MODULE_SLOTS + 3 }, (_, i): Call => [
      engine.module(`store ${i}`, defineStore)["store"]!,
      at + 4 * i,
      -i,
    ]);
    engine.parallel(many);
    expect(many.every((_, i) => engine.heap.i32[at / 4 + i] === (i === 0 ? 0 : -i))).toBe(true);
  });

  it("leaves to the caller what it cannot hand out", async () => {
    const { engine, pool } = await start();
    const seen: number[] = [];
    const plain = (x: number): number => seen.push(x);
    engine.parallel([
      [plain, 1],
      [plain, 2],
    ]);
    expect(seen).toEqual([1, 2]);
    const store = engine.module("store", defineStore)["store"]!;
    const wide: Call = [store, ...Array.from({ length: MAX_ARGS + 1 }, () => 0)];
    expect(pool.run([wide, wide])).toBe(false);
    engine.parallel([]);
  });

  it("throws a trap of a worker and goes on", async () => {
    const { engine, pool } = await start();
    const cell = engine.heap.alloc(64);
    const trap = twoFaced(
      pool,
      (m) =>
        m.exportFunc("trap", ["i32"], null, (f, at) => {
          i32.store(f, at, 1);
          i32.store(f, -8, 0);
        }),
      (at) => await32(engine, at, 1),
    );
    const both: Call[] = [
      [trap, cell],
      [trap, cell],
    ];
    for (let i = 0; i < 3; i++) {
      engine.heap.i32[cell / 4] = 0;
      expect(() => engine.parallel(both)).toThrow(
        /a kernel failed: RuntimeError: memory access out of bounds/,
      );
    }
    const store = engine.module("store", defineStore)["store"]!;
    engine.parallel([
      [store, cell, 7],
      [store, cell + 4, 8],
    ]);
    expect(Array.from(engine.heap.i32.subarray(cell / 4, cell / 4 + 2))).toEqual([7, 8]);
    expect(engine.threads).toBe(2);
  });

  it("throws the caller's own failure the same way, on any number of threads", async () => {
    const { engine } = await start();
    const single = new EagerEngine(1 << 20);
    for (const e of [engine, single]) {
      const trap = e.module("trap", (m) =>
        m.exportFunc("trap", [], null, (f) => {
          i32.store(f, -8, 0);
        }),
      )["trap"]!;
      expect(() => e.parallel([[trap], [trap], [trap]])).toThrow(IsoformError);
    }
    const own = new DeviceLostError("x", { code: "y" });
    expect(callError(own, "f")).toBe(own);
  });

  it("gives up a worker that does not come back, and computes alone from then on", async () => {
    const { engine, pool } = await start({ patience: { tickMs: 20, ticks: 5 } });
    const cell = engine.heap.alloc(64);
    engine.heap.i32[cell / 4] = 0;
    const forever = twoFaced(
      pool,
      (m) =>
        m.exportFunc("forever", ["i32"], null, (f, at) => {
          i32.store(f, at, 1);
          f.loop((again) => f.brIf(again, i32.ne(atomicLoad(at), 2)));
        }),
      (at) => await32(engine, at, 1),
    );
    let error: unknown;
    try {
      engine.parallel([
        [forever, cell],
        [forever, cell],
      ]);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DeviceLostError);
    expect(error).toMatchObject({ code: "backend/thread-lost", backend: "cpu" });
    expect(engine.threads).toBe(1);
    expect(pool.crew.problem).toMatch(/did not return/);
    const store = engine.module("store", defineStore)["store"]!;
    engine.parallel([
      [store, cell, 5],
      [store, cell + 4, 6],
    ]);
    expect(engine.heap.i32[cell / 4 + 1]).toBe(6);
  });

  it("does without a worker that ends, and says so", async () => {
    const { engine, pool } = await start();
    const seen: number[] = [];
    const broken = (x: number): number => seen.push(x);
    pool.register(new Uint8Array([1, 2, 3]), [broken]);
    engine.parallel([
      [broken, 1],
      [broken, 2],
    ]);
    expect(seen.toSorted()).toEqual([1, 2]);
    await expect.poll(() => engine.threads).toBe(1);
    expect(pool.crew.problem).toMatch(/CompileError/);
    engine.parallel([
      [broken, 3],
      [broken, 4],
    ]);
    expect(seen.toSorted()).toEqual([1, 2, 3, 4]);
  });

  it("gives modules the same host functions as the caller does", async () => {
    expect(Object.keys(WORKER_HOST_MATH).toSorted()).toEqual(Object.keys(HOST_MATH).toSorted());
    const { engine, pool } = await start();
    const out = engine.heap.alloc(64);
    const fn = twoFaced(
      pool,
      (m) => {
        const host = importHostMath(m);
        m.exportFunc("all", ["f64", "f64"], null, (f, x, y) => {
          const values = [call(host.sin, x), call(host.cos, x), call(host.pow, x, y), call(host.fmod, x, y)];
          values.forEach((value, i) => f64.store(f, out + 8 * i, value));
          i32.store(f, out + 32, 1);
        });
      },
      () => await32(engine, out + 32, 1),
    );
    const special = [0, -0, 1, -1, 0.5, -2, 3, 1e10, 1e300, Infinity, -Infinity, Number.NaN, 1e-320];
    const got = new Float64Array(engine.heap.memory.buffer, out, 4);
    for (const x of special) {
      for (const y of special) {
        engine.heap.i32[(out + 32) / 4] = 0;
        engine.parallel([
          [fn, x, y],
          [fn, x, y],
        ]);
        const { sin, cos, pow, fmod } = HOST_MATH;
        expect([...got], `${x}, ${y}`).toEqual([sin(x), cos(x), pow(x, y), fmod(x, y)]);
      }
    }
  });

  it("waits for workers also while a test runner holds the clock", async () => {
    const { engine, pool } = await start();
    const cell = engine.heap.alloc(64);
    engine.heap.i32[cell / 4] = 0;
    const slow = twoFaced(
      pool,
      (m) =>
        m.exportFunc("slow", ["i32"], null, (f, at) => {
          i32.store(f, at, 1);
          f.repeat(20_000_000, () => i32.store(f, at, 1, 4));
          i32.store(f, at, 1, 8);
        }),
      (at) => await32(engine, at, 1),
    );
    vi.useFakeTimers();
    try {
      engine.parallel([
        [slow, cell],
        [slow, cell],
      ]);
    } finally {
      vi.useRealTimers();
    }
    expect(engine.heap.i32[cell / 4 + 2]).toBe(1);
  });

  it("starts by itself and computes meanwhile", async () => {
    const engine = new EagerEngine(1 << 24, { threads: 2, pool });
    open.push(engine);
    const at = engine.heap.alloc(64);
    const store = engine.module("store", defineStore)["store"]!;
    const calls: Call[] = [
      [store, at, 1],
      [store, at + 4, 2],
    ];
    expect(engine.pool!.run(calls)).toBe(false);
    engine.parallel(calls);
    expect(engine.heap.i32[at / 4 + 1]).toBe(2);
    await expect.poll(() => engine.pool!.run(calls)).toBe(true);
  });
});

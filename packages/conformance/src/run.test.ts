// The suite itself: planted faults are found, announced failures are accepted, capabilities rule cases out.
import { reference } from "@isoform/backend-reference";
import type { Backend, BufferView, Kernels } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { runConformance, type ConformanceOptions, type ConformanceReport } from "./index.js";

interface Run {
  readonly report: ConformanceReport;
  readonly failed: readonly string[];
}

/** Runs the suite with a runner of a few lines; `only` picks cases by id. */
async function run(
  make: () => Backend,
  only: (id: string) => boolean,
  options: Partial<ConformanceOptions> = {},
): Promise<Run> {
  const queue: [string, () => Promise<void>][] = [];
  const report = runConformance(make, {
    ...options,
    describe: (_, body) => body(),
    it: (name, body) => void queue.push([name, body]),
  });
  const failed: string[] = [];
  for (const [name, body] of queue) {
    if (!only(name)) continue;
    await body().catch(() => failed.push(name));
  }
  return { report, failed };
}

type View = BufferView<unknown>;
const about =
  (...ops: string[]) =>
  (id: string) =>
    ops.some((op) => id.startsWith(op));

/** A reference backend with some kernels changed. */
function broken(change: (k: Kernels<unknown>) => Partial<Kernels<unknown>>): () => Backend {
  return () => {
    const backend: Backend = reference({ poison: true });
    return { ...backend, kernels: { ...backend.kernels, ...change(backend.kernels) } };
  };
}

const without = (v: View): View => ({ ...v, offset: 0 });

const faults: readonly (readonly [string, () => Backend, (id: string) => boolean, number])[] = [
  [
    "a kernel that ignores offsets",
    broken((k) => ({ unary: (fn, x, out) => k.unary(fn, without(x), out) })),
    about("L1/neg/", "L1/exp/"),
    5,
  ],
  [
    "a kernel that takes every input for dense",
    broken((k) => ({
      binary: (fn, a, b, out) => {
        const dense = (v: View): View => ({ ...v, strides: out.strides, offset: 0 });
        try {
          k.binary(fn, dense(a), dense(b), out);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      },
    })),
    about("L1/add/"),
    5,
  ],
  [
    "a sum that forgets the last element",
    broken((k) => ({
      reduce: (kind, x, out, axes) => {
        const shape = x.shape.map((n, i) => (axes.at(-1) === i ? Math.max(0, n - 1) : n));
        k.reduce(kind, kind === "sum" ? { ...x, shape } : x, out, axes);
      },
    })),
    about("L1/reduce/", "L2/matmul/", "L2/mul/"),
    5,
  ],
  [
    "a maximum that loses NaN",
    broken((k) => ({ binary: (fn, a, b, out) => k.binary(fn, a, fn === "max" ? a : b, out) })),
    about("L1/max/"),
    5,
  ],
  [
    "a convolution without groups",
    broken((k) => ({
      conv: (x, w, out, attrs) => {
        if (attrs.groups === 1) k.conv(x, w, out, attrs);
        else k.fill(out, 0);
      },
    })),
    about("L1/conv/", "L2/conv/"),
    5,
  ],
  [
    "a sort that is not stable",
    broken((k) => ({
      sort: (x, values, indices, attrs) => {
        const { axis } = attrs;
        const strides = x.strides.with(axis, -x.strides[axis]!);
        const offset = x.offset + Math.max(0, x.shape[axis]! - 1) * x.strides[axis]!;
        k.sort({ ...x, strides, offset }, values, indices, attrs);
      },
    })),
    about("L1/sort/"),
    5,
  ],
  ["a result nobody writes", broken(() => ({ where: () => {} })), about("L1/where/"), 5],
  [
    "a float32 exponential good to four digits",
    broken((k) => ({
      unary: (fn, x, out) => {
        k.unary(fn, x, out);
        if (fn === "exp")
          k.cast(
            { ...out, dtype: "bfloat16", strides: out.strides.map((s) => s * 2), offset: 1 },
            { ...out },
          );
      },
    })),
    about("L1/exp/float32/"),
    5,
  ],
];

describe("runConformance", () => {
  for (const [name, make, only, least] of faults) {
    it(`finds ${name}`, async () => {
      const good = await run(() => reference({ poison: true }), only);
      expect(good.failed).toEqual([]);
      expect(good.report.totals.passed).toBeGreaterThan(5);
      const { failed, report } = await run(make, only);
      expect(failed.length).toBeGreaterThanOrEqual(least);
      expect(report.totals.failed).toBe(failed.length);
      expect(report.remarks.map((r) => r.case)).toEqual(failed);
    });
  }

  it("finds memory that is too small, shared, or a view", async () => {
    const shared = (): Backend => {
      const backend = reference();
      const one = backend.alloc(2 ** 19);
      return { ...backend, alloc: () => one, free: () => {} } as Backend;
    };
    expect((await run(shared, about("L0/"))).failed.length).toBeGreaterThanOrEqual(1);
    const views = (): Backend => {
      const backend = reference();
      const read: typeof backend.read = (b, o, n) => Promise.resolve(new Uint8Array(b.buffer, o, n));
      return { ...backend, read } as Backend;
    };
    expect((await run(views, about("L0/"))).failed).toContain(
      "L0/memory/parts of a buffer are written and read",
    );
  });

  it("rules out what the capabilities do not declare, and lists it", async () => {
    const narrow = (): Backend => {
      const backend: Backend = reference();
      return { ...backend, capabilities: { ...backend.capabilities, dtypes: ["float32", "int64", "bool"] } };
    };
    const { report, failed } = await run(narrow, about("L0/", "L1/add/", "L1/cast/", "L2/exp/", "L3/relu/"));
    expect(failed).toEqual([]);
    expect(report.ops["add"]!["float32"]!.passed).toBeGreaterThan(5);
    expect(Object.keys(report.ops["add"]!)).not.toContain("int32");
    expect(report.totals.skipped).toBeGreaterThan(100);
    expect(report.remarks.find((r) => r.case.startsWith("L1/cast/float32/to int8"))?.reason).toBe("no int8");
    const helped = await run(narrow, about("L2/exp/", "L3/relu/"), { reference: () => reference() });
    expect(helped.failed).toEqual([]);
    expect(helped.report.totals.skipped).toBeLessThan(report.totals.skipped);
  });

  it("accepts announced failures, refuses passes, expired and unknown ones", async () => {
    const [, make] = faults[6]!;
    const only = about("L1/where/float32/");
    const entry = { case: "L1/where/float32/*", reason: "not written yet", issue: "#1", until: "2030-01-01" };
    const empty = (id: string) => only(id) && !id.includes("empty");
    const known = await run(make, empty, { expectedFailures: [entry], today: "2029-12-31" });
    expect(known.failed).toEqual([]);
    expect(known.report.totals.expected).toBeGreaterThan(5);
    expect(
      (await run(make, empty, { expectedFailures: [entry], today: "2030-01-02" })).failed.length,
    ).toBeGreaterThan(5);
    const passing = await run(() => reference(), empty, { expectedFailures: [entry], today: "2029-12-31" });
    expect(passing.failed.length).toBeGreaterThan(5);
    expect(passing.report.remarks[0]!.reason).toMatch(/passes although/);
    for (const bad of [
      { ...entry, case: "L1/nothing" },
      { ...entry, reason: "" },
      { ...entry, until: "soon" },
    ]) {
      await expect(run(make, only, { expectedFailures: [bad] })).rejects.toThrow(
        /names no case|needs a reason/,
      );
    }
  });

  it("stops at a level and gives a report that is JSON", async () => {
    const { report } = await run(() => reference(), about("L0/"), { level: "L0" });
    expect(Object.values(report.levels).map((l) => l.passed > 0)).toEqual([true, false, false, false, false]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({ backend: "reference", contract: 1, totals: { failed: 0, skipped: 0 } });
  });

  it("checks fused kernels against decompositions, values and gradients", async () => {
    const fused = (factor: number) => (): Backend => {
      const backend: Backend = reference();
      const k = backend.kernels;
      return {
        ...backend,
        composites: {
          sigmoid: {
            run: (_attrs, [x], [out]) => {
              // ½ + ½·tanh(x/2), with a fault when the factor is not ½
              const half = backend.alloc(8);
              backend.write(
                half,
                0,
                new Uint8Array(
                  out!.dtype === "float64"
                    ? Float64Array.of(factor).buffer
                    : Float32Array.of(factor, factor).buffer,
                ),
              );
              const zero = out!.shape.map(() => 0);
              const f: View = {
                buffer: half,
                dtype: out!.dtype,
                shape: out!.shape,
                strides: zero,
                offset: 0,
              };
              k.binary("mul", x!, f, out!);
              k.unary("tanh", out!, out!);
              k.binary("mul", out!, f, out!);
              k.binary("add", out!, f, out!);
              backend.free(half, 8);
            },
          },
        },
      };
    };
    const only = about("L3/sigmoid/");
    expect((await run(fused(0.5), only)).failed).toEqual([]);
    const { failed } = await run(fused(0.5001), only);
    expect(failed.length).toBeGreaterThanOrEqual(2);
    const unknown = (): Backend => ({
      ...(reference() as Backend),
      composites: { "vendor.op": { run: () => {} } },
    });
    expect((await run(unknown, about("L3/vendor.op/"))).failed).toEqual(["L3/vendor.op/-/has a case"]);
  });
});

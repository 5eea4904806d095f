// The runner on real backends at small sizes: right ones are right, wrong ones are shown, errors stay in their rows.
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { importOnnx } from "@isoform/converter";
import { ArgumentError, setBackend, UnsupportedOpError, type Backend } from "@isoform/core";
import { describe, expect, it } from "vitest";
import {
  backendContender,
  benchCases,
  modelCase,
  referenceContender,
  runBenchmark,
  type BenchCase,
  type BenchEvent,
  type Contender,
  type Row,
} from "./index.js";

const settings = { budgetMs: 1, minSamples: 1, maxSamples: 3 };
const onCpu = backendContender(() => cpu({ threads: 1 }), { id: "cpu-1", label: "cpu" });
const small = benchCases({ size: "small" });
const named = (text: string): BenchCase => {
  const found = small.find((c) => c.id.includes(text));
  if (!found) throw new Error(`no case ${text}`);
  return found;
};
const run = (cases: readonly BenchCase[], contenders: readonly Contender[]) =>
  runBenchmark({ cases, contenders, settings });

describe("every case at small sizes", () => {
  it("has ids of its own, in every size, and work at full size", () => {
    const full = benchCases();
    const ids = [...full, ...small].map((c) => c.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(full.map((c) => `${c.suite} ${c.group}`)).toEqual(small.map((c) => `${c.suite} ${c.group}`));
    for (const c of full) expect(c.flops ?? c.bytes, c.id).toBeGreaterThan(100);
  });

  it.each(["ops", "models", "training"])("%s: cpu agrees with the reference", async (suite) => {
    const cases = benchCases({ suites: [suite], size: "small" });
    const { rows } = await run(cases, [onCpu]);
    expect(rows.map((r) => [r.case, r.state, r.failure, r.notes])).toEqual(
      cases.map((c) => [c.id, "ok", null, []]),
    );
    for (const row of rows) {
      expect(row.coldMs, row.case).toBeGreaterThan(0);
      expect(row.warm?.median, row.case).toBeGreaterThan(0);
      expect(row.peakBytes, row.case).toBeGreaterThan(0);
    }
    // Small training steps have losses that agree to the last bit.
    if (suite === "training") return;
    // Many other results differ there: what is compared is not the reference with itself.
    const apart = rows.filter((r) => (r.check?.maxAbs ?? 0) > 0);
    expect(apart.length).toBeGreaterThan(rows.length / 3);
  });

  it("compares cases that are too large for the reference at small sizes, and says so", async () => {
    const large = benchCases({ suites: ["ops"] }).find((c) => c.checkedAt !== null && c.group === "matmul");
    expect(large).toBeDefined();
    const { rows } = await run([large!], [onCpu]);
    expect(rows[0]).toMatchObject({ state: "ok", check: { ok: true, at: large!.checkedAt } });
  });

  it("holds no more tensors after many runs than after few", async () => {
    for (const c of small) {
      const device = await setBackend(cpu({ threads: 1 }));
      const trial = await c.prepare("own");
      const after = async (runs: number): Promise<number> => {
        for (let i = 0; i < runs; i++) await trial.start();
        await trial.finish();
        return device.memory().storages;
      };
      expect([c.id, await after(4)]).toEqual([c.id, await after(6)]);
      trial.dispose();
      device.dispose();
    }
  });
});

/** The reference with some of its kernels replaced. */
function broken(change: (kernels: Backend["kernels"]) => Partial<Backend["kernels"]>): () => Backend {
  return () => {
    const backend: Backend = reference();
    return { ...backend, name: "broken", kernels: { ...backend.kernels, ...change(backend.kernels) } };
  };
}

describe("what goes wrong", () => {
  it("shows a wrong result as wrong, beside its time, and nothing else", async () => {
    const make = broken((k) => ({
      binary: (fn, a, b, out) => k.binary(fn === "add" ? "sub" : fn, a, b, out),
    }));
    const cases = [named("add 37"), named("exp 37"), named("transpose/37")];
    const { rows } = await run(cases, [backendContender(make, { id: "broken" })]);
    expect(rows.map((r) => r.state)).toEqual(["wrong", "ok", "ok"]);
    expect(rows[0]?.check).toMatchObject({ ok: false, maxAbs: expect.any(Number) });
    expect(rows[0]?.check?.maxAbs).toBeGreaterThan(1);
    expect(rows[0]?.warm?.median).toBeGreaterThan(0);
  });

  it("shows a small error where nothing may differ", async () => {
    const make = broken((k) => ({
      copy: (x, out) => {
        k.copy(x, out);
        if (out.shape.length === 2) k.fill({ ...out, shape: [1, 1] }, 0.25);
      },
    }));
    const { rows } = await run([named("transpose/37")], [backendContender(make, { id: "broken" })]);
    expect(rows[0]?.state).toBe("wrong");
  });

  it("keeps an error in its row", async () => {
    const make = broken(() => ({
      reduce: () => {
        throw new ArgumentError("no reductions today", { code: "test/reduce", hint: "come back" });
      },
    }));
    const cases = [named("sum of everything"), named("add 37")];
    const { rows } = await run(cases, [backendContender(make, { id: "broken" }), onCpu]);
    expect(rows.map((r) => r.state)).toEqual(["failed", "ok", "ok", "ok"]);
    expect(rows[0]).toMatchObject({
      failure: { code: "test/reduce", message: "no reductions today; come back" },
      warm: null,
    });
  });

  it("does not ask a backend that cannot start again", async () => {
    let asked = 0;
    const make = (): Backend => ({
      ...reference(),
      init: () => {
        asked++;
        return Promise.reject(new UnsupportedOpError("there is no adapter", { code: "webgpu/no-adapter" }));
      },
    });
    const cases = [named("exp 37"), named("add 37")];
    const { rows } = await run(cases, [backendContender(make, { id: "gpu" }), onCpu]);
    expect(rows.map((r) => [r.contender, r.state])).toEqual([
      ["gpu", "unsupported"],
      ["cpu-1", "ok"],
      ["gpu", "skipped"],
      ["cpu-1", "ok"],
    ]);
    expect(rows[2]?.failure).toEqual({ code: "webgpu/no-adapter", message: "there is no adapter" });
    expect(asked).toBe(1);
  });

  it("ends at once while a backend is starting, and gives back what starts after all", async () => {
    const abort = new AbortController();
    let closed = 0;
    let finish: () => void = () => {};
    const slow: Contender = {
      ...onCpu,
      id: "slow",
      open: async () => {
        queueMicrotask(() => abort.abort(new Error("enough")));
        await new Promise<void>((done) => (finish = done));
        const open = await onCpu.open();
        return { ...open, close: () => void closed++ };
      },
    };
    const cases = [named("exp 37")];
    const started = runBenchmark({ cases, contenders: [slow], settings, signal: abort.signal });
    await expect(started).rejects.toThrow("enough");
    finish();
    await expect.poll(() => closed).toBe(1);
  });

  it("skips what takes a contender too long", async () => {
    const large = benchCases({ suites: ["ops"] }).find((c) => (c.flops ?? 0) > 1e9);
    const { rows } = await run([large!], [referenceContender()]);
    expect(rows[0]).toMatchObject({ state: "skipped", failure: { code: "bench/too-slow" }, warm: null });
  });

  it("ends between two rows when it is told to", async () => {
    const abort = new AbortController();
    const rows: Row[] = [];
    const onEvent = (event: BenchEvent): void => {
      if (event.type !== "row") return;
      rows.push(event.row);
      abort.abort(new Error("enough"));
    };
    const started = runBenchmark({
      cases: small.slice(0, 3),
      contenders: [onCpu],
      settings,
      signal: abort.signal,
      onEvent,
    });
    await expect(started).rejects.toThrow("enough");
    expect(rows.length).toBe(1);
  });

  it.each([
    [{ cases: [] }, "there are no cases"],
    [{ cases: [small[0]!, small[0]!] }, "is there twice"],
    [{ settings: { budgetMs: -1 } }, "budgetMs is -1"],
    [{ settings: { budgetMs: 1, minSample: 3 } }, "unknown option"],
  ])("refuses %o", async (change, message) => {
    const started = runBenchmark({ cases: small.slice(0, 1), contenders: [onCpu], ...change });
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.toBeInstanceOf(ArgumentError);
  });

  it("refuses suites and sizes that do not exist", () => {
    expect(() => benchCases({ suites: ["opps"] })).toThrow("did you mean ops?");
    expect(() => benchCases({ suites: ["gpu suite"] })).toThrow("there are ops, models, training");
  });
});

describe("events", () => {
  it("tell every phase and every row, in order", async () => {
    const seen: string[] = [];
    const result = await runBenchmark({
      cases: [named("exp 37")],
      contenders: [onCpu],
      settings,
      label: "here",
      machine: { processor: "a chip" },
      onEvent: (e) => seen.push(e.type === "phase" ? e.phase : e.type),
    });
    expect(seen).toEqual(["start", "contender", "cold", "warm", "reference", "check", "row"]);
    expect(result).toMatchObject({
      schema: "isoform-bench/1",
      label: "here",
      machine: { processor: "a chip" },
    });
    expect(result.contenders[0]).toMatchObject({ id: "cpu-1", label: "cpu", threads: 1 });
  });
});

describe("facts of a backend", () => {
  it("are its threads, its notice and its adapter, where it tells them", async () => {
    const make = (): Backend =>
      Object.assign(reference(), { threads: 3, notice: "slow", info: () => ({ adapter: "a card" }) });
    const result = await run([named("exp 37")], [backendContender(make, { id: "gpu" })]);
    expect(result.contenders[0]).toMatchObject({ threads: 3, notice: "slow", adapter: "a card" });
  });
});

describe("cases as ONNX files", () => {
  const forms = small.filter((c) => c.onnx !== null);

  it("are there for ops and for the networks of the PyTorch API", () => {
    expect(forms.filter((c) => c.suite === "ops").length).toBe(small.filter((c) => c.suite === "ops").length);
    expect(forms.filter((c) => c.suite === "models").length).toBe(2);
  });

  it("compute what the case computes", async () => {
    for (const c of forms) {
      const form = await c.onnx!("own");
      const model = await importOnnx(form.bytes, { name: c.id });
      expect(
        model.graph.inputs.map((i) => i.name),
        c.id,
      ).toEqual(form.inputs.map((i) => i.name));
      const { rows } = await run([modelCase(model, { name: "again" })], [onCpu]);
      expect(rows[0]?.state, c.id).toBe("ok");
    }
  });
});

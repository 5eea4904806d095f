// 200 random graphs of up to 40 operations, with their gradients: compiled gives what eager gives, bit for bit. Half of
// them run on a backend whose parts are so small that kernels and loops take turns.
import { randomStep } from "@isoform/conformance";
import { compile, scope, setBackend, verifyGraph } from "@isoform/core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cpu } from "../backend.js";
import { FusedLoop } from "./fused.js";
import { Recorder } from "./recorder.js";

const GRAPHS = 200;

const run = (seed: number): void => {
  scope(() => {
    const step = randomStep(seed);
    const inputs = step.inputs();
    const want = step.run(...inputs);
    const compiled = compile(step.run, { warmUp: false, verify: verifyGraph });
    const got = compiled(...inputs);
    expect(compiled.info().notice).toBeNull();
    want.forEach((t, i) => {
      expect(got[i]!.shape).toEqual(t.shape);
      expect(got[i]!.dataSync()).toEqual(t.dataSync());
    });
    compiled.dispose();
  });
};

const seeds = Array.from({ length: GRAPHS / 2 }, (_, i) => i);
describe("with the parts of programs", () => {
  beforeAll(async () => void (await setBackend(cpu())));
  it.each(seeds)("graph %i", (i) => run(2 * i));
});
describe("with small parts, on two threads", () => {
  const inParts = vi.spyOn(Recorder.prototype, "inParts");
  const record = vi.spyOn(FusedLoop.prototype, "record");
  beforeAll(async () => {
    vi.spyOn(Recorder.prototype, "partBytes", "get").mockReturnValue(64);
    const backend = cpu({ threads: 2 });
    await setBackend(backend);
    return () => backend.dispose();
  });
  afterAll(() => void vi.restoreAllMocks());
  it.each(seeds)("graph %i", (i) => run(2 * i + 1));
  it("loops took turns with reductions, and ran on their own", () => {
    const worked = inParts.mock.results.map(({ value }) => value === true);
    const of = (passing: boolean): number =>
      inParts.mock.calls.filter((args, i) => worked[i] && args[2] === passing).length;
    expect(of(true)).toBeGreaterThan(50);
    expect(of(false)).toBeGreaterThan(50);
    expect(record.mock.calls.length).toBeGreaterThan(50);
  });
});

// Level L4 on the backends of this repository, one of them asynchronous; and that it finds what it is for.
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { checkBackend } from "@isoform/conformance";
import { models } from "@isoform/conformance/models";
import { withFallback, type Backend } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { minimal } from "../examples/backend-minimal/src/index.js";

/** The models alone. */
const alone = { level: "L4", models } as const;
const check = (make: () => Backend, other: () => Backend) =>
  checkBackend(make, { ...alone, only: ["L4/*"], reference: other });
const total = 4 * 7;

describe("models", () => {
  it.each<[string, () => Backend, () => Backend]>([
    ["the reference backend against cpu", () => reference(), () => cpu()],
    ["cpu against the reference backend", () => cpu(), () => reference()],
    ["an asynchronous device", () => minimal(), () => cpu()],
    ["an asynchronous device with fallbacks", partOfMinimal, () => cpu()],
  ])("%s", { timeout: 300_000 }, async (_, make, other) => {
    const report = await check(make, other);
    expect(report.remarks).toEqual([]);
    expect(report.levels.L4).toEqual({ passed: total, failed: 0, expected: 0, skipped: 0 });
  });

  it("need something to compare with, but for files", async () => {
    const report = await checkBackend(() => cpu(), { ...alone, only: ["L4/torch mlp/*", "L4/keras mlp/*"] });
    expect(report.levels.L4).toEqual({ passed: 2, failed: 0, expected: 0, skipped: 6 });
  });

  it("find gradients of biases that are halved, and a compiler that gives other numbers", async () => {
    const scaled = (): Backend => {
      const backend: Backend = reference();
      const { kernels } = backend;
      // Sums down the rows of a matrix, the gradients of biases, are half of what they should be.
      const reduce: typeof kernels.reduce = (kind, x, out, axes) => {
        kernels.reduce(kind, x, out, axes);
        if (kind !== "sum" || x.shape.length !== 2 || axes.join() !== "0" || x.dtype !== "float32") return;
        const one = { buffer: backend.alloc(4), dtype: out.dtype, shape: [], strides: [], offset: 0 };
        kernels.fill(one, 0.5);
        const factor = { ...one, shape: out.shape, strides: out.shape.map(() => 0) };
        kernels.binary("mul", out, factor, out);
        backend.free(one.buffer, 4);
      };
      return { ...backend, kernels: { ...kernels, reduce } };
    };
    const options = { ...alone, only: ["L4/torch mlp/*"], reference: () => reference() };
    const wrong = await checkBackend(scaled, options);
    const failed = wrong.remarks.map((r) => r.case);
    expect(failed).toEqual(["L4/torch mlp/float32/losses, eager", "L4/torch mlp/float32/losses, compiled"]);
    expect(wrong.remarks[0]!.reason).toMatch(/losses, eager: .* elements differ; \[\d\] is .*, expected/);
    const lazy = (): Backend => ({
      ...(reference() as Backend),
      compile: () => {
        throw new Error("no compiler yet");
      },
    });
    const eager = await checkBackend(lazy, {
      ...alone,
      only: ["L4/keras mlp/*"],
      reference: () => reference(),
    });
    expect(eager.remarks).toMatchObject([
      {
        case: "L4/keras mlp/float32/losses, compiled",
        reason: expect.stringMatching(/not compiled: .*no compiler yet/s),
      },
    ]);
  });
});

function partOfMinimal(): Backend {
  const { kernels, ...rest } = minimal();
  const { matmul: _m, conv: _c, reduceWindow: _r, gather: _g, ...some } = kernels;
  return withFallback({ ...rest, kernels: some }, reference());
}

// Level L4 on WebGPU in Node: models in both styles, their gradients, training and files, against the CPU backend.
import { cpu } from "@isoform/backend-cpu";
import { webgpu } from "@isoform/backend-webgpu";
import { checkBackend } from "@isoform/conformance";
import { models } from "@isoform/conformance/models";
import { describe, expect, it } from "vitest";
import { missingAdapter } from "../packages/backend-webgpu/src/testing/adapter.js";

const missing = await missingAdapter();

describe.skipIf(missing !== null)("models on WebGPU", () => {
  it("conform", { timeout: 600_000 }, async () => {
    const options = { level: "L4", models, only: ["L4/*"], reference: () => cpu() } as const;
    const report = await checkBackend(() => webgpu(), options);
    expect(report.remarks).toEqual([]);
    expect(report.levels.L4).toEqual({ passed: 4 * 7, failed: 0, expected: 0, skipped: 0 });
  });
});

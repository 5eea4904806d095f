import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Converter from "@isoform/converter";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { main } from "../main.js";

// Conversions are exact on one executor, so a result that computes something else has to be made up.
vi.mock("@isoform/converter", async (original) => {
  const real = await original<typeof Converter>();
  const convertModel: typeof real.convertModel = async (model, format, options) => {
    const { report } = await real.convertModel(model, format, options);
    const verification = report.verification && {
      ...report.verification,
      ok: false,
      maxAbs: 0.5,
      maxRel: 0.25,
      outputs: report.verification.outputs.map((o) => ({ ...o, maxAbs: 0.5, maxRel: 0.25, ok: false })),
      firstDiverging: {
        layer: "conv_b",
        otherLayer: "conv_b",
        op: "Conv",
        unordered: false,
        maxAbs: 0.1,
        maxRel: 0.05,
        largest: 2,
        at: 7,
      },
    };
    throw new real.ConversionMismatchError(
      "the result differs by 0.5",
      { ...report, verification },
      { code: "verify/mismatch" },
    );
  };
  return { ...real, convertModel };
});

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "isoform-mismatch-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("writes nothing when the result differs, says where, and ends with 5", async () => {
  const source = join(import.meta.dirname, "../../../../fixtures/models/cnn3.keras");
  const run = async (...flags: string[]) => {
    let out = "";
    const code = await main(["convert", source, "result.onnx", ...flags], {
      stdout: { write: (text) => (out += text) },
      stderr: { write: () => {} },
      env: {},
      cwd: folder,
    });
    return { code, out };
  };
  const text = await run();
  expect(text.code).toBe(5);
  expect(text.out).toContain(
    'first layer that differs: Conv "conv_b" ("conv_b" in the other), max abs error 1.0e-1',
  );
  expect(text.out).toContain("nothing was written");
  const json = await run("--json");
  expect(json.code).toBe(5);
  expect(JSON.parse(json.out)).toMatchObject({
    ok: false,
    exit: 5,
    written: [],
    error: { name: "ConversionMismatchError", code: "verify/mismatch" },
    verification: { ok: false, maxAbs: 0.5, firstDiverging: { layer: "conv_b" } },
  });
  expect(readdirSync(folder)).toEqual([]);
});

// The ONNX backend test suite (1,645 cases and 8 light networks of the shared data), on the CPU backend with the
// suite's own tolerance.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { createRuntime, IsoformError } from "@isoform/core";
import { hostFromRaw, HostTensor } from "../../execute/host.js";
import { Session } from "../../execute/session.js";
import type { Val } from "../../execute/value.js";
import { decodeMessage, decodeModel, tensorToRaw, type TypeProto } from "../../formats/onnx/index.js";
import { fromTypedArray } from "../../formats/raw-tensor.js";
import { DATA } from "../../testing/goldens.js";
import { difference } from "../../verify/difference.js";
import { importOnnx, importOnnxModel } from "./index.js";
import { EXPECTED_FAILURES } from "../../testing/onnx-suite-failures.js";

const archive = fileURLToPath(new URL("onnx-backend-tests.tar.xz", DATA));
/** Milliseconds for what takes seconds on a free machine. */
const PATIENCE = 240_000;
const SETS = ["node", "simple", "pytorch-converted", "pytorch-operator"];

function canUnpack(): boolean {
  if (!existsSync(archive)) return false;
  try {
    execFileSync("tar", ["--version"], { stdio: "ignore" });
    execFileSync("xz", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const runtime = await createRuntime({ backends: [cpu()] });
afterAll(() => runtime.dispose());
const device = runtime.defaultDevice;

function readValue(bytes: Uint8Array, type: TypeProto | undefined): Val {
  const items = (list: readonly Parameters<typeof tensorToRaw>[0][]): Val => ({
    kind: "sequence",
    dtype: null,
    items: list.map((t) => hostFromRaw(tensorToRaw(t))),
  });
  if (type?.sequenceType) return items(decodeMessage("SequenceProto", bytes).tensorValues);
  if (type?.optionalType) {
    const message = decodeMessage("OptionalProto", bytes);
    if (message.tensorValue) return { kind: "optional", item: hostFromRaw(tensorToRaw(message.tensorValue)) };
    const inner = message.sequenceValue;
    return { kind: "optional", item: inner ? items(inner.tensorValues) : null };
  }
  return hostFromRaw(tensorToRaw(decodeMessage("TensorProto", bytes)));
}

/** Null when `actual` is what the suite expects. */
function mismatch(actual: Val | null | undefined, expected: Val): string | null {
  if (!actual) return "no value";
  if (expected instanceof HostTensor) {
    if (!(actual instanceof HostTensor)) return "not a tensor";
    if (actual.dtype !== expected.dtype) return `dtype ${actual.dtype}, expected ${expected.dtype}`;
    if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape.join()}]`;
    const wrong = expected.values.findIndex((e, i) => {
      const a = actual.values[i]!;
      if (typeof e !== "number" || typeof a !== "number") return a !== e;
      if (a === e || (Number.isNaN(a) && Number.isNaN(e))) return false;
      return !(Math.abs(a - e) <= 1e-7 + 1e-3 * Math.abs(e));
    });
    return wrong < 0
      ? null
      : `element ${wrong} is ${actual.values[wrong]}, expected ${expected.values[wrong]}`;
  }
  if (!("kind" in expected) || !("kind" in actual)) return "another kind of value";
  if (expected.kind === "optional") {
    const inner = actual.kind === "optional" ? actual.item : actual;
    return expected.item === null ? (inner === null ? null : "not empty") : mismatch(inner, expected.item);
  }
  if (expected.kind !== "sequence" || actual.kind !== "sequence") return "another kind of value";
  if (actual.items.length !== expected.items.length) return `${actual.items.length} items`;
  return expected.items.map((e, i) => mismatch(actual.items[i], e)).find((m) => m !== null) ?? null;
}

async function runCase(folder: string): Promise<string | null> {
  const file = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
  const proto = decodeModel(file("model.onnx"));
  const model = await importOnnxModel(proto);
  const session = new Session(model.graph, { device });
  try {
    for (const set of readdirSync(folder).filter((n) => n.startsWith("test_data_set"))) {
      const value = (name: string, type: TypeProto | undefined): Val | null =>
        existsSync(join(folder, set, name)) ? readValue(file(join(set, name)), type) : null;
      const inputs = new Map<string, Val>();
      const wanted = new Set(model.graph.inputs.map((v) => v.name));
      proto.graph?.input.forEach((info, i) => {
        const v =
          value(`input_${i}.pb`, info.type) ??
          (info.type?.optionalType ? { kind: "optional", item: null } : null);
        if (v && wanted.has(info.name ?? "")) inputs.set(info.name ?? "", v);
      });
      const outputs = await session.runValues(inputs);
      for (const [i, info] of proto.graph?.output.entries() ?? []) {
        const expected = value(`output_${i}.pb`, info.type);
        const wrong = expected && mismatch(outputs[i], expected);
        if (wrong) return `${info.name ?? i}: ${wrong}`;
      }
    }
    return null;
  } finally {
    session.dispose();
  }
}

describe.skipIf(!canUnpack())("ONNX backend suite", { timeout: PATIENCE }, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "isoform-onnx-"));
    execFileSync("tar", ["xJf", archive, "-C", folder]);
  }, PATIENCE);
  afterAll(() => rmSync(folder, { recursive: true, force: true }), PATIENCE);

  it.each(SETS)("%s: nothing fails but what is known to", async (set) => {
    const root = join(folder, "onnx-backend-tests", set);
    const all = readdirSync(root).filter((name) => existsSync(join(root, name, "model.onnx")));
    const failed: string[] = [];
    for (const name of all) {
      let why: string | null;
      try {
        why = await runCase(join(root, name));
      } catch (error) {
        if (!(error instanceof IsoformError))
          throw new Error(`${name} throws an untyped error`, { cause: error });
        why = error.message;
      }
      if (why !== null && !EXPECTED_FAILURES.has(name)) failed.push(`${name}: ${why}`);
      if (why === null && EXPECTED_FAILURES.has(name))
        failed.push(`${name} passes now: take it off the list`);
    }
    expect(failed).toEqual([]);
    expect(device.memory().storages).toBe(0);
  });

  it("whole networks with constant weights", async () => {
    const root = join(folder, "onnx-backend-tests", "light");
    for (const name of ["bvlc_alexnet", "inception_v1", "resnet50", "shufflenet", "squeezenet", "zfnet512"]) {
      const model = await importOnnx(new Uint8Array(readFileSync(join(root, `light_${name}.onnx`))));
      const expected = decodeMessage(
        "TensorProto",
        new Uint8Array(readFileSync(join(root, `light_${name}_output_0.pb`))),
      );
      const [input] = model.graph.inputs;
      const shape = input!.dims!.map((d) => (typeof d === "number" ? d : 1));
      const n = shape.reduce((p, d) => p * d, 1);
      const x = fromTypedArray(
        "float32",
        shape,
        Float32Array.from({ length: n }, (_, i) => i / n),
      );
      const session = new Session(model.graph, { device });
      const [y] = (await session.run(new Map([[input!.name, x]]))).values();
      session.dispose();
      expect(difference(tensorToRaw(expected), y!).maxRel, name).toBeLessThan(1e-3);
    }
  });
});

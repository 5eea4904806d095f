// The inputs of checks and measurements by the `isoform` command: made up where none are given, of the shapes that
// `--input-shape` says, and called so when a model does not take them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromTypedArray, onnx, writeSafetensors } from "@isoform/converter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, type CliResult } from "./support/cli.js";

const NET = join(import.meta.dirname, "support", "small-net.ts");
const folder = mkdtempSync(join(tmpdir(), "isoform-cli-inputs-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const isoform = (...argv: string[]): Promise<CliResult> => cli(argv, { cwd: folder });
const floats = (...shape: number[]) =>
  fromTypedArray("float32", shape, new Float32Array(shape.reduce((p, n) => p * n, 1)).fill(0.5));

const size = (d: number | string) =>
  onnx.create(
    "TensorShapeProtoDimension",
    typeof d === "number" ? { dimValue: BigInt(d) } : d === "" ? {} : { dimParam: d },
  );
const value = (name: string, dims: readonly (number | string)[], elemType = 1) =>
  onnx.create("ValueInfoProto", {
    name,
    type: onnx.create("TypeProto", {
      tensorType: onnx.create("TypeProtoTensor", {
        elemType,
        shape: onnx.create("TensorShapeProto", { dim: dims.map(size) }),
      }),
    }),
  });

/** x · w[width, 2] plus the sum of a state over its first axis: a size that is fixed by a weight, and two batches. */
function recurrent(name: string, width: number, batch: string): void {
  const node = (opType: string, input: string[], output: string) =>
    onnx.create("NodeProto", {
      name: output,
      opType,
      input,
      output: [output],
      attribute:
        opType === "ReduceSum"
          ? [onnx.create("AttributeProto", { name: "keepdims", type: onnx.AttributeType.INT, i: 0n })]
          : [],
    });
  const weight = onnx.create("TensorProto", {
    name: "w",
    dims: [BigInt(width), 2n],
    dataType: 1,
    floatData: Array.from({ length: width * 2 }, (_, i) => Math.sin(i)),
  });
  const axes = onnx.create("TensorProto", { name: "axes", dims: [1n], dataType: 7, int64Data: [0n] });
  const model = onnx.create("ModelProto", {
    irVersion: 9n,
    opsetImport: [onnx.create("OperatorSetIdProto", { domain: "", version: 20n })],
    graph: onnx.create("GraphProto", {
      name: "g",
      node: [
        node("MatMul", ["x", "w"], "product"),
        node("ReduceSum", ["state", "axes"], "sum"),
        node("Add", ["product", "sum"], "y"),
      ],
      initializer: [weight, axes],
      input: [value("x", [batch, batch === "" ? "" : "n"]), value("state", [2, batch, 2])],
      output: [value("y", [batch, 2])],
    }),
  });
  writeFileSync(at(name), onnx.encodeModel(model));
}

beforeAll(() => {
  recurrent("named.onnx", 96, "batch");
  recurrent("unnamed.onnx", 96, "");
  recurrent("odd.onnx", 33, "batch");
  writeFileSync(
    at("x.safetensors"),
    writeSafetensors(
      new Map([
        ["x", floats(1, 33)],
        ["state", floats(2, 1, 2)],
      ]),
    ),
  );
});

const inputsOf = (result: CliResult): unknown =>
  (result.json()["verification"] as { inputs: { type: string }[] }).inputs.map((i) => i.type);

describe("models with free sizes", () => {
  it.each(["named.onnx", "unnamed.onnx"])(
    "%s is converted, compared and measured on sizes that it takes",
    async (file) => {
      const made = await isoform("convert", file, `to-${file}`, "--json");
      expect([made.code, inputsOf(made)]).toEqual([0, ["float32[2,96]", "float32[2,2,2]"]]);
      expect((await isoform("verify", file, `to-${file}`)).code).toBe(0);
      const timed = await isoform("bench", file, "--quick", "--threads", "1", "--json");
      expect(timed.json()).toMatchObject({
        ok: true,
        result: { rows: [{ state: "ok" }], cases: [{ title: "x 2 × 96, state 2 × 2 × 2" }] },
      });
    },
  );

  it("say that inputs were made up, and what to give instead", async () => {
    for (const words of [
      ["convert", "odd.onnx", "never.onnx"],
      ["verify", "odd.onnx", "named.onnx"],
      ["bench", "odd.onnx", "--quick"],
    ]) {
      const { code, err } = await isoform(...words);
      expect([words[0], code]).toEqual([words[0], 1]);
      expect(err).toContain(
        "[verify/random-inputs] the model does not run on the random inputs that were made up for it (x float32[2,32], state float32[2,2,2])",
      );
      expect(err).toContain("--input-shape 'x=2,32;state=2,2,2'");
      expect(err.includes("--input FILE")).toBe(words[0] !== "bench");
    }
    expect((await isoform("convert", "odd.onnx", "odd2.onnx", "--input", "x.safetensors")).code).toBe(0);
  });
});

describe("--input-shape", () => {
  it("says the shapes of random inputs, all or some, by name or by place", async () => {
    for (const text of ["x=3,33", "x=3,33;state=2,3,2", "3,33;2,3,2", "state=2,3,2;x=3,33:float32"]) {
      const made = await isoform("convert", "odd.onnx", "shaped.onnx", "--input-shape", text, "--json");
      expect([text, made.code, inputsOf(made)]).toEqual([text, 0, ["float32[3,33]", "float32[2,3,2]"]]);
    }
    const same = await isoform("verify", "odd.onnx", "shaped.onnx", "--input-shape", "x=1,33", "--json");
    expect(inputsOf(same)).toEqual(["float32[1,33]", "float32[2,1,2]"]);
    const timed = await isoform(
      "bench",
      "odd.onnx",
      "--quick",
      "--threads",
      "1",
      "--input-shape",
      "x=1,33",
      "--json",
    );
    expect(timed.json()).toMatchObject({
      ok: true,
      result: { cases: [{ title: "x 1 × 33, state 2 × 1 × 2" }] },
    });
  });

  it("says the batch of a measured class of --model, too", async () => {
    writeFileSync(at("two.safetensors"), writeSafetensors(new Map([["fc.weight", floats(2, 3)]])));
    const flags = ["--model", `${NET}#TwoInputs`, "--input-shape", "left=7,3; right=7,3"];
    const timed = await isoform("bench", "two.safetensors", ...flags, "--quick", "--threads", "1", "--json");
    expect(timed.json()).toMatchObject({
      ok: true,
      result: { cases: [{ title: "left 7 × 3, right 7 × 3" }] },
    });
    const made = await isoform("convert", "two.safetensors", "two.onnx", ...flags, "--json");
    expect(inputsOf(made)).toEqual(["float32[2,3]", "float32[2,3]"]);
    const known = await isoform("verify", "two.onnx", "two.safetensors", ...flags, "--static", "--json");
    expect(inputsOf(known)).toEqual(["float32[7,3]", "float32[7,3]"]);
  });

  it.each([
    ["y=1,2", /the model has no input "y"/],
    ["x=1", /the shape \[1\] is not one of the input x: float32\[batch,n\]/],
    ["state=3,1,2", /is not one of the input state/],
    ["x=3,33;state=2,4,2", /\[2,4,2\] is not one/],
    ["1,33", /there are 1 shapes without names for 2 inputs/],
    ["x=1,33;2,1,2", /name all shapes or none/],
    ["x=1,33:int64", /the input x is not int64/],
  ])("%s is refused", async (text, says) => {
    for (const words of [
      ["convert", "odd.onnx", "never.onnx"],
      ["bench", "odd.onnx", "--quick"],
    ]) {
      const { code, err } = await isoform(...words, "--input-shape", text);
      expect([code, err]).toEqual([2, expect.stringMatching(says)]);
      expect(err).toContain("[usage/input-shape] at --input-shape");
      expect(err).toContain("Fix: the model takes x: float32[batch,n]; state: float32[2,batch,2]");
    }
  });

  it("is refused where nothing is random, and --static where nothing is traced", async () => {
    const shape = ["--input-shape", "x=1,33"];
    const input = ["--input", "x.safetensors"];
    for (const words of [
      ["run", "odd.onnx", ...input, ...shape],
      ["inspect", "odd.onnx", ...shape],
      ["convert", "odd.onnx", "never.onnx", ...input, ...shape],
      ["inspect", "odd.onnx", "--static"],
      ["convert", "odd.onnx", "never.onnx", "--static"],
    ]) {
      const { code, err } = await isoform(...words);
      expect([words.join(" "), code]).toEqual([words.join(" "), 2]);
      expect(err).toMatch(/UsageError \[usage\/(input-shape|static)\].*\n {2}Fix: leave /);
    }
  });
});

describe("inputs that do not fit", () => {
  it("are those of one of two models, which is named", async () => {
    const fixed = ["--model", `${NET}#TwoInputs`, "--static", "--input-shape"];
    writeFileSync(at("two.safetensors"), writeSafetensors(new Map([["fc.weight", floats(2, 3)]])));
    await isoform("convert", "two.safetensors", "a.onnx", ...fixed, "left=2,3; right=2,3");
    await isoform("convert", "two.safetensors", "b.onnx", ...fixed, "left=4,3; right=4,3");
    const random = await isoform("verify", "a.onnx", "b.onnx");
    expect([random.code, random.err]).toEqual([
      1,
      "error ShapeError [verify/input-shapes] verify: the models take different inputs: left: float32[2,3] and left: float32[4,3]\n" +
        "  Fix: random inputs are made from what a.onnx declares, and b.onnx does not take them: compare models of the same input shapes\n",
    ]);
    const pair = new Map([
      ["left", floats(2, 3)],
      ["right", floats(2, 3)],
    ]);
    writeFileSync(at("pair.safetensors"), writeSafetensors(pair));
    const given = await isoform("verify", "a.onnx", "b.onnx", "--input", "pair.safetensors");
    expect([given.code, given.err]).toEqual([
      1,
      expect.stringContaining("b.onnx: input left has another shape"),
    ]);
  });

  it("are no safetensors file", async () => {
    writeFileSync(at("noise"), "this is text, and long enough to have a header length");
    const noise = await isoform("run", "odd.onnx", "--input", "noise");
    expect([noise.code, noise.err]).toEqual([4, expect.stringContaining("it is not a safetensors file")]);
    writeFileSync(at("short"), "1234");
    expect((await isoform("run", "odd.onnx", "--input", "short")).err).toContain("it has 4 bytes");
  });

  it("are over a limit, which the command cannot change", async () => {
    const header = `{${Array.from({ length: 100_001 }, (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(",")}}`;
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    writeFileSync(at("many.safetensors"), Buffer.concat([length, Buffer.from(header)]));
    const many = await isoform("run", "odd.onnx", "--input", "many.safetensors");
    expect(many.code).toBe(6);
    expect(many.err).toContain("the readers of @isoform/converter take { limits: { entries: … } }");
  });
});

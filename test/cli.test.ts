// The `isoform` command from end to end, in this process: results, messages, exit codes, files.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import {
  assignKerasWeights,
  bytesSource,
  fromTypedArray,
  onnx,
  openSafetensors,
  readKerasFile,
  writeKerasFile,
  writeSafetensors,
  writeTorchStateDict,
  type PlainObject,
  type RawTensor,
} from "@isoform/converter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, type CliResult } from "./support/cli.js";

const NET = join(import.meta.dirname, "support", "small-net.ts");
const FLAGS = ["--model", `${NET}#SmallNet`, "--input-shape", "x=2,2,6,6"];
let folder = "";
const at = (name: string) => join(folder, name);
const isoform = (...argv: string[]): Promise<CliResult> => cli(argv, { cwd: folder });

function tensor(shape: readonly number[], value: (i: number) => number): RawTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    "float32",
    shape,
    Float32Array.from({ length: size }, (_, i) => value(i)),
  );
}

function state(): Map<string, RawTensor> {
  return new Map([
    ["conv.weight", tensor([4, 2, 3, 3], (i) => Math.sin(i))],
    ["conv.bias", tensor([4], (i) => i / 8)],
    ["bn.weight", tensor([4], (i) => 1 + i / 4)],
    ["bn.bias", tensor([4], (i) => i / 2 - 1)],
    ["bn.running_mean", tensor([4], (i) => i / 3)],
    ["bn.running_var", tensor([4], (i) => 1 + i)],
    ["fc.weight", tensor([3, 4], (i) => Math.cos(i))],
    ["fc.bias", tensor([3], (i) => i)],
  ]);
}

/** What SmallNet computes, from its definition. */
function expected(x: Float32Array, n: number): number[] {
  const w = state();
  const get = (name: string) => {
    const t = w.get(name);
    return t ? new Float32Array(t.data.buffer) : new Float32Array();
  };
  const [cw, cb, g, b, m, v, fw, fb] = [
    "conv.weight",
    "conv.bias",
    "bn.weight",
    "bn.bias",
    "bn.running_mean",
    "bn.running_var",
    "fc.weight",
    "fc.bias",
  ].map(get) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const out: number[] = [];
  for (let s = 0; s < n; s++) {
    const mean = [0, 0, 0, 0].map((_, o) => {
      let sum = 0;
      for (let r = 0; r < 6; r++)
        for (let c = 0; c < 6; c++) {
          let y = cb[o]!;
          for (let i = 0; i < 2; i++)
            for (let dr = 0; dr < 3; dr++)
              for (let dc = 0; dc < 3; dc++) {
                const [rr, cc] = [r + dr - 1, c + dc - 1];
                if (rr < 0 || rr > 5 || cc < 0 || cc > 5) continue;
                y += cw[((o * 2 + i) * 3 + dr) * 3 + dc]! * x[((s * 2 + i) * 6 + rr) * 6 + cc]!;
              }
          sum += Math.max(0, ((y - m[o]!) / Math.sqrt(v[o]! + 1e-5)) * g[o]! + b[o]!);
        }
      return sum / 36;
    });
    for (let k = 0; k < 3; k++) out.push(mean.reduce((a, value, o) => a + value * fw[k * 4 + o]!, fb[k]!));
  }
  return out;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isoform-cli-"));
  writeFileSync(at("net.safetensors"), writeSafetensors(state()));
  writeFileSync(at("net.pt"), writeTorchStateDict(state()));
  writeFileSync(
    at("in.safetensors"),
    writeSafetensors(new Map([["anything", tensor([5, 2, 6, 6], (i) => Math.sin(i * i))]])),
  );
  writeFileSync(
    at("golden.safetensors"),
    writeSafetensors(
      new Map([
        ["input.x", tensor([5, 2, 6, 6], (i) => Math.sin(i * i))],
        ["output.y", tensor([5, 3], () => 0)],
      ]),
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function outputs(file: string): Promise<Float32Array> {
  const all = await (
    await openSafetensors(bytesSource(new Uint8Array(readFileSync(at(file))), file))
  ).readAll();
  const [only] = all.values();
  return new Float32Array((only?.data ?? new Uint8Array()).slice().buffer);
}

describe("isoform convert and run", () => {
  it("converts a bare state dict with its class, verified, and every result runs to the same numbers", async () => {
    const want = expected(
      Float32Array.from({ length: 5 * 72 }, (_, i) => Math.fround(Math.sin(i * i))),
      5,
    );
    const sources: [string, string[]][] = [
      ["net.safetensors", FLAGS],
      ["net.pt", FLAGS],
    ];
    for (const [file, flags] of sources) {
      const name = `${file}.onnx`;
      const made = await isoform("convert", file, name, ...flags, "--json");
      expect(made.err).toBe("");
      expect(made.code).toBe(0);
      expect(made.json()).toMatchObject({
        schema: "isoform/1",
        command: "convert",
        ok: true,
        to: "onnx",
        written: [name],
        verification: { ok: true },
      });
    }
    expect(existsSync(at("net.safetensors.onnx"))).toBe(true);
    const torch = await isoform("convert", "net.pt.onnx", "program/");
    expect([torch.code, torch.err]).toEqual([0, ""]);
    expect(readdirSync(at("program")).toSorted()).toEqual(["model.py", "model.safetensors", "state_dict.pt"]);
    const named = await isoform("convert", "net.pt.onnx", "program/net.py");
    expect(named.out).toContain("written program/net.py");
    expect(readFileSync(at("program/net.py"), "utf8")).toContain('torch.load("net.state_dict.pt")');
    for (const model of ["net.pt.onnx", "program", "program/model.py", "program/net.py"])
      sources.push([model, []]);
    const runs = sources.map(([model, flags]) => [model, "cpu", "in.safetensors", flags] as const);
    const more = [
      ["net.pt.onnx", "reference", "in.safetensors", []],
      ["net.pt.onnx", "cpu", "golden.safetensors", []],
    ] as const;
    for (const [model, backend, input, flags] of [...runs, ...more]) {
      const words = ["--input", input, "--output", "out.safetensors", "--backend", backend, "--quiet"];
      const ran = await isoform("run", model, ...words, ...flags);
      expect([model, ran.code, ran.err]).toEqual([model, 0, ""]);
      const got = await outputs("out.safetensors");
      expect(Math.max(...want.map((v, i) => Math.abs(v - (got[i] ?? NaN))))).toBeLessThan(2e-6);
    }
  });

  it("keeps the batch dynamic, or fixed when asked", async () => {
    await isoform("convert", "net.pt", "static.onnx", ...FLAGS, "--static");
    const ran = await isoform("run", "static.onnx", "--input", "in.safetensors", "--json");
    expect(ran.code).toBe(1);
    expect(ran.json()).toMatchObject({
      ok: false,
      exit: 1,
      error: { name: "ShapeError", path: "x", inputs: ["float32[5,2,6,6]"] },
    });
    expect(ran.err).toContain("the model wants x: float32[2,2,6,6]");
  });

  it("takes several inputs by name and gives several outputs", async () => {
    writeFileSync(
      at("two.safetensors"),
      writeSafetensors(new Map([["fc.weight", tensor([2, 3], (i) => i)]])),
    );
    const flags = ["--model", `${NET}#TwoInputs`, "--input-shape", "left=2,3; right=2,3"];
    expect((await isoform("convert", "two.safetensors", "two.onnx", ...flags)).err).toBe("");
    const a = tensor([1, 3], (i) => i + 1);
    const b = tensor([1, 3], (i) => 10 * i);
    const give = (names: [string, string]) =>
      writeFileSync(
        at("two-in.safetensors"),
        writeSafetensors(
          new Map([
            [names[1], b],
            [names[0], a],
          ]),
        ),
      );
    give(["left", "right"]);
    const ran = await isoform(
      "run",
      "two.onnx",
      "--input",
      "two-in.safetensors",
      "--output",
      "two-out.safetensors",
    );
    expect(ran.code).toBe(0);
    const file = new Uint8Array(readFileSync(at("two-out.safetensors")));
    const out = await (await openSafetensors(bytesSource(file, "out"))).readAll();
    const values = [...out.values()].map((t) => [...new Float32Array(t.data.slice().buffer)]);
    // left + right = 1 12 23; rows of the weight are 0 1 2 and 3 4 5.
    expect(values).toEqual([
      [58, 166],
      [1, -8, -17],
    ]);
    give(["left", "rigth"]);
    const wrong = await isoform("run", "two.onnx", "--input", "two-in.safetensors");
    expect([wrong.code, wrong.err.includes("missing right, unknown rigth")]).toEqual([1, true]);
  });

  it("writes nothing in a dry run and nothing when the check fails", async () => {
    const dry = await isoform("convert", "net.pt", "dry.onnx", ...FLAGS, "--dry-run", "--json");
    expect(dry.json()).toMatchObject({ ok: true, dryRun: true, unsupported: { write: [], run: [] } });
    expect(existsSync(at("dry.onnx"))).toBe(false);
  });

  it("refuses to mix up source, target and other people's folders", async () => {
    await isoform("convert", "net.pt", "a.onnx", ...FLAGS);
    mkdirSync(at("theirs"));
    writeFileSync(at("theirs/notes.txt"), "mine");
    const cases: [string[], number, string][] = [
      [["a.onnx", "a.onnx"], 2, "would replace a file that is read: a.onnx"],
      [["a.onnx", "./sub/../a.onnx"], 2, "would replace a file that is read: a.onnx"],
      [["a.onnx", "b.pt"], 2, "a PyTorch program is a folder"],
      [["a.onnx", "b.h5"], 2, "HDF5 models are read, not written"],
      [["a.onnx", "b.tflite"], 2, "end it in .onnx"],
      [["a.onnx", "b.keras", "--opset", "20"], 2, "--opset is for ONNX only"],
      [["a.onnx", "theirs"], 1, "files that isoform did not write"],
      [
        ["a.onnx", "a.onnx/deeper.onnx"],
        1,
        "[file/enotdir] at a.onnx/deeper.onnx: a part of the path is a file",
      ],
    ];
    for (const [args, code, message] of cases) {
      const result = await isoform("convert", ...args);
      expect([args.join(" "), result.code]).toEqual([args.join(" "), code]);
      expect(result.err).toContain(message);
      expect(result.out).toBe("");
    }
    expect(readdirSync(at("theirs"))).toEqual(["notes.txt"]);
    const forced = await isoform("convert", "a.onnx", "theirs", "--force");
    expect(forced.code).toBe(0);
    expect(readFileSync(at("theirs/notes.txt"), "utf8")).toBe("mine");
  });
});

describe("isoform verify", () => {
  it("agrees with itself and finds another model's first layer that differs", async () => {
    await isoform("convert", "net.pt", "v.onnx", ...FLAGS);
    await isoform("convert", "v.onnx", "v_torch");
    const same = await isoform("verify", "v.onnx", "v_torch", "--input", "in.safetensors", "--json");
    expect(same.json()).toMatchObject({
      ok: true,
      verification: { ok: true, maxAbs: 0, inputs: [{ random: false }] },
    });
    const changed = state();
    changed.set(
      "fc.bias",
      tensor([3], (i) => i + 1e-2),
    );
    writeFileSync(at("changed.safetensors"), writeSafetensors(changed));
    await isoform("convert", "changed.safetensors", "changed.onnx", ...FLAGS);
    const other = await isoform("verify", "v.onnx", "changed.onnx", "--json");
    expect(other.code).toBe(5);
    const { verification } = other.json() as {
      verification: { ok: boolean; maxAbs: number; firstDiverging: { layer: string } | null };
    };
    expect(verification.ok).toBe(false);
    expect(verification.maxAbs).toBeCloseTo(1e-2, 5);
    expect(verification.firstDiverging?.layer).toMatch(/^fc/);
    expect((await isoform("verify", "v.onnx", "changed.onnx", "--tolerance", "0.1")).code).toBe(0);
    const said = await isoform("verify", "v.onnx", "changed.onnx");
    expect(said.out).toContain("✗ the outputs differ on random x float32[2,2,6,6]");
    expect(said.out).toContain("first layer that differs");
  });
});

describe("isoform inspect", () => {
  it("shows a Keras architecture without weights, which run and convert ask for", async () => {
    const layer = (className: string, config: object) => ({ class_name: className, config });
    const dense = (name: string) => layer("Dense", { name, units: 2, use_bias: false });
    const input = layer("InputLayer", { name: "input", batch_shape: [null, 2], dtype: "float32" });
    const layers = [input, dense("first"), layer("Sequential", { name: "inner", layers: [dense("second")] })];
    writeFileSync(at("config.json"), JSON.stringify(layer("Sequential", { name: "m", layers })));
    const seen = await isoform("inspect", "config.json");
    expect(seen.code).toBe(0);
    expect(seen.out).toMatch(/inner\/second +Dense/);
    expect(seen.out).toContain("weights");
    const { file, needs } = (await isoform("inspect", "config.json", "--json")).json() as {
      file: { layers: { name: string }[] };
      needs: string[];
    };
    expect(file.layers.map((l) => l.name)).toEqual(["input", "first", "inner/second"]);
    expect(needs.join()).toContain("first/kernel, inner/second/kernel");
    for (const argv of [
      ["convert", "config.json", "config.onnx"],
      ["run", "config.json", "--input", "in.safetensors"],
    ]) {
      const { code, err } = await isoform(...argv);
      expect(code).toBe(4);
      expect(err).toContain("first/kernel, inner/second/kernel");
    }
  });

  it("shows a model", async () => {
    await isoform("convert", "net.pt", "i.onnx", ...FLAGS);
    const { out, code } = await isoform("inspect", "i.onnx");
    expect(code).toBe(0);
    const [facts = "", abilities = ""] = out.replace(/size .*/, "size").split("\n✓ runs here\n");
    expect(facts).toMatchInlineSnapshot(`
      "i.onnx
        format      ONNX, IR version 9
        size
        opsets      ai.onnx 20
        functions   0
        made by     onnx opset 20 (isoform 0.1.0)
        input       x  float32 [batch, 2, 6, 6]
        output      output  float32 [batch, 3]
        parameters  107 (428 B), 8 of them not trained
        ops         1 BatchNormalization, 1 Conv, 1 Gemm, 1 ReduceMean, 1 Relu
        training    no configuration

      Layer (type)             Output shape      Param #
      ───────────────────────  ────────────────  ───────
      conv (Conv)              [batch, 4, 6, 6]       76
      bn (BatchNormalization)  [batch, 4, 6, 6]       16
      relu (Relu)              [batch, 4, 6, 6]        0
      mean (ReduceMean)        [batch, 4]              0
      fc_1 (Gemm)              [batch, 3]             15
      "
    `);
    expect(abilities).toContain("✓ converts to onnx");
    expect(abilities).toContain("✓ converts to torch");
    const data = (await isoform("inspect", "i.onnx", "--json")).json();
    expect(data).toMatchObject({
      ok: true,
      model: {
        parameters: { count: 107 },
        run: { ok: true },
        targets: { onnx: { ok: true }, torch: { ok: true } },
      },
      needs: [],
    });
  });

  it("shows weights and what they need", async () => {
    const { out, code } = await isoform("inspect", "net.pt");
    expect(code).toBe(0);
    expect(out.replace(/size .*/, "size")).toMatchInlineSnapshot(`
      "net.pt
        format   PyTorch, zip container
        size
        tensors  8 tensors, 107 elements

      Tensor           dtype    shape
      ───────────────  ───────  ────────────
      conv.weight      float32  [4, 2, 3, 3]
      conv.bias        float32  [4]
      bn.weight        float32  [4]
      bn.bias          float32  [4]
      bn.running_mean  float32  [4]
      bn.running_var   float32  [4]
      fc.weight        float32  [3, 4]
      fc.bias          float32  [3]

      To run or convert it, it needs
        an architecture: --model FILE#EXPORT and --input-shape
      "
    `);
    const full = await isoform("inspect", "net.pt", ...FLAGS, "--json");
    expect(full.json()).toMatchObject({ model: { producer: "api-torch", parameters: { count: 107 } } });
  });
});

describe("errors", () => {
  it("name the cause, the place and a fix, with the code of their kind", async () => {
    const broken = new Uint8Array(readFileSync(at("net.pt"))).slice(0, 600);
    writeFileSync(at("cut.pt"), broken);
    writeFileSync(at("cut.safetensors"), readFileSync(at("net.safetensors")).subarray(0, 500));
    writeFileSync(at("noise.onnx"), "not a model at all");
    writeFileSync(at("noise.keras"), "not a model at all");
    writeFileSync(at("empty.h5"), "");
    writeFileSync(at("mystery"), "????");
    // A pickle that asks for os.system("true").
    writeFileSync(at("evil.pt"), "\u0080\u0002cos\nsystem\nX\u0004\u0000\u0000\u0000true\u0085R.", "latin1");
    const missing = state();
    missing.delete("fc.bias");
    missing.set(
      "fc.bais",
      tensor([3], () => 0),
    );
    missing.set(
      "conv.weight",
      tensor([4, 3, 3, 3], () => 0),
    );
    writeFileSync(at("other.safetensors"), writeSafetensors(missing));
    writeFileSync(
      at("ints.safetensors"),
      writeSafetensors(new Map([["x", fromTypedArray("int32", [1, 2, 6, 6], new Int32Array(72))]])),
    );
    await isoform("convert", "net.pt", "e.onnx", ...FLAGS);
    const cases: string[][] = [
      ["inspect", "absent.onnx"],
      ["inspect", "net.onx"],
      ["inspect", "cut.pt"],
      ["inspect", "cut.safetensors"],
      ["inspect", "noise.onnx"],
      ["inspect", "noise.keras"],
      ["inspect", "empty.h5"],
      ["inspect", "mystery"],
      ["inspect", "evil.pt"],
      ["convert", "net.pt", "x.onnx"],
      ["convert", "net.pt", "x.onnx", "--model", NET],
      ["convert", "net.pt", "x.onnx", "--model", `${NET}#SmalNet`, "--input-shape", "1,2,6,6"],
      ["convert", "net.pt", "x.onnx", "--model", `${NET}#number`, "--input-shape", "1,2,6,6"],
      ["convert", "net.pt", "x.onnx", "--model", `${NET}#Broken`, "--input-shape", "1,2,6,6"],
      ["convert", "net.pt", "x.onnx", "--model", "absent.js#Net", "--input-shape", "1,2,6,6"],
      ["convert", "net.pt", "x.onnx", "--model", `${NET}#SmallNet`, "--input-shape", "1,2,six,6"],
      ["convert", "other.safetensors", "x.onnx", ...FLAGS],
      ["run", "e.onnx", "--input", "ints.safetensors"],
      ["run", "e.onnx", "--input", "net.safetensors"],
      ["run", "e.onnx", "--input", "noise.onnx"],
    ];
    const said: string[] = [];
    for (const args of cases) {
      const result = await isoform(...args);
      const words = args.map((a) => a.replace(NET, "small-net.ts"));
      said.push(
        `$ isoform ${words.join(" ")}  → ${result.code}\n${result.err.replaceAll(NET, "small-net.ts").replaceAll(folder, "<folder>")}`,
      );
      expect(result.out).toBe("");
      const json = await isoform(...args, "--json");
      expect(json.code).toBe(result.code);
      expect(json.json()).toMatchObject({
        schema: "isoform/1",
        command: args[0],
        ok: false,
        exit: result.code,
      });
    }
    expect(said.join("\n")).toMatchSnapshot();
    const shape = await isoform(
      "convert",
      "net.pt",
      "x.onnx",
      "--model",
      `${NET}#SmallNet`,
      "--input-shape",
      "1,3,6,6",
    );
    expect(shape.code).toBe(1);
    expect(shape.err).toMatch(/^error ShapeError \[.*\bconv\b.*float32\[1,3,6,6\][\s\S]*Fix: /);
    expect(existsSync(at("x.onnx"))).toBe(false);
  });

  it("lists every node that is in the way, with 3", async () => {
    const node = (name: string, opType: string, domain = "") =>
      onnx.create("NodeProto", { name, opType, domain, input: ["x"], output: [`${name}_out`] });
    const value = (name: string) =>
      onnx.create("ValueInfoProto", {
        name,
        type: onnx.create("TypeProto", {
          tensorType: onnx.create("TypeProtoTensor", {
            elemType: 1,
            shape: onnx.create("TensorShapeProto", { dim: [] }),
          }),
        }),
      });
    const model = onnx.create("ModelProto", {
      irVersion: 9n,
      opsetImport: [
        onnx.create("OperatorSetIdProto", { domain: "", version: 20n }),
        onnx.create("OperatorSetIdProto", { domain: "acme", version: 1n }),
      ],
      graph: onnx.create("GraphProto", {
        name: "g",
        node: [node("first", "Sparkle", "acme"), node("fine", "Relu"), node("second", "Glitter", "acme")],
        input: [value("x")],
        output: [value("second_out")],
      }),
    });
    writeFileSync(at("custom.onnx"), onnx.encodeModel(model));
    const converted = await isoform("convert", "custom.onnx", "c.onnx");
    expect(converted.code).toBe(3);
    for (const name of ["first", "second"]) expect(converted.err).toContain(name);
    const seen = await isoform("inspect", "custom.onnx", "--json");
    expect(seen.json()).toMatchObject({
      ok: true,
      model: null,
      file: { classes: { "acme:Sparkle": 1, "acme:Glitter": 1, Relu: 1 } },
    });
    expect((seen.json() as { needs: string[] }).needs.length).toBe(2);
  });

  it("names layers that would need code, and runs none of it", async () => {
    const cnn3 = join(import.meta.dirname, "..", "fixtures", "models", "cnn3.keras");
    const file = await readKerasFile(bytesSource(new Uint8Array(readFileSync(cnn3)), "cnn3.keras"));
    const weights = assignKerasWeights(file.config, file);
    const bytecode = {
      class_name: "__lambda__",
      config: { code: "4wEAAAA=", defaults: null, closure: null },
    };
    const text = JSON.stringify(file.config)
      .replace('"class_name":"ReLU"', '"class_name":"Lambda"')
      .replace('"max_value":null', `"function":${JSON.stringify(bytecode)},"max_value":null`)
      .replace('"class_name":"MaxPooling2D"', '"class_name":"Popen"')
      .replace('"module":"keras.layers","class_name":"Popen"', '"module":"subprocess","class_name":"Popen"');
    const config = JSON.parse(text) as PlainObject;
    writeFileSync(at("lambda.keras"), writeKerasFile({ config, weights }));
    const converted = await isoform("convert", "lambda.keras", "x.onnx");
    expect(converted.code).toBe(3);
    expect(converted.err).toMatch(/Lambda/);
    expect(converted.err).toMatch(/Popen/);
    expect(existsSync(at("x.onnx"))).toBe(false);
    const seen = await isoform("inspect", "lambda.keras", "--json");
    expect(seen.json()).toMatchObject({
      ok: true,
      model: null,
      file: { classes: { Lambda: 1, Popen: 1, Conv2D: 3 } },
    });
    expect((seen.json() as { needs: string[] }).needs.join()).toMatch(/Lambda.*Popen/s);
  });

  it("read external data beside the model only", async () => {
    await isoform("convert", "net.pt", "ext.onnx", ...FLAGS);
    const model = onnx.decodeModel(new Uint8Array(readFileSync(at("ext.onnx"))));
    const out = onnx.externalizeInitializers(model, { location: "ext.data", minBytes: 16 });
    mkdirSync(at("ext"));
    writeFileSync(at("ext/ext.onnx"), onnx.encodeModel(out.model));
    const missing = await isoform("run", "ext/ext.onnx", "--input", "in.safetensors");
    expect([missing.code, missing.err.includes('the file "ext.data", which is not there')]).toEqual([
      4,
      true,
    ]);
    writeFileSync(at("elsewhere.data"), Buffer.concat(out.parts));
    symlinkSync(at("elsewhere.data"), at("ext/ext.data"));
    const linked = await isoform("run", "ext/ext.onnx", "--input", "in.safetensors");
    expect([linked.code, linked.err.includes("links are not followed")]).toEqual([4, true]);
    rmSync(at("ext/ext.data"));
    writeFileSync(at("ext/ext.data"), Buffer.concat(out.parts));
    expect((await isoform("verify", "ext/ext.onnx", "ext.onnx", "--input", "in.safetensors")).code).toBe(0);
  });

  it("never let names from files reach the terminal as they are", async () => {
    const evil = "\u001b[2J\u001b]0;owned\u0007\u202egnp";
    const one = tensor([1], () => 0);
    const tensors = new Map([
      [evil, one],
      ["b", one],
    ]);
    writeFileSync(at("evil.safetensors"), writeSafetensors(tensors, { metadata: { note: evil } }));
    for (const args of [
      ["inspect", "evil.safetensors"],
      ["convert", "evil.safetensors", "x.onnx", ...FLAGS],
      ["run", "net.pt.onnx", "--input", "evil.safetensors"],
      ["inspect", `${evil}.onnx`],
    ]) {
      const { out, err } = await isoform(...args);
      expect(out + err).toContain("owned");
      expect([...(out + err)].filter((c) => c < " " && c !== "\n")).toEqual([]);
      expect(out + err).not.toContain("\u202e");
    }
  });

  it("are plain in JSON and carry a stack only with --debug", async () => {
    const json = await isoform("inspect", "absent.onnx", "--json");
    expect(json.json()).toEqual({
      schema: "isoform/1",
      command: "inspect",
      ok: false,
      exit: 1,
      error: {
        name: "ArgumentError",
        code: "file/not-found",
        message: "there is no such file",
        path: "absent.onnx",
      },
    });
    expect(json.err).not.toMatch(/\n\s+at /);
    expect((await isoform("inspect", "absent.onnx", "--debug")).err).toMatch(/\n\s+at /);
    const usage = await isoform("inspect", "--jsn", "--json");
    expect(usage.code).toBe(2);
    expect(usage.json()).toMatchObject({
      command: "inspect",
      exit: 2,
      error: { code: "usage/unknownOption", hint: "did you mean --json?" },
    });
  });
});

describe("streams", () => {
  it("has only the result on stdout, and nothing on stderr with --quiet", async () => {
    await isoform("convert", "net.pt", "s.onnx", ...FLAGS);
    const loud = await isoform("run", "s.onnx", "--input", "in.safetensors");
    expect(loud.err).toMatch(/^x: float32\[batch,2,6,6\] on cpu in /);
    const quiet = await isoform("run", "s.onnx", "--input", "in.safetensors", "--quiet");
    expect(quiet.err).toBe("");
    expect(quiet.out).toBe(loud.out);
  });

  it("has colours on a terminal only, unless told otherwise", async () => {
    const coloured = async (argv: string[], tty: boolean, env: Record<string, string> = {}) =>
      (await cli(["inspect", "net.pt", ...argv], { cwd: folder, tty, env })).out.includes("\u001b[");
    expect(await coloured([], true)).toBe(true);
    expect(await coloured([], false)).toBe(false);
    expect(await coloured([], true, { NO_COLOR: "1" })).toBe(false);
    expect(await coloured([], false, { FORCE_COLOR: "1" })).toBe(true);
    expect(await coloured(["--no-color"], true, { FORCE_COLOR: "1" })).toBe(false);
    expect(await coloured(["--json"], true)).toBe(false);
  });

  it("stops when interrupted, with 130 and no file", async () => {
    const stop = new AbortController();
    stop.abort();
    const stopped = await cli(["convert", "net.pt", "stopped.onnx", ...FLAGS, "--json"], {
      cwd: folder,
      signal: stop.signal,
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toBe("interrupted; nothing was written\n");
    expect(stopped.json()).toMatchObject({ ok: false, exit: 130 });
    expect(existsSync(at("stopped.onnx"))).toBe(false);
  });
});

describe("isoform doctor", () => {
  it("says which backends work, as text and as data", async () => {
    const { out, code } = await isoform("doctor");
    expect(code).toBe(0);
    expect(out).toMatch(/cpu +works/);
    expect(out).toMatch(/reference +works/);
    expect(out).toContain("relaxed SIMD: yes");
    const data = (await isoform("doctor", "--json")).json();
    expect(data).toMatchObject({
      schema: "isoform/1",
      defaultBackend: "cpu",
      backends: [
        {
          name: "cpu",
          works: true,
          threads: Math.min(4, availableParallelism()),
          notice: null,
          relaxedSimd: true,
        },
        { name: "reference", works: true, threads: 1 },
        // Whether it works is the machine's to say.
        { name: "webgpu" },
      ],
      system: { node: process.versions.node, wasmSimd: true },
    });
  });
});

it("leaves no temporary files behind", () => {
  const strange = readdirSync(folder, { recursive: true }).filter((f) => String(f).endsWith(".tmp"));
  expect(strange).toEqual([]);
  expect(statSync(folder).isDirectory()).toBe(true);
});

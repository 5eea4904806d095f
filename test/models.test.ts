// The real model files of ../shared/data and our own, through `isoform convert` and `isoform run`: every golden output
// is reproduced by the source and by everything it converts to. The list is that of the oracles, which check the same
// files in the real frameworks (fixtures/oracles).
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { bytesSource, onnx, openSafetensors, typedArrayOf, type RawTensor } from "@isoform/converter";
import { afterAll, describe, expect, it } from "vitest";
import { cli } from "./support/cli.js";

interface Place {
  readonly root: "repo" | "data";
  readonly file: string;
}
interface Row extends Place {
  readonly id: string;
  readonly golden: string;
  readonly architecture?: Place & { readonly export?: string };
  readonly inputShape?: string;
  readonly targets: readonly ("onnx" | "keras" | "torch")[];
  /** Node counts of the ONNX result. */
  readonly expect?: Readonly<Record<string, number | { readonly max: number }>>;
}
interface Figure {
  readonly model: string;
  readonly as: string;
  /** Largest error of any output, as a part of that output's largest value. */
  readonly error: number;
}

const repo = join(import.meta.dirname, "..");
const roots = { repo, data: join(repo, "..", "shared", "data", "models") };
const rows = JSON.parse(
  readFileSync(join(repo, "fixtures", "oracles", "models.json"), "utf8"),
) as readonly Row[];
const path = ({ root, file }: Place) => join(roots[root], file);
const OUTPUT = { onnx: "model.onnx", keras: "model.keras", torch: "program" } as const;
const LIMIT = 1e-4;
const figures: Figure[] = [];
const work = mkdtempSync(join(tmpdir(), "isoform-models-"));

/** `--model` and `--input-shape` of a row. The class is taken from its source, so that no build is needed. */
function flagsOf({ architecture, inputShape }: Row): string[] {
  if (!architecture) return [];
  const file = path(architecture).replace(/examples\/dist\/(.*)\.js$/, "examples/src/$1.ts");
  const model = architecture.export ? `${file}#${architecture.export}` : file;
  return ["--model", model, ...(inputShape ? ["--input-shape", inputShape] : [])];
}

const open = (file: string) => openSafetensors(bytesSource(new Uint8Array(readFileSync(file)), file));

/** The golden outputs in the order of the model's outputs. */
async function goldenOutputs(row: Row, names: readonly string[]): Promise<RawTensor[]> {
  const file = await open(path({ root: row.root, file: row.golden }));
  const byFile = JSON.parse(file.metadata.get("outputs_by_file") ?? "{}") as Record<
    string,
    Record<string, string>
  >;
  const order = JSON.parse(file.metadata.get("output_order") ?? "[]") as string[];
  const mapped = byFile[basename(row.file)];
  return Promise.all(
    names.map((name, i) => file.read(`output.${mapped?.[name] ?? (order.includes(name) ? name : order[i])}`)),
  );
}

function relativeError(got: RawTensor, want: RawTensor): number {
  expect(got.shape).toEqual(want.shape);
  const [a, b] = [typedArrayOf(got), typedArrayOf(want)];
  let [worst, largest] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    const d = Math.abs(Number(a[i]) - Number(b[i]));
    if (!(d <= worst)) worst = d;
    largest = Math.max(largest, Math.abs(Number(b[i])));
  }
  return worst / largest;
}

/** Runs a model on the golden's inputs and compares. */
async function check(
  row: Row,
  model: string,
  as: string,
  flags: readonly string[],
  sourceNames?: readonly string[],
): Promise<string[]> {
  const output = join(work, "out.safetensors");
  const golden = path({ root: row.root, file: row.golden });
  const ran = await cli(["run", model, "--input", golden, "--output", output, "--quiet", ...flags]);
  expect([as, ran.code, ran.err]).toEqual([as, 0, ""]);
  const file = await open(output);
  const names = [...file.entries.keys()];
  if (sourceNames) expect(names.length).toBe(sourceNames.length);
  const want = await goldenOutputs(row, sourceNames ?? names);
  const errors = await Promise.all(
    names.map(async (name, i) => relativeError(await file.read(name), want[i]!)),
  );
  const error = Math.max(...errors);
  figures.push({ model: row.id, as, error });
  expect(error, `${row.id} as ${as}`).toBeLessThanOrEqual(LIMIT);
  return names;
}

/** Node counts, names and the places of transposes in an ONNX result. */
function checkGraph(row: Row, file: string): void {
  const { graph } = onnx.decodeModel(new Uint8Array(readFileSync(file)));
  const nodes = graph?.node ?? [];
  for (const [op, want] of Object.entries(row.expect ?? {})) {
    const found = nodes.filter((n) => n.opType === op).length;
    if (typeof want === "number") expect([op, found]).toEqual([op, want]);
    else expect(found, op).toBeLessThanOrEqual(want.max);
  }
  const layers = LAYER_NAMES[row.id];
  if (!layers) return;
  const named = nodes.filter((n) => n.opType === "Conv" || n.opType === "LSTM").map((n) => n.name);
  expect(named).toEqual(layers);
  if (!named.some((name) => name?.startsWith("conv"))) return;
  const ends = new Set([...(graph?.input ?? []), ...(graph?.output ?? [])].map((v) => v.name));
  const transposes = nodes.filter((n) => n.opType === "Transpose");
  expect(transposes.filter((n) => ![...n.input, ...n.output].some((v) => ends.has(v)))).toEqual([]);
}

/** Layers that must keep their names, from the scripts that made the models. */
const LAYER_NAMES: Readonly<Record<string, readonly string[]>> = {
  "lstm.keras": ["memory", "summary"],
  "cnn3.keras": ["conv_a", "conv_b", "conv_c"],
  "digits.keras": ["conv_edges", "conv_strokes", "conv_shapes"],
};

for (const row of rows) {
  const absent = [path(row), path({ root: row.root, file: row.golden })].filter((f) => !existsSync(f));
  describe.skipIf(absent.length > 0)(row.id, { timeout: 180_000 }, () => {
    const flags = flagsOf(row);
    let names: readonly string[] | undefined;
    it("gives its golden", async () => {
      names = await check(row, path(row), "itself", flags);
    });
    for (const target of row.targets) {
      it(`gives it as ${target}`, async () => {
        const folder = join(work, row.id, target);
        mkdirSync(folder, { recursive: true });
        const out = join(folder, OUTPUT[target]);
        const made = await cli(["convert", path(row), out, "--quiet", ...flags]);
        expect([target, made.code, made.err]).toEqual([target, 0, ""]);
        await check(row, out, target, [], names);
        if (target === "onnx") checkGraph(row, out);
      });
    }
  });
}

describe("weights in other containers, with the class of the user", () => {
  const folder = join(roots.data, "resnet-cifar10");
  const row = rows.find((r) => r.id === "resnet20.state_dict.pt");
  for (const file of ["resnet20.module.pt", "resnet20.torchscript.pt", "resnet20.torchscript_scripted.pt"]) {
    it.skipIf(!row || !existsSync(join(folder, file)))(file, async () => {
      if (row) await check({ ...row, id: file }, join(folder, file), "itself", flagsOf(row));
    });
  }
});

afterAll(() => {
  rmSync(work, { recursive: true });
  const lines = figures.map(
    ({ model, as, error }) => `  ${model.padEnd(36)} ${as.padEnd(8)} ${error.toExponential(1)}`,
  );
  console.log(`Largest error as a part of the largest golden value (limit ${LIMIT}):\n${lines.join("\n")}`);
});

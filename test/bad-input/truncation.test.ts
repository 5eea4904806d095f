// Files cut off anywhere: every reader says so with a typed error and exit code 4, and nothing is written.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { writeTorchStateDict, writeSafetensors, type RawTensor } from "@isoform/converter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "../support/cli.js";
import { floats } from "./support/bytes.js";
import { dense, kerasArchive, kerasH5, sequential } from "./support/keras.js";
import { graph, model, node, tensor } from "./support/onnx.js";
import { dict, tensor as pickledTensor, torchLegacy } from "./support/pickle.js";
import { Sandbox, untouched } from "./support/sandbox.js";

const h5Config = {
  class_name: "Sequential",
  config: {
    name: "m",
    layers: [
      { class_name: "InputLayer", config: { name: "input", batch_input_shape: [null, 2] } },
      { class_name: "Dense", config: { name: "d", units: 2, use_bias: false } },
    ],
  },
};
const state = new Map<string, RawTensor>([
  ["w", { dtype: "float32", shape: [2, 2], data: floats(1, 2, 3, 4) }],
]);

/** A small model of every format. */
const FILES: Readonly<Record<string, () => Uint8Array>> = {
  "m.keras": () => kerasArchive(sequential([dense("dense")])),
  "m.h5": () => kerasH5(h5Config, ["d"]),
  "m.onnx": () =>
    model(
      graph([node("MatMul", ["x", "w"], ["y"], { name: "product" })], {
        initializer: [tensor("w", [2, 2], { rawData: floats(1, 2, 3, 4) })],
      }),
    ),
  "m.pt": () => writeTorchStateDict(state),
  "legacy.pt": () => torchLegacy(dict({ w: pickledTensor([2, 2], [2, 1]) })),
  "m.safetensors": () => writeSafetensors(state),
};
/** Places to cut each file at for each command; more make the test longer, not better. */
const CUTS = 40;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  sandbox.put(Object.fromEntries(Object.entries(FILES).map(([name, make]) => [name, make()])));
  const x = { dtype: "float32", shape: [1, 2], data: floats(1, 2) } as const;
  sandbox.put({ "x.safetensors": writeSafetensors(new Map([["x", x]])) });
  const made = await cli(["convert", "m.keras", "program"], { cwd: sandbox.folder });
  expect(made.err).toBe("");
});
afterAll(() => sandbox.remove());

/** Lengths from 0 to one byte less than all, spread evenly, the last few included. */
function lengths(size: number): number[] {
  const step = Math.max(1, Math.floor(size / CUTS));
  const out = new Set<number>();
  for (let n = 0; n < size; n += step) out.add(n);
  for (let n = Math.max(0, size - 4); n < size; n++) out.add(n);
  return [...out];
}

/** Cuts `file` at each length and runs `argv` on the folder; every run must be refused. */
async function refusesCuts(file: string, commands: readonly (readonly string[])[]): Promise<void> {
  const path = sandbox.at(file);
  const whole = new Uint8Array(readFileSync(path));
  try {
    // The last byte of a text is its line end, which may be missing.
    const size = file.endsWith(".py") ? whole.length - 1 : whole.length;
    for (const [i, length] of lengths(size).entries()) {
      writeFileSync(path, whole.subarray(0, length));
      // Commands take turns, so that each sees cuts of every part of the file.
      const argv = commands[i % commands.length] ?? [];
      const result = await cli([...argv, "--json"], { cwd: sandbox.folder });
      const said = `isoform ${argv.join(" ")}, ${file} cut to ${length} of ${whole.length} bytes → ${result.code}\n${result.err}`;
      const { error, exit } = result.json() as { error?: { name: string }; exit: number };
      expect(exit, said).toBe(4);
      // An import that is cut short names another module, which a program may not import.
      expect(error?.name, said).toMatch(
        file.endsWith(".py") ? /^(ModelFormat|UnsafeModel)Error$/ : /^ModelFormatError$/,
      );
      expect(result.err, said).not.toMatch(/should not happen/);
    }
  } finally {
    writeFileSync(path, whole);
  }
  untouched();
}

describe("cut off files", () => {
  it.each(Object.keys(FILES))("%s", async (file) => {
    const commands = [
      ["inspect", file],
      ["convert", file, "result.onnx"],
      ["run", file, "--input", "x.safetensors", "--output", "y.safetensors"],
    ].map((argv) =>
      argv.map((word) => (word === "result.onnx" && file === "m.onnx" ? "result.keras" : word)),
    );
    await refusesCuts(file, commands);
    const verify = await cli(["inspect", file], { cwd: sandbox.folder });
    expect(verify.code).toBe(0);
  });

  it("a program's model.py and its weights", async () => {
    for (const file of ["program/model.py", "program/state_dict.pt"])
      await refusesCuts(file, [
        ["inspect", "program"],
        ["convert", "program", "result.onnx"],
        ["run", "program", "--input", "x.safetensors", "--output", "y.safetensors"],
      ]);
  });

  it("the inputs of a run", async () => {
    await refusesCuts("x.safetensors", [
      ["run", "m.keras", "--input", "x.safetensors", "--output", "y.safetensors"],
      ["verify", "m.keras", "m.keras", "--input", "x.safetensors"],
      ["convert", "m.keras", "result.onnx", "--input", "x.safetensors"],
    ]);
  });

  it("leave nothing behind", () => {
    const names = [...Object.keys(FILES), "x.safetensors", "program"];
    expect(readdirSync(sandbox.folder).toSorted()).toEqual(names.toSorted());
  });
});

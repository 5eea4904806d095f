import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.js";
import { parseArgs } from "./parse.js";
import { COMMANDS, GLOBAL_OPTIONS, OPTIONS } from "./table.js";
import { kebab } from "./spec.js";

/** Options whose word is not their key. */
const OTHER_WORDS: Readonly<Record<string, string>> = { backends: OPTIONS.backends.flag };

const line = async (text: string) => {
  const parsed = await parseArgs(text.split(" ").filter(Boolean), "1.2.3");
  if (parsed.kind !== "command") throw new Error(parsed.text);
  return parsed.line;
};
const text = async (words: string) => {
  const parsed = await parseArgs(words.split(" "), "1.2.3");
  return parsed.kind === "text" ? parsed.text : "";
};
const problem = async (words: string) => {
  const error: unknown = await parseArgs(words.split(" ").filter(Boolean), "1.2.3").catch((e: unknown) => e);
  if (!(error instanceof UsageError)) throw new Error(`no usage error: ${String(error)}`);
  return `${error.problem} | ${error.hint ?? ""}`;
};

describe("command line", () => {
  it("gives typed values, absent flags as false", async () => {
    expect(await line("convert a.keras b.onnx --opset 17 --tolerance 1e-3 --dry-run --no-color")).toEqual({
      command: "convert",
      args: { in: "a.keras", out: "b.onnx" },
      options: {
        from: undefined,
        model: undefined,
        inputShape: undefined,
        static: false,
        to: undefined,
        opset: 17,
        tolerance: 0.001,
        seed: undefined,
        input: undefined,
        backend: undefined,
        force: false,
        dryRun: true,
        json: false,
        quiet: false,
        noColor: true,
        debug: false,
      },
    });
  });

  it("takes global options before and after the command", async () => {
    expect((await line("--json doctor")).options.json).toBe(true);
    expect((await line("doctor --json --quiet")).options).toEqual({
      json: true,
      quiet: true,
      noColor: false,
      debug: false,
    });
  });

  it("says what is wrong and what was meant", async () => {
    const words = [
      "",
      "inspekt m.onnx",
      "frobnicate",
      "inspect",
      "inspect a.onnx b.onnx",
      "inspect a.onnx --jsn",
      "inspect a.onnx --completely-unknown",
      "convert a.onnx b.onnx --opset twelve",
      "convert a.onnx b.onnx --opset 12",
      "convert a.onnx b.onnx --tolerance 0",
      "convert a.onnx b.onnx --to tflite",
      "convert a.onnx b.onnx --opset",
      "run a.onnx",
    ];
    const answers: string[] = [];
    for (const w of words) answers.push(`isoform ${w}\n  ${await problem(w)}`);
    expect(answers.join("\n")).toMatchInlineSnapshot(`
      "isoform 
        no command is given | commands are inspect, convert, run, verify, backend check, bench, doctor; isoform --help says more
      isoform inspekt m.onnx
        unknown command 'inspekt' | did you mean inspect?
      isoform frobnicate
        unknown command 'frobnicate' | see isoform --help
      isoform inspect
        missing required argument 'model' | see isoform inspect --help
      isoform inspect a.onnx b.onnx
        too many arguments for 'inspect'. Expected 1 argument but got 2. | see isoform inspect --help
      isoform inspect a.onnx --jsn
        unknown option '--jsn' | did you mean --json?
      isoform inspect a.onnx --completely-unknown
        unknown option '--completely-unknown' | see isoform inspect --help
      isoform convert a.onnx b.onnx --opset twelve
        option '--opset <N>' argument 'twelve' is invalid. Expected a whole number from 13 to 28. | see isoform convert --help
      isoform convert a.onnx b.onnx --opset 12
        option '--opset <N>' argument '12' is invalid. Expected a whole number from 13 to 28. | see isoform convert --help
      isoform convert a.onnx b.onnx --tolerance 0
        option '--tolerance <X>' argument '0' is invalid. Expected a number above 0. | see isoform convert --help
      isoform convert a.onnx b.onnx --to tflite
        option '--to <FORMAT>' argument 'tflite' is invalid. Allowed choices are onnx, keras, torch. | see isoform convert --help
      isoform convert a.onnx b.onnx --opset
        option '--opset <N>' argument missing | see isoform convert --help
      isoform run a.onnx
        required option '--input <FILE>' not specified | see isoform run --help"
    `);
  });

  it("has help for every command that names all of its options", async () => {
    const top = await text("--help");
    for (const name of Object.keys(COMMANDS)) expect(top).toContain(`  ${name.split(" ")[0]} `);
    for (const [name, spec] of Object.entries(COMMANDS)) {
      const help = await text(`${name} --help`);
      expect(help).toContain(`Usage: isoform ${name}`);
      for (const key of [...spec.options, ...Object.keys(GLOBAL_OPTIONS)])
        expect(help).toContain(`--${OTHER_WORDS[key] ?? kebab(key)} `.trimEnd());
      for (const example of spec.examples) expect(help).toContain(example);
    }
    expect(await text("--version")).toBe("1.2.3\n");
  });

  it("uses every option in some command", () => {
    const used = new Set<string>(Object.values(COMMANDS).flatMap((c) => [...c.options]));
    expect(Object.keys(OPTIONS).filter((key) => !used.has(key))).toEqual([]);
  });
});

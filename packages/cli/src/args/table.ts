// The table of all commands and options. Parser, help and types are made from it; nothing is said twice.
import type { OptionValue } from "./spec.js";

/** Options of single commands. */
export const OPTIONS = {
  from: {
    kind: "choice",
    value: "FORMAT",
    choices: ["keras", "onnx", "torch", "safetensors"],
    help: "format of the model, whatever its name",
  },
  to: {
    kind: "choice",
    value: "FORMAT",
    choices: ["onnx", "keras", "torch"],
    help: "format to write, whatever its name",
  },
  model: {
    kind: "text",
    value: "FILE[#EXPORT]",
    help: "architecture of a file that holds only weights: your JavaScript module with an nn.Module class, or a .keras/.json file",
  },
  inputShape: {
    kind: "text",
    value: "SHAPES",
    help: "shapes of the random inputs of a check or measurement: 4,3,32,32 or x=1,3,32,32;ids=1,16:int64; with --model, the inputs that the class is traced with, where the first axis becomes dynamic",
  },
  static: { kind: "flag", help: "with --model: keep the first axis of --input-shape as it is" },
  opset: { kind: "integer", value: "N", min: 13, max: 28, help: "ONNX operator set to write (default 20)" },
  tolerance: {
    kind: "number",
    value: "X",
    above: 0,
    help: "largest difference allowed, as a part of the largest output (default 1e-4)",
  },
  seed: {
    kind: "integer",
    value: "N",
    min: 0,
    max: 4294967295,
    help: "seed of the random inputs (default 0)",
  },
  input: { kind: "text", value: "FILE", help: "safetensors file with the inputs" },
  output: { kind: "text", value: "FILE", help: "safetensors file to write the outputs to" },
  backend: {
    kind: "text",
    value: "NAME",
    help: "where to compute: cpu (default), reference, or a backend that you installed: a package, a file or a file: URL",
  },
  level: {
    kind: "choice",
    value: "LEVEL",
    choices: ["L0", "L1", "L2", "L3", "L4"],
    help: "how far to go: memory, ops, gradients, composites, models (default L3)",
  },
  only: {
    kind: "text",
    value: "CASES",
    help: "run only these cases: ids, or beginnings ending in *, separated by semicolons, e.g. 'L1/add/*;L1/mul/*'",
  },
  export: {
    kind: "text",
    value: "NAME",
    help: "the export of the module that makes the backend (default: the only one that does)",
  },
  options: {
    kind: "text",
    value: "JSON",
    help: "an object that the backend is made with, e.g. '{\"threads\":2}'",
  },
  out: {
    kind: "text",
    value: "FILE",
    help: "write the report there as JSON: of bench what the benchmark app imports, of backend check conformance.json, or as .md its matrix",
  },
  force: {
    kind: "flag",
    help: "write into a folder that holds other files, and over weights beside a .py file",
  },
  dryRun: { kind: "flag", help: "write nothing; list everything that cannot be converted" },
  all: { kind: "flag", help: "list every layer and tensor" },
  suite: {
    kind: "text",
    value: "NAMES",
    help: "what to measure, comma-separated: ops, models, training (default: all; with a model file: none)",
  },
  backends: {
    kind: "text",
    flag: "backend",
    value: "NAMES",
    help: "where, comma-separated: cpu, reference, webgpu, or the path or package of a JavaScript module that exports a backend, which is then run (default cpu)",
  },
  threads: {
    kind: "text",
    value: "N",
    help: "threads of cpu; several numbers, comma-separated, are compared (default: 1 and all, at most 4)",
  },
  quick: { kind: "flag", help: "small sizes and little time: whether everything works, not how fast" },
} as const;

/** Options of every command. */
export const GLOBAL_OPTIONS = {
  json: { kind: "flag", help: "print the result as one JSON object (schema isoform/1)" },
  quiet: { kind: "flag", help: "print the result only, no progress and no remarks" },
  noColor: { kind: "flag", help: "never use colours (NO_COLOR and FORCE_COLOR work too)" },
  debug: { kind: "flag", help: "print stack traces of errors" },
} as const;

/** All commands. */
export const COMMANDS = {
  inspect: {
    summary: "shows what a model file holds",
    arguments: [{ name: "model", help: "model or weights file" }],
    options: ["from", "model", "inputShape", "static", "all"],
    required: [],
    examples: ["isoform inspect model.keras", "isoform inspect weights.pth --json"],
    notes: ["models"],
  },
  convert: {
    summary: "converts a model, checks the result against the source, and only then writes it",
    arguments: [
      { name: "in", help: "model to read" },
      { name: "out", help: ".onnx or .keras file; a folder or .py file means a PyTorch program" },
    ],
    options: [
      "from",
      "model",
      "inputShape",
      "static",
      "to",
      "opset",
      "tolerance",
      "seed",
      "input",
      "backend",
      "force",
      "dryRun",
    ],
    required: [],
    examples: [
      "isoform convert model.keras model.onnx",
      "isoform convert model.onnx model_torch/",
      "isoform convert resnet20.th resnet20.onnx --model resnet20.js#ResNet20 --input-shape 4,3,32,32",
    ],
    notes: ["models", "replacing"],
  },
  run: {
    summary: "runs a model on given inputs",
    arguments: [{ name: "model", help: "model to run" }],
    options: ["from", "model", "inputShape", "static", "input", "output", "backend"],
    required: ["input"],
    examples: ["isoform run model.onnx --input in.safetensors --output out.safetensors"],
    notes: ["tensors", "models"],
  },
  verify: {
    summary: "runs two models on the same inputs and compares them",
    arguments: [
      { name: "a", help: "model" },
      { name: "b", help: "model that should compute the same" },
    ],
    options: ["from", "model", "inputShape", "static", "input", "seed", "tolerance", "backend"],
    required: [],
    examples: [
      "isoform verify model.keras model.onnx",
      "isoform verify a.onnx b.onnx --input in.safetensors",
    ],
    notes: ["both", "tensors", "models"],
  },
  "backend check": {
    summary: "runs the conformance suite on a backend and shows what it can do, by op and dtype",
    arguments: [
      {
        name: "module",
        help: "cpu, reference, or the module of a backend: a package, a file, a folder or a file: URL",
      },
    ],
    options: ["level", "only", "export", "options", "out"],
    required: [],
    examples: [
      "isoform backend check cpu --level L4",
      "isoform backend check . --out conformance.json",
      "isoform backend check @acme/backend-metal --export metal --only 'L1/add/*'",
    ],
    notes: ["backends"],
  },
  bench: {
    summary: "measures backends, and compares every result with the reference's",
    arguments: [{ name: "file", optional: true, help: "model to measure on random inputs" }],
    options: ["suite", "backends", "threads", "quick", "out", "from", "model", "inputShape", "static"],
    required: [],
    examples: [
      "isoform bench --quick",
      "isoform bench --suite ops,training --backend cpu,reference --threads 1,2 --out run.json",
      "isoform bench model.onnx",
    ],
    notes: ["bench", "models"],
  },
  doctor: {
    summary: "tells which backends work here, and why the others do not",
    arguments: [],
    options: [],
    required: [],
    examples: ["isoform doctor"],
    notes: [],
  },
} as const;

/** What commands of two words have in common, by the first. */
export const GROUPS = {
  backend: "tests backends",
} as const;

/** Paragraphs of the help, by name. */
export const NOTES: Readonly<Record<string, string>> = {
  models:
    "Models: .keras, .h5/.hdf5, .onnx, a folder or .py written by isoform (PyTorch program). Weights alone (.pt, .pth, " +
    ".th, .bin, .safetensors, weights-only .h5) need --model. Only a module that you name with --model is ever run; " +
    "nothing inside a model file is.",
  replacing:
    "A file that is there is replaced, but never one that is read. A folder that is not empty, and the weights beside a .py " +
    "file, are replaced only if isoform wrote the program, or with --force.",
  tensors:
    "Tensors are named as the model's inputs and outputs; one input may have any name. If a file has names that begin " +
    "with `input.`, those tensors are taken and the others left out.",
  backends:
    "The module is imported and run: it is code that you name. It exports a backend, or a function that makes one.",
  bench:
    "Every case runs on a backend that was just started: the first run has its compilation in it. The time is the median " +
    "of batches; bars are logarithmic. Exit 5 when a result differs from the reference, 3 when a backend cannot run here.",
  both: "--from, --model and --input-shape are for both models.",
};

/** Name of a command. */
export type CommandName = keyof typeof COMMANDS;
/** Options of every command, parsed. */
export type GlobalValues = { readonly [K in keyof typeof GLOBAL_OPTIONS]: boolean };
/** Options of one command, parsed. */
export type Values<C extends CommandName> = GlobalValues & {
  readonly [K in (typeof COMMANDS)[C]["options"][number]]: OptionValue<(typeof OPTIONS)[K]>;
};
/** Arguments of one command by name. */
export type Arguments<C extends CommandName> = {
  readonly [A in (typeof COMMANDS)[C]["arguments"][number] as A["name"]]: A extends {
    readonly optional: true;
  }
    ? string | undefined
    : string;
};

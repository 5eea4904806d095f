// Errors of the library and of the system as a user of the command can act on them: hints that name options of functions are
// replaced by ones that name options of the command.
import { IsoformError, type ErrorInfo } from "@isoform/core";
import { COMMANDS } from "./args/table.js";
import { fileError, systemCode } from "./files/paths.js";
import { formatInputShapes } from "./models/input-shape.js";

/**
 * The error as the command shows it; of the same class, with another hint where the library's is about code.
 * @param command The command that failed, or null when it was not told from the words.
 */
export function forCommandLine(error: unknown, command: string | null): unknown {
  if (systemCode(error) !== undefined) return fileError(error, pathOf(error));
  if (!(error instanceof IsoformError)) return error;
  const hint = hintOf(error, command);
  if (hint === undefined) return error;
  const Same = error.constructor as new (problem: string, info: ErrorInfo) => IsoformError;
  return new Same(error.problem, { ...error, hint, cause: error.cause });
}

function pathOf(error: unknown): string {
  return error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : "a file";
}

/** Hints about options of functions, by what they name, and what they are for a user of the command. */
const REWORDED: readonly (readonly [pattern: RegExp, say: (named: string) => string])[] = [
  [
    /\blimits(?:: \{ |\.)(\w+)/,
    (limit) =>
      "the command's limits are fixed; if you trust the file, read it in a program of yours: the readers of " +
      `@isoform/converter take { limits: { ${limit}: … } }`,
  ],
  [
    /\{ key: ("[^"]*")/,
    (key) =>
      "save the entry that holds the weights alone, in Python: " +
      `torch.save(torch.load("checkpoint.pt")[${key === '"…"' ? '"state_dict"' : key}], "weights.pt")`,
  ],
  [
    /the option customLayers/,
    () =>
      "the command knows the layers of Keras; in a program of yours importKeras of @isoform/converter takes what others " +
      "compute: { customLayers }, by class name",
  ],
  [/pass `opset`/, () => "a newer operator set may have them: --opset, up to 28"],
];

function hintOf(error: IsoformError, command: string | null): string | undefined {
  for (const [pattern, say] of REWORDED) {
    const found = pattern.exec(error.hint ?? "");
    if (found) return say(found[1] ?? "");
  }
  if (error.code !== "verify/random-inputs") return undefined;
  const shapes = `--input-shape '${formatInputShapes(shapesOf(error.attrs?.["shapes"]))}' with sizes that it takes`;
  return takesInput(command)
    ? `give inputs that the model takes, --input FILE (safetensors), or ${shapes}`
    : `say what shapes the model takes: ${shapes}`;
}

function takesInput(command: string | null): boolean {
  const specs: Readonly<Record<string, { readonly options: readonly string[] }>> = COMMANDS;
  return command !== null && specs[command]?.options.includes("input") === true;
}

function shapesOf(value: unknown): Record<string, readonly number[]> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, shape]: [string, unknown]) => [
      name,
      Array.isArray(shape) ? shape.map(Number) : [],
    ]),
  );
}

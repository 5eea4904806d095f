// From words to a typed command line, by commander, which is set up from the table.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { EXIT, UsageError } from "../errors.js";
import { kebab, type CommandSpec, type OptionSpec } from "./spec.js";
import {
  COMMANDS,
  GLOBAL_OPTIONS,
  GROUPS,
  NOTES,
  OPTIONS,
  type Arguments,
  type CommandName,
  type Values,
} from "./table.js";

/** A parsed command line. */
export type CommandLine = {
  readonly [C in CommandName]: {
    readonly command: C;
    readonly args: Arguments<C>;
    readonly options: Values<C>;
  };
}[CommandName];

/** What parsing led to: a command to run, or text that was asked for (help, version). */
export type Parsed =
  | { readonly kind: "command"; readonly line: CommandLine }
  | { readonly kind: "text"; readonly text: string };

const TABLE: Readonly<Record<string, OptionSpec>> = { ...OPTIONS, ...GLOBAL_OPTIONS };

function makeOption(key: string, spec: OptionSpec, required: boolean): Option {
  const flag = `--${spec.flag ?? kebab(key)}`;
  const option = new Option(spec.kind === "flag" ? flag : `${flag} <${spec.value}>`, spec.help);
  if (spec.kind === "choice") option.choices([...spec.choices]);
  if (spec.kind === "integer" || spec.kind === "number") option.argParser((text) => readNumber(text, spec));
  return option.makeOptionMandatory(required);
}

function readNumber(text: string, spec: OptionSpec & { readonly kind: "integer" | "number" }): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (spec.kind === "number") {
    if (value > spec.above && Number.isFinite(value)) return value;
    throw new InvalidArgumentError(`Expected a number above ${spec.above}.`);
  }
  if (Number.isInteger(value) && value >= spec.min && value <= spec.max) return value;
  throw new InvalidArgumentError(`Expected a whole number from ${spec.min} to ${spec.max}.`);
}

function makeProgram(version: string, found: (line: CommandLine) => void): Command {
  const program = new Command("isoform")
    .description("Inspects, converts, runs and verifies models of Keras, PyTorch and ONNX.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  for (const [key, spec] of Object.entries(GLOBAL_OPTIONS)) program.addOption(makeOption(key, spec, false));
  for (const name of Object.keys(COMMANDS))
    if (isCommand(name)) addCommand(groupOf(program, name), name, found);
  program.addHelpText(
    "after",
    "\nExit codes: 0 ok, 1 failure, 2 usage, 3 unsupported op or layer, 4 unsafe or malformed file,\n5 verification mismatch, 6 limit exceeded, 130 interrupted.",
  );
  return program;
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** Where a command belongs: `backend check` is `check` of `backend`. */
function groupOf(program: Command, name: CommandName): Command {
  const [group, own] = name.split(" ");
  if (group === undefined || own === undefined) return program;
  const there = program.commands.find((c) => c.name() === group);
  if (there) return there;
  const summaries: Readonly<Record<string, string>> = GROUPS;
  const made = program.command(group).description(summaries[group] ?? "");
  return made.helpOption("-h, --help", "print this help").exitOverride();
}

/** A command and all below it. */
function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}

function addCommand(program: Command, name: CommandName, found: (line: CommandLine) => void): void {
  const spec: CommandSpec = COMMANDS[name];
  const command = program.command(name.split(" ").at(-1)!).description(spec.summary);
  command.helpOption("-h, --help", "print this help").exitOverride();
  for (const { name, help, optional } of spec.arguments)
    command.argument(optional ? `[${name}]` : `<${name}>`, help);
  for (const key of spec.options) {
    const option = TABLE[key];
    if (option) command.addOption(makeOption(key, option, spec.required.includes(key)));
  }
  const examples = spec.examples.map((line) => `  $ ${line}`).join("\n");
  const notes = spec.notes.map((key) => `\n${wrap(NOTES[key] ?? "")}\n`).join("");
  command.addHelpText("after", `\nExamples:\n${examples}\n${notes}`.trimEnd());
  command.action(() => found(lineOf(name, command)));
}

/** The typed line. Sound because commander was set up from the very table that the types are read from. */
function lineOf(name: CommandName, command: Command): CommandLine {
  const given: Readonly<Record<string, unknown>> = command.optsWithGlobals();
  const keys = [...COMMANDS[name].options, ...Object.keys(GLOBAL_OPTIONS)];
  const options = Object.fromEntries(keys.map((key) => [key, valueOf(key, given)]));
  const args = Object.fromEntries(COMMANDS[name].arguments.map((a, i) => [a.name, command.args[i]]));
  const line: object = { command: name, args, options };
  return line as CommandLine;
}

function valueOf(key: string, given: Readonly<Record<string, unknown>>): unknown {
  // commander reads `--no-color` as the absence of `--color`.
  if (key === "noColor") return given["color"] === false;
  return given[TABLE[key]?.flag ?? key] ?? (TABLE[key]?.kind === "flag" ? false : undefined);
}

function wrap(text: string, width = 100): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

/**
 * Parses the words after `isoform`.
 * @throws {UsageError} naming the word that is wrong, with the nearest known one
 */
export async function parseArgs(argv: readonly string[], version: string): Promise<Parsed> {
  let line: CommandLine | undefined;
  let text = "";
  const program = makeProgram(version, (l) => (line = l));
  for (const command of family(program)) {
    command.configureOutput({
      writeOut: (s) => (text += s),
      writeErr: () => {},
      getOutHelpWidth: () => 100,
      getOutHasColors: () => false,
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.ok) return { kind: "text", text };
    throw usageError(unknownOption(error, argv, version) ?? error, argv, program);
  }
  return line ? { kind: "command", line } : { kind: "text", text: program.helpInformation() };
}

/** A mistyped flag explains why a mandatory one is missing: commander would only report the latter. */
function unknownOption(
  error: CommanderError,
  argv: readonly string[],
  version: string,
): CommanderError | null {
  if (error.code !== "commander.missingMandatoryOptionValue") return null;
  const lenient = makeProgram(version, () => {});
  for (const command of family(lenient)) {
    command.configureOutput({ writeErr: () => {} });
    for (const option of command.options) option.mandatory = false;
  }
  try {
    lenient.parse([...argv], { from: "user" });
  } catch (found) {
    if (found instanceof CommanderError && found.code === "commander.unknownOption") return found;
  }
  return null;
}

function usageError(error: CommanderError, argv: readonly string[], program: Command): UsageError {
  if (error.code === "commander.help") {
    return new UsageError("no command is given", {
      code: "usage/no-command",
      hint: `commands are ${Object.keys(COMMANDS).join(", ")}; isoform --help says more`,
    });
  }
  const [problem = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const near = /\(Did you mean (.*)\?\)/.exec(rest.join(" "))?.[1];
  const named = family(program).filter((c) => c !== program && argv.includes(c.name()));
  const help = ["isoform", ...named.map((c) => c.name()), "--help"].join(" ");
  return new UsageError(problem, {
    code: error.code.replace("commander.", "usage/"),
    hint: near ? `did you mean ${near}?` : `see ${help}`,
  });
}

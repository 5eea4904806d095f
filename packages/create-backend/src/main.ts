// The command `create-backend`: reads its words, writes the package, says what to do next.
import { relative } from "node:path";
import { createInterface } from "node:readline/promises";
import { ArgumentError, closest, IsoformError } from "@isoform/core";
import { createBackend, version, type CreatedBackend } from "./create.js";

/** Where `main` reads and writes; default: the process. */
export interface MainOptions {
  readonly stdout?: { write(text: string): unknown };
  readonly stderr?: { write(text: string): unknown };
  /** Asks for the name when it is not given; default: a question on the terminal, if there is one. */
  readonly ask?: ((question: string) => Promise<string>) | null;
}

const HELP = `Usage: npm create @isoform/backend NAME [-- options]

Writes the package of a new Isoform backend: memory that works, stubs for the 19 kernel families that say what to read
and which cases to run, and the conformance suite as its tests.

Arguments:
  NAME             name of the package, e.g. isoform-backend-metal or @acme/backend-metal

Options:
  --folder PATH    where to write (default: NAME without its scope); must not exist or be empty
  --json           print the result as one JSON object (schema isoform/1)
  -h, --help       print this help
  -V, --version    print the version

Exit codes: 0 ok, 1 failure, 2 usage.
`;

const OPTIONS = ["--folder", "--json", "--help", "--version"];

/** The command line itself is wrong. */
class UsageError extends ArgumentError {
  override name = "UsageError";
}

interface Line {
  readonly name: string | undefined;
  readonly folder: string | undefined;
  readonly json: boolean;
  readonly text: string | undefined;
}

/**
 * Runs the command with the words after its name and gives its exit code: 0 ok, 1 failure, 2 usage. Never throws for
 * what a user can cause; what the streams of `options` throw is passed on.
 */
export async function main(argv: readonly string[], options: MainOptions = {}): Promise<number> {
  const { stdout = process.stdout, stderr = process.stderr } = options;
  const ask = options.ask === undefined ? terminalQuestion() : options.ask;
  const json = argv.includes("--json");
  const print = (data: object): void =>
    void stdout.write(`${JSON.stringify({ schema: "isoform/1", command: "create-backend", ...data })}\n`);
  try {
    const line = parse(argv);
    if (line.text !== undefined) {
      stdout.write(line.text);
      return 0;
    }
    const name = line.name ?? (ask && !json ? (await ask("Name of the package: ")).trim() : undefined);
    if (!name)
      throw usage("no name is given", "name the package: npm create @isoform/backend isoform-backend-metal");
    const made = createBackend(line.folder === undefined ? { name } : { name, folder: line.folder });
    if (json) print({ ok: true, exit: 0, ...made });
    else stdout.write(nextSteps(made));
    return 0;
  } catch (error) {
    const exit = error instanceof UsageError ? 2 : 1;
    const known = error instanceof IsoformError;
    stderr.write(`error ${known ? `${error.name} [${error.code}] ${error.message}` : String(error)}\n`);
    const data = known ? error.toJSON() : { name: "Error", code: "internal", message: String(error) };
    if (json) print({ ok: false, exit, error: data });
    return exit;
  }
}

function parse(argv: readonly string[]): Line {
  let name: string | undefined;
  let folder: string | undefined;
  let text: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--help" || word === "-h") text = HELP;
    else if (word === "--version" || word === "-V") text = `${version()}\n`;
    else if (word === "--folder") {
      folder = argv[++i];
      if (folder === undefined || folder === "")
        throw usage("--folder needs a path", "e.g. --folder packages/metal");
    } else if (word === "--json") continue;
    else if (word.startsWith("-")) {
      const near = closest(word, OPTIONS);
      throw usage(`unknown option ${word}`, near ? `did you mean ${near}?` : "see --help");
    } else if (name === undefined) name = word;
    else throw usage(`one name is enough, got ${name} and ${word}`, "see --help");
  }
  return { name, folder, json: argv.includes("--json"), text };
}

function usage(problem: string, hint: string): UsageError {
  return new UsageError(problem, { code: "usage/create-backend", hint });
}

function terminalQuestion(): ((question: string) => Promise<string>) | null {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(question);
    } finally {
      terminal.close();
    }
  };
}

function nextSteps({ folder, package: name, factory }: CreatedBackend): string {
  const place = relative(process.cwd(), folder) || ".";
  return `${name} is in ${place}

  cd ${place}
  npm install
  npx vitest run test/fallback.test.ts         every op runs: the kernels that are missing, on the reference backend
  npx vitest run test/conformance.test.ts -t "there and back"   memory works already
  npx vitest run test/conformance.test.ts -t "L1/neg/"   the first kernel to write: unary in src/kernels.ts

It exports ${factory}(). README.md says in which order to go on.
`;
}

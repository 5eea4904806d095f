// Runs the `isoform` command in this process, with streams that keep what is written to them.
import { main } from "@isoform/cli";

/** What a call of the command left behind. */
export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The object of `--json`. @throws SyntaxError when stdout is anything but one JSON object */
  json(): Record<string, unknown>;
}

/** Options of `cli`. */
export interface CliOptions {
  readonly cwd?: string;
  /** Both streams are terminals. */
  readonly tty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Calls the command. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  let out = "";
  let err = "";
  const isTTY = options.tty ?? false;
  const code = await main(argv, {
    stdout: { write: (text) => (out += text), isTTY, columns: 80 },
    stderr: { write: (text) => (err += text), isTTY, columns: 80 },
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
}

// What the commands see of the world: two text streams, the environment, a folder. Tests inject their own.

/** Where text goes. Node's process streams fit. */
export interface TextSink {
  /** Takes text as it comes, line ends included; the result is not looked at. */
  write(text: string): unknown;
  /** True for a terminal: colours and moving progress are shown. Not one unless given. */
  readonly isTTY?: boolean | undefined;
  /** Width in characters; 80 unless given. */
  readonly columns?: number | undefined;
}

/** The surroundings of one call of `main`. */
export interface Host {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Environment variables; `NO_COLOR`, `FORCE_COLOR` and `TERM` are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** Fires when the user interrupts. */
  readonly signal: AbortSignal;
}

/** The process as a host; `overrides` replaces parts of it. */
export function processHost(signal: AbortSignal, overrides: Partial<Host> = {}): Host {
  return {
    stdout: overrides.stdout ?? process.stdout,
    stderr: overrides.stderr ?? process.stderr,
    env: overrides.env ?? process.env,
    cwd: overrides.cwd ?? process.cwd(),
    signal: overrides.signal ?? signal,
  };
}

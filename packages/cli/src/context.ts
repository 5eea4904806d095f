// What a command works with, and what it gives back; printing is done in one place, main.ts.
import type { ExitCode } from "./errors.js";
import type { OpenFiles } from "./files/input.js";
import type { Paint } from "./terminal/color.js";
import type { Host } from "./terminal/host.js";
import type { ShownProgress } from "./terminal/progress.js";

/** The tools of one command. */
export interface Context {
  readonly host: Host;
  readonly files: OpenFiles;
  /** Styles of the result text. */
  readonly paint: Paint;
  /** Takes progress of reading, converting, running, checking. */
  readonly onProgress: (event: ShownProgress) => void;
  /** Fires on interrupt. */
  readonly signal: AbortSignal;
}

/** The result of a command: as data for `--json`, as lines for people. */
export interface Report {
  readonly exit: ExitCode;
  readonly data: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** Said on stderr unless `--quiet`. */
  readonly remarks?: readonly string[];
}

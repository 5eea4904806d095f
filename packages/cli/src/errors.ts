// Exit codes, and how errors are shown. Every failure leaves one of these codes, whatever was thrown.
import {
  ArgumentError,
  IsoformError,
  LimitExceededError,
  ModelFormatError,
  UnsafeModelError,
  UnsupportedOpError,
  VerificationError,
} from "@isoform/core";
import { harmless } from "./terminal/text.js";

/** The exit codes of every command. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  unsupported: 3,
  badFile: 4,
  mismatch: 5,
  limit: 6,
  interrupted: 130,
} as const;
/** A code that a command ends with. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line itself is wrong. */
export class UsageError extends ArgumentError {
  override name = "UsageError";
}

/** The exit code of something that was thrown. */
export function exitCodeOf(error: unknown, signal?: AbortSignal): ExitCode {
  if (signal?.aborted === true) return EXIT.interrupted;
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnsupportedOpError) return EXIT.unsupported;
  if (error instanceof ModelFormatError || error instanceof UnsafeModelError) return EXIT.badFile;
  if (error instanceof VerificationError) return EXIT.mismatch;
  if (error instanceof LimitExceededError) return EXIT.limit;
  return EXIT.failure;
}

/** Plain data of an error for `--json`. Errors that are not Isoform's are called internal. */
export function errorData(error: unknown): Record<string, unknown> {
  if (error instanceof IsoformError) return error.toJSON();
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? error.name : "Error";
  return { name, code: fileCode(error) ?? "internal", message };
}

/** The text of an error: its class and code, the message with place and fix, and the stack if asked for. */
export function errorText(error: unknown, debug: boolean): string {
  const stack = debug && error instanceof Error ? `\n${error.stack ?? ""}${causes(error)}` : "";
  if (error instanceof IsoformError)
    return harmless(`${error.name} [${error.code}] ${error.message}`) + stack;
  const code = fileCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const advice =
    code === undefined && !debug
      ? "\n  Fix: this should not happen; run it again with --debug and report what it prints"
      : "";
  return harmless(message) + advice + stack;
}

function causes(error: Error): string {
  let text = "";
  for (
    let cause = error.cause, depth = 0;
    cause instanceof Error && depth < 8;
    cause = cause.cause, depth++
  ) {
    text += `\ncaused by: ${cause.stack ?? cause.message}`;
  }
  return text;
}

/** `file/enoent` and the like for errors of the operating system. */
function fileCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return `file/${String(error.code).toLowerCase()}`;
}

// The error of a kernel that failed.
import { IsoformError } from "@isoform/core";

/** What a failed call throws, on whatever thread it ran: an error of Isoform as it is, a trap with its reason. */
export function callError(error: unknown, name: string): Error {
  if (error instanceof IsoformError) return error;
  return new IsoformError(`a kernel failed: ${String(error)}`, {
    code: "backend/kernel-failed",
    backend: "cpu",
    attrs: { function: name },
    hint: "a defect: please report it with op and shapes",
    cause: error instanceof Error ? error : undefined,
  });
}

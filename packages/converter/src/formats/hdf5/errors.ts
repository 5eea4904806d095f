// The typed errors of the HDF5 reader and writer.
import { LimitExceededError, ModelFormatError, UnsafeModelError, UnsupportedOpError } from "@isoform/core";

/** A structure that is damaged or contradicts itself. */
export function malformed(problem: string, path: string, code = "hdf5/structure"): ModelFormatError {
  return new ModelFormatError(problem, {
    code,
    path,
    hint: "the file is damaged or was not written by an HDF5 library; save it again",
  });
}

/** A part of the HDF5 format that is not read here. */
export function unsupported(problem: string, path: string, code: string, hint: string): UnsupportedOpError {
  return new UnsupportedOpError(problem, { code, op: "HDF5", path, hint });
}

/** A reference that leaves the file or the tree of hard links. */
export function unsafe(problem: string, path: string, code: string): UnsafeModelError {
  return new UnsafeModelError(problem, {
    code,
    path,
    hint: "only data inside the file is read: save the model again without links or external data",
  });
}

/** More steps than any honest file of this size needs. */
export function tooMuchWork(path: string): LimitExceededError {
  return new LimitExceededError("the file needs more structural reads than its size allows", {
    code: "limit/hdf5-work",
    path,
    hint: "the file is damaged, or its groups refer to each other in circles",
  });
}

/**
 * What `run` gives. A file that is cut off or damaged inside the object at `path` is reported under that path; the place
 * in bytes stays behind it.
 */
export function within<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ModelFormatError) || error.path?.startsWith(path)) throw error;
    const { problem, code, hint } = error;
    const at = /@\d+$/.exec(error.path ?? "")?.[0] ?? "";
    throw new ModelFormatError(problem, { code, path: path + at, hint, cause: error });
  }
}

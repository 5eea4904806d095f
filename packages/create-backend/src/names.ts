// Names of a new backend: of its package, of the backend, and of the function that makes it.
import { ArgumentError } from "@isoform/core";

/** The three names. */
export interface BackendNames {
  /** `@acme/isoform-backend-metal` */
  readonly package: string;
  /** `metal`: what errors and reports call it. */
  readonly backend: string;
  /** `metal`: the exported function. */
  readonly factory: string;
}

/** Words that are no names of functions in a module. */
const RESERVED = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally " +
    "for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof var void while with yield eval arguments"
  ).split(" "),
);

/**
 * The names that belong to the name of a package: `@acme/isoform-backend-my-gpu` gives `my-gpu` and `myGpu`.
 * @throws {ArgumentError} when npm would not take the name, or no function can be named so
 */
export function namesOf(name: string): BackendNames {
  const match = /^(?:@[a-z0-9][a-z0-9._-]*\/)?([a-z0-9][a-z0-9._-]*)$/.exec(name);
  const own = match?.[1]?.replace(/^isoform-/, "").replace(/^backend-/, "");
  const factory = own?.replaceAll(/[._-]+(.?)/g, (_, c: string) => c.toUpperCase());
  if (!own || !factory || name.length > 214 || !/^[a-z]/.test(factory)) {
    throw new ArgumentError(`${JSON.stringify(name)} cannot be the name of a package`, {
      code: "create/name",
      op: "create-backend",
      hint: "use lower-case letters, digits and hyphens, with a letter first, e.g. isoform-backend-metal or @acme/backend-metal",
    });
  }
  return { package: name, backend: own, factory: RESERVED.has(factory) ? `${factory}Backend` : factory };
}

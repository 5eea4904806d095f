// Errors of core ops with what a layer knows: another text, or a path.
import { IsoformError } from "@isoform/core";

type Info = ConstructorParameters<typeof IsoformError>[1];
type Changes = Partial<Info> & { readonly problem?: string };

/** An error of the same class with other texts; what is not given stays. */
export function changed(error: IsoformError, changes: Changes): IsoformError {
  const { code, op, inputs, attrs, backend, hint, path, cause } = error;
  const { problem = error.problem, ...rest } = changes;
  const Class = error.constructor as new (problem: string, info: Info) => IsoformError;
  return new Class(problem, { code, op, inputs, attrs, backend, hint, path, cause, ...rest });
}

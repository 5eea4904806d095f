// Errors from inside a model say in which module they happened: class and dotted path. Built only when one is thrown.
import { IsoformError, type ErrorInfo } from "@isoform/core";

/** What is needed of a module here. */
interface Named {
  namedModules(): [string, object][];
}

/** Where an error came from; kept apart, since errors are immutable. */
const origins: WeakMap<IsoformError, object> = new WeakMap();

/**
 * The error with the class of the innermost module as its op, and that module's path below `module`. Called by every
 * module on the way out, so that the outermost one gives the whole path. Other errors pass unchanged.
 */
export function inModule(error: unknown, module: Named): unknown {
  if (!(error instanceof IsoformError)) return error;
  const origin = origins.get(error) ?? module;
  const path = module.namedModules().find(([, m]) => m === origin)?.[0] ?? "";
  const owner = origin.constructor.name;
  const { code, op, inputs, attrs, backend, hint, problem } = error;
  const Class = error.constructor as new (problem: string, info: ErrorInfo) => IsoformError;
  const cause: unknown = origins.has(error) ? error.cause : error;
  const place = path === "" ? error.path : path;
  const same = op === undefined || op.toLowerCase() === owner.toLowerCase() || op.startsWith(`${owner} `);
  const named = same ? owner : `${owner} (${op})`;
  const next = new Class(problem, { code, op: named, path: place, inputs, attrs, backend, hint, cause });
  origins.set(next, origin);
  return next;
}

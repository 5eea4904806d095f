// The state of a schedule as plain data with PyTorch's names: what is saved, how it is checked and taken over.
import * as core from "@isoform/core";

/** What a schedule's `stateDict` gives: numbers, texts and lists under PyTorch's names. */
export type SchedulerStateDict = Readonly<Record<string, unknown>>;

/** Settings of a schedule: PyTorch's name, and the property that holds it. */
export type Saved = Readonly<Record<string, string>>;

/** Names that PyTorch saves and that say nothing here. */
const IGNORED = new Set([
  "_step_count",
  "_is_initial",
  "_get_lr_called_within_step",
  "verbose",
  "_initial_step",
]);

/** The settings by PyTorch's names. */
export function readSaved(from: object, saved: Saved): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(saved).map(([name, key]) => [name, copied(Reflect.get(from, key))]),
  );
}

const copied = (v: unknown): unknown => (Array.isArray(v) ? [...(v as unknown[])] : v);

function fits(now: unknown, then: unknown): boolean {
  if (Array.isArray(now)) {
    return Array.isArray(then) && then.length === now.length && now.every((v, i) => fits(v, then[i]));
  }
  return typeof now === typeof then && !(typeof then === "number" && Number.isNaN(then));
}

/** @throws {ArgumentError} unless it is plain data by name */
export function requireState(owner: string, given: unknown): SchedulerStateDict {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return given as SchedulerStateDict;
  }
  throw new core.ArgumentError(`${core.shown(given)} is not the state of a schedule`, {
    code: "argument/state-dict",
    op: `${owner}.loadStateDict`,
    hint: "pass what stateDict() of a schedule of the same class gave",
  });
}

/**
 * Takes the settings over, all or none; names in `more` are for the schedule itself.
 * @throws {ArgumentError} for a name that is missing or unknown, or a value of another kind or number
 */
export function writeSaved(
  owner: string,
  to: object,
  given: SchedulerStateDict,
  saved: Saved,
  more: readonly string[] = [],
): void {
  const problems = [
    ...Object.keys(saved)
      .filter((name) => !Object.hasOwn(given, name))
      .map((name) => `there is no ${name}`),
    ...Object.keys(given)
      .filter((name) => !Object.hasOwn(saved, name) && !more.includes(name) && !IGNORED.has(name))
      .map((name) => `${name} is not known`),
    ...Object.entries(saved)
      .filter(([name, key]) => Object.hasOwn(given, name) && !fits(Reflect.get(to, key), given[name]))
      .map(
        ([name, key]) =>
          `${name} is ${core.shown(given[name])} instead of ${core.shown(Reflect.get(to, key))}`,
      ),
  ];
  if (problems.length > 0) {
    throw new core.ArgumentError(`the state does not fit:\n  ${problems.join("\n  ")}`, {
      code: "scheduler/state-dict",
      op: `${owner}.loadStateDict`,
      hint: "make the schedule of the class, and with the parameter groups, that it had when it was saved",
    });
  }
  for (const [name, key] of Object.entries(saved)) Reflect.set(to, key, copied(given[name]));
}

// Both APIs are called as in Python: every class they export can be made without `new`, except those one only extends.
import { keras, tf } from "@isoform/api-keras";
import * as apiTorch from "@isoform/api-torch";
import { expect, it } from "vitest";

/** Classes that are extended, or that functions make. */
const BASES = new Set([
  "Callback",
  "Cell",
  "Constraint",
  "Dataset",
  "Initializer",
  "IterableDataset",
  "KerasTensor",
  "LRScheduler",
  "Layer",
  "LearningRateSchedule",
  "Loss",
  "Metric",
  "Module",
  "Optimizer",
  "RandomInitializer",
  "Regularizer",
  "Tensor",
  "Wrapper",
]);

function classesOf(space: object, path: string, seen: Set<unknown> = new Set()): [string, string, object][] {
  return Object.entries(space).flatMap(([name, value]: [string, unknown]) => {
    if (value === null || seen.has(value)) return [];
    if (typeof value === "object") {
      seen.add(value);
      return classesOf(value, `${path}.${name}`, seen);
    }
    if (typeof value !== "function" || typeof value.prototype !== "object") return [];
    seen.add(value);
    return [[`${path}.${name}`, name, value] as [string, string, object]];
  });
}

const classes = [...classesOf({ keras, tf }, "api-keras"), ...classesOf(apiTorch, "api-torch")];

it("finds the classes", () => {
  expect(classes.length).toBeGreaterThan(300);
});

it.each(classes.filter(([, name]) => !BASES.has(name)))("%s", (_path, _name, Class) => {
  let message = "";
  try {
    Reflect.apply(Class as () => unknown, undefined, []);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).not.toContain("without 'new'");
});

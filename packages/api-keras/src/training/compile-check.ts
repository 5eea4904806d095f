// What the options of compile must be: what is wrong shows there and not at the first batch.
import { ArgumentError, shown } from "@isoform/core";
import { isObjectConfig } from "../config/object.js";
import { isOptions, unknownOption } from "../config/options.js";
import { integer, invalid, type Rule } from "../config/values.js";
import { isPlainObject } from "../engine/structure.js";
import * as losses from "../losses/index.js";
import * as metrics from "../metrics/index.js";

const FLAG: Rule = { test: (v) => typeof v === "boolean", hint: "use true or false" };
const isWeight = (v: unknown) => typeof v === "number" && Number.isFinite(v);
const PLAIN: Readonly<Record<string, Rule>> = {
  runEagerly: FLAG,
  autoScaleLoss: FLAG,
  jitCompile: { test: (v) => typeof v === "boolean" || v === "auto", hint: 'use true, false or "auto"' },
  stepsPerExecution: integer(1),
  lossWeights: {
    test: (v) =>
      v === null ||
      (Array.isArray(v) && v.every(isWeight)) ||
      (isPlainObject(v) && Object.values(v).every(isWeight)),
    hint: "pass one number per output, in an array or by the names of the outputs",
  },
};

/** Names whose meaning depends on the shapes of the first batch. */
const isChoice = (name: string, list: readonly string[]) => list.includes(name.toLowerCase());

/**
 * Checks names and values of the options of `compile`.
 * @throws {ArgumentError} when one is unknown or is none of what it stands for
 */
export function checkCompile(owner: string, options: object, known: readonly string[]): void {
  if (!isOptions(options) && !Array.isArray(options) && typeof options !== "string") {
    throw new ArgumentError(`the options are ${shown(options)}`, {
      code: "argument/options",
      op: owner,
      hint: 'pass options by name: { optimizer: "adam", loss: "mse" }',
    });
  }
  for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownOption(owner, key, known);
  const given = options as Readonly<Record<string, unknown>>;
  for (const [key, rule] of Object.entries(PLAIN)) {
    const value = given[key];
    if (value !== undefined && !rule.test(value)) throw invalid(owner, key, value, rule.hint);
  }
  checkLeaves("loss", given["loss"], (place, v) => checkLoss(owner, place, v));
  for (const key of ["metrics", "weightedMetrics"]) {
    const value = given[key] ?? null;
    if (value !== null && !Array.isArray(value) && (!isPlainObject(value) || isObjectConfig(value))) {
      const one = typeof value === "string" ? JSON.stringify(value) : "…";
      throw invalid(owner, key, value, `pass a list: { ${key}: [${one}] }`);
    }
    checkLeaves(key, value, (place, v) => checkMetric(owner, place, v));
  }
}

/** Calls `check` for everything in lists and objects by the names of outputs. */
function checkLeaves(place: string, value: unknown, check: (place: string, value: unknown) => void): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) value.forEach((v, i) => checkLeaves(`${place}[${i}]`, v, check));
  else if (isPlainObject(value) && !isObjectConfig(value))
    for (const [k, v] of Object.entries(value)) checkLeaves(`${place}.${k}`, v, check);
  else check(place, value);
}

function checkLoss(owner: string, place: string, value: unknown): void {
  if (typeof value === "string") {
    if (!isChoice(value, ["crossentropy", "ce"])) losses.get(value);
  } else if (typeof value !== "function" && !isObjectConfig(value))
    throw invalid(owner, place, value, 'pass a name such as "mse", an object of keras.losses or a function');
}

function checkMetric(owner: string, place: string, value: unknown): void {
  if (typeof value === "string") {
    if (!isChoice(value, ["accuracy", "acc"])) metrics.get(value).dispose();
  } else if (typeof value !== "function" && !isObjectConfig(value))
    throw invalid(
      owner,
      place,
      value,
      'pass a name such as "accuracy", an object of keras.metrics or a function',
    );
}

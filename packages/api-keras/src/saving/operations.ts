// Operations of functional models (`keras.ops` and operators) by the class names of configs.
import { ModelFormatError, closest } from "@isoform/core";
import { camelKeys, type Config } from "../config/object.js";
import { FunctionOperation } from "../engine/operation.js";
import * as ops from "../ops/index.js";
import { snakeToCamel } from "../names.js";
import { toSnakeCase } from "../session.js";

type AnyOp = (...args: unknown[]) => unknown;

/** Options that functions of keras.ops take by position, in order. */
const POSITIONAL: Readonly<Record<string, readonly string[]>> = {
  reshape: ["newshape"],
  expandDims: ["axis"],
  clip: ["xMin", "xMax"],
  cast: ["dtype"],
  split: ["indicesOrSections"],
  tile: ["repeats"],
  repeat: ["repeats"],
  swapaxes: ["axis1", "axis2"],
  moveaxis: ["source", "destination"],
  broadcastTo: ["shape"],
  oneHot: ["numClasses"],
  roll: ["shift"],
  pad: ["padWidth"],
  topK: ["k"],
};

/** An operation of its record. @throws ModelFormatError with the nearest known name */
export function operationFromConfig(className: string, config: Config, path: string): FunctionOperation {
  const name = snakeToCamel(toSnakeCase(className));
  const table: Readonly<Record<string, unknown>> = { ...ops };
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (typeof found !== "function") {
    const near = closest(name, Object.keys(table));
    throw new ModelFormatError(`unknown operation ${JSON.stringify(className)}`, {
      code: "keras/unknown-class",
      path,
      hint: near ? `nearest is keras.ops.${near}` : "replace it by a layer",
    });
  }
  const { name: own, dtype: _policy, ...rest } = camelKeys(config);
  if (name === "cast") rest["dtype"] = config["dtype"];
  const keys = POSITIONAL[name] ?? [];
  const given = keys.map((k) => rest[k]);
  const options = Object.fromEntries(
    Object.entries(rest).filter(([k, v]) => !keys.includes(k) && v !== null),
  );
  const tail = Object.keys(options).length > 0 ? [options] : [];
  const run: AnyOp = (...args) => Reflect.apply(found as AnyOp, undefined, [...args, ...given, ...tail]);
  return new FunctionOperation(className, rest, run, typeof own === "string" ? own : undefined);
}

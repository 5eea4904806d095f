// Checks of constructor arguments of modules: sizes and other required ones come first, the options after them.
import * as core from "@isoform/core";
import { checkOptions, checkValue, type Kind, type Kinds } from "../checks.js";

/** What a module class is called with. */
export interface Arguments {
  /** Required sizes by name, in order. */
  readonly sizes?: Readonly<Record<string, unknown>>;
  /** The smallest size; 0 by default. */
  readonly least?: 0 | 1;
  /** Further required arguments by name: value and kind. */
  readonly also?: Readonly<Record<string, readonly [value: unknown, kind: Kind]>>;
  readonly options?: object;
  /** Kinds of the options. */
  readonly known?: Kinds;
}

/** @throws {ArgumentError} naming the argument and how the class is called */
export function checkArguments(owner: string, given: Arguments): void {
  const { sizes = {}, least = 0, also = {}, options = {}, known = {} } = given;
  const names = [...Object.keys(sizes), ...Object.keys(also)];
  const optionNames = Object.keys(known);
  const call = `${owner}(${[...names, ...(optionNames.length ? [`{ ${optionNames.join(", ")} }`] : [])].join(", ")})`;
  for (const [name, value] of Object.entries(sizes)) {
    if (Number.isSafeInteger(value) && Number(value) >= least) continue;
    throw new core.ArgumentError(`${name} is ${value === undefined ? "missing" : core.shown(value)}`, {
      code: "argument/size",
      op: owner,
      hint: `use a ${least === 0 ? "non-negative" : "positive"} integer: ${call}`,
    });
  }
  for (const [name, [value, kind]] of Object.entries(also)) checkValue(owner, name, value, kind, call);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new core.ArgumentError(`the options are ${core.shown(options)}`, {
      code: "argument/options",
      op: owner,
      hint: `options go into one object: ${call}`,
    });
  }
  const wrong = Object.keys(options).find((key) => !optionNames.includes(key));
  const near = wrong === undefined ? undefined : core.closest(wrong, names);
  if (near === undefined) return checkOptions(owner, options, known);
  throw new core.ArgumentError(`unknown option ${JSON.stringify(wrong)}`, {
    code: "argument/unknown-option",
    op: owner,
    hint: `did you mean \`${near}\`? It comes before the options: ${call}`,
  });
}

// Checks of constructor arguments of modules: sizes that come first, and the options after them.
import * as core from "@isoform/core";

/** What a module class is called with. */
export interface Arguments {
  /** Required sizes by name, in order: non-negative integers. */
  readonly sizes: Readonly<Record<string, unknown>>;
  /** Names of further required arguments, checked elsewhere. */
  readonly also?: readonly string[];
  readonly options: object;
  /** Names of the options. */
  readonly known: readonly string[];
}

/** @throws {ArgumentError} naming the argument and how the class is called */
export function checkArguments(owner: string, { sizes, also = [], options, known }: Arguments): void {
  const names = [...Object.keys(sizes), ...also];
  const call = (): string =>
    `${owner}(${[...names, ...(known.length ? [`{ ${known.join(", ")} }`] : [])].join(", ")})`;
  for (const [name, value] of Object.entries(sizes)) {
    if (Number.isSafeInteger(value) && Number(value) >= 0) continue;
    throw new core.ArgumentError(`${name} is ${JSON.stringify(value) ?? "missing"}`, {
      code: "argument/size",
      op: owner,
      hint: `use a non-negative integer: ${call()}`,
    });
  }
  if (typeof options !== "object" || options === null) {
    throw new core.ArgumentError(`the options are ${JSON.stringify(options)}`, {
      code: "argument/options",
      op: owner,
      hint: `options go into one object: ${call()}`,
    });
  }
  const wrong = Object.keys(options).find((key) => !known.includes(key));
  if (wrong === undefined) return;
  const near = core.closest(wrong, names);
  if (near === undefined) return core.checkOptions(owner, options, known);
  throw new core.ArgumentError(`unknown option ${JSON.stringify(wrong)}`, {
    code: "argument/unknown-option",
    op: owner,
    hint: `did you mean \`${near}\`? It comes before the options: ${call()}`,
  });
}

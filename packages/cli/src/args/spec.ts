// How commands and options are described: the shape of the one table that feeds the parser and the help.

interface Base {
  /** One line for the help. */
  readonly help: string;
  /** Its word on the command line, where that is not its key: another command means something else by the word. */
  readonly flag?: string;
}
/** An option. Its name on the command line is the kebab-case of its key in the table. */
export type OptionSpec =
  | (Base & { readonly kind: "flag" })
  | (Base & { readonly kind: "text"; readonly value: string })
  | (Base & { readonly kind: "choice"; readonly value: string; readonly choices: readonly string[] })
  | (Base & { readonly kind: "integer"; readonly value: string; readonly min: number; readonly max: number })
  | (Base & { readonly kind: "number"; readonly value: string; readonly above: number });

/** What an option gives: false for a flag that is absent, undefined for other absent ones. */
export type OptionValue<S extends OptionSpec> = S extends { readonly kind: "flag" }
  ? boolean
  : S extends { readonly kind: "choice"; readonly choices: readonly (infer C)[] }
    ? C | undefined
    : S extends { readonly kind: "integer" | "number" }
      ? number | undefined
      : string | undefined;

/** A positional argument, required unless it says otherwise. */
export interface ArgumentSpec {
  readonly name: string;
  readonly optional?: true;
  readonly help: string;
}

/** A command. */
export interface CommandSpec {
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  /** Keys of the option table. */
  readonly options: readonly string[];
  /** Keys of options that must be given. */
  readonly required: readonly string[];
  readonly examples: readonly string[];
  /** Names of paragraphs below the options. */
  readonly notes: readonly string[];
}

/** `inputShape` → `input-shape`. */
export function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}

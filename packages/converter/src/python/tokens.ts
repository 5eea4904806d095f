// Tokens of one logical line of the Python subset.
import { ModelFormatError } from "@isoform/core";

/** A token with its place. */
export interface Token {
  readonly kind: "number" | "string" | "name" | "op" | "end";
  readonly text: string;
  readonly at: number;
}

const SPACE = /[ \t]+/y;
const NUMBER = /(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const OP = /\*\*|\/\/|==|!=|<=|>=|[-+*/%@&|^~<>=()[\]{},:.]/y;
const RULES = [
  [NUMBER, "number"],
  [STRING, "string"],
  [NAME, "name"],
  [OP, "op"],
] as const;

/** Splits text into tokens. @throws {ModelFormatError} at the first character that fits nothing */
export function tokenize(text: string, where: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  while (at < text.length) {
    SPACE.lastIndex = at;
    const space = SPACE.exec(text);
    if (space) {
      at += space[0].length;
      continue;
    }
    if (text[at] === "#") break;
    let matched = false;
    for (const [rule, kind] of RULES) {
      rule.lastIndex = at;
      const m = rule.exec(text);
      if (!m) continue;
      out.push({ kind, text: m[0], at });
      at += m[0].length;
      matched = true;
      break;
    }
    if (!matched) {
      throw new ModelFormatError(`unexpected ${JSON.stringify(text[at])}`, {
        code: "python/character",
        path: `${where}, column ${at + 1}`,
        hint: "only programs in the form that isoform writes can be read; nothing in the file is run",
      });
    }
  }
  out.push({ kind: "end", text: "", at });
  return out;
}

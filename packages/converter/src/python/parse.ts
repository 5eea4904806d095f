// Parser of expressions of the Python subset: precedence climbing. Never evaluates anything. What it gives is never deep:
// nesting and chains of calls, attributes and subscripts are limited, so that others may walk it by recursion; only the
// left operands of operators may form long chains, which are walked in loops.
import { ModelFormatError, LimitExceededError } from "@isoform/core";
import { PRECEDENCE, type BinaryOp, type Expr } from "./ast.js";
import { tokenize, type Token } from "./tokens.js";

const MAX_DEPTH = 100;

function isBinaryOp(text: string): text is BinaryOp {
  return Object.hasOwn(PRECEDENCE, text);
}

/**
 * Reads one expression that fills `text`.
 * @param where File and line, for messages.
 * @throws {ModelFormatError} (`python/syntax`, `python/character`) when the text is no such expression
 * @throws {LimitExceededError} (`limit/nesting`) when expressions nest deeper than 100, or calls, attributes
 * and subscripts are chained longer; sums and other operators may be of any length
 */
export function parseExpr(text: string, where: string): Expr {
  return new Parser(tokenize(text, where), where).whole();
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly where: string;
  private at = 0;
  private depth = 0;
  /** Levels below each expression; leaves are not listed. */
  private readonly heights: WeakMap<Expr, number> = new WeakMap();

  constructor(tokens: readonly Token[], where: string) {
    this.tokens = tokens;
    this.where = where;
  }

  whole(): Expr {
    const first = this.expr(0);
    const e = this.peek(",") ? this.restOfTuple(first) : first;
    if (this.next.kind !== "end") throw this.error(`unexpected ${JSON.stringify(this.next.text)}`);
    return e;
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }
  private peek(text: string): boolean {
    return this.next.kind === "op" && this.next.text === text;
  }
  private take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at++;
    return true;
  }
  private need(text: string): void {
    if (!this.take(text)) throw this.error(`expected ${JSON.stringify(text)}`);
  }
  private error(problem: string): ModelFormatError {
    return new ModelFormatError(problem, {
      code: "python/syntax",
      path: `${this.where}, column ${this.next.at + 1}`,
      hint: "only programs in the form that isoform writes can be read; nothing in the file is run",
    });
  }

  private tooDeep(): LimitExceededError {
    return new LimitExceededError(`expressions nest deeper than ${MAX_DEPTH}`, {
      code: "limit/nesting",
      path: `${this.where}, column ${this.next.at + 1}`,
      hint: "only programs in the form that isoform writes can be read: give parts of the expression names",
    });
  }

  /** `e` around `parts`; a part on the left of an operator is on the same level. */
  private around<E extends Expr>(e: E, parts: readonly Expr[], beside?: Expr): E {
    let height = beside ? (this.heights.get(beside) ?? 0) : 0;
    for (const part of parts) height = Math.max(height, 1 + (this.heights.get(part) ?? 0));
    if (height > MAX_DEPTH) throw this.tooDeep();
    this.heights.set(e, height);
    return e;
  }

  private expr(least: number): Expr {
    if (++this.depth > MAX_DEPTH) throw this.tooDeep();
    let left = this.unary();
    for (;;) {
      const op = this.next.kind === "op" ? this.next.text : "";
      if (!isBinaryOp(op) || PRECEDENCE[op] < least) break;
      this.at++;
      const right = this.expr(op === "**" ? PRECEDENCE[op] : PRECEDENCE[op] + 1);
      left = this.around({ kind: "binary", op, left, right }, [right], left);
    }
    this.depth--;
    return left;
  }

  private unary(): Expr {
    if (this.take("-")) {
      const operand = this.expr(7);
      return operand.kind === "number"
        ? { ...operand, value: -operand.value }
        : this.around({ kind: "unary", op: "-", operand }, [operand]);
    }
    if (this.take("~")) {
      const operand = this.expr(7);
      return this.around({ kind: "unary", op: "~", operand }, [operand]);
    }
    return this.postfix(this.atom());
  }

  private postfix(start: Expr): Expr {
    let e = start;
    for (;;) {
      if (this.take(".")) {
        if (this.next.kind !== "name") throw this.error("expected a name");
        e = this.around({ kind: "attribute", object: e, name: this.next.text }, [e]);
        this.at++;
      } else if (this.take("(")) e = this.call(e);
      else if (this.take("[")) {
        const items = this.items("]", () => this.sliceOrExpr());
        const at: Expr = items.length === 1 ? items[0]! : this.around({ kind: "tuple", items }, items);
        e = this.around({ kind: "index", object: e, index: at }, [e, at]);
      } else return e;
    }
  }

  private call(fn: Expr): Expr {
    const args: Expr[] = [];
    const kwargs = new Map<string, Expr>();
    while (!this.take(")")) {
      const ahead = this.tokens[this.at + 1];
      if (this.next.kind === "name" && ahead?.kind === "op" && ahead.text === "=") {
        const key = this.next.text;
        if (kwargs.has(key)) throw this.error(`${key} is given twice`);
        this.at += 2;
        kwargs.set(key, this.expr(0));
      } else args.push(this.expr(0));
      if (!this.peek(")")) this.need(",");
    }
    return (
      number(fn, args) ?? this.around({ kind: "call", fn, args, kwargs }, [fn, ...args, ...kwargs.values()])
    );
  }

  private sliceOrExpr(): Expr {
    const part = (): Expr | null =>
      this.peek(":") || this.peek("]") || this.peek(",") ? null : this.expr(0);
    const start = part();
    if (!this.take(":")) {
      if (start === null) throw this.error("expected an index");
      return start;
    }
    const stop = part();
    const step = this.take(":") ? part() : null;
    const given = [start, stop, step].filter((e) => e !== null);
    return this.around({ kind: "slice", start, stop, step }, given);
  }

  private items(close: string, item: () => Expr): Expr[] {
    const out: Expr[] = [];
    while (!this.take(close)) {
      out.push(item());
      if (!this.peek(close)) this.need(",");
    }
    return out;
  }

  private restOfTuple(first: Expr): Expr {
    const items = [first];
    while (this.take(",")) {
      if (this.next.kind === "end" || this.peek(")")) break;
      items.push(this.expr(0));
    }
    return this.around({ kind: "tuple", items }, items);
  }

  private atom(): Expr {
    const t = this.next;
    this.at++;
    switch (t.kind) {
      case "number":
        return { kind: "number", value: Number(t.text), float: /[.eE]/.test(t.text) };
      case "string":
        return { kind: "string", value: unquote(t.text) };
      case "name":
        if (t.text === "True" || t.text === "False") return { kind: "constant", value: t.text === "True" };
        if (t.text === "None") return { kind: "constant", value: null };
        return { kind: "name", name: t.text };
      case "op":
        if (t.text === "(") return this.group();
        if (t.text === "[") {
          const items = this.items("]", () => this.expr(0));
          return this.around({ kind: "list", items }, items);
        }
        if (t.text === "{") return this.dict();
    }
    this.at--;
    throw this.error(t.kind === "end" ? "the line ends too early" : `unexpected ${JSON.stringify(t.text)}`);
  }

  private group(): Expr {
    if (this.take(")")) return { kind: "tuple", items: [] };
    const first = this.expr(0);
    const e = this.peek(",") ? this.restOfTuple(first) : first;
    this.need(")");
    return e;
  }

  private dict(): Expr {
    const entries: [string, Expr][] = [];
    while (!this.take("}")) {
      const key = this.expr(0);
      if (key.kind !== "string") throw this.error("keys must be strings");
      this.need(":");
      entries.push([key.value, this.expr(0)]);
      if (!this.peek("}")) this.need(",");
    }
    return this.around(
      { kind: "dict", entries },
      entries.map(([, e]) => e),
    );
  }
}

/** `float("inf")` and its kin are numbers. */
function number(fn: Expr, args: readonly Expr[]): Expr | null {
  const [arg] = args;
  if (fn.kind !== "name" || fn.name !== "float" || args.length !== 1 || arg?.kind !== "string") return null;
  const value = { inf: Infinity, "-inf": -Infinity, nan: NaN }[arg.value];
  return value === undefined ? null : { kind: "number", value, float: true };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(u[0-9a-fA-F]{4}|.)/g, (_, c: string) => {
    if (c.length === 5) return String.fromCharCode(Number.parseInt(c.slice(1), 16));
    return ESCAPES.get(c) ?? `\\${c}`;
  });
}

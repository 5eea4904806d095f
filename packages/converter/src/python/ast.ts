// Expressions of the small part of Python that exported PyTorch programs use: literals, calls, attributes, indexing,
// arithmetic. Data only: nothing here runs anything.

/** An expression. */
export type Expr =
  | { readonly kind: "number"; readonly value: number; readonly float: boolean }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "constant"; readonly value: boolean | null }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly object: Expr; readonly name: string }
  | {
      readonly kind: "call";
      readonly fn: Expr;
      readonly args: readonly Expr[];
      readonly kwargs: ReadonlyMap<string, Expr>;
    }
  | { readonly kind: "tuple" | "list"; readonly items: readonly Expr[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [string, Expr])[] }
  | { readonly kind: "unary"; readonly op: "-" | "~"; readonly operand: Expr }
  | { readonly kind: "binary"; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "index"; readonly object: Expr; readonly index: Expr }
  | {
      readonly kind: "slice";
      readonly start: Expr | null;
      readonly stop: Expr | null;
      readonly step: Expr | null;
    };

/** Binary operators, by increasing precedence in `PRECEDENCE`. */
export type BinaryOp =
  | "|"
  | "^"
  | "&"
  | "=="
  | "<"
  | "<="
  | ">"
  | ">="
  | "!="
  | "+"
  | "-"
  | "*"
  | "/"
  | "@"
  | "//"
  | "%"
  | "**";

/** Binding strength of the binary operators, as in Python. */
export const PRECEDENCE: Readonly<Record<BinaryOp, number>> = {
  "==": 1,
  "!=": 1,
  "<": 1,
  "<=": 1,
  ">": 1,
  ">=": 1,
  "|": 2,
  "^": 3,
  "&": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "@": 6,
  "//": 6,
  "%": 6,
  "**": 8,
};

/** An integer. */
export const int = (value: number): Expr => ({ kind: "number", value, float: false });
/** A float; always printed with a point or exponent. */
export const float = (value: number): Expr => ({ kind: "number", value, float: true });
/** A float of a file's float32 attribute: 9.999999747378752e-6 is written as the 1e-05 that it was rounded from. */
export const float32 = (value: number): Expr => float(shortest(value));

/** The shortest decimal that rounds to the same float32; other numbers as they are. */
function shortest(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(candidate), value)) return candidate;
  }
  return value;
}
/** A string. */
export const str = (value: string): Expr => ({ kind: "string", value });
/** True, False or None. */
export const constant = (value: boolean | null): Expr => ({ kind: "constant", value });
/** A variable. */
export const name = (id: string): Expr => ({ kind: "name", name: id });
/** A tuple of integers: sizes, strides. */
export const ints = (values: readonly number[]): Expr => ({ kind: "tuple", items: values.map(int) });
/** A list of expressions. */
export const list = (items: readonly Expr[]): Expr => ({ kind: "list", items });
/** A tuple of expressions. */
export const tuple = (items: readonly Expr[]): Expr => ({ kind: "tuple", items });
/** `a.b.c` from text. */
export function dotted(path: string): Expr {
  const [first = "", ...rest] = path.split(".");
  return rest.reduce<Expr>((object, part) => ({ kind: "attribute", object, name: part }), name(first));
}
/** `fn(args, k=v)`; `fn` may be a dotted path. */
export function call(
  fn: string | Expr,
  args: readonly Expr[],
  kwargs: Readonly<Record<string, Expr>> = {},
): Expr {
  return {
    kind: "call",
    fn: typeof fn === "string" ? dotted(fn) : fn,
    args,
    kwargs: new Map(Object.entries(kwargs)),
  };
}
/** `object.name(args, k=v)`. */
export function method(
  object: Expr,
  id: string,
  args: readonly Expr[] = [],
  kwargs: Readonly<Record<string, Expr>> = {},
): Expr {
  return call({ kind: "attribute", object, name: id }, args, kwargs);
}
/** `left op right`. */
export const binary = (op: BinaryOp, left: Expr, right: Expr): Expr => ({ kind: "binary", op, left, right });
/** `object[index]`. */
export const index = (object: Expr, i: Expr): Expr => ({ kind: "index", object, index: i });

/** `a.b.c` of a chain of attributes on a name, or null. Never throws. */
export function dottedPath(e: Expr): string | null {
  const names: string[] = [];
  let at = e;
  for (; at.kind === "attribute"; at = at.object) names.push(at.name);
  return at.kind === "name" ? [at.name, ...names.toReversed()].join(".") : null;
}

// Python expressions as text, with only the parentheses that are needed.
import { PRECEDENCE, type Expr } from "./ast.js";

/** Python source of a number; floats keep a point or exponent. */
export function formatNumber(value: number, float: boolean): string {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return value > 0 ? 'float("inf")' : 'float("-inf")';
  if (!float) return String(value);
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Python source of a string literal. */
export function formatString(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const ATOM = 10;
const UNARY = 7;

function strength(e: Expr): number {
  if (e.kind === "binary") return PRECEDENCE[e.op];
  if (e.kind === "unary") return UNARY;
  if (e.kind === "number") return e.value < 0 || Object.is(e.value, -0) ? UNARY : ATOM - 1;
  return ATOM;
}

/** Python source of an expression. */
export function printExpr(e: Expr, least = 0): string {
  const text = print(e);
  return strength(e) < least ? `(${text})` : text;
}

function print(e: Expr): string {
  switch (e.kind) {
    case "number":
      return formatNumber(e.value, e.float);
    case "string":
      return formatString(e.value);
    case "constant":
      return e.value === null ? "None" : e.value ? "True" : "False";
    case "name":
      return e.name;
    case "attribute":
      return `${printExpr(e.object, ATOM)}.${e.name}`;
    case "call": {
      const kwargs = [...e.kwargs].map(([k, v]) => `${k}=${printExpr(v)}`);
      return `${printExpr(e.fn, ATOM)}(${[...e.args.map((a) => printExpr(a)), ...kwargs].join(", ")})`;
    }
    case "tuple":
      return e.items.length === 1
        ? `(${printExpr(e.items[0]!)},)`
        : `(${e.items.map((i) => printExpr(i)).join(", ")})`;
    case "list":
      return `[${e.items.map((i) => printExpr(i)).join(", ")}]`;
    case "dict":
      return `{${e.entries.map(([k, v]) => `${formatString(k)}: ${printExpr(v)}`).join(", ")}}`;
    case "unary":
      return `${e.op}${printExpr(e.operand, UNARY)}`;
    case "binary":
      return printBinary(e);
    case "index": {
      const inner =
        e.index.kind === "tuple" ? e.index.items.map((i) => printExpr(i)).join(", ") : printExpr(e.index);
      return `${printExpr(e.object, ATOM)}[${inner}]`;
    }
    case "slice": {
      const part = (x: Expr | null) => (x === null ? "" : printExpr(x));
      return `${part(e.start)}:${part(e.stop)}${e.step === null ? "" : `:${part(e.step)}`}`;
    }
    default:
      return e satisfies never;
  }
}

/** A loop over the left operands, since sums may be as long as a model has inputs. */
function printBinary(e: Extract<Expr, { kind: "binary" }>): string {
  const parts: string[] = [];
  let at = e;
  for (;;) {
    const p = PRECEDENCE[at.op];
    parts.push(` ${at.op} ${printExpr(at.right, p + 1)}`);
    const least: number = at.op === "**" ? p + 1 : p;
    const left: Expr = at.left;
    if (left.kind !== "binary" || strength(left) < least) {
      parts.push(printExpr(left, least));
      return parts.toReversed().join("");
    }
    at = left;
  }
}

// Python operators and indexing on tensors, sizes and numbers.
import { UnsupportedOpError } from "@isoform/core";
import type { IrOp } from "../../ir/ops/table.js";
import type { BinaryOp } from "../../python/ast.js";
import type { Evaluator, PyValue, Tables } from "./evaluate.js";

function arithmetic(op: IrOp, fold?: (a: number, b: number) => number) {
  return (e: Evaluator, a: PyValue, b: PyValue): PyValue => {
    if (a.kind === "number" && b.kind === "number" && fold) {
      return { kind: "number", value: fold(a.value, b.value), float: a.float || b.float };
    }
    return e.node(op, [e.operand(a, b), e.operand(b, a)], {});
  };
}

export const OPERATORS: Tables["operators"] = new Map<BinaryOp, ReturnType<typeof arithmetic>>([
  ["+", arithmetic("Add", (a, b) => a + b)],
  ["-", arithmetic("Sub", (a, b) => a - b)],
  ["*", arithmetic("Mul", (a, b) => a * b)],
  ["/", arithmetic("Div", (a, b) => a / b)],
  ["**", arithmetic("Pow", (a, b) => a ** b)],
  ["@", arithmetic("MatMul")],
  ["==", arithmetic("Equal")],
  ["<", arithmetic("Less")],
  ["<=", arithmetic("LessOrEqual")],
  [">", arithmetic("Greater")],
  [">=", arithmetic("GreaterOrEqual")],
]);

function bad(e: Evaluator, problem: string): UnsupportedOpError {
  return new UnsupportedOpError(problem, { code: "torch-program/index", path: e.wanted });
}

/** Upper end of a slice that is left open. */
export const OPEN_END: number = 2 ** 31 - 1;

/** `object[index]`. */
export function indexValue(e: Evaluator, object: PyValue, index: PyValue): PyValue {
  if (object.kind === "shape" && index.kind === "number")
    return { kind: "dim", of: object.of, axis: index.value };
  if (object.kind === "tuple" && index.kind === "number") {
    const found = object.items[index.value < 0 ? index.value + object.items.length : index.value];
    if (found) return found;
    throw bad(e, `no item ${index.value} in a tuple of ${object.items.length}`);
  }
  if (object.kind === "sequence") return indexValue(e, { kind: "tensor", value: object.build() }, index);
  if (object.kind !== "tensor") throw bad(e, `a ${object.kind} cannot be indexed`);
  return indexTensor(e, object, index.kind === "tuple" ? index.items : [index]);
}

function indexTensor(
  e: Evaluator,
  x: Extract<PyValue, { kind: "tensor" }>,
  items: readonly PyValue[],
): PyValue {
  const starts: number[] = [];
  const ends: number[] = [];
  const axes: number[] = [];
  const steps: number[] = [];
  const dropped: number[] = [];
  let gathered: { readonly axis: number; readonly indices: PyValue } | null = null;
  items.forEach((item, axis) => {
    if (item.kind === "slice") {
      const [start, stop, step] = [
        numberOr(e, item.start, 0),
        numberOr(e, item.stop, OPEN_END),
        numberOr(e, item.step, 1),
      ];
      if (start === 0 && stop === OPEN_END && step === 1) return;
      axes.push(axis);
      starts.push(start);
      ends.push(stop);
      steps.push(step);
    } else if (item.kind === "number") {
      axes.push(axis);
      starts.push(item.value);
      ends.push(item.value === -1 ? OPEN_END : item.value + 1);
      steps.push(1);
      dropped.push(axis);
    } else if (item.kind === "tensor" && gathered === null) gathered = { axis, indices: item };
    else throw bad(e, `cannot index with a ${item.kind}`);
  });
  let value = x.value;
  if (axes.length > 0) {
    const [s, t, a, p] = [starts, ends, axes, steps].map((l) => e.builder.ints(l));
    value = e.op("Slice", [value, s!, t!, a!, p!], {});
  }
  if (dropped.length > 0) value = e.op("Squeeze", [value, e.builder.ints(dropped)], {});
  const g = gathered as { readonly axis: number; readonly indices: PyValue } | null;
  if (g?.indices.kind === "tensor") value = e.op("Gather", [value, g.indices.value], { axis: g.axis });
  return { kind: "tensor", value };
}

function numberOr(e: Evaluator, v: PyValue, fallback: number): number {
  if (v.kind === "none") return fallback;
  if (v.kind === "number" && Number.isInteger(v.value)) return v.value;
  throw bad(e, "slice bounds must be integers");
}

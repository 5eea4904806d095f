// Parsing of einsum equations: labels per operand, with the ellipsis written out.
import { ArgumentError, shown } from "../../../errors.js";
import { shapeError } from "../../infer.js";
import type { TensorSpec } from "../../table.js";

/** One axis of an operand or the result: a letter, or `.` and the place in the ellipsis counted from its end. */
export type Label = string;

/** An equation fitted to operands. */
export interface EinsumPlan {
  readonly inputs: readonly (readonly Label[])[];
  readonly output: readonly Label[];
  readonly sizes: ReadonlyMap<Label, number>;
}

function bad(equation: string, problem: string, hint: string): ArgumentError {
  return new ArgumentError(`${shown(equation)}: ${problem}`, {
    code: "argument/equation",
    op: "einsum",
    hint,
  });
}

const ELLIPSIS = "...";

/** Letters of a term, the ellipsis as `null`. */
function letters(equation: string, term: string): (Label | null)[] {
  const out: (Label | null)[] = [];
  for (let i = 0; i < term.length;) {
    if (term.startsWith(ELLIPSIS, i)) {
      out.push(null);
      i += ELLIPSIS.length;
    } else if (/[A-Za-z]/.test(term[i]!)) out.push(term[i++]!);
    else throw bad(equation, `${shown(term[i])} is not a label`, "labels are letters, with ... for the rest");
  }
  if (out.filter((l) => l === null).length > 1)
    throw bad(equation, "a term has two ellipses", "use one per term");
  return out;
}

/** Labels with the ellipsis replaced by `count` numbered axes. */
function spelled(labels: readonly (Label | null)[], count: number): Label[] {
  const axes = Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);
  return labels.flatMap((l) => (l === null ? axes : [l]));
}

/**
 * The plan of an equation such as `"bij,bjk->bik"`. Without `->` the result has the labels that occur once,
 * in alphabetical order, after the ellipsis.
 * @throws {ArgumentError} when the equation is malformed, or has not one term per operand
 * @throws {ShapeError} when a term does not name an operand's axes, or a label has two sizes
 */
export function planEinsum(equation: string, operands: readonly TensorSpec[]): EinsumPlan {
  if (typeof equation !== "string") throw bad(shown(equation), "it is no text", 'write "inputs->output"');
  const [left, right, ...more] = equation.replaceAll(" ", "").split("->");
  if (more.length > 0) throw bad(equation, "there are two arrows", 'write "inputs->output"');
  const terms = left!.split(",").map((t) => letters(equation, t));
  if (terms.length !== operands.length) {
    throw bad(equation, `it has ${terms.length} terms for ${operands.length} tensors`, "one term per tensor");
  }
  const hidden = terms.map((t, i) => operands[i]!.shape.length - t.filter((l) => l !== null).length);
  terms.forEach((t, i) => {
    if (hidden[i]! >= 0 && (hidden[i] === 0 || t.includes(null))) return;
    const n = t.filter((l) => l !== null).length;
    throw shapeError(
      "einsum",
      `term ${i} of "${equation}" names ${n} axes`,
      operands,
      "name every axis, or use ...",
    );
  });
  const inputs = terms.map((t, i) => spelled(t, hidden[i]!));
  const widest = Math.max(0, ...terms.map((t, i) => (t.includes(null) ? hidden[i]! : 0)));
  const output = right === undefined ? implicit(terms, widest) : explicit(equation, right, terms, widest);
  return { inputs, output, sizes: sizesOf(equation, inputs, operands) };
}

function implicit(terms: readonly (readonly (Label | null)[])[], widest: number): Label[] {
  const all = terms.flat().filter((l) => l !== null);
  const once = all.filter((l) => all.indexOf(l) === all.lastIndexOf(l)).toSorted();
  return spelled([null, ...once], widest);
}

function explicit(
  equation: string,
  term: string,
  terms: readonly (readonly (Label | null)[])[],
  widest: number,
): Label[] {
  const labels = letters(equation, term);
  const known = new Set(terms.flat());
  for (const [i, l] of labels.entries()) {
    if (l !== null && !known.has(l))
      throw bad(equation, `${l} is not in any input`, "use the labels of the inputs");
    if (labels.indexOf(l) !== i)
      throw bad(equation, `${l} is twice in the output`, "name every output axis once");
  }
  if (widest > 0 && !labels.includes(null)) {
    throw bad(
      equation,
      "the output leaves out the ellipsis",
      "put ... in the output, or name the axes to sum them",
    );
  }
  return spelled(labels, widest);
}

function sizesOf(
  equation: string,
  inputs: readonly (readonly Label[])[],
  operands: readonly TensorSpec[],
): Map<Label, number> {
  const sizes = new Map<Label, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const n = operands[i]!.shape[axis]!;
      const known = sizes.get(label);
      if (known === undefined || known === 1) sizes.set(label, n);
      else if (n !== known && n !== 1) {
        const name = label.startsWith(".") ? "the ellipsis" : label;
        throw shapeError(
          "einsum",
          `${name} is ${known} and ${n} in "${equation}"`,
          operands,
          "a label has one size",
        );
      }
    });
  });
  return sizes;
}

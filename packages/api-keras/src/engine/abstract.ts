// Shapes of symbolic calls: the call is traced on tensors without data, twice with different sizes for unknown axes.
import * as core from "@isoform/core";
import { IsoformError, type TensorSpec } from "@isoform/core";
import { session, withCall } from "../session.js";
import { Tensor } from "../tensor/tensor.js";
import { changed } from "./errors.js";
import { KerasTensor, formatShape, isKerasTensor, type SymbolicShape } from "./keras-tensor.js";
import { isPlainObject, leaves, mapLeaves } from "./structure.js";

/** Two sizes that models hardly ever have: axes that differ between the two traces are unknown. */
const SIZES = [211, 223] as const;

const isTensor = (v: unknown): v is core.Tensor => v instanceof core.Tensor;

/**
 * What `fn` gives for symbolic arguments, as new symbolic tensors in the structure of its result.
 * Nothing is computed and no state changes. Errors of `fn` pass through.
 * @throws {ShapeError} when the number of results depends on an unknown axis
 */
export function inferSymbolic(
  fn: (args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>) => unknown,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  training = false,
): unknown {
  const inputs = [...new Set(leaves([args, kwargs], isKerasTensor))];
  const first = traceOnce(fn, args, kwargs, inputs, SIZES[0], training);
  const unknown = inputs.some((t) => t.shape.includes(null));
  const second = unknown ? traceOnce(fn, args, kwargs, inputs, SIZES[1], training) : first;
  if (first.specs.length !== second.specs.length) {
    throw new core.ShapeError("the number of results depends on an axis of unknown size", {
      code: "shape/unknown",
      op: "keras.Input",
      inputs: inputs.map((t) => `${t.dtype}[${formatShape(t.shape)}]`),
      hint: "give the input a fixed size along this axis",
    });
  }
  return rebuild(first.structure, (i) => {
    const [a, b] = [first.specs[i]!, second.specs[i]!];
    return new KerasTensor(merge(a.shape, b.shape), a.dtype);
  });
}

interface Traced {
  readonly structure: unknown;
  readonly specs: readonly TensorSpec[];
}

class Slot {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

function traceOnce(
  fn: (args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>) => unknown,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  inputs: readonly KerasTensor[],
  size: number,
  training: boolean,
): Traced {
  let structure: unknown = null;
  const specs = inputs.map((t): TensorSpec => ({ shape: t.shape.map((n) => n ?? size), dtype: t.dtype }));
  const context = { training, escaping: [], abstract: true, placeholder: size };
  const run = (...tensors: core.Tensor[]) =>
    core.scope(() => {
      const byInput = new Map(inputs.map((t, i) => [t, tensors[i]!]));
      const value = (t: KerasTensor) => byInput.get(t);
      const real = args.map((a) => mapLeaves(a, isKerasTensor, value));
      const options = mapLeaves(kwargs, isKerasTensor, value);
      const result = withCall(context, () => fn(real, isPlainObject(options) ? options : {}));
      const flat: core.Tensor[] = [];
      structure = mapLeaves(result, isTensor, (t) => {
        flat.push(t);
        return new Slot(flat.length - 1);
      });
      return flat;
    });
  try {
    const found = core.noGrad(() => core.inferSpecs(run, specs, { tensorClass: Tensor }));
    return { structure, specs: found };
  } catch (error) {
    throw inputs.some((t) => t.shape.includes(size)) ? error : withUnknown(error, size);
  }
}

/** The error with None for the size that stands for unknown axes. */
function withUnknown(error: unknown, size: number): unknown {
  if (!(error instanceof IsoformError)) return error;
  const stands = new RegExp(`\\b${size}\\b`, "g");
  const shape = (text: string) =>
    stands.test(text)
      ? text.replace(
          /\[([\d,]*)\]/g,
          (_, list: string) => `(${list.replace(stands, "None").split(",").join(", ")})`,
        )
      : text;
  const counts = (text: string) =>
    text.replace(/(\d+) elements/g, (whole, n: string) =>
      Number(n) % size === 0 ? `${Number(n) / size} elements per sample` : whole,
    );
  const { problem, hint = "", inputs } = error;
  return changed(error, {
    problem: shape(problem),
    hint: hint === "" ? undefined : counts(shape(hint)),
    inputs: inputs?.map(shape),
  });
}

function rebuild(structure: unknown, make: (index: number) => KerasTensor): unknown {
  return mapLeaves(
    structure,
    (v): v is Slot => v instanceof Slot,
    (s) => make(s.index),
  );
}

function merge(a: readonly number[], b: readonly number[]): SymbolicShape {
  return a.map((n, i) => (n === b[i] ? n : null));
}

/** A shape as layers see it in `build`: sizes that stand for unknown axes of a running abstract call become null. */
export function visibleShape(shape: SymbolicShape): SymbolicShape {
  const size = session.call?.placeholder ?? 0;
  return size === 0 ? shape : shape.map((n) => (n === size ? null : n));
}

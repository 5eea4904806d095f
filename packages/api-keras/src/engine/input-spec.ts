// Input specs: what a layer demands of the shapes of its inputs, checked before it runs.
import * as core from "@isoform/core";
import { formatShape, isKerasTensor, type SymbolicShape } from "./keras-tensor.js";

/** Demands on one input. Axes count from the end when negative. */
export interface InputSpec {
  readonly ndim?: number;
  readonly minNdim?: number;
  readonly maxNdim?: number;
  readonly axes?: Readonly<Record<number, number>>;
}

/** What the first argument of a call holds: one tensor, or a list of so many. */
export interface Takes {
  readonly one: boolean;
  readonly least: number;
  readonly most: number;
  readonly hint: string;
}

/** A list of `least` to `most` tensors. */
export function listOf(least: number, most: number): Takes {
  return { one: false, least, most, hint: "call the layer on an array: layer([a, b])" };
}
/** One tensor, or a list of up to `most`. */
export function oneOrList(most: number): Takes {
  return { one: true, least: 1, most, hint: "pass a tensor, or an array of tensors" };
}
const ONE: Takes = { one: true, least: 1, most: 0, hint: "call the layer on one tensor" };

/** @throws {ArgumentError} when the first argument of a call is not what the layer takes */
export function checkTakes(
  owner: string,
  takes: Takes | null,
  spec: InputSpec | readonly InputSpec[] | null,
  input: unknown,
): void {
  if (takes === null && (spec === null || Array.isArray(spec))) return;
  const { one, least, most, hint } = takes ?? ONE;
  const isTensor = (v: unknown) => v instanceof core.Tensor || isKerasTensor(v);
  if (one && isTensor(input)) return;
  const isList =
    Array.isArray(input) && input.length >= least && input.length <= most && input.every(isTensor);
  if (isList) return;
  const what = Array.isArray(input)
    ? `a list of ${input.length}`
    : isTensor(input)
      ? "one tensor"
      : "an object";
  const count = least === most ? `${least} ` : most === Infinity ? "" : `${least} or ${most} `;
  const problem = one ? `the input is ${what}` : `the input is not a list of ${count}tensors but ${what}`;
  throw new core.ArgumentError(problem, { code: "argument/not-a-list", op: owner, hint });
}
/** Throws unless `shape` meets `spec`. @throws {ShapeError} naming the layer */
export function checkInputSpec(owner: string, spec: InputSpec, shape: SymbolicShape): void {
  const rank = shape.length;
  const fail = (problem: string, hint: string): never => {
    throw new core.ShapeError(problem, {
      code: "shape/input-spec",
      op: owner,
      inputs: [`(${formatShape(shape)})`],
      hint,
    });
  };
  if (spec.ndim !== undefined && rank !== spec.ndim) {
    fail(`the input has ${rank} axes`, `pass an input with ${spec.ndim} axes, the batch axis included`);
  }
  if (spec.minNdim !== undefined && rank < spec.minNdim) {
    fail(
      `the input has ${rank} axes`,
      `pass an input with at least ${spec.minNdim} axes, the batch axis included`,
    );
  }
  if (spec.maxNdim !== undefined && rank > spec.maxNdim) {
    fail(`the input has ${rank} axes`, `pass an input with at most ${spec.maxNdim} axes`);
  }
  for (const [axis, size] of Object.entries(spec.axes ?? {})) {
    const found = shape.at(Number(axis));
    if (found !== null && found !== size) {
      fail(
        `axis ${axis} of the input has size ${String(found)}`,
        `the layer was built for size ${size} there`,
      );
    }
  }
}

/**
 * The size of an axis that a layer needs to know to make its weights.
 * @throws {ShapeError} when it is unknown
 * @throws {ArgumentError} when there is no such axis
 */
export function knownSize(owner: string, shape: SymbolicShape, axis: number): number {
  const size = shape[core.normalizeAxis(owner, axis, shape.length)];
  if (typeof size === "number") return size;
  throw new core.ShapeError(`the size of axis ${axis} of the input is unknown`, {
    code: "shape/unknown-axis",
    op: owner,
    inputs: [`(${formatShape(shape)})`],
    hint: "give that size in keras.Input, because weights depend on it",
  });
}

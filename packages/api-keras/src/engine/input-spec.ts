// Input specs: what a layer demands of the shapes of its inputs, checked before it runs.
import * as core from "@isoform/core";
import { formatShape, type SymbolicShape } from "./keras-tensor.js";

/** Demands on one input. Axes count from the end when negative. */
export interface InputSpec {
  readonly ndim?: number;
  readonly minNdim?: number;
  readonly maxNdim?: number;
  readonly axes?: Readonly<Record<number, number>>;
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
 */
export function knownSize(owner: string, shape: SymbolicShape, axis: number): number {
  const size = shape.at(axis);
  if (typeof size === "number") return size;
  throw new core.ShapeError(`the size of axis ${axis} of the input is unknown`, {
    code: "shape/unknown-axis",
    op: owner,
    inputs: [`(${formatShape(shape)})`],
    hint: "give that size in keras.Input, because weights depend on it",
  });
}

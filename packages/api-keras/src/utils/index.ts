// keras.utils.
import * as core from "@isoform/core";
import { shown } from "@isoform/core";
import { integer, invalid, requireValue } from "../config/values.js";
import { toTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { oneHot } from "../ops/indexing.js";

export { setRandomSeed } from "../random/seed.js";
export { isKerasTensor } from "../engine/keras-tensor.js";
export { customObjectScope, registerKerasSerializable } from "../config/custom.js";

function list<T>(values: Iterable<T>): T[] {
  if (values !== null && values !== undefined && Symbol.iterator in Object(values)) return [...values];
  throw new core.ArgumentError(`${shown(values)} is not iterable`, {
    code: "argument/invalid",
    op: "zip",
    hint: "pass two arrays",
  });
}

/**
 * Pairs of two lists, as Python's zip: ends with the shorter one.
 * @throws {ArgumentError} when an argument is not iterable
 * @see https://docs.python.org/3/library/functions.html#zip
 */
export function zip<A, B>(a: Iterable<A>, b: Iterable<B>): [A, B][] {
  const [first, second] = [list(a), list(b)];
  return first.slice(0, second.length).map((x, i) => [x, second[i]!]);
}

/**
 * Class numbers `[...]` (or `[..., 1]`) as one-hot float32 vectors `[..., classes]`; the number of classes is
 * one more than the largest when not given.
 * @throws {ArgumentError} when there are no labels and no number of classes, the labels are neither a tensor nor
 *   numbers, or one is a fraction or outside the classes (on devices that are read at once)
 * @throws {ShapeError} when the array is ragged
 * @see keras.utils.to_categorical
 */
export function toCategorical(x: TensorLike, numClasses?: number): Tensor {
  return core.scope(() => {
    const given = toTensor(x);
    const labels = core.cast(given, "int64");
    const flat =
      labels.rank > 1 && labels.shape.at(-1) === 1 ? core.reshape(labels, labels.shape.slice(0, -1)) : labels;
    if (numClasses !== undefined) requireValue("toCategorical", "numClasses", numClasses, integer(0));
    else if (flat.size === 0) {
      throw new core.ArgumentError("there are no labels", {
        code: "argument/missing",
        op: "toCategorical",
        hint: "pass the number of classes: toCategorical(x, numClasses)",
      });
    }
    const count = numClasses ?? Number(core.max(flat).itemSync()) + 1;
    if (count < 0) throw invalid("toCategorical", "the largest label", count - 1, "labels count from 0");
    checkWhole(given);
    core.countIndices("toCategorical", flat, count, { what: "the classes" });
    return oneHot(flat, count);
  });
}

/** @throws {ArgumentError} for labels that are no integers, on devices that are read at once */
function checkWhole(given: core.Tensor): void {
  if (given.dtype !== "float32" && given.dtype !== "float64") return;
  core.checkValues(given, (values) => {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isInteger(values[i]))
        throw invalid("toCategorical", "a label", values[i], "labels are integers from 0");
    }
  });
}

/**
 * x divided by its norm of order `order` (2) along an axis (−1); same shape, vectors of length 0 stay.
 * @throws {ArgumentError} when an option is unknown or the axis is out of range
 * @throws {DTypeError} when x is not of a float dtype
 * @throws {ShapeError} when an array is ragged
 * @see keras.utils.normalize
 */
export function normalize(
  x: TensorLike,
  options: { readonly axis?: number; readonly order?: number } = {},
): Tensor {
  core.checkOptions("utils.normalize", options, ["axis", "order"]);
  const { axis = -1, order = 2 } = options;
  return core.scope(() => {
    const t = toTensor(x);
    const n = core.norm(t, { p: order, axes: axis, keepDims: true });
    return toTensor(core.div(t, core.where(core.eq(n, 0), 1, n)));
  });
}

// swapaxes and moveaxis: the primitive transpose under NumPy's names, so a trace shows one transpose.
import { ArgumentError, shown } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis } from "../../infer.js";
import { transpose } from "../../prims/movement.js";

/**
 * x with two axes exchanged. A view.
 * @throws {ArgumentError} when one of the axes does not exist
 * @see numpy.swapaxes
 */
export function swapaxes(x: Tensor, a: number, b: number): Tensor {
  const [i, j] = [normalizeAxis("swapaxes", a, x.rank), normalizeAxis("swapaxes", b, x.rank)];
  return transpose(
    x,
    x.shape.map((_, k) => (k === i ? j : k === j ? i : k)),
  );
}

/**
 * x with the axes `source` moved to the places `destination`, the others in order. A view.
 * @throws {ArgumentError} when an axis does not exist or is named twice, or the lists differ in length
 * @see numpy.moveaxis
 */
export function moveaxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const places = (axes: number | readonly number[]) =>
    (typeof axes === "number" ? [axes] : axes).map((a) => normalizeAxis("moveaxis", a, x.rank));
  const [from, to] = [places(source), places(destination)];
  const distinct = new Set(from).size === from.length && new Set(to).size === to.length;
  if (from.length !== to.length || !distinct) {
    throw new ArgumentError(`${shown(source)} and ${shown(destination)} do not pair up`, {
      code: "argument/axis",
      op: "moveaxis",
      hint: "both need the same number of distinct axes",
    });
  }
  const rest = x.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const perm = x.shape.map((_, i) => {
    const at = to.indexOf(i);
    return at >= 0 ? from[at]! : rest.shift()!;
  });
  return transpose(x, perm);
}

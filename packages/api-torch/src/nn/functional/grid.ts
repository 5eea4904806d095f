// Sampling of images at given places in torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, FLAG, listOf, oneOf, POSITIVE } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** Options of `gridSample`. */
export interface GridSampleOptions {
  readonly mode?: "bilinear" | "nearest";
  /** What is outside: zeros, the edge values, or the image reflected. */
  readonly paddingMode?: "zeros" | "border" | "reflection";
  /** −1 and 1 are the centres of the outermost elements, instead of their outer edges. */
  readonly alignCorners?: boolean;
}
const GRID_SAMPLE = {
  mode: /* @__PURE__ */ oneOf("bilinear", "nearest"),
  paddingMode: /* @__PURE__ */ oneOf("zeros", "border", "reflection"),
  alignCorners: FLAG,
};

/** Places of −1 … 1 as places of elements, 0 … n − 1, moved inside where the padding mode says so. */
function places(v: CoreTensor, n: number, o: GridSampleOptions): CoreTensor {
  const { paddingMode = "zeros", alignCorners = false } = o;
  const shifted = core.add(v, 1);
  const at = alignCorners ? core.mul(shifted, (n - 1) / 2) : core.div(core.sub(core.mul(shifted, n), 1), 2);
  if (paddingMode === "zeros") return at;
  const inside = paddingMode === "border" ? at : reflected(at, n, alignCorners);
  return core.clip(inside, 0, n - 1);
}

function reflected(at: CoreTensor, n: number, alignCorners: boolean): CoreTensor {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? n - 1 : n;
  if (span === 0) return core.mul(at, 0);
  const far = core.abs(core.sub(at, low));
  const turns = core.floor(core.div(far, span));
  const extra = core.sub(far, core.mul(core.detach(turns), span));
  const even = core.eq(core.mod(core.detach(turns), 2), 0);
  return core.add(core.where(even, extra, core.sub(span, extra)), low);
}

/** Elements of `[N, C, H·W]` at integer places of shape `[N, P]` in floats; 0 outside: `[N, C, P]`. */
function elementsAt(
  flat: CoreTensor,
  y: CoreTensor,
  x: CoreTensor,
  [height, width]: readonly [number, number],
): CoreTensor {
  const within = (v: CoreTensor, n: number) => core.and(core.ge(v, 0), core.le(v, n - 1));
  const index = (v: CoreTensor, n: number) => core.cast(core.clip(v, 0, n - 1), "int32");
  const place = core.add(core.mul(index(y, height), width), index(x, width));
  const [n, c] = flat.shape as [number, number];
  const all = core.broadcastTo(core.unsqueeze(place, [1]), [n, c, place.shape[1]!]);
  const inside = core.unsqueeze(core.and(within(y, height), within(x, width)), [1]);
  return core.where(inside, core.gatherElements(flat, all, 2), 0);
}

/**
 * The image at the places of `grid`, x and y from −1 to 1: `([N, C, H, W], [N, H_out, W_out, 2])` ->
 * `[N, C, H_out, W_out]`. By default mode 'bilinear', paddingMode 'zeros', alignCorners false. PyTorch's 'bicubic' and
 * volumes are not there.
 * @throws {ShapeError} when the image or the grid has other axes, they differ in N, or a side of the image is 0.
 * @throws {DTypeError} when the image or the grid is not float.
 * @throws {ArgumentError} when an option or a mode is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.grid_sample, Jaderberg et al. 2015, https://arxiv.org/abs/1506.02025
 */
export function gridSample(input: CoreTensor, grid: CoreTensor, options: GridSampleOptions = {}): Tensor {
  checkTensors("gridSample", { input, grid });
  checkOptions("gridSample", options, GRID_SAMPLE);
  const [n, c, height, width] = input.shape as [number, number, number, number];
  if (
    input.rank !== 4 ||
    grid.rank !== 4 ||
    grid.shape[0] !== n ||
    grid.shape[3] !== 2 ||
    height * width === 0
  ) {
    const hint = "pass an image [N, C, H, W] and a grid [N, H_out, W_out, 2] of x and y";
    throw core.shapeError("gridSample", "the grid does not fit the image", [input, grid], hint);
  }
  core.requireFloat("gridSample", input);
  core.requireFloat("gridSample", grid);
  const [rows, columns] = [grid.shape[1]!, grid.shape[2]!];
  const axis = (i: number) =>
    core.reshape(core.cast(core.sliceAxis(grid, 3, i, i + 1), input.dtype), [n, rows * columns]);
  const [x, y] = [places(axis(0), width, options), places(axis(1), height, options)];
  const flat = core.reshape(input, [n, c, height * width]);
  const size = [height, width] as const;
  if (options.mode === "nearest") {
    const nearest = elementsAt(flat, core.round(core.detach(y)), core.round(core.detach(x)), size);
    return asTensor(core.reshape(nearest, [n, c, rows, columns]));
  }
  const [x0, y0] = [core.floor(core.detach(x)), core.floor(core.detach(y))];
  const [right, below] = [core.sub(x, x0), core.sub(y, y0)];
  const [left, above] = [core.sub(1, right), core.sub(1, below)];
  const [x1, y1] = [core.add(x0, 1), core.add(y0, 1)];
  const corner = (cy: CoreTensor, cx: CoreTensor, wy: CoreTensor, wx: CoreTensor) =>
    core.mul(elementsAt(flat, cy, cx, size), core.unsqueeze(core.mul(wy, wx), [1]));
  const sum = [
    corner(y0, x0, above, left),
    corner(y0, x1, above, right),
    corner(y1, x0, below, left),
    corner(y1, x1, below, right),
  ].reduce((a, b) => core.add(a, b));
  return asTensor(core.reshape(sum, [n, c, rows, columns]));
}

/**
 * The grid of an affine map of every image, for `gridSample`: theta `[N, 2, 3]` and `size` `[N, C, H, W]` ->
 * `[N, H, W, 2]`; `[N, 3, 4]` and `[N, C, D, H, W]` -> `[N, D, H, W, 3]`. `alignCorners` false by default.
 * @throws {ShapeError} when theta does not fit `size`.
 * @throws {DTypeError} when theta is not float.
 * @throws {ArgumentError} when `size` is not of 4 or 5 positive integers, or an option is unknown.
 * @throws {LifetimeError} when theta was disposed.
 * @see torch.nn.functional.affine_grid
 */
export function affineGrid(
  theta: CoreTensor,
  size: readonly number[],
  options: { readonly alignCorners?: boolean } = {},
): Tensor {
  checkTensors("affineGrid", { theta });
  const use = "4 or 5 positive integers: [N, C, H, W] or [N, C, D, H, W]";
  const sizes = listOf(POSITIVE, use);
  const is = (v: unknown) => sizes.is(v) && Array.isArray(v) && (v.length === 4 || v.length === 5);
  checkValue("affineGrid", "size", size, { is, use });
  checkOptions("affineGrid", options, { alignCorners: FLAG });
  core.requireFloat("affineGrid", theta);
  const spatial = size.slice(2);
  const n = spatial.length;
  if (!core.sameShape(theta.shape, [size[0]!, n, n + 1])) {
    const hint = `for this size it is [${size[0]}, ${n}, ${n + 1}]`;
    throw core.shapeError("affineGrid", "theta does not fit the size", [theta], hint);
  }
  // x is the last axis of the image, and the first number of a place.
  const line = (axis: number): CoreTensor => {
    const count = spatial[axis]!;
    const steps = core.cast(core.iota(spatial, axis, "int32"), theta.dtype);
    if (count === 1) return core.mul(steps, 0);
    const ends = options.alignCorners ? 1 : (count - 1) / count;
    return core.sub(core.mul(steps, (2 * ends) / (count - 1)), ends);
  };
  const axes = spatial.map((_, i) => line(n - 1 - i));
  const base = core.stack([...axes, core.ones(spatial, theta.dtype)], -1);
  const flat = core.reshape(base, [1, core.sizeOf(spatial), n + 1]);
  return asTensor(core.reshape(core.matmul(flat, core.swapLast(theta)), [size[0]!, ...spatial, n]));
}

// Strided views: offset, shape and strides in elements over one storage. Pure index arithmetic, no data.
import { ShapeError } from "../errors.js";

/** How a tensor lies in its storage. All numbers count elements. */
export interface View {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Number of elements of a shape; 1 for a scalar. Never throws. */
export function sizeOf(shape: readonly number[]): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i]!;
  return n;
}

/** Row-major strides of a shape, in elements: `[2,3,4]` gives `[12,4,1]`. Never throws. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/**
 * True when the view's elements lie in row-major order without gaps (the offset may be anything).
 * Never throws.
 */
export function isContiguous(view: View): boolean {
  let step = 1;
  for (let i = view.shape.length - 1; i >= 0; i--) {
    const n = view.shape[i]!;
    if (n !== 1 && view.strides[i] !== step) return n === 0 || sizeOf(view.shape) === 0;
    step *= n;
  }
  return true;
}

/** True when two shapes are equal. Never throws. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * View of the same elements with another shape, or null when strides cannot express it. The two shapes must
 * have as many elements.
 * @throws {ShapeError} when they have not
 * @see torch.Tensor.view
 */
export function reshapeView(view: View, shape: readonly number[]): View | null {
  const size = sizeOf(shape);
  if (size !== sizeOf(view.shape)) {
    throw new ShapeError(`[${view.shape.join(",")}] cannot become [${shape.join(",")}]`, {
      code: "shape/mismatch",
      op: "reshapeView",
      hint: "both shapes need the same number of elements",
    });
  }
  if (size === 0) return { shape, strides: rowMajor(shape), offset: view.offset };
  const oldShape: number[] = [];
  const oldStrides: number[] = [];
  for (let i = 0; i < view.shape.length; i++) {
    if (view.shape[i] === 1) continue;
    oldShape.push(view.shape[i]!);
    oldStrides.push(view.strides[i]!);
  }
  const strides = new Array<number>(shape.length);
  let oi = 0;
  let ni = 0;
  while (oi < oldShape.length) {
    let oj = oi + 1;
    let nj = ni;
    let oldSize = oldShape[oi]!;
    let newSize = 1;
    while (newSize !== oldSize || nj === ni) {
      if (newSize < oldSize || nj === ni) {
        newSize *= shape[nj]!;
        nj++;
      } else {
        oldSize *= oldShape[oj]!;
        oj++;
      }
    }
    for (let k = oi; k < oj - 1; k++) {
      if (oldStrides[k] !== oldStrides[k + 1]! * oldShape[k + 1]!) return null;
    }
    let step = oldStrides[oj - 1]!;
    for (let k = nj - 1; k >= ni; k--) {
      strides[k] = step;
      step *= shape[k]!;
    }
    oi = oj;
    ni = nj;
  }
  for (let k = ni; k < shape.length; k++) strides[k] = 1;
  return { shape, strides, offset: view.offset };
}

/** View with axes in the order `perm`, a permutation of all axes, which is not checked. Never throws. */
export function transposeView(view: View, perm: readonly number[]): View {
  return {
    shape: perm.map((p) => view.shape[p]!),
    strides: perm.map((p) => view.strides[p]!),
    offset: view.offset,
  };
}

/**
 * View broadcast to `shape` (right-aligned), repeated axes with stride 0. That the shapes fit is not checked.
 * Never throws.
 */
export function broadcastView(view: View, shape: readonly number[]): View {
  const lead = shape.length - view.shape.length;
  const strides = new Array<number>(shape.length);
  for (let i = 0; i < shape.length; i++) {
    strides[i] = i >= lead && view.shape[i - lead] === shape[i] ? view.strides[i - lead]! : 0;
  }
  return { shape, strides, offset: view.offset };
}

/**
 * View of `starts` to `ends` (exclusive) with positive `steps`, one entry per axis, within the axis; not
 * checked. Never throws.
 */
export function sliceView(
  view: View,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
): View {
  let offset = view.offset;
  const shape: number[] = [];
  const strides: number[] = [];
  for (let i = 0; i < view.shape.length; i++) {
    offset += starts[i]! * view.strides[i]!;
    shape.push(Math.max(0, Math.ceil((ends[i]! - starts[i]!) / steps[i]!)));
    strides.push(view.strides[i]! * steps[i]!);
  }
  return { shape, strides, offset };
}

/** View with `axes` reversed; axes are 0…rank−1, which is not checked. Never throws. */
export function flipView(view: View, axes: readonly number[]): View {
  let offset = view.offset;
  const strides = [...view.strides];
  for (const axis of axes) {
    offset += Math.max(0, view.shape[axis]! - 1) * view.strides[axis]!;
    strides[axis] = -view.strides[axis]!;
  }
  return { shape: view.shape, strides, offset };
}

/**
 * Broadcast shape of two shapes, `[3,1]` and `[2]` giving `[3,2]`, or null when they do not fit.
 * Never throws.
 * @see numpy.broadcast_shapes
 */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] | null {
  if (b.length === 0 || sameShape(a, b)) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return null;
    out[i] = x === 1 ? y : x;
  }
  return out;
}

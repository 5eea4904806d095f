// Functions whose result has a size that depends on the elements: these are read on the host.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { ANY, checkOptions, COUNT, FLAG } from "../checks.js";

const int64 = (values: readonly number[], shape: readonly number[] = [values.length]): CoreTensor =>
  core.tensor(BigInt64Array.from(values, BigInt), { shape });

/** Row-major places of what is not 0. */
function places(x: CoreTensor): number[] {
  const flags = core.cast(x, "bool").dataSync();
  const found: number[] = [];
  for (let i = 0; i < flags.length; i++) if (flags[i]) found.push(i);
  return found;
}

/** `torch.nonzero(x, as_tuple=True)`: one index tensor per axis; of a scalar as of [1]. */
export function nonzeroTuple(x: CoreTensor): CoreTensor[] {
  const shape = x.rank === 0 ? [1] : x.shape;
  const found = places(x);
  let step = x.size;
  return shape.map((n) => {
    step /= n;
    return int64(found.map((i) => Math.floor(i / step) % n));
  });
}

/** `torch.nonzero`: [count, rank]. */
export function nonzero(x: CoreTensor): CoreTensor {
  const found = places(x);
  const strides = x.shape.map((_, i) => x.shape.slice(i + 1).reduce((p, n) => p * n, 1));
  const rows = found.flatMap((i) => x.shape.map((n, d) => Math.floor(i / strides[d]!) % n));
  return int64(rows, [found.length, x.rank]);
}

/** `torch.masked_select`. */
export function maskedSelect(x: CoreTensor, mask: CoreTensor): CoreTensor {
  core.requireTensor("maskedSelect", mask, "mask");
  if (mask.dtype !== "bool") throw core.dtypeError("maskedSelect", [x, mask], "the mask must be bool");
  const shape = core.broadcastShapes(x.shape, mask.shape);
  if (shape === null) {
    const hint = "sizes must be equal or 1, counted from the last axis";
    throw core.shapeError("maskedSelect", "the mask does not fit", [x, mask], hint);
  }
  const taken = int64(places(core.broadcastTo(mask, shape)));
  return core.gather(core.reshape(core.broadcastTo(x, shape), [-1]), taken);
}

/** Options of `bincount`. */
export interface BincountOptions {
  /** What each element counts, of x's shape; without them the counts are int64. */
  readonly weights?: CoreTensor | null;
  /** The least size of the result, default 0. */
  readonly minlength?: number;
}

/** `torch.bincount`. */
export function bincount(x: CoreTensor, options: BincountOptions): CoreTensor {
  checkOptions("bincount", options, { weights: ANY, minlength: COUNT });
  core.requireInteger("bincount", x);
  if (x.rank !== 1) throw core.shapeError("bincount", "x must have one axis", [x], "flatten it first");
  const { weights = null, minlength = 0 } = options;
  if (weights !== null) {
    core.requireTensor("bincount", weights, "weights");
    if (!core.sameShape(weights.shape, x.shape))
      throw core.shapeError("bincount", "x and weights differ", [x, weights], "give one weight per element");
  }
  const values = core.numbersOf(x.dataSync());
  let size = minlength;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v < 0) throw core.indexError("bincount", v, size, x, "the counts");
    size = Math.max(size, v + 1);
  }
  const each =
    weights === null
      ? core.ones(x.shape, "int64")
      : weights.dtype === "float32"
        ? weights
        : core.cast(weights, "float64");
  return core.scatter(core.zeros([size], each.dtype), core.cast(x, "int64"), core.detach(each), {
    mode: "add",
  });
}

/** Options of `unique`. */
export interface UniqueOptions {
  /** The result is sorted in any case. */
  readonly sorted?: boolean;
  /** Adds, in x's shape, where each element is in the result. */
  readonly returnInverse?: boolean;
  /** Adds how often each is in x. */
  readonly returnCounts?: boolean;
  /** Not supported; null by default. */
  readonly dim?: number | null;
}

type Scalar = number | bigint | boolean;
const isNan = (v: Scalar): boolean => v !== v;
/** NaN is the greatest. */
const order = (a: Scalar, b: Scalar): number =>
  isNan(a) || isNan(b) ? Number(isNan(a)) - Number(isNan(b)) : a < b ? -1 : a > b ? 1 : 0;

/** `torch.unique` of the flattened tensor: [values, inverse?, counts?]. */
export function unique(x: CoreTensor, options: UniqueOptions): CoreTensor[] {
  checkOptions("unique", options, { sorted: FLAG, returnInverse: FLAG, returnCounts: FLAG, dim: ANY });
  const { returnInverse = false, returnCounts = false, dim = null } = options;
  if (dim !== null) {
    throw new core.UnsupportedOpError("unique slices along an axis are not supported", {
      code: "op/unsupported",
      op: "unique",
      hint: "leave dim out: the elements of the flattened tensor are compared",
    });
  }
  const [data, read] = [x.dataSync(), core.elementReader(x.dtype)];
  const values = Array.from({ length: data.length }, (_, i) => read(data, i));
  const sorted = values.map((_, i) => i).sort((i, j) => order(values[i]!, values[j]!) || i - j);
  const firsts: number[] = [];
  const counts: number[] = [];
  const inverse = new Array<number>(values.length).fill(0);
  sorted.forEach((at, i) => {
    // NaN equals nothing, itself included.
    const isNew = i === 0 || values[at] !== values[sorted[i - 1]!];
    if (isNew) firsts.push(at);
    counts[firsts.length - 1] = isNew ? 1 : counts.at(-1)! + 1;
    inverse[at] = firsts.length - 1;
  });
  const found = [core.gather(core.reshape(core.detach(x), [-1]), int64(firsts))];
  if (returnInverse) found.push(int64(inverse, x.shape));
  if (returnCounts) found.push(int64(counts));
  return found;
}

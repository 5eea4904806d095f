// Single ops as data: which op, which inputs, how much work. Engines build them in their own way.

/** An input: uniform numbers in ±`range`, or whole numbers from 0 to `below` - 1 as int32. */
export interface InputSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly seed: number;
  readonly range: number;
  /** Makes them indices. */
  readonly below?: number;
}

/** What an op does, beside its inputs in order. */
export type OpKind =
  | { readonly op: "matmul" }
  | { readonly op: "conv2d"; readonly groups: number; readonly padding: number; readonly stride: number }
  | { readonly op: "add" | "mul" | "exp" | "tanh" | "gelu" }
  | { readonly op: "softmax" | "layerNorm" }
  | { readonly op: "sum" | "max"; readonly axes: readonly number[] }
  | { readonly op: "transpose"; readonly perm: readonly number[] }
  | { readonly op: "gather" }
  | { readonly op: "attention" };

/** An op with its inputs. */
export type OpSpec = OpKind & {
  readonly title: string;
  readonly inputs: readonly InputSpec[];
  readonly flops: number | null;
  readonly bytes: number | null;
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
const by = (shape: readonly number[]): string => shape.join(" × ");
const input = (name: string, shape: readonly number[], seed: number, range = 1): InputSpec => ({
  name,
  shape,
  seed,
  range,
});
/** Bytes of float32 tensors. */
const bytesOf = (...shapes: readonly (readonly number[])[]): number =>
  shapes.reduce((n, s) => n + 4 * sizeOf(s), 0);

/** `batch` products of `[m, k]` and `[k, n]`; without a batch the tensors have two axes. */
export function matmul(m: number, k: number, n: number, batch?: number): OpSpec {
  const lead = batch === undefined ? [] : [batch];
  return {
    op: "matmul",
    title: by([...lead, m, k, n]),
    inputs: [input("a", [...lead, m, k], 1), input("b", [...lead, k, n], 2, 2 / Math.sqrt(k))],
    flops: 2 * (batch ?? 1) * m * k * n,
    bytes: null,
  };
}

/** Shape of a convolution: `size` × `size` pixels, "same" padding. */
export interface ConvShape {
  readonly batch: number;
  readonly channels: number;
  readonly out: number;
  readonly size: number;
  readonly kernel: 1 | 3;
  readonly depthwise?: boolean;
}

/** A convolution of NCHW images. */
export function conv2d({ batch, channels, out, size, kernel, depthwise = false }: ConvShape): OpSpec {
  const perGroup = depthwise ? 1 : channels;
  const fanIn = perGroup * kernel * kernel;
  return {
    op: "conv2d",
    groups: depthwise ? channels : 1,
    padding: (kernel - 1) / 2,
    stride: 1,
    title: `${kernel} × ${kernel}${depthwise ? " depthwise" : ""}, ${batch} × ${channels} → ${out} at ${size} × ${size}`,
    inputs: [
      input("x", [batch, channels, size, size], 3),
      input("w", [out, perGroup, kernel, kernel], 4, 2 / Math.sqrt(fanIn)),
    ],
    flops: 2 * batch * out * size * size * fanIn,
    bytes: null,
  };
}

/** An elementwise op on tensors of one shape. */
export function elementwise(op: "add" | "mul" | "exp" | "tanh" | "gelu", shape: readonly number[]): OpSpec {
  const two = op === "add" || op === "mul";
  return {
    op,
    title: `${op} ${by(shape)}`,
    inputs: [input("x", shape, 5, 4), ...(two ? [input("y", shape, 6, 4)] : [])],
    flops: null,
    bytes: bytesOf(shape, shape, ...(two ? [shape] : [])),
  };
}

/** Softmax or layer norm of the last axis. */
export function rows(op: "softmax" | "layerNorm", shape: readonly number[]): OpSpec {
  const last = shape.slice(-1);
  const parameters = op === "layerNorm" ? [input("scale", last, 8), input("bias", last, 9)] : [];
  return {
    op,
    title: by(shape),
    inputs: [input("x", shape, 7, 4), ...parameters],
    flops: null,
    bytes: bytesOf(shape, shape),
  };
}

/** A sum or maximum over axes. */
export function reduction(
  op: "sum" | "max",
  shape: readonly number[],
  axes: readonly number[],
  over: string,
): OpSpec {
  return {
    op,
    axes,
    title: `${op} of ${over}, ${by(shape)}`,
    inputs: [input("x", shape, 10)],
    flops: null,
    bytes: bytesOf(shape),
  };
}

/** A transpose that is written out. */
export function transpose(shape: readonly number[], perm: readonly number[]): OpSpec {
  return {
    op: "transpose",
    perm,
    title: `${by(shape)} to ${by(perm.map((p) => shape[p] ?? 1))}`,
    inputs: [input("x", shape, 11)],
    flops: null,
    bytes: bytesOf(shape, shape),
  };
}

/** `count` rows of a table `[rows, width]`. */
export function gather(rows: number, width: number, count: number): OpSpec {
  return {
    op: "gather",
    title: `${count} rows of ${by([rows, width])}`,
    inputs: [
      input("table", [rows, width], 12),
      { name: "indices", shape: [count], seed: 13, range: 0, below: rows },
    ],
    flops: null,
    bytes: bytesOf([count, width], [count, width]),
  };
}

/** Scaled dot-product attention of `heads` heads. */
export function attention(heads: number, length: number, width: number): OpSpec {
  const shape = [heads, length, width];
  return {
    op: "attention",
    title: `${heads} heads, ${length} tokens, width ${width}`,
    inputs: [input("q", shape, 14), input("k", shape, 15), input("v", shape, 16)],
    flops: 4 * heads * length * length * width,
    bytes: null,
  };
}

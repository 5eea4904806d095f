// The contract between core and a backend: 19 kernel families over strided views, memory, capabilities.
// Shapes, broadcasting, promotion and gradients are settled by core before a kernel is called.
import type { Graph } from "../ir/graph.js";
import type { DType } from "../tensor/dtype.js";

/** Version of this contract. A backend made for another major version is refused. */
export const BACKEND_CONTRACT = 1;

/** Elementwise functions of one argument. `round` is half-to-even; `not` is logical on bool, bitwise on integers. */
export const UNARY_FNS = [
  "neg",
  "abs",
  "sign",
  "exp",
  "expm1",
  "log",
  "log1p",
  "sqrt",
  "rsqrt",
  "sin",
  "cos",
  "atan",
  "tanh",
  "erf",
  "floor",
  "ceil",
  "round",
  "not",
] as const;
/** Name of an elementwise function of one argument. */
export type UnaryFn = (typeof UNARY_FNS)[number];

/**
 * Elementwise functions of two arguments of one dtype. Integer arithmetic wraps; integer `div` truncates toward
 * zero; `div` and `rem` by zero give 0; `rem` has the sign of the dividend (C `fmod`); a negative power gives the
 * truncated reciprocal; `pow` of floats is C's; `max`/`min` propagate NaN; `and`/`or`/`xor` are logical on bool,
 * bitwise on integers; `shr` is arithmetic on signed integers; shifts by less than 0 or by the width and more move
 * every bit out.
 */
export const BINARY_FNS = [
  "add",
  "sub",
  "mul",
  "div",
  "pow",
  "max",
  "min",
  "rem",
  "and",
  "or",
  "xor",
  "shl",
  "shr",
] as const;
/** Name of an elementwise function of two arguments. */
export type BinaryFn = (typeof BINARY_FNS)[number];

/** Comparisons of two arguments of one dtype, giving bool. Any comparison with NaN is false. */
export const COMPARE_FNS = ["eq", "lt", "le"] as const;
/** Name of a comparison. */
export type CompareFn = (typeof COMPARE_FNS)[number];

/** Kinds of reduction. On bool, `max` is any and `min` is all. */
export type ReduceKind = "sum" | "prod" | "max" | "min";
/** How `scatter` combines an update with what is there. */
export type ScatterMode = "set" | "add" | "mul" | "max" | "min";

/** `buffer` read as an n-d array: element (i0, i1, …) is at `offset + Σ i·strides`, all counted in elements. */
export interface BufferView<B> {
  readonly buffer: B;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Elements per step; 0 repeats (broadcast), negative runs backward (flip). */
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Attributes of the convolution primitive: x `[N, C, ...spatial]`, w `[O, C/groups, ...kernel]`. */
export interface ConvAttrs {
  readonly strides: readonly number[];
  /** `[low, high]` zeros added per spatial axis, after dilation of the input; negative crops. */
  readonly padding: readonly (readonly [number, number])[];
  /** Steps between input elements (transposed convolution); 1 = none. */
  readonly lhsDilation: readonly number[];
  /** Steps between kernel elements; 1 = none. */
  readonly rhsDilation: readonly number[];
  readonly groups: number;
}

/** Attributes of window reductions over the trailing `window.length` axes. Padding counts as the neutral element. */
export interface WindowAttrs {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
}

/**
 * The 19 kernel families. Inputs may have any strides unless the family is listed in `Backend.contiguous`.
 * Output views are fresh, row-major and start at offset 0, except for `copy` and `fill`, whose output may be a
 * strided part of a larger buffer. Sizes may be 0. Kernels never check shapes: core has.
 */
export interface Kernels<B> {
  unary(fn: UnaryFn, x: BufferView<B>, out: BufferView<B>): void;
  binary(fn: BinaryFn, a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  compare(fn: CompareFn, a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  /** `cond` is bool; all have the shape of `out`. */
  where(cond: BufferView<B>, a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  /** Float to integer truncates toward zero and saturates (NaN gives 0); integers wrap; to bool is `!= 0`. */
  cast(x: BufferView<B>, out: BufferView<B>): void;
  fill(out: BufferView<B>, value: number | bigint): void;
  /** Index along `axis`, from 0. */
  iota(out: BufferView<B>, axis: number): void;
  /** Philox4x32-10 words: `key` is uint32 `[4]` = key0, key1, counter0, counter1; out uint32, row-major order. */
  randomBits(key: BufferView<B>, out: BufferView<B>): void;
  /** Reduces `axes` (sorted); `out` has the remaining axes. Empty sum 0, prod 1, max the lowest, min the highest value. */
  reduce(kind: ReduceKind, x: BufferView<B>, out: BufferView<B>, axes: readonly number[]): void;
  /** First index of the maximum or minimum along `axis` (NaN wins); out int64 without that axis. */
  argReduce(kind: "max" | "min", x: BufferView<B>, out: BufferView<B>, axis: number): void;
  cumulative(
    kind: ReduceKind,
    x: BufferView<B>,
    out: BufferView<B>,
    attrs: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
  ): void;
  /** Copies elements between two views of one shape and dtype. */
  copy(x: BufferView<B>, out: BufferView<B>): void;
  /** `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`, batch axes equal (strides may be 0). */
  matmul(a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  /**
   * Padding and the gaps of `lhsDilation` contribute nothing, also to infinite weights. Where inputs or weights are not
   * finite, results near them may be NaN instead of infinite: fast algorithms (Winograd's) subtract.
   */
  conv(x: BufferView<B>, w: BufferView<B>, out: BufferView<B>, attrs: ConvAttrs): void;
  reduceWindow(kind: ReduceKind, x: BufferView<B>, out: BufferView<B>, attrs: WindowAttrs): void;
  /** Adds every `source` element to the place in `out` (shape of x) where its window first has its max/min. */
  selectAndScatter(
    kind: "max" | "min",
    x: BufferView<B>,
    source: BufferView<B>,
    out: BufferView<B>,
    attrs: WindowAttrs,
  ): void;
  /** `out[..., j..., ...] = x[..., indices[j...], ...]` along `axis` (ONNX Gather); an index outside gives 0. */
  gather(x: BufferView<B>, indices: BufferView<B>, out: BufferView<B>, axis: number): void;
  /** `out` = x with `updates` combined in at `indices` along `axis`, in row-major order; an index outside is dropped. */
  scatter(
    mode: ScatterMode,
    x: BufferView<B>,
    indices: BufferView<B>,
    updates: BufferView<B>,
    out: BufferView<B>,
    axis: number,
  ): void;
  /** Stable sort along `axis`; NaN is greater than everything; `indices` int64. */
  sort(
    x: BufferView<B>,
    values: BufferView<B>,
    indices: BufferView<B>,
    attrs: { readonly axis: number; readonly descending: boolean },
  ): void;
}

/** Name of a kernel family. */
export type KernelFamily = keyof Kernels<unknown>;

/** All kernel families, in the order of the contract. */
export const KERNEL_FAMILIES: readonly KernelFamily[] = [
  "unary",
  "binary",
  "compare",
  "where",
  "cast",
  "fill",
  "iota",
  "randomBits",
  "reduce",
  "argReduce",
  "cumulative",
  "copy",
  "matmul",
  "conv",
  "reduceWindow",
  "selectAndScatter",
  "gather",
  "scatter",
  "sort",
];

/** An optional fused kernel of a composite op. When `supports` says no, core runs the decomposition. */
export interface CompositeKernel<B> {
  supports?(attrs: object, inputs: readonly (BufferView<B> | null)[]): boolean;
  run(attrs: object, inputs: readonly (BufferView<B> | null)[], outputs: readonly BufferView<B>[]): void;
}

/** A graph that a backend has compiled for itself. */
export interface Executable<B> {
  /**
   * By pair of `Backend.compile`: whether the output's memory may be the input's, because every element is read before
   * it is written and nothing reads it later.
   */
  readonly inPlace: readonly boolean[];
  /** Computes the outputs; all views are row-major. */
  run(inputs: readonly BufferView<B>[], outputs: readonly BufferView<B>[]): void;
  dispose(): void;
}

/** What a backend can do, declared up front. */
export interface Capabilities {
  /** `readSync` works. */
  readonly syncRead: boolean;
  /** Element types whose kernels exist (natively or by a counted fallback). */
  readonly dtypes: readonly DType[];
  /** Storage order in which convolutions run fastest. */
  readonly preferredLayout?: "channelsFirst" | "channelsLast";
}

/** How often a kernel ran on another backend's code, by `family:dtype`. */
export type FallbackCounts = Readonly<Record<string, number>>;

/** A compute device. `B` is its buffer handle; core never looks inside. */
export interface Backend<B = unknown> {
  readonly name: string;
  /** The contract version this backend was made for, `BACKEND_CONTRACT`. */
  readonly contract: number;
  readonly capabilities: Capabilities;
  readonly kernels: Kernels<B>;
  /** Families whose inputs must be row-major contiguous; core inserts the copies. */
  readonly contiguous?: readonly KernelFamily[];
  /** Fused kernels of composite ops, by op id. */
  readonly composites?: Readonly<Record<string, CompositeKernel<B>>>;
  /** Makes the device usable (adapter requests, compilation). Called once by `createRuntime`. */
  init?(): Promise<void>;
  /**
   * Compiles a graph of primitives and of composites that it has kernels for. `pairs` are inputs and outputs that hold
   * one tensor before and after. Without it, graphs run op by op.
   */
  compile?(graph: Graph, pairs: readonly (readonly [input: number, output: number])[]): Executable<B>;
  /**
   * Bytes are not cleared.
   * @throws {OutOfMemoryError} when the device has no memory left
   */
  alloc(bytes: number): B;
  free(buffer: B, bytes: number): void;
  write(buffer: B, byteOffset: number, data: Uint8Array): void;
  /** A copy of `bytes` bytes from `byteOffset`. */
  read(buffer: B, byteOffset: number, bytes: number): Promise<Uint8Array>;
  readSync?(buffer: B, byteOffset: number, bytes: number): Uint8Array;
  /** Kernels that ran elsewhere since the start. */
  fallbacks?(): FallbackCounts;
  /** Frees the device. */
  dispose?(): void;
}

// The contract between core and a backend: 19 kernel families over strided views, memory, capabilities.
// Shapes, broadcasting, promotion and gradients are settled by core before a kernel is called.
import type { Graph } from "../ir/graph.js";
import type { DType } from "../tensor/dtype.js";

/** Version of this contract. A backend made for another major version is refused. */
export const BACKEND_CONTRACT = 1;

/**
 * Elementwise functions of one argument. `neg`, `abs`, `sign`, `floor`, `ceil` and `round` (half to even)
 * take every dtype but bool; `not` takes bool (logical) and integers (bitwise); the others take floats. `sin`
 * and `cos` take radians, `atan` gives them.
 */
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
 * Elementwise functions of two arguments of one dtype. Integer arithmetic wraps; integer `div` truncates
 * toward zero; `div` and `rem` by zero give 0; `rem` has the sign of the dividend (C `fmod`); a negative
 * power gives the truncated reciprocal; `pow` of floats is C's; `max`/`min` propagate NaN; `and`/`or`/`xor`
 * are logical on bool, bitwise on integers; `shr` is arithmetic on signed integers; shifts by less than 0 or
 * by the width and more move every bit out. `and`/`or`/`xor` take bool and integers, `shl`/`shr` integers,
 * the others every dtype but bool.
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

/** Comparisons of two arguments of one dtype (any), giving bool. Any comparison with NaN is false. */
export const COMPARE_FNS = ["eq", "lt", "le"] as const;
/** Name of a comparison. */
export type CompareFn = (typeof COMPARE_FNS)[number];

/**
 * Kinds of reduction. NaN wins `max` and `min`. On bool, `max` is any and `min` is all; the others do not
 * occur.
 */
export type ReduceKind = "sum" | "prod" | "max" | "min";
/**
 * How `scatter` combines an update with what is there: `set` replaces it, in any dtype; the others not on
 * bool.
 */
export type ScatterMode = "set" | "add" | "mul" | "max" | "min";

/**
 * `buffer` read as an n-d array: element (i0, i1, …) is at `offset + Σ i·strides`, all counted in elements.
 */
export interface BufferView<B> {
  readonly buffer: B;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Elements per step; 0 repeats (broadcast), negative runs backward (flip). */
  readonly strides: readonly number[];
  readonly offset: number;
}

/**
 * Attributes of the convolution primitive: x `[N, C, ...spatial]`, w `[O, C/groups, ...kernel]`. Lists have
 * one entry per spatial axis; strides, dilations and `groups` are integers >= 1.
 */
export interface ConvAttrs {
  /** Steps between windows, in elements of the padded input. */
  readonly strides: readonly number[];
  /** `[low, high]` zeros added per spatial axis, after dilation of the input; negative crops. */
  readonly padding: readonly (readonly [number, number])[];
  /** Steps between input elements (transposed convolution); 1 = none. */
  readonly lhsDilation: readonly number[];
  /** Steps between kernel elements; 1 = none. */
  readonly rhsDilation: readonly number[];
  /** Groups of channels that are convolved apart; divides C and O. */
  readonly groups: number;
}

/**
 * Attributes of window reductions over the trailing `window.length` axes, one entry per such axis. Padding
 * counts as the neutral element.
 */
export interface WindowAttrs {
  /** Elements of a window, >= 1. */
  readonly window: readonly number[];
  /** Steps between windows, in elements of the padded input, >= 1. */
  readonly strides: readonly number[];
  /** `[low, high]` elements added per axis, >= 0. */
  readonly padding: readonly (readonly [number, number])[];
  /** Steps between the elements of a window; 1 = none. */
  readonly dilation: readonly number[];
}

/**
 * The 19 kernel families. Kernels never check shapes, dtypes, axes or attributes: core has, and
 * `capabilities.dtypes` has every dtype that they meet. What every kernel may assume, and must do:
 *
 * - Inputs have any strides (0 and negative ones too) and any offset, unless `Backend.contiguous` lists the
 *   family: then they are row-major, still at any offset. `copy` takes any strides all the same.
 * - `out` is fresh, row-major, at offset 0 and shares no memory with an input; its bytes are not cleared, and
 *   the kernel writes every element. Only `copy` and `fill` may be given a strided part of a larger buffer,
 *   which leave the rest of it as it is. Inputs may be the same memory: `add(x, x)`.
 * - Sizes may be 0 and views 0-d; where an axis is named, the rank is at least 1.
 * - The result is there for every later call on the same backend, `read` included; a device with a queue need
 *   not wait.
 *
 * @throws {OutOfMemoryError} when there is no scratch memory. Core frees the outputs of a kernel that throws
 * and puts the op's name in front of an `IsoformError` that has none.
 * @throws {DeviceLostError} when the device went away
 */
export interface Kernels<B> {
  /**
   * `out[i] = fn(x[i])`: x and `out` have one shape and dtype. Which functions meet which dtypes:
   * `UNARY_FNS`.
   * @throws {OutOfMemoryError} as every kernel
   */
  unary(fn: UnaryFn, x: BufferView<B>, out: BufferView<B>): void;
  /**
   * `out[i] = fn(a[i], b[i])`: all three have one shape and dtype; what is broadcast has stride 0. See
   * `BINARY_FNS`.
   * @throws {OutOfMemoryError} as every kernel
   */
  binary(fn: BinaryFn, a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  /**
   * `out[i] = fn(a[i], b[i])` as bool: one shape, a and b of one dtype, any of them.
   * @throws {OutOfMemoryError} as every kernel
   */
  compare(fn: CompareFn, a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  /**
   * `out[i] = cond[i] ? a[i] : b[i]`: one shape; `cond` is bool, a, b and `out` have one dtype, any of them.
   * @throws {OutOfMemoryError} as every kernel
   */
  where(cond: BufferView<B>, a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  /**
   * x as elements of `out.dtype`, one shape, every pair of dtypes: float to integer truncates toward zero and
   * saturates (NaN gives 0); integers wrap; floats round to nearest even; to bool is `!= 0`.
   * @throws {OutOfMemoryError} as every kernel
   */
  cast(x: BufferView<B>, out: BufferView<B>): void;
  /**
   * Every element of `out`, of any dtype and any strides, is `value` as `cast` converts it: a number as a
   * float64, a bigint as an int64 or uint64.
   * @throws {OutOfMemoryError} as every kernel
   */
  fill(out: BufferView<B>, value: number | bigint): void;
  /**
   * The index along `axis`, from 0: any shape of rank >= 1, any dtype but bool.
   * @throws {OutOfMemoryError} as every kernel
   */
  iota(out: BufferView<B>, axis: number): void;
  /**
   * Philox4x32-10 words: `key` is uint32 `[4]` = key0, key1, counter0, counter1 (counter words 2 and 3 are
   * 0); `out` is uint32 of any shape, its elements 4i to 4i + 3 in row-major order the block at counter + i.
   * @throws {OutOfMemoryError} as every kernel
   * @see Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3
   */
  randomBits(key: BufferView<B>, out: BufferView<B>): void;
  /**
   * Reduces `axes` (sorted, distinct, >= 0; none: a copy); `out` has the remaining axes and the dtype of x.
   * Empty sum 0, prod 1, max the lowest, min the highest value. `sum` and `prod` meet every dtype but bool,
   * integers wrap.
   * @throws {OutOfMemoryError} as every kernel
   */
  reduce(kind: ReduceKind, x: BufferView<B>, out: BufferView<B>, axes: readonly number[]): void;
  /**
   * First index of the maximum or minimum along `axis` (NaN wins), which is never empty; x of any dtype,
   * `out` int64 without that axis.
   * @throws {OutOfMemoryError} as every kernel
   */
  argReduce(kind: "max" | "min", x: BufferView<B>, out: BufferView<B>, axis: number): void;
  /**
   * Running reduction along `axis`: x and `out` have one shape and dtype, any but bool. `exclusive` leaves
   * out the element itself, so that the first result is the neutral element; `reverse` runs from the end.
   * @throws {OutOfMemoryError} as every kernel
   */
  cumulative(
    kind: ReduceKind,
    x: BufferView<B>,
    out: BufferView<B>,
    attrs: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
  ): void;
  /**
   * Copies elements between two views of one shape and dtype (any), bit by bit. Both may have any strides and
   * offset; they do not overlap, and no two elements of `out` share a place.
   * @throws {OutOfMemoryError} as every kernel
   */
  copy(x: BufferView<B>, out: BufferView<B>): void;
  /**
   * `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`: rank >= 2, batch axes equal (strides may be
   * 0), one dtype, any but bool; any size may be 0, and k = 0 gives zeros. Integers wrap.
   * @throws {OutOfMemoryError} as every kernel
   */
  matmul(a: BufferView<B>, b: BufferView<B>, out: BufferView<B>): void;
  /**
   * Cross-correlation `[N, C, ...spatial] x [O, C/groups, ...kernel] -> [N, O, ...spatial_out]` of at least
   * one spatial axis and one dtype, any but bool. Padding and the gaps of `lhsDilation` contribute nothing,
   * also to infinite weights. Where inputs or weights are not finite, results near them may be NaN instead of
   * infinite: fast algorithms (Winograd's) subtract.
   * @throws {OutOfMemoryError} as every kernel
   */
  conv(x: BufferView<B>, w: BufferView<B>, out: BufferView<B>, attrs: ConvAttrs): void;
  /**
   * Reduces every window of x: `[...lead, ...spatial] -> [...lead, ...windows]`, where an axis of size n with
   * reach r = (window - 1) * dilation + 1 has floor((n + low + high - r) / stride) + 1 windows. One dtype,
   * any but bool.
   * @throws {OutOfMemoryError} as every kernel
   */
  reduceWindow(kind: ReduceKind, x: BufferView<B>, out: BufferView<B>, attrs: WindowAttrs): void;
  /**
   * Adds every `source` element (shape as `reduceWindow` gives it) to the place in `out` (shape of x, 0
   * elsewhere) where its window over x first has its max/min in row-major order; NaN wins, padding is never
   * selected. One dtype, any but bool.
   * @throws {OutOfMemoryError} as every kernel
   */
  selectAndScatter(
    kind: "max" | "min",
    x: BufferView<B>,
    source: BufferView<B>,
    out: BufferView<B>,
    attrs: WindowAttrs,
  ): void;
  /**
   * `out[..., j..., ...] = x[..., indices[j...], ...]` along `axis`: `out` has the shape of x with that axis
   * replaced by the axes of `indices` (any integer dtype, any rank) and the dtype of x (any). An index
   * outside 0 to n - 1 gives 0.
   * @throws {OutOfMemoryError} as every kernel
   * @see ONNX Gather
   */
  gather(x: BufferView<B>, indices: BufferView<B>, out: BufferView<B>, axis: number): void;
  /**
   * `out` = x with `updates` combined in at `indices` along `axis`, in row-major order of `updates`, whose
   * shape is `gather`'s for x and `indices`; `out` has the shape of x. `indices` of any integer dtype, the
   * others of one dtype. An index outside 0 to n - 1 is dropped, of equal indices `set` keeps the last.
   * @throws {OutOfMemoryError} as every kernel
   */
  scatter(
    mode: ScatterMode,
    x: BufferView<B>,
    indices: BufferView<B>,
    updates: BufferView<B>,
    out: BufferView<B>,
    axis: number,
  ): void;
  /**
   * Stable sort along `axis`; NaN is greater than everything, descending too. `values` has the shape and
   * dtype of x (any), `indices` the shape of x as int64: the places in x along the axis.
   * @throws {OutOfMemoryError} as every kernel
   */
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

/**
 * An optional fused kernel of a composite op. `attrs` are the op's, `inputs` its inputs in order, null where
 * an optional one was left out. Core has checked shapes, dtypes and attributes.
 */
export interface CompositeKernel<B> {
  /**
   * Whether `run` can do this call; when it says no, core runs the decomposition. Looks at shapes, dtypes,
   * strides and offsets only: while a graph is compiled, views come row-major and without a buffer. Left out:
   * it always can. Never throws.
   */
  supports?(attrs: object, inputs: readonly (BufferView<B> | null)[]): boolean;
  /**
   * Writes every element of `outputs`, which are fresh, row-major, at offset 0 and share no memory with the
   * inputs. Inputs have any strides and offset that `supports` accepted.
   * @throws {OutOfMemoryError} when there is no scratch memory; core frees the outputs
   */
  run(attrs: object, inputs: readonly (BufferView<B> | null)[], outputs: readonly BufferView<B>[]): void;
}

/** A graph that a backend has compiled for itself. */
export interface Executable<B> {
  /**
   * By pair of `Backend.compile`: whether the output's memory may be the input's, because every element is
   * read before it is written and nothing reads it later.
   */
  readonly inPlace: readonly boolean[];
  /**
   * Computes the outputs from inputs of the graph's shapes and dtypes, in the graph's order. All views are
   * row-major, inputs at any offset, outputs in memory of their own but for pairs that are `inPlace`. Not
   * called after `dispose`.
   * @throws {OutOfMemoryError} when there is no memory for temporaries
   */
  run(inputs: readonly BufferView<B>[], outputs: readonly BufferView<B>[]): void;
  /** Frees the program and its memory. Called once. Never throws. */
  dispose(): void;
}

/** What a backend can do, declared up front. */
export interface Capabilities {
  /** The backend has `readSync`. */
  readonly syncRead: boolean;
  /**
   * Element types whose kernels exist (natively or by a counted fallback): float32, int64 and bool at least.
   * Core makes no tensor of another (DTypeError).
   */
  readonly dtypes: readonly DType[];
  /** Storage order in which convolutions run fastest. */
  readonly preferredLayout?: "channelsFirst" | "channelsLast";
}

/** How often a kernel ran on another backend's code, by `family:dtype`. */
export type FallbackCounts = Readonly<Record<string, number>>;

/**
 * A compute device. `B` is its buffer handle; core never looks inside. Shapes, broadcasting, promotion and
 * gradients are settled by core; a backend has memory, kernels and transfers.
 */
export interface Backend<B = unknown> {
  /** Names the device in errors, in `Runtime.device(name)` and in reports. */
  readonly name: string;
  /**
   * The contract version this backend was made for, `BACKEND_CONTRACT`; another is an ArgumentError of
   * `createRuntime`.
   */
  readonly contract: number;
  /** Known at once, before `init`. */
  readonly capabilities: Capabilities;
  /** All 19 families. */
  readonly kernels: Kernels<B>;
  /**
   * Families whose inputs must be row-major contiguous (at any offset; an axis of size 1 may have any
   * stride); core inserts the copies, with `copy`. None unless given.
   */
  readonly contiguous?: readonly KernelFamily[];
  /** Fused kernels of composite ops, by op id; ops without one are decomposed. */
  readonly composites?: Readonly<Record<string, CompositeKernel<B>>>;
  /**
   * Makes the device usable (adapter requests, compilation). Awaited by every `createRuntime` that is given
   * the backend and rejects with its error.
   * @throws {UnsupportedOpError} when this machine or engine cannot run the backend
   */
  init?(): Promise<void>;
  /**
   * Compiles a graph of primitives and of composites that it has kernels for; `graph.constants` is empty,
   * parameters are inputs. `pairs` are inputs and outputs, by position, that hold one tensor before and
   * after. Without it, graphs run op by op.
   * @throws {OutOfMemoryError} when there is no memory for the program. Whatever it throws, the step then
   * runs eagerly and the message is the compiled function's notice.
   */
  compile?(graph: Graph, pairs: readonly (readonly [input: number, output: number])[]): Executable<B>;
  /**
   * Memory of at least `bytes` bytes (an integer >= 0; 0 also gives a handle of its own), aligned for every
   * dtype and not cleared.
   * @throws {OutOfMemoryError} when there is no room or `bytes` is more than can be addressed; later calls go
   * on working
   */
  alloc(bytes: number): B;
  /** Gives `buffer` back, once; `bytes` as it was asked for. Not called after `dispose`. Never throws. */
  free(buffer: B, bytes: number): void;
  /**
   * Copies `data` to `byteOffset` bytes into the buffer; the caller may change `data` afterwards. Kernels
   * called later see it. Core stays inside the buffer.
   * @throws {DeviceLostError} when the device went away
   */
  write(buffer: B, byteOffset: number, data: Uint8Array): void;
  /**
   * A copy of `bytes` bytes from `byteOffset` bytes into the buffer, after every kernel called before has
   * written.
   * @throws {DeviceLostError} when the device went away (the promise rejects)
   */
  read(buffer: B, byteOffset: number, bytes: number): Promise<Uint8Array>;
  /**
   * `read`, at once: there exactly when `capabilities.syncRead` is true.
   * @throws {DeviceLostError} when the device went away
   */
  readSync?(buffer: B, byteOffset: number, bytes: number): Uint8Array;
  /** Kernels that ran elsewhere since the start. Never throws. */
  fallbacks?(): FallbackCounts;
  /** Frees the device, once; core calls neither `alloc` nor `free` afterwards. Never throws. */
  dispose?(): void;
}

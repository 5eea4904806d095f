// The tensor: shape, dtype and a view of a storage, or a value of a graph being traced. Ops live in ops/, not here.
import { ArgumentError, DTypeError, LifetimeError, ShapeError } from "../errors.js";
import { ambient } from "../dispatch/ambient.js";
import type { TapeNode } from "../dispatch/tape.js";
import type { GraphVar } from "../ir/graph.js";
import type { TensorSpec } from "../ops/table.js";
import type { Device, Storage } from "../runtime/device.js";
import { elementReader, type TensorValue } from "./convert.js";
import { itemSize, newTypedArray, typedArrayView, type DType, type TypedArray } from "./dtype.js";
import { isContiguous, rowMajor, sizeOf, type View } from "./view.js";

/** Makes a tensor of an API's own class. Results of ops take the class of their inputs. */
export type TensorClass = new (init: TensorInit) => Tensor;

/** What a tensor is made from: device data or a traced value. */
export interface TensorInit {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly storage: Storage | null;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly traced: GraphVar | null;
}

/** The value that a one-element tensor keeps after its memory is gone. */
interface SpilledValue {
  readonly bytes: Uint8Array;
  readonly device: Device;
}

/**
 * An n-dimensional array on a device. Immutable to ops; `_assign` swaps the value of parameters and state.
 * Released by its scope, by `dispose()`, or by the garbage collector as a last resort. Made by ops, `tensor`
 * and `fromTypedArray`; the constructor is for API classes, takes what it is given and never throws.
 */
export class Tensor implements TensorSpec, Disposable {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** @internal */ _storage: Storage | null;
  /** @internal */ _strides: readonly number[];
  /** @internal */ _offset: number;
  /** @internal */ _traced: GraphVar | null;
  /** @internal Holders of this tensor: its owner (scope or user) and tape nodes. */ _refs = 1;
  /** @internal The owner's reference is still there. */ _owned = true;
  /** @internal */ _kept = false;
  /** @internal Recording bits, see ambient.ts. */ _track = 0;
  /** @internal The tape node that made this tensor. */ _node: TapeNode | null = null;
  /** @internal */ _outputIndex = 0;
  /** @internal A tape node's own handle of an output. */ _alias = false;
  /** @internal Counts assignments. */ _version = 0;
  /** @internal Value of a released one-element tensor. */ _spilled: SpilledValue | null = null;

  constructor(init: TensorInit) {
    this.shape = init.shape;
    this.dtype = init.dtype;
    this._storage = init.storage;
    this._strides = init.strides;
    this._offset = init.offset;
    this._traced = init.traced;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /**
   * The device that holds the data.
   * @throws {LifetimeError} when released or traced
   */
  get device(): Device {
    return this._live("device").device;
  }

  /** True once the memory is gone. */
  get disposed(): boolean {
    return this._storage === null && this._traced === null && this._spilled === null;
  }

  /**
   * Elements in row-major order, read from the device; 16-bit floats as their bits, bool as 0 and 1.
   * @throws {LifetimeError} when released or traced, or read while a step is compiled
   */
  async data(): Promise<TypedArray> {
    this._readable("data");
    if (this._spilled) return this._fromBytes(this._spilled.bytes.slice());
    const s = this._live("data");
    if (this.size === 0) return newTypedArray(this.dtype, 0);
    const { first, count } = this._extent();
    const item = itemSize(this.dtype);
    return this._gather(await s.device.backend.read(s.buffer, first * item, count * item), first);
  }

  /**
   * Elements in row-major order, now; 16-bit floats as their bits, bool as 0 and 1.
   * @throws {ArgumentError} on devices that only read asynchronously
   * @throws {LifetimeError} when released or traced, or read while a step is compiled
   */
  dataSync(): TypedArray {
    this._readable("dataSync");
    if (this._spilled) return this._fromBytes(this._spilled.bytes.slice());
    const s = this._live("dataSync");
    const { backend } = s.device;
    if (!backend.readSync) {
      throw new ArgumentError("this device cannot be read synchronously", {
        code: "device/async-read-only",
        op: "dataSync",
        backend: backend.name,
        hint: "use `await tensor.data()`",
      });
    }
    if (this.size === 0) return newTypedArray(this.dtype, 0);
    const { first, count } = this._extent();
    const item = itemSize(this.dtype);
    return this._gather(backend.readSync(s.buffer, first * item, count * item), first);
  }

  /**
   * The one element as a JavaScript value: bigint for 64-bit integers, boolean for bool, else a number.
   * @throws {ShapeError} when there is not exactly one element
   * @throws {LifetimeError} as `data`
   * @see torch.Tensor.item
   */
  async item(): Promise<number | bigint | boolean> {
    this._requireOne();
    return elementReader(this.dtype)(await this.data(), 0);
  }

  /**
   * `item()`, now.
   * @throws {ShapeError} when there is not exactly one element
   * @throws {ArgumentError} on devices that only read asynchronously
   * @throws {LifetimeError} as `dataSync`
   */
  itemSync(): number | bigint | boolean {
    this._requireOne();
    return elementReader(this.dtype)(this.dataSync(), 0);
  }

  /**
   * Nested arrays of JavaScript values, one level per axis; int64 as bigint, bool as boolean. A scalar gives
   * the value.
   * @throws {LifetimeError} as `data`
   * @see torch.Tensor.tolist
   */
  async toArray(): Promise<TensorValue> {
    return nest(this.shape, await this.data(), this.dtype);
  }

  /**
   * `toArray()`, now.
   * @throws {ArgumentError} on devices that only read asynchronously
   * @throws {LifetimeError} as `dataSync`
   */
  toArraySync(): TensorValue {
    return nest(this.shape, this.dataSync(), this.dtype);
  }

  /** Shape and dtype, never values: reading is explicit. */
  toString(): string {
    return `Tensor(${describe(this)}${this.disposed ? ", released" : this._traced ? ", traced" : ""})`;
  }

  /** Gives up the owner's reference; the memory goes when no tape needs it. Repeated calls do nothing. */
  dispose(): void {
    if (!this._owned) return;
    this._owned = false;
    this._release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The class of results of ops on this tensor; API classes override it. */
  _resultClass(): TensorClass {
    return Tensor;
  }

  /** @internal */ get _view(): View {
    return { shape: this.shape, strides: this._strides, offset: this._offset };
  }

  /** @internal A program that is being traced would have the values of today in it for good. */
  _readable(op: string): void {
    if (ambient.trace === null || this._traced !== null || ambient.trace.isConstant(this)) return;
    throw new LifetimeError("a tensor is read while a step is compiled", {
      code: "lifetime/read-in-trace",
      op,
      inputs: [describe(this)],
      hint: "use ops, or read the tensor outside the compiled step",
    });
  }

  /** @internal The storage, or a typed error that says why there is none. */
  _live(op: string): Storage {
    if (this._storage !== null) return this._storage;
    if (this._spilled !== null) return this._restore();
    if (this._traced !== null) {
      throw new LifetimeError("a traced tensor has no value", {
        code: "lifetime/traced-value",
        op,
        inputs: [describe(this)],
        hint: "return the tensor from the traced function and read the result",
      });
    }
    throw new LifetimeError("this tensor was released", {
      code: "lifetime/released",
      op,
      inputs: [describe(this)],
      hint: "it was disposed, or its scope ended: return it, or keep() it",
    });
  }

  /** @internal */ _retain(): void {
    this._refs++;
    if (this._alias) this._node?.retain();
  }

  /** @internal Drops one reference; `byNode` when the tape node drops its own handle of an output. */
  _release(byNode = false): void {
    const node = this._node;
    const last = --this._refs === 0;
    if (last) {
      this._storage?.release();
      this._storage = null;
      this._node = null;
      if (node !== null) this._track = 0;
    }
    if (this._alias ? !byNode : last) node?.release();
  }

  /** @internal The scope that owns the tensor ends. */
  _leaveScope(): void {
    if (this._kept || !this._owned) return;
    if (this._refs === 1 && this._storage !== null && this._storage.bytes <= 8 && this.size === 1)
      this._spill();
    this.dispose();
  }

  /** @internal A shared constant that is no longer shared: it goes as if a scope had owned it. */
  _retire(): void {
    this._kept = false;
    this._owned = true;
    this._leaveScope();
  }

  /** @internal */ _keep(): void {
    this._kept = true;
    this._watch();
  }

  /** @internal Hands the memory to the garbage collector as a last resort. */
  _watch(): void {
    const s = this._storage;
    if (s) s.device.watch(s);
  }

  /** @internal Takes over the value of `next` (shape and dtype must agree). */
  _assign(next: Tensor): void {
    if (ambient.trace?.assign(this, next)) {
      this._version++;
      return;
    }
    const storage = next._live("assign");
    storage.refs++;
    this._storage?.release();
    this._storage = storage;
    this._strides = next._strides;
    this._offset = next._offset;
    this._spilled = null;
    this._version++;
    if (this._refs === 0) this._revive();
  }

  private _spill(): void {
    const { backend } = this._storage!.device;
    if (!backend.readSync) return;
    const item = itemSize(this.dtype);
    const bytes = backend.readSync(this._storage!.buffer, this._offset * item, item);
    this._spilled = { bytes, device: this._storage!.device };
  }

  private _restore(): Storage {
    const { bytes, device } = this._spilled!;
    const s = device.alloc(this.dtype, 1);
    device.backend.write(s.buffer, 0, bytes);
    this._storage = s;
    this._strides = rowMajor(this.shape);
    this._offset = 0;
    this._revive();
    return s;
  }

  /** A released tensor has a storage again and needs an owner. */
  private _revive(): void {
    this._refs = 1;
    this._owned = true;
    if (ambient.scope) ambient.scope.own(this);
    else this._watch();
  }

  /** Range of storage elements that the view touches. */
  private _extent(): { first: number; count: number } {
    let low = this._offset;
    let high = this._offset;
    for (let i = 0; i < this.shape.length; i++) {
      const reach = (this.shape[i]! - 1) * this._strides[i]!;
      if (reach < 0) low += reach;
      else high += reach;
    }
    return { first: low, count: high - low + 1 };
  }

  private _gather(bytes: Uint8Array, first: number): TypedArray {
    const flat = this._fromBytes(bytes);
    if (flat.length === this.size && isContiguous(this._view)) return flat;
    const out = newTypedArray(this.dtype, this.size);
    copyStrided(flat, out, this.shape, this._strides, this._offset - first);
    return out;
  }

  private _fromBytes(bytes: Uint8Array): TypedArray {
    const item = itemSize(this.dtype);
    const aligned = bytes.byteOffset % item === 0 ? bytes : bytes.slice();
    return typedArrayView(this.dtype, aligned.buffer, aligned.byteOffset, aligned.byteLength / item);
  }

  private _requireOne(): void {
    if (this.size === 1) return;
    throw new ShapeError("only a one-element tensor has an item", {
      code: "shape/not-one-element",
      op: "item",
      inputs: [describe(this)],
      hint: "reduce it first, or use `await tensor.toArray()`",
    });
  }
}

function copyStrided(
  src: TypedArray,
  dst: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): void {
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < dst.length; i++) {
    dst[i] = src[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

function nest(shape: readonly number[], data: TypedArray, dtype: DType): TensorValue {
  const read = elementReader(dtype);
  let at = 0;
  const build = (axis: number): TensorValue => {
    if (axis === shape.length) return read(data, at++);
    return Array.from({ length: shape[axis]! }, () => build(axis + 1));
  };
  return build(0);
}

/** `float32[2,3]`: how tensors appear in errors. Never throws. */
export function describe(t: TensorSpec): string {
  return `${String(t.dtype)}[${t.shape.join(",")}]`;
}

/**
 * Refuses tensors of different dtypes; their shapes may be any.
 * @throws {DTypeError} when a's dtype is not b's
 */
export function requireSameDType(op: string, a: TensorSpec, b: TensorSpec): void {
  if (a.dtype === b.dtype) return;
  throw new DTypeError("the inputs have different dtypes", {
    code: "dtype/mismatch",
    op,
    inputs: [describe(a), describe(b)],
    hint: "cast one of them",
  });
}

// From tensor descriptions to raw tensors: reads storages, makes views contiguous, dequantises, fills sparse tensors.
import { UnsupportedOpError } from "@isoform/core";
import { checkLimit, checkRatio, type Limits } from "../limits.js";
import type { SparseRef, StridedRef, TensorRef } from "../pickle/tensor-ref.js";
import { rawBits, rawByteLength, typedArrayOf, type RawTensor } from "../raw-tensor.js";
import { swapBytes, toContiguous } from "../strided.js";
import { dequantizePerChannel, dequantizePerTensor } from "./quantized.js";
import { densify } from "./sparse.js";
import type { StorageReader } from "./storages.js";

/** What to do with quantised tensors: values as float32, or the stored integers. */
export type QuantizedMode = "dequantize" | "raw";

/** Reads tensors of one file. Storages shared by several tensors are read once. */
export class TensorReader {
  readonly #storages: StorageReader;
  readonly #bigEndian: boolean;
  readonly #limits: Limits;
  readonly #shared = new Map<string, Promise<Uint8Array>>();

  constructor(storages: StorageReader, bigEndian: boolean, limits: Limits) {
    this.#storages = storages;
    this.#bigEndian = bigEndian;
    this.#limits = limits;
  }

  /**
   * The values of `ref`, contiguous and little-endian.
   * @throws {UnsupportedOpError} when the tensor is without values or of a layout that is not read; it names
   * `path`
   * @throws {ModelFormatError} when it lies outside its storage
   * @throws {LimitExceededError} when it is over `tensorBytes`, or a sparse one over `ratio`
   */
  async read(ref: TensorRef, path: string, quantized: QuantizedMode = "dequantize"): Promise<RawTensor> {
    if (ref.layout === "absent")
      throw new UnsupportedOpError(`the tensor cannot be read: ${ref.reason}`, {
        code: "unsupported/tensor",
        path,
        hint: "save it from PyTorch as an ordinary dense tensor: t.to_dense() or t.cpu()",
      });
    if (ref.layout !== "strided") return this.#sparse(ref, path);
    const stored = await this.#strided(ref, path);
    if (!ref.quantizer || quantized === "raw") return stored;
    return this.#dequantize(stored, ref.quantizer, path);
  }

  async #strided(ref: StridedRef, path: string): Promise<RawTensor> {
    const { dtype, shape, storage } = ref;
    const itemBytes = rawBits(dtype) / 8;
    checkLimit(this.#limits, "tensorBytes", rawByteLength(dtype, shape, path), path);
    const block =
      storage.inline ?? (await this.#block(storage.key, itemBytes * storage.length === this.#need(ref)));
    const view = toContiguous(block, itemBytes, shape, ref.strides, storage.start + ref.offset);
    let data = this.#bigEndian && !storage.inline ? swapBytes(view, dtype) : view;
    if (ref.conjugate) data = negated(data, { dtype, shape, data }, 1);
    if (ref.negative) data = negated(data, { dtype, shape, data }, 0);
    return { dtype, shape, data };
  }

  #need(ref: StridedRef): number {
    return rawByteLength(ref.dtype, ref.shape, "");
  }

  /** The block `key`; kept for other tensors unless one tensor fills it. */
  #block(key: string, whole: boolean): Promise<Uint8Array> {
    const shared = this.#shared.get(key);
    if (shared) return shared;
    const bytes = this.#storages.read(key);
    if (!whole) this.#shared.set(key, bytes);
    return bytes;
  }

  async #dequantize(
    stored: RawTensor,
    quantizer: NonNullable<StridedRef["quantizer"]>,
    path: string,
  ): Promise<RawTensor> {
    if (quantizer.scheme === "per_tensor")
      return dequantizePerTensor(stored, quantizer.scale, quantizer.zeroPoint, path);
    const scales = await this.read(quantizer.scales, `${path}.scales`);
    const zeroPoints = await this.read(quantizer.zeroPoints, `${path}.zero_points`);
    return dequantizePerChannel(stored, scales, zeroPoints, quantizer.axis, path);
  }

  async #sparse(ref: SparseRef, path: string): Promise<RawTensor> {
    const values = await this.read(ref.values, `${path}.values`);
    const byteLength = rawByteLength(values.dtype, ref.shape, path);
    checkLimit(this.#limits, "tensorBytes", byteLength, path);
    checkRatio(this.#limits, values.data.byteLength, byteLength, path);
    const indices: RawTensor[] = [];
    for (const part of ref.indices) indices.push(await this.read(part, `${path}.indices`));
    return densify(ref, indices, values, path);
  }
}

/** A copy with every number's sign turned, or of complex numbers only the imaginary part's (`from` = 1). */
function negated(data: Uint8Array, tensor: RawTensor, from: 0 | 1): Uint8Array {
  const { dtype } = tensor;
  const complex = dtype.startsWith("complex");
  const out = new Uint8Array(data);
  const size = complex ? rawBits(dtype) / 16 : rawBits(dtype) / 8;
  if (dtype.startsWith("float") || dtype === "bfloat16" || complex) {
    const step = from === 1 ? 2 * size : size;
    for (let at = from * size + size - 1; at < out.byteLength; at += step) out[at] = (out[at] ?? 0) ^ 0x80;
    return out;
  }
  const numbers = typedArrayOf({ dtype, shape: tensor.shape, data: out });
  numbers.forEach((value: number | bigint, i: number) => {
    numbers[i] = -value;
  });
  return out;
}

// Moving tensors between devices: always explicit, always a copy.
import { own } from "../dispatch/execute.js";
import type { Device } from "../runtime/device.js";
import type { Tensor } from "./tensor.js";
import { rowMajor, sizeOf } from "./view.js";

/**
 * A copy of `t` on another device, outside the recorded graph; shape and dtype stay. On its own device, too,
 * the result is a copy.
 * @throws {LifetimeError} when t was released or is traced, or the device was disposed
 * @throws {DTypeError} when the device lacks the dtype
 * @throws {OutOfMemoryError} when the device has no memory left
 */
export async function toDevice(t: Tensor, device: Device): Promise<Tensor> {
  const data = await t.data();
  const storage = device.alloc(t.dtype, sizeOf(t.shape));
  if (data.byteLength > 0) {
    device.backend.write(storage.buffer, 0, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const Class = t._resultClass();
  const strides = rowMajor(t.shape);
  return own(new Class({ shape: t.shape, dtype: t.dtype, storage, strides, offset: 0, traced: null }));
}

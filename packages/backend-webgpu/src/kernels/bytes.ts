// Writing any number of bytes anywhere in a buffer, where the queue writes whole words only.
import type { GpuBuffer } from "../device/buffers.js";
import type { Stream } from "../device/stream.js";
import type { Runner } from "../wgsl/kernel.js";
import { copyElements } from "./pointwise.js";

/** Copies `data` to `byteOffset` of a buffer. */
export function writeBytes(
  stream: Stream,
  runner: Runner,
  buffer: GpuBuffer,
  byteOffset: number,
  data: Uint8Array,
): void {
  const { byteLength } = data;
  if (byteLength === 0) return stream.check();
  const ends = byteOffset + byteLength >= buffer.bytes;
  if (byteOffset % 4 === 0 && (byteLength % 4 === 0 || ends)) {
    return stream.write(buffer, byteOffset, wholeWords(data));
  }
  const from = runner.scratch(byteLength);
  stream.write(from, 0, wholeWords(data));
  const view = { dtype: "uint8", shape: [byteLength], strides: [1] } as const;
  copyElements(runner, { ...view, buffer: from, offset: 0 }, { ...view, buffer, offset: byteOffset });
  runner.release(from);
}

/** Filled up to whole words; nothing reads what is added. */
function wholeWords(data: Uint8Array): Uint8Array {
  const size = Math.ceil(data.byteLength / 4) * 4;
  if (size === data.byteLength) return data;
  const padded = new Uint8Array(size);
  padded.set(data);
  return padded;
}

// The reference backend: the defining kernels over plain array buffers.
import {
  ArgumentError,
  BACKEND_CONTRACT,
  checkOptions,
  DTYPES,
  OutOfMemoryError,
  type Backend,
} from "@isoform/core";
import { referenceKernels } from "./kernels/index.js";

/** Memory of the reference backend: one array buffer per storage. */
export interface ReferenceBuffer {
  /** Its bytes; an empty buffer once it was freed. */
  buffer: ArrayBuffer;
  readonly byteOffset: 0;
}

/** Options of `reference`. */
export interface ReferenceOptions {
  /**
   * Fills new memory with one bits (NaN in floats), so that a result nobody wrote is seen. Default false:
   * zeros.
   */
  readonly poison?: boolean;
  /**
   * Greatest number of bytes of one buffer; `alloc` of more throws OutOfMemoryError. Default Infinity: what
   * the engine allows. There is no limit on all buffers together.
   */
  readonly maxBufferBytes?: number;
}

/**
 * The slow, readable backend: all 13 dtypes, every kernel family, synchronous reads. It defines what the ops
 * mean; other backends are held against it. Its `alloc` throws OutOfMemoryError when the engine or
 * `maxBufferBytes` refuses a size.
 * @throws {ArgumentError} when an option is unknown or `maxBufferBytes` is no number of at least 0
 */
export function reference(options: ReferenceOptions = {}): Backend<ReferenceBuffer> {
  checkOptions("reference", options, ["poison", "maxBufferBytes"]);
  const { poison = false, maxBufferBytes = Infinity } = options;
  if (!(maxBufferBytes >= 0))
    throw new ArgumentError(`maxBufferBytes is ${maxBufferBytes}`, {
      code: "argument/out-of-range",
      op: "reference",
      hint: "it is a number of bytes, at least 0",
    });
  const released = new ArrayBuffer(0);
  const bytesOf = (b: ReferenceBuffer, offset: number, bytes: number) =>
    new Uint8Array(b.buffer, offset, bytes);
  return {
    name: "reference",
    contract: BACKEND_CONTRACT,
    capabilities: { syncRead: true, dtypes: DTYPES },
    kernels: referenceKernels<ReferenceBuffer>((b) => b),
    alloc(bytes) {
      if (bytes > maxBufferBytes) throw outOfMemory(bytes);
      try {
        const buffer = new ArrayBuffer(bytes);
        if (poison) new Uint8Array(buffer).fill(0xff);
        return { buffer, byteOffset: 0 };
      } catch (error) {
        throw error instanceof RangeError ? outOfMemory(bytes, error) : error;
      }
    },
    free(buffer) {
      buffer.buffer = released;
    },
    write(buffer, byteOffset, data) {
      bytesOf(buffer, byteOffset, data.byteLength).set(data);
    },
    read(buffer, byteOffset, bytes) {
      return Promise.resolve(bytesOf(buffer, byteOffset, bytes).slice());
    },
    readSync: (buffer, byteOffset, bytes) => bytesOf(buffer, byteOffset, bytes).slice(),
  };
}

function outOfMemory(bytes: number, cause?: unknown): OutOfMemoryError {
  return new OutOfMemoryError(`no ${bytes} bytes for a buffer`, {
    code: "memory/out-of-memory",
    backend: "reference",
    hint: "use smaller tensors or release some",
    ...(cause === undefined ? {} : { cause }),
  });
}

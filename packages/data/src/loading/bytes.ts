// Brings the bytes of a file into memory, whatever hands them over, and unpacks gzip.
import { ArgumentError, ModelFormatError } from "@isoform/core";
import { checkLimit, checkRatio } from "./options.js";
import type { Resolved } from "./options.js";

/** What a loader reads: bytes, a `File` or `Blob`, or a stream such as the body of a `fetch` response. */
export type BinarySource = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>;

/**
 * All bytes of a source; bytes given directly are not copied.
 * When `signal` is aborted, the promise rejects with its reason.
 * @throws {LimitExceededError} when it is over `fileBytes`
 * @throws {ArgumentError} when the source is of another type
 */
export async function readAll(source: BinarySource, options: Resolved): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    checkLimit(options.limits, "fileBytes", source.byteLength, options.name);
    return source instanceof Uint8Array ? source : new Uint8Array(source);
  }
  if (source instanceof Blob) {
    checkLimit(options.limits, "fileBytes", source.size, options.name);
    return collect(source.stream(), options, "read", source.size);
  }
  if (source instanceof ReadableStream) return collect(source, options, "read");
  throw new ArgumentError("the source is not bytes, a Blob or a stream", {
    code: "argument/type",
    path: options.name,
    hint: "pass a Uint8Array, an ArrayBuffer, a Blob or a ReadableStream (response.body)",
  });
}

/** True for the first bytes of a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip, holding the result to the limits as it grows.
 * When `signal` is aborted, the promise rejects with its reason.
 * @throws {ModelFormatError} when damaged or cut off
 * @throws {LimitExceededError} when the result is over `fileBytes` or `ratio`
 */
export async function gunzip(bytes: Uint8Array, options: Resolved): Promise<Uint8Array> {
  // Copied because a stream may hand its buffer to another thread.
  const unpacked = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await collect(unpacked, options, "unpack", undefined, bytes.byteLength);
  } catch (error) {
    if (!(error instanceof TypeError || (error instanceof Error && "code" in error && "errno" in error)))
      throw error;
    throw new ModelFormatError("the gzip data is damaged or cut off", {
      code: "format/gzip",
      path: options.name,
      cause: error,
    });
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  options: Resolved,
  phase: string,
  total?: number,
  stored?: number,
): Promise<Uint8Array> {
  const { limits, name, signal, onProgress } = options;
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let done = 0;
  try {
    for (;;) {
      const step = await reader.read();
      signal?.throwIfAborted();
      if (step.done) break;
      chunks.push(step.value);
      done += step.value.byteLength;
      checkLimit(limits, "fileBytes", done, name);
      if (stored !== undefined) checkRatio(limits, stored, done, name);
      onProgress?.({
        task: "load",
        phase,
        done,
        unit: "bytes",
        label: name,
        ...(total === undefined ? {} : { total }),
      });
    }
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  }
  const out = new Uint8Array(done);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.byteLength;
  }
  return out;
}

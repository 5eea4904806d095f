// WAV audio (RIFF WAVE): uncompressed PCM and float samples.
import { ModelFormatError, UnsupportedOpError } from "@isoform/core";
import type { DType } from "@isoform/core";
import { ndArray } from "../arrays/nd-array.js";
import type { NdArray } from "../arrays/nd-array.js";
import { elementsFromBytes } from "../loading/endian.js";
import { checkLimit, resolveOptions } from "../loading/options.js";
import type { ReadOptions } from "../loading/options.js";

/** The sounds of a WAV file. */
export interface Wav {
  /** Frames per second, in hertz. */
  readonly sampleRate: number;
  /**
   * Samples [frames, channels] as stored: uint8 (silence 128), int16, int32, float32 or float64. 24-bit
   * samples come as the high 24 bits of an int32.
   */
  readonly samples: NdArray<"uint8" | "int16" | "int32" | "float32" | "float64">;
}

interface Format {
  readonly dtype: "uint8" | "int16" | "int32" | "float32" | "float64";
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one stored sample: 3 for 24 bits, else those of dtype. */
  readonly width: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/**
 * Reads a WAV file with PCM samples of 8, 16, 24 or 32 bits or float samples of 32 or 64 bits: samples
 * [frames, channels], the rate in hertz.
 * @param bytes All bytes of the file; the samples are a copy.
 * @throws {ModelFormatError} when it is not one, is cut off or contradicts itself
 * @throws {UnsupportedOpError} when the samples are compressed or of another width
 * @throws {LimitExceededError} when it is over `fileBytes` or `arrayBytes`
 * @throws {ArgumentError} when an option is unknown or a limit is not a positive number
 */
export function readWav(bytes: Uint8Array, options: ReadOptions = {}): Wav {
  const { name, limits } = resolveOptions("readWav", options, "wav");
  checkLimit(limits, "fileBytes", bytes.byteLength, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.byteLength < 12 || mark(0) !== "RIFF" || mark(8) !== "WAVE") {
    throw bad("does not begin with the mark of a WAV file", name);
  }
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.byteLength) throw bad(`is cut off: ${bytes.byteLength} of ${end} bytes`, name);
  let format: Format | undefined;
  for (let at = 12; at + 8 <= end;) {
    const size = view.getUint32(at + 4, true);
    const from = at + 8;
    const kind = mark(at);
    if (from + size > end) throw bad(`the chunk ${JSON.stringify(kind)} reaches beyond the end`, name);
    if (kind === "fmt ") format = readFormat(new DataView(view.buffer, view.byteOffset + from, size), name);
    if (kind === "data") {
      if (!format) throw bad("has data before the format of its samples", name);
      const samples = readSamples(bytes.subarray(from, from + size), format, name);
      checkLimit(limits, "arrayBytes", samples.data.byteLength, name);
      return { sampleRate: format.sampleRate, samples };
    }
    // Chunks begin at even offsets.
    at = from + size + (size % 2);
  }
  throw bad(format ? "has no data" : "has no format chunk", name);
}

/**
 * Samples as float32 in [-1, 1], averaged over the channels: [frames, channels] -> [frames]. Integers are
 * divided by 2^7, 2^15 or 2^31 (uint8 after subtracting 128), floats are kept in their range. Never throws.
 */
export function monoFloat32(wav: Wav): NdArray<"float32"> {
  const { dtype, data, shape } = wav.samples;
  const [frames = 0, channels = 1] = shape;
  const silence = dtype === "uint8" ? 128 : 0;
  const scale = { uint8: 2 ** 7, int16: 2 ** 15, int32: 2 ** 31, float32: 1, float64: 1 }[dtype] * channels;
  const out = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += (data[frame * channels + c] as number) - silence;
    out[frame] = sum / scale;
  }
  return ndArray("float32", [frames], out);
}

function readFormat(chunk: DataView, name: string): Format {
  if (chunk.byteLength < 16) throw bad(`has a format chunk of ${chunk.byteLength} bytes`, name);
  const tag = chunk.getUint16(0, true);
  const channels = chunk.getUint16(2, true);
  const sampleRate = chunk.getUint32(4, true);
  const frameBytes = chunk.getUint16(12, true);
  const bits = chunk.getUint16(14, true);
  // The extensible form has the real tag as the first two bytes of a GUID.
  const kind = tag === EXTENSIBLE && chunk.byteLength >= 40 ? chunk.getUint16(24, true) : tag;
  const dtype = sampleType(kind, bits);
  if (dtype === undefined) {
    throw new UnsupportedOpError(`samples of format ${kind} with ${bits} bits are not supported`, {
      code: "format/wav-codec",
      path: name,
      hint: "store the sound as 16-bit PCM or 32-bit float",
    });
  }
  const width = bits / 8;
  if (channels === 0 || sampleRate === 0) throw bad(`has ${channels} channels at ${sampleRate} Hz`, name);
  if (frameBytes !== channels * width) {
    throw bad(`has frames of ${frameBytes} bytes for ${channels} channels of ${bits} bits`, name);
  }
  return { dtype, channels, sampleRate, width };
}

function sampleType(kind: number, bits: number): Format["dtype"] | undefined {
  if (kind === FLOAT) return bits === 32 ? "float32" : bits === 64 ? "float64" : undefined;
  if (kind !== PCM) return undefined;
  const types: Readonly<Record<number, Format["dtype"]>> = {
    8: "uint8",
    16: "int16",
    24: "int32",
    32: "int32",
  };
  return types[bits];
}

function readSamples(bytes: Uint8Array, format: Format, name: string): Wav["samples"] {
  const { dtype, channels, width } = format;
  const frames = bytes.byteLength / (channels * width);
  if (!Number.isInteger(frames))
    throw bad(`ends in the middle of a frame of ${channels * width} bytes`, name);
  const shape = [frames, channels];
  if (width !== 3) return array(dtype, shape, bytes);
  const wide = new Uint8Array((bytes.byteLength / 3) * 4);
  for (let from = 0, to = 1; from < bytes.byteLength; from += 3, to += 4)
    wide.set(bytes.subarray(from, from + 3), to);
  return array(dtype, shape, wide);
}

function array<D extends DType>(dtype: D, shape: readonly number[], bytes: Uint8Array): NdArray<D> {
  return ndArray(dtype, shape, elementsFromBytes(dtype, bytes, false));
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/wav", path });
}

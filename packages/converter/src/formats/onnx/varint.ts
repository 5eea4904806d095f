// Packed numeric fields of protobuf as typed arrays: eight bytes per value, whatever the file holds.

/** Number of varints in `bytes`: each ends with a byte below 128. */
function countVarints(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] ?? 0) < 128) count++;
  return count;
}

/**
 * Decodes packed 64-bit varints into pairs of 32-bit halves, low half first.
 * @throws {RangeError} when the last one is cut off or one is longer than ten bytes
 */
export function unpackVarints(bytes: Uint8Array): Uint32Array {
  const halves = new Uint32Array(countVarints(bytes) * 2);
  let at = 0;
  for (let i = 0; at < bytes.length; i += 2) {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 63 || at >= bytes.length) throw new RangeError("a packed number is cut off");
      const byte = bytes[at++] ?? 0;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) break;
    }
    halves[i] = low >>> 0;
    halves[i + 1] = high >>> 0;
  }
  return halves;
}

/** Packed int64 values. */
export function unpackInt64(bytes: Uint8Array): BigInt64Array {
  return new BigInt64Array(littleEndian64(unpackVarints(bytes)));
}

/** Packed uint64 values. */
export function unpackUint64(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(littleEndian64(unpackVarints(bytes)));
}

/** Packed int32 values: the low half of each varint. */
export function unpackInt32(bytes: Uint8Array): Int32Array {
  const halves = unpackVarints(bytes);
  const out = new Int32Array(halves.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = halves[2 * i] ?? 0;
  return out;
}

function littleEndian64(halves: Uint32Array): ArrayBuffer {
  const buffer = new ArrayBuffer(halves.length * 4);
  new Uint32Array(buffer).set(halves);
  return buffer;
}

/**
 * Bytes as a buffer of its own, so that a typed array over it is aligned.
 * @throws {RangeError} for a ragged end
 */
export function alignedCopy(bytes: Uint8Array, elementSize: number): ArrayBuffer {
  if (bytes.length % elementSize !== 0) throw new RangeError("a packed number is cut off");
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

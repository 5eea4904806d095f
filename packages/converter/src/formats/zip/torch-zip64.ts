// PyTorch writes a zip64 end record into every archive, also where it is not needed. A strict zip reader takes
// that for ambiguity, so a redundant record that agrees with the plain one is hidden from it here.
import { ByteReader, type ByteSource } from "../bytes.js";

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_LENGTH = 22;
const END64_LENGTH = 56;
const LOCATOR64_LENGTH = 20;

/**
 * `source` without its zip64 end record and locator when they lie between directory and end record, fill that space
 * exactly, and repeat what the end record says; otherwise `source` itself.
 */
export async function hideRedundantZip64(source: ByteSource): Promise<ByteSource> {
  const hidden = END64_LENGTH + LOCATOR64_LENGTH;
  const tailLength = hidden + END_LENGTH;
  if (source.size < tailLength) return source;
  const tailStart = source.size - tailLength;
  const tail = await source.read(tailStart, tailLength);
  if (!agrees(new ByteReader(tail, source.name, tailStart), tailStart)) return source;
  const size = source.size - hidden;
  return {
    name: source.name,
    size,
    async read(offset, length) {
      if (offset + length <= tailStart || offset + length > size) return source.read(offset, length);
      if (offset >= tailStart) return source.read(offset + hidden, length);
      const joined = new Uint8Array(length);
      joined.set(await source.read(offset, tailStart - offset));
      joined.set(await source.read(tailStart + hidden, offset + length - tailStart), tailStart - offset);
      return joined;
    },
  };
}

function agrees(tail: ByteReader, tailStart: number): boolean {
  if (tail.u32() !== END64 || tail.u64() !== BigInt(END64_LENGTH - 12)) return false;
  tail.take(4);
  const disks64 = [tail.u32(), tail.u32()];
  const entries64 = [tail.u64(), tail.u64()];
  const directory64 = [tail.u64(), tail.u64()];
  if (tail.u32() !== LOCATOR64 || tail.u32() !== 0) return false;
  if (tail.u64() !== BigInt(tailStart) || tail.u32() !== 1) return false;
  if (tail.u32() !== END) return false;
  const disks = [tail.u16(), tail.u16()];
  const entries = [tail.u16(), tail.u16()];
  const [length, start] = [tail.u32(), tail.u32()];
  const comment = tail.u16();
  return (
    comment === 0 &&
    [...disks, ...disks64].every((disk) => disk === 0) &&
    entries.every((count, i) => BigInt(count) === entries64[i] && count !== 0xffff) &&
    directory64[0] === BigInt(length) &&
    directory64[1] === BigInt(start) &&
    start + length === tailStart
  );
}

// A zip writer that writes whatever it is told: any name, any declared size, any attribute, entries that share data.
import { crc32, deflateRawSync } from "node:zlib";
import { join, le, utf8 } from "./bytes.js";

/** One entry; what is left out is honest. */
export interface RawEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Declared size once unpacked. */
  readonly size?: number;
  readonly crc?: number;
  readonly flags?: number;
  readonly method?: number;
  /** Unix mode, e.g. 0o120777 for a symbolic link. */
  readonly mode?: number;
  /** Points at the local header of entry `shares` instead of having its own. */
  readonly shares?: number;
}

/** The archive. `before` is put in front without moving the offsets' base. */
export function rawZip(entries: readonly RawEntry[], before: Uint8Array = new Uint8Array()): Uint8Array {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  const starts: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const { data, flags = 0, mode = 0 } = entry;
    const stored = entry.deflate === true ? new Uint8Array(deflateRawSync(data)) : data;
    const name = utf8(entry.name);
    const common = join(
      le(20, 2),
      le(flags, 2),
      le(entry.method ?? (entry.deflate === true ? 8 : 0), 2),
      le(0, 2),
      le(33, 2),
      le(entry.crc ?? crc32(data), 4),
      le(stored.length, 4),
      le(entry.size ?? data.length, 4),
      le(name.length, 2),
      le(0, 2),
    );
    const start = entry.shares === undefined ? at : (starts[entry.shares] ?? 0);
    starts.push(start);
    central.push(
      join("PK\u0001\u0002", le(0x0314, 2), common, le(0, 6), le(mode * 65536, 4), le(start, 4), name),
    );
    if (entry.shares !== undefined) continue;
    const bytes = join("PK\u0003\u0004", common, name, stored);
    local.push(bytes);
    at += bytes.length;
  }
  const directory = join(...central);
  const count = le(entries.length, 2);
  const end = join("PK\u0005\u0006", le(0, 4), count, count, le(directory.length, 4), le(at, 4), le(0, 2));
  return join(before, ...local, directory, end);
}

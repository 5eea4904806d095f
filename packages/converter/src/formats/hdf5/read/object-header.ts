// Object headers, versions 1 and 2: the messages that describe a group, a dataset or a named type.
import { malformed, unsupported } from "../errors.js";
import { UNDEFINED_ADDRESS, type H5Context, type H5Reader } from "./context.js";

/** Numbers of the header messages that are read. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFill: 0x04,
  fill: 0x05,
  link: 0x06,
  external: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  driver: 0x14,
  attributeInfo: 0x15,
} as const;

/** One message. `data` is a view of the file; `position` its offset there. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly data: Uint8Array;
  readonly position: number;
}

const SHARED = 0x02;
const FAIL_IF_UNKNOWN = 0x80;
const LAST_KNOWN = 0x17;

/** All messages of the object header at `address`, continuation blocks included. */
export function readObjectHeader(context: H5Context, address: number): readonly Message[] {
  const first = context.at(address, 4);
  const isV2 = String.fromCharCode(...first.take(4)) === "OHDR";
  const messages: Message[] = [];
  const blocks: { at: number; length: number }[] = [];
  const seen = new Set<number>();
  let tracked = false;

  const collect = (r: H5Reader): void => {
    const head = isV2 ? (tracked ? 6 : 4) : 8;
    while (r.remaining >= head) {
      const type = isV2 ? r.u8() : r.u16();
      const size = r.u16();
      const flags = r.u8();
      if (!isV2) r.skip(3);
      else if (tracked) r.skip(2);
      const position = r.position;
      const data = r.take(size);
      context.spend(1);
      if (type > LAST_KNOWN && flags & FAIL_IF_UNKNOWN)
        throw malformed(`a header message of the unknown type ${type} must be understood`, r.place);
      if (type === MESSAGE.continuation) {
        const where = context.over(data, position);
        blocks.push({ at: where.address(), length: where.length() });
      } else if (type !== 0) messages.push({ type, flags, data, position });
    }
  };

  if (isV2) {
    const r = context.from(address);
    r.signature("OHDR");
    r.version("an object header", 2);
    const flags = r.u8();
    tracked = (flags & 0x04) !== 0;
    if (flags & 0x20) r.skip(16);
    if (flags & 0x10) r.skip(4);
    const size = r.uint(1 << (flags & 3));
    const start = r.offset;
    const body = r.take(size);
    context.verify(address, start + size);
    collect(context.over(body, context.base + address + start));
  } else {
    const r = context.at(address, 16);
    r.version("an object header", 1);
    r.skip(7);
    collect(context.at(address + 16, r.u32()));
  }
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    if (seen.has(block.at))
      throw malformed("object header blocks refer to each other", context.place(address));
    seen.add(block.at);
    if (!isV2) {
      collect(context.at(block.at, block.length));
      continue;
    }
    const r = context.at(block.at, block.length);
    r.signature("OCHK");
    if (block.length < 8) throw malformed("an object header block is too short", r.place);
    context.verify(block.at, block.length - 4);
    collect(context.over(r.take(block.length - 8), r.position - (block.length - 8)));
  }
  return messages;
}

/**
 * The bytes of a message that may be shared: its own, or those of the named type it points to.
 * @throws {UnsupportedOpError} for messages kept in the shared message table
 */
export function resolveShared(context: H5Context, message: Message): Message {
  if (!(message.flags & SHARED)) return message;
  const r = context.over(message.data, message.position);
  return sharedTarget(context, r, message.type);
}

/** Follows a shared-message reference at `r` to a message of type `type` in another object header. */
export function sharedTarget(context: H5Context, r: H5Reader, type: number): Message {
  const version = r.u8();
  const kind = r.u8();
  if (version < 1 || version > 3)
    throw malformed(`shared message version ${version}`, r.place, "hdf5/version");
  if (version === 1) r.skip(6);
  if (version === 3 && kind === 1)
    throw unsupported(
      "shared object header messages are not read",
      r.place,
      "hdf5/shared-messages",
      "save the file without a shared message table",
    );
  const address = r.address();
  if (address === UNDEFINED_ADDRESS) throw malformed("a shared message is nowhere", r.place);
  const target = readObjectHeader(context, address).find((m) => m.type === type);
  if (!target || target.flags & SHARED) throw malformed("a shared message leads nowhere", r.place);
  return target;
}

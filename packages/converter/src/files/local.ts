// Files of the machine that runs this, in Node: opened for reading by ranges, and written whole or not at all.
// Node's modules are found at run time by `process.getBuiltinModule`, which bundlers for browsers do not see.
import { ArgumentError, UnsupportedOpError } from "@isoform/core";
import { inRange, truncated, type ByteSource } from "../formats/bytes.js";

/** The most bytes that one call to the system moves. */
const CHUNK = 1 << 28;
let written = 0;

/** Node's modules for files. @throws {UnsupportedOpError} where there are none */
function node(op: string, hint: string) {
  // Absent in browsers and in the stand-ins for `process` that bundlers make.
  const find: typeof process.getBuiltinModule | undefined =
    typeof process === "object" ? process.getBuiltinModule : undefined;
  const fs = find?.("node:fs");
  const path = find?.("node:path");
  if (fs && path) return { fs, path };
  throw new UnsupportedOpError("there is no file system here", { code: "file/no-files", op, hint });
}
type Fs = ReturnType<typeof node>["fs"];

/** The error of the system as one of this project. */
function failed(what: string, path: string, cause: unknown): ArgumentError {
  const code = Reflect.get(Object(cause), "code");
  const absent = code === "ENOENT";
  return new ArgumentError(absent ? "there is no such file" : `${what} failed: ${String(code ?? cause)}`, {
    code: absent ? "file/not-found" : "file/failed",
    path,
    cause,
  });
}

/**
 * Runs `use` with a file open.
 * @throws {ArgumentError} (`file/not-found`, `file/failed`) when it cannot be read; errors of `use` pass through
 * @throws {UnsupportedOpError} where there are no files
 */
export async function withFile<T>(
  op: string,
  path: string,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const { fs } = node(op, "pass the bytes, a Blob or a File instead of a path");
  let handle;
  try {
    handle = await fs.promises.open(path, "r");
  } catch (error) {
    throw failed("opening it", path, error);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new ArgumentError("it is not a plain file", { code: "file/not-a-file", path });
    return await use(handleSource(handle, path, stat.size));
  } finally {
    await handle.close();
  }
}

type Handle = Awaited<ReturnType<Fs["promises"]["open"]>>;

function handleSource(handle: Handle, name: string, size: number): ByteSource {
  return {
    name,
    size,
    async read(offset: number, length: number): Promise<Uint8Array> {
      if (!inRange(offset, length, size)) throw truncated(name, offset, length, size);
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length;) {
        const { bytesRead } = await handle
          .read(bytes, at, Math.min(CHUNK, length - at), offset + at)
          .catch((error: unknown) => {
            throw failed("reading it", name, error);
          });
        if (bytesRead === 0) throw truncated(name, offset, length, offset + at);
        at += bytesRead;
      }
      return bytes;
    },
  };
}

/**
 * Writes a file under a temporary name in its folder and renames it, in one turn of the event loop: what was there
 * stays until all is written, whatever happens. Folders are made as needed. `bytes` is the call that needs no files.
 * @throws {ArgumentError} (`file/failed`) when it cannot be written; nothing has changed then
 * @throws {UnsupportedOpError} where there are no files
 */
export function writeFileWhole(op: string, path: string, data: Uint8Array, bytes: string): void {
  const { fs, path: paths } = node(op, `take the bytes of ${bytes} and offer them for download`);
  const folder = paths.dirname(path);
  const temporary = paths.join(folder, `.${paths.basename(path)}.${process.pid}.${written++}.tmp`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    const descriptor = fs.openSync(temporary, "wx");
    try {
      for (let at = 0; at < data.byteLength;)
        at += fs.writeSync(descriptor, data, at, Math.min(CHUNK, data.byteLength - at));
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw failed("writing it", path, error);
  }
}

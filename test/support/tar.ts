// Reads and writes the tarballs of npm packages: plain files in a gzipped ustar archive under `package/`.
import { gunzipSync, gzipSync } from "node:zlib";

const BLOCK = 512;

/** Files of a .tgz by path without the leading `package/`. Long names of pax headers are understood. */
export function readTarball(tgz: Uint8Array): Map<string, Uint8Array> {
  const data = new Uint8Array(gunzipSync(tgz));
  const text = (at: number, length: number) =>
    new TextDecoder().decode(data.subarray(at, at + length)).replace(/\0.*$/s, "");
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= data.length && data[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12).trim() || "0", 8);
    const type = text(at + 156, 1);
    const prefix = text(at + 345, 155);
    const name = longName ?? (prefix ? `${prefix}/${text(at, 100)}` : text(at, 100));
    const body = data.subarray(at + BLOCK, at + BLOCK + size);
    longName = type === "x" ? /\d+ path=(.*)\n/.exec(new TextDecoder().decode(body))?.[1] : undefined;
    if (type === "0" || type === "") files.set(name.replace(/^package\//, ""), body.slice());
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
  return files;
}

/** A .tgz of files; paths of up to 150 characters or so. */
export function writeTarball(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [path, body] of files) {
    parts.push(
      header(`package/${path}`, body.length),
      body,
      new Uint8Array((BLOCK - (body.length % BLOCK)) % BLOCK),
    );
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return gzipSync(Buffer.concat(parts), { level: 1 });
}

function header(path: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const cut = path.length <= 100 ? -1 : path.indexOf("/", path.length - 101);
  put(0, path.slice(cut + 1));
  if (cut >= 0) put(345, path.slice(0, cut));
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\u000000");
  const sum = block.reduce((a, b) => a + b, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

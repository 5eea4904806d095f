// Test helper: the reference HDF5 library (compiled to WebAssembly), used as oracle only.
import { File, FS, ready, type Dataset, type Group } from "h5wasm";

let counter = 0;

/** Bytes of a file that `write` fills through the reference library. */
export async function referenceFile(
  libver: "earliest" | "latest" | "v108" | "v110",
  write: (file: File) => void,
): Promise<Uint8Array> {
  await ready;
  const name = `made${counter++}.h5`;
  const bounds =
    libver === "v108" || libver === "v110" ? ([libver, libver] as [typeof libver, typeof libver]) : libver;
  const file = new File(name, "w", libver === "earliest" ? {} : { libver: bounds });
  write(file);
  file.flush();
  file.close();
  const bytes = FS?.readFile(name);
  FS?.unlink(name);
  if (!bytes) throw new Error("the reference library wrote nothing");
  return new Uint8Array(bytes);
}

/** Opens `bytes` in the reference library for the time of `read`. */
export async function withReference<T>(bytes: Uint8Array, read: (file: File) => T): Promise<T> {
  await ready;
  const name = `read${counter++}.h5`;
  FS?.writeFile(name, bytes);
  const file = new File(name, "r");
  try {
    return read(file);
  } finally {
    file.close();
    FS?.unlink(name);
  }
}

export type { Dataset, File, Group };

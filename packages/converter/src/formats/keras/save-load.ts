// Saves and loads Keras models by path: the saver and the loader that @isoform/api-keras is given.
import { ArgumentError, shown } from "@isoform/core";
import { withFile, writeFileWhole } from "../../files/local.js";
import { blobSource, bytesSource, type BlobLike, type ByteSource } from "../bytes.js";
import type { Limits } from "../limits.js";
import { kerasArchive, kerasBytes, kerasWeightsBytes, type KerasArchive } from "./model-archive.js";
import { readKerasFile } from "./read.js";

/**
 * Writes a model, in Node: `.keras` files hold all, `.weights.h5` files the weights and the state of the optimizer.
 * Real Keras loads both. The file appears when it is complete: one that was there stays until then, also when
 * writing fails or is interrupted. Folders are made as needed. Weights of any shape.
 * @throws {ArgumentError} (`keras/extension`) when the path ends otherwise; (`file/failed`) when the file cannot be
 * written, (`keras/no-config`) for a `.keras` file of weights alone
 * @throws {ModelFormatError} when the config is malformed, or data and shape of a weight disagree
 * @throws {DTypeError} when HDF5 has no such element type
 * @throws {LimitExceededError} when the file would have 4 GiB or more, or layers nest over 32 deep
 * @throws {UnsupportedOpError} where there are no files, such as in a browser
 * @see keras.saving.save_model
 */
export async function saveKeras(archive: KerasArchive, path: string): Promise<void> {
  writeFileWhole("saveKeras", path, bytesFor(archive, path), "kerasBytes(archive)");
}

function bytesFor(archive: KerasArchive, path: string): Uint8Array {
  if (typeof path === "string" && path.endsWith(".weights.h5")) return kerasWeightsBytes(archive);
  if (typeof path === "string" && path.endsWith(".keras")) return kerasBytes(archive);
  throw new ArgumentError(`no format goes by the name ${JSON.stringify(path)}`, {
    code: "keras/extension",
    op: "saveKeras",
    path: String(path),
    hint: "name the file model.keras, or model.weights.h5 for the weights alone",
  });
}

/** What `loadKeras` reads: a path (in Node), bytes, a Blob or File, or any source of ranges. */
export type KerasSource = string | Uint8Array | BlobLike | ByteSource;

/**
 * Reads a `.keras` or `.weights.h5` file of Keras 3: config and weights, of any shape, as data. Nothing of the file
 * is run.
 * @throws {ArgumentError} (`file/not-found`, `file/not-a-file`, `file/failed`) when the file cannot be read, or a
 * limit is unknown
 * @throws {ModelFormatError} when it is no Keras file, holds no weights or is damaged
 * @throws {UnsafeModelError} when it has links, external or virtual data, or unsafe names
 * @throws {UnsupportedOpError} for files of Keras 1 and 2, a filter or layout that is not read, or a path where there
 * are no files
 * @throws {DTypeError} when the element type of a weight is not read
 * @throws {LimitExceededError} when file, config, entries or tensors are over a limit
 * @see keras.saving.load_model
 */
export async function loadKeras(
  source: KerasSource,
  options: { readonly limits?: Partial<Limits> } = {},
): Promise<KerasArchive> {
  const read = async (from: ByteSource): Promise<KerasArchive> =>
    kerasArchive(await readKerasFile(from, options));
  if (typeof source === "string") return withFile("loadKeras", source, read);
  if (source instanceof Uint8Array) return read(bytesSource(source, "model.keras"));
  if (typeof source !== "object" || source === null)
    throw new ArgumentError(`${shown(source)} is no file`, {
      code: "argument/invalid",
      op: "loadKeras",
      hint: "pass a path, the bytes, a Blob or a File",
    });
  return read("read" in source ? source : blobSource(source, "model.keras"));
}

// Reads files written by torch.save, of any version since 0.2, and plain pickles, as data.
import { ModelFormatError } from "@isoform/core";
import type { ByteSource } from "../bytes.js";
import { checkLimit, resolveLimits, type Limits } from "../limits.js";
import { readPickle, type PickleOptions, type UnknownClasses } from "../pickle/read.js";
import type { TensorRef } from "../pickle/tensor-ref.js";
import type { PickleValue } from "../pickle/value.js";
import type { RawTensor } from "../raw-tensor.js";
import { looksLikeZip } from "../zip/read.js";
import { looksLikeLegacy, readLegacyFile, readPickleAt } from "./legacy-file.js";
import { torchGlobals } from "./rules.js";
import { StorageTable, type StorageReader } from "./storages.js";
import { TensorReader, type QuantizedMode } from "./tensors.js";
import { openTorchZip, zipStorages } from "./zip-file.js";

/** Options of `readTorchFile`. */
export interface TorchReadOptions {
  readonly limits?: Partial<Limits>;
  /** Classes outside PyTorch become data only when this says so; default `refuse`. Nothing is ever run. */
  readonly unknownClasses?: UnknownClasses;
}

/** A PyTorch file whose structure is read; tensors are read when asked for. */
export interface TorchFile {
  readonly name: string;
  readonly container: "zip" | "legacy" | "pickle";
  /** True for TorchScript archives (`torch.jit.save`); their code is not looked at here. */
  readonly script: boolean;
  /** The saved object as data. Tensors in it are `{ kind: "tensor" }`. */
  readonly root: PickleValue;
  /** Classes outside PyTorch that became data. */
  readonly unknown: readonly string[];
  readonly limits: Limits;
  /**
   * The values of a tensor in `root`, of its shape, row-major. Quantised tensors give float32 unless
   * `quantized` is `raw`; sparse ones dense.
   * @param path Name for messages.
   * @throws {UnsupportedOpError} when the tensor holds no readable values
   * @throws {ModelFormatError} when it lies outside its storage or the file is damaged
   * @throws {LimitExceededError} when it is over `tensorBytes`, or a sparse one over `ratio`
   */
  tensor(ref: TensorRef, path?: string, quantized?: QuantizedMode): Promise<RawTensor>;
}

/**
 * Reads a `.pt`, `.pth`, `.th` or `.bin` file: the zip container (PyTorch 1.6 and later, TorchScript too),
 * the consecutive pickles before it, or a single pickle. Nothing in the file is executed; CUDA tensors become
 * ordinary.
 * @throws {UnsafeModelError} when a pickle uses a global outside the closed tables (the error names all of
 * them), or an archive has an unsafe name
 * @throws {ModelFormatError} when it is damaged or another kind of file
 * @throws {LimitExceededError} when file, entries, a pickle or its nesting is over a limit
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see torch.load
 */
export async function readTorchFile(source: ByteSource, options: TorchReadOptions = {}): Promise<TorchFile> {
  const limits = resolveLimits(options.limits);
  checkLimit(limits, "fileBytes", source.size, source.name);
  const table = new StorageTable(limits);
  const pickleOptions = (script: boolean): PickleOptions => ({
    limits,
    unknownClasses: options.unknownClasses ?? "refuse",
    globals: torchGlobals(limits, script),
    persistent: (id, place) => table.resolve(id, place),
  });
  if (await looksLikeZip(source)) {
    const zip = await openTorchZip(source, limits);
    const result = readPickle(zip.pickle, zip.pickleName, pickleOptions(zip.script));
    if (result.byteLength !== zip.pickle.byteLength) throw leftOver(zip.pickleName, result.byteLength);
    const reader = new TensorReader(zipStorages(zip, table), zip.byteOrder === "big", limits);
    return file(source, "zip", zip.script, result.value, result.unknown, reader, limits);
  }
  if (await looksLikeLegacy(source)) {
    const { result, storages } = await readLegacyFile(source, pickleOptions(false), table);
    const reader = new TensorReader(storages, false, limits);
    return file(source, "legacy", false, result.value, result.unknown, reader, limits);
  }
  await refuseOtherFormats(source);
  const result = await readPickleAt(source, 0, { ...pickleOptions(false), persistent: noStorages });
  if (result.byteLength !== source.size) throw leftOver(source.name, result.byteLength);
  const none: StorageReader = { read: (key) => Promise.reject(leftOver(key, 0)) };
  return file(
    source,
    "pickle",
    false,
    result.value,
    result.unknown,
    new TensorReader(none, false, limits),
    limits,
  );
}

function file(
  source: ByteSource,
  container: TorchFile["container"],
  script: boolean,
  root: PickleValue,
  unknown: readonly string[],
  reader: TensorReader,
  limits: Limits,
): TorchFile {
  return {
    name: source.name,
    container,
    script,
    root,
    unknown,
    limits,
    tensor: (ref, path = "tensor", quantized = "dequantize") =>
      reader.read(ref, `${source.name}: ${path}`, quantized),
  };
}

function leftOver(name: string, end: number): ModelFormatError {
  return new ModelFormatError(`there are bytes behind the pickle, which ends at ${end}`, {
    code: "format/torch",
    path: name,
  });
}

function noStorages(_: PickleValue, place: string): never {
  throw new ModelFormatError("a plain pickle refers to tensors outside itself", {
    code: "format/torch",
    path: place,
    hint: "this is only a part of a PyTorch file",
  });
}

const OTHER_FORMATS: readonly (readonly [string, string])[] = [
  ["\u0089HDF\r\n", "an HDF5 file; is it a Keras .h5 model?"],
  ["ustar", "a tar archive of PyTorch 0.1, which is not read; save it again with a newer PyTorch"],
];

/** Names the file type where a reader would otherwise only say that the pickle is damaged. */
async function refuseOtherFormats(source: ByteSource): Promise<void> {
  const head = await source.read(0, Math.min(512, source.size));
  const text = String.fromCharCode(...head);
  for (const [mark, what] of OTHER_FORMATS) {
    const found = mark === "ustar" ? text.slice(257, 262) === mark : text.startsWith(mark);
    if (found) throw new ModelFormatError(`it is ${what}`, { code: "format/torch", path: source.name });
  }
  const json = /^[\s\S]{8}\{/.test(text);
  if (json)
    throw new ModelFormatError("it looks like a safetensors file", {
      code: "format/torch",
      path: source.name,
      hint: "read it with openSafetensors",
    });
}

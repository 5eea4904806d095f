// Writes a state dict as torch.save does, for torch.load(weights_only=True) and load_state_dict.
import { DTypeError } from "@isoform/core";
import { PickleWriter } from "../pickle/write.js";
import { describeRaw, elementCount, rawTensor, type RawDType, type RawTensor } from "../raw-tensor.js";
import { contiguousStrides } from "../strided.js";
import { writeZip, type ZipOutputEntry } from "../zip/write.js";
import { storageClassOf } from "./dtypes.js";

/** Element types without a storage class of their own: PyTorch 2.3 and later read them from untyped storages. */
const UNTYPED: ReadonlySet<RawDType> = new Set<RawDType>([
  "uint16",
  "uint32",
  "uint64",
  "float8_e4m3fn",
  "float8_e4m3fnuz",
  "float8_e5m2",
  "float8_e5m2fnuz",
  "float8_e8m0fnu",
]);

/** Options of `writeTorchStateDict`. */
export interface TorchWriteOptions {
  /** Name of the folder inside the archive (default `archive`). */
  readonly root?: string;
}

const ALIGNMENT = 64;

/**
 * The bytes of a `.pt` file (zip container, pickle protocol 2) that holds `tensors` as an OrderedDict in
 * order. Names that share one RawTensor object share one storage, so they stay tied. Equal input gives equal
 * bytes.
 * @throws {DTypeError} when PyTorch has no plain tensor of the element type (int4, quantised types, string,
 * …)
 * @throws {ModelFormatError} when data and shape of a tensor disagree
 * @throws {LimitExceededError} when the file would have 4 GiB or more, or 65,535 entries
 * @throws {UnsafeModelError} when `root` is not a plain relative path
 * @see torch.save
 */
export function writeTorchStateDict(
  tensors: ReadonlyMap<string, RawTensor>,
  options: TorchWriteOptions = {},
): Uint8Array {
  const root = options.root ?? "archive";
  const keys = new Map<RawTensor, string>();
  const pickle = new PickleWriter().orderedDict().mark();
  for (const [name, tensor] of tensors) {
    rawTensor(tensor.dtype, tensor.shape, tensor.data, name);
    const key = keys.get(tensor) ?? String(keys.size);
    keys.set(tensor, key);
    pickle.string(name);
    writeTensor(pickle, tensor, key, name);
  }
  const entries: ZipOutputEntry[] = [
    { name: `${root}/data.pkl`, data: pickle.setItems().finish() },
    { name: `${root}/.format_version`, data: text("1") },
    { name: `${root}/.storage_alignment`, data: text(String(ALIGNMENT)) },
    { name: `${root}/byteorder`, data: text("little") },
    ...[...keys].map(([tensor, key]) => ({ name: `${root}/data/${key}`, data: tensor.data })),
    { name: `${root}/version`, data: text("3\n") },
  ];
  return writeZip(entries, { alignment: ALIGNMENT });
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function writeTensor(pickle: PickleWriter, tensor: RawTensor, key: string, name: string): void {
  const { dtype, shape } = tensor;
  const storage = storageClassOf(dtype);
  const untyped = UNTYPED.has(dtype);
  if (!untyped && (!storage || dtype.startsWith("q")))
    throw new DTypeError(`PyTorch has no plain tensor for ${describeRaw(tensor)}`, {
      code: "dtype/not-in-format",
      path: name,
      hint: "convert the tensor to another dtype first",
    });
  pickle.global("torch._utils", untyped ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2").mark();
  pickle.mark().string("storage");
  if (untyped) pickle.global("torch.storage", "UntypedStorage");
  else pickle.global("torch", storage ?? "");
  pickle.string(key).string("cpu");
  pickle
    .int(untyped ? tensor.data.byteLength : elementCount(shape, name))
    .tuple()
    .persistentId();
  pickle.int(0).ints(shape).ints(contiguousStrides(shape)).bool(false).orderedDict();
  if (untyped) pickle.global("torch", dtype);
  pickle.tuple().reduce();
}

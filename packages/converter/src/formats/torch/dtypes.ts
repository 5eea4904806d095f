// PyTorch's names of element types and storage classes.
import type { RawDType } from "../raw-tensor.js";

const STORAGES: ReadonlyMap<string, RawDType> = new Map<string, RawDType>([
  ["Double", "float64"],
  ["Float", "float32"],
  ["Half", "float16"],
  ["BFloat16", "bfloat16"],
  ["Long", "int64"],
  ["Int", "int32"],
  ["Short", "int16"],
  ["Char", "int8"],
  ["Byte", "uint8"],
  ["Bool", "bool"],
  ["ComplexDouble", "complex128"],
  ["ComplexFloat", "complex64"],
  ["QInt8", "qint8"],
  ["QUInt8", "quint8"],
  ["QInt32", "qint32"],
  ["Untyped", "uint8"],
]);

const SAME_NAME: readonly RawDType[] = [
  "float64",
  "float32",
  "float16",
  "bfloat16",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
  "complex32",
  "complex64",
  "complex128",
  "qint8",
  "quint8",
  "qint32",
  "float8_e4m3fn",
  "float8_e4m3fnuz",
  "float8_e5m2",
  "float8_e5m2fnuz",
  "float8_e8m0fnu",
];

const DTYPES: ReadonlyMap<string, RawDType> = new Map<string, RawDType>([
  ...SAME_NAME.map((name) => [name, name] as const),
  ["double", "float64"],
  ["float", "float32"],
  ["half", "float16"],
  ["long", "int64"],
  ["int", "int32"],
  ["short", "int16"],
  ["cfloat", "complex64"],
  ["cdouble", "complex128"],
]);

/** Element type of a storage class such as `torch.FloatStorage` or `torch.cuda.HalfStorage`. */
export function storageDType(className: string): RawDType | undefined {
  const match = /^torch\.(?:cuda\.|storage\.)?([A-Za-z0-9]+)Storage$/.exec(className);
  return match?.[1] ? STORAGES.get(match[1]) : undefined;
}

/** True for `torch.storage.UntypedStorage`, whose length counts bytes. */
export function isUntyped(className: string): boolean {
  return className.endsWith(".UntypedStorage");
}

/** Element type of a dtype such as `torch.float32`. */
export function torchDType(name: string): RawDType | undefined {
  return name.startsWith("torch.") ? DTYPES.get(name.slice(6)) : undefined;
}

/** The storage class that older PyTorch versions also know, e.g. `FloatStorage`; undefined for newer types. */
export function storageClassOf(dtype: RawDType): string | undefined {
  for (const [name, stored] of STORAGES) if (stored === dtype && name !== "Untyped") return `${name}Storage`;
  return undefined;
}

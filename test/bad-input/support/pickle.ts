// Pickles written opcode by opcode, and PyTorch files around them.
import { floats, join, latin, le } from "./bytes.js";
import { rawZip } from "./zip.js";

/** Shorthands of opcodes, as Latin-1 text: `global("os", "system")` is the opcode GLOBAL. */
export const global = (module: string, name: string): string => `c${module}\n${name}\n`;
/** Short text (protocol 1). */
export const text = (value: string): string => `U${String.fromCharCode(value.length)}${value}`;
/** A whole number of 4 bytes. */
export const int = (value: number): string =>
  `J${String.fromCharCode(...le(BigInt.asUintN(32, BigInt(value)), 4))}`;
/** A tuple. */
export const tuple = (...items: readonly string[]): string => `(${items.join("")}t`;
/** Calls `callable` with arguments. */
export const reduce = (callable: string, ...args: readonly string[]): string =>
  `${callable}${tuple(...args)}R`;
/** A dict with text keys. */
export const dict = (entries: Readonly<Record<string, string>>): string =>
  `}(${Object.entries(entries)
    .map(([key, value]) => text(key) + value)
    .join("")}u`;

/** A storage of float32 by its persistent id. */
export const storage = (key: string, length: number, type = "FloatStorage"): string =>
  `${tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(length))}Q`;

/** A tensor over the storage "0" of `length` numbers. */
export function tensor(shape: readonly number[], strides: readonly number[], offset = 0, length = 4): string {
  return reduce(
    global("torch._utils", "_rebuild_tensor_v2"),
    storage("0", length),
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    "\u0089",
    reduce(global("collections", "OrderedDict")),
  );
}

/** A pickle of protocol 2. */
export const pickle = (body: string): Uint8Array => latin(`\u0080\u0002${body}.`);

/** A PyTorch zip around a pickle, with four numbers as storage "0". */
export function torchZip(
  body: string,
  storages: Readonly<Record<string, Uint8Array>> = { 0: floats(1, 2, 3, 4) },
): Uint8Array {
  return rawZip([
    { name: "m/data.pkl", data: pickle(body) },
    { name: "m/byteorder", data: latin("little") },
    ...Object.entries(storages).map(([key, data]) => ({ name: `m/data/${key}`, data })),
    { name: "m/version", data: latin("3\n") },
  ]);
}

/** A file of PyTorch before 1.6 around an object: magic, protocol, system, object, keys, storages. */
export function torchLegacy(body: string, keys = ["0"], values: Uint8Array = floats(1, 2, 3, 4)): Uint8Array {
  return join(
    pickle("\u008a\u000a\u006c\u00fc\u009c\u0046\u00f9\u0020\u006a\u00a8\u0050\u0019"),
    pickle("M\u00e9\u0003"),
    pickle(dict({ little_endian: "\u0088" })),
    pickle(body),
    pickle(`](${keys.map(text).join("")}e`),
    ...keys.map(() => join(le(values.length / 4, 8), values)),
  );
}

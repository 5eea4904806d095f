// Every tensor in a PyTorch file under its path, whatever the structure around it.
import { checkLimit } from "../limits.js";
import { isNumpyArray, numpyArrayOf } from "../pickle/numpy.js";
import { hasChildren } from "../pickle/check.js";
import type { TensorRef } from "../pickle/tensor-ref.js";
import { entriesOf, type PickleObject, type PickleValue } from "../pickle/value.js";
import type { RawTensor } from "../raw-tensor.js";
import { isModule, isScriptModule, visitModule } from "./module.js";
import type { TorchFile } from "./read.js";
import type { QuantizedMode } from "./tensors.js";
import { Walk } from "./walk.js";
import { uniqueName } from "../../unique-name.js";

/** A tensor with its path: dict keys, list indices and attribute names joined by dots. */
export interface FoundTensor {
  readonly path: string;
  /** A tensor of PyTorch, or a NumPy array held by the pickle. */
  readonly value: TensorRef | PickleObject;
}

/**
 * Every tensor of the file in order, of any shape, without reading values. Modules give the names of their
 * state dict.
 * @throws {LimitExceededError} when there are more tensors than `entries`, more visits than `nodes`, or
 * values nest more than 1000 levels deep
 */
export function findTensors(file: TorchFile): FoundTensor[] {
  const found: FoundTensor[] = [];
  const walk = new Walk(file.limits, file.name);
  const add = (path: string, value: FoundTensor["value"]): void => {
    walk.tensor();
    found.push({ path, value });
  };
  // Values without tensors may be shared a billion times over; once is enough.
  const barren = new Set<PickleValue>();
  let cycles = 0;
  const visit = (value: PickleValue, path: string): void => {
    if (value.kind === "tensor") return add(path, value.tensor);
    if (barren.has(value) || !hasChildren(value)) return;
    if (value.kind === "object") walk.look(entriesOf(value)?.length ?? 0);
    if (isNumpyArray(value)) return add(path, value);
    if (isModule(value) || isScriptModule(value))
      return visitModule(value, path, walk, { tensor: add, module: () => {} });
    if (!walk.enter(value, path)) {
      cycles++;
      return;
    }
    const before = found.length + cycles;
    const join = (name: string): string => (path === "" ? name : `${path}.${name}`);
    for (const [name, child] of labelled(value)) {
      walk.look(1);
      visit(child, join(name));
    }
    walk.leave(value);
    if (found.length + cycles === before) barren.add(value);
  };
  visit(file.root, "");
  return found;
}

function* labelled(value: PickleValue): Iterable<readonly [string, PickleValue]> {
  if (value.kind === "list" || value.kind === "tuple" || value.kind === "set") {
    for (const [i, item] of value.items.entries()) yield [String(i), item];
  } else if (value.kind === "dict") yield* keyed(value.entries);
  else if (value.kind === "object") {
    for (const [i, item] of [...value.args, ...value.items].entries()) yield [String(i), item];
    yield* keyed(value.entries);
    if (value.state?.kind === "dict") yield* keyed(value.state.entries);
    else if (value.state) yield ["state", value.state];
  }
}

function* keyed(entries: PickleObject["entries"]): Iterable<readonly [string, PickleValue]> {
  for (const [i, [key, value]] of entries.entries()) yield [keyName(key) ?? `item${i}`, value];
}

/** The name of a dict entry: its string or integer key; undefined for other keys. Never throws. */
export function keyName(key: PickleValue): string | undefined {
  return key.kind === "str" || key.kind === "int" ? String(key.value) : undefined;
}

/**
 * Reads named tensors, each of its shape in the file, row-major; equal views of one storage become the same
 * RawTensor object. A name that is there already gets `#2`, `#3`, … behind it.
 * @param quantized `dequantize` (default): quantised tensors as float32; `raw`: as the stored integers.
 * @throws {UnsupportedOpError} when a tensor holds no readable values
 * @throws {DTypeError} when a NumPy array is of objects, strings, dates or records
 * @throws {ModelFormatError} when a tensor lies outside its storage or the file is damaged
 * @throws {LimitExceededError} when a tensor is over `tensorBytes`, or all together are over `fileBytes`
 */
export async function readTensors(
  file: TorchFile,
  found: readonly FoundTensor[],
  quantized: QuantizedMode = "dequantize",
): Promise<Map<string, RawTensor>> {
  const tensors = new Map<string, RawTensor>();
  const known = new Map<string, RawTensor>();
  let total = 0;
  for (const { path, value } of found) {
    const id = viewId(value);
    const same = id === undefined ? undefined : known.get(id);
    const tensor = same ?? (await readOne(file, value, path, quantized));
    if (!same) {
      total += tensor.data.byteLength;
      checkLimit(file.limits, "fileBytes", total, file.name);
      if (id !== undefined) known.set(id, tensor);
    }
    // Paths of different places can be spelled alike when keys hold dots.
    const name = uniqueName(
      path,
      (n) => tensors.has(n),
      (i) => `${path}#${i}`,
      2,
    );
    tensors.set(name, tensor);
  }
  return tensors;
}

/**
 * Every tensor of the file by path (`findTensors`), read, each of its shape in the file, row-major.
 * @param quantized `dequantize` (default): quantised tensors as float32; `raw`: as the stored integers.
 * @throws {UnsupportedOpError} when a tensor holds no readable values
 * @throws {DTypeError} when a NumPy array is of objects, strings, dates or records
 * @throws {ModelFormatError} when a tensor lies outside its storage or the file is damaged
 * @throws {LimitExceededError} when the tensors, their number or the visits are over a limit
 */
export async function torchTensors(
  file: TorchFile,
  quantized: QuantizedMode = "dequantize",
): Promise<Map<string, RawTensor>> {
  return readTensors(file, findTensors(file), quantized);
}

async function readOne(
  file: TorchFile,
  value: FoundTensor["value"],
  path: string,
  quantized: QuantizedMode,
): Promise<RawTensor> {
  if ("layout" in value) return file.tensor(value, path, quantized);
  const array = numpyArrayOf(value, `${file.name}: ${path}`, file.limits);
  if (!array) throw new TypeError("not a NumPy array");
  return array;
}

/**
 * Equal for tensors that are the same view (offset, shape, strides) of one storage; undefined for tensors
 * that can share none. Never throws.
 */
export function viewId(value: FoundTensor["value"]): string | undefined {
  if (!("layout" in value) || value.layout !== "strided" || value.storage.inline || value.quantizer)
    return undefined;
  const { storage, dtype, shape, strides, offset, conjugate, negative } = value;
  return JSON.stringify([storage.key, storage.start + offset, dtype, shape, strides, conjugate, negative]);
}

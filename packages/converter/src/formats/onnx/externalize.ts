// Moves large initialisers of a model out into one data file.
import { create } from "./encode.js";
import { externalRange } from "./external.js";
import { isExternal } from "./tensor.js";
import { DataLocation, type ModelProto, type TensorProto } from "./schema/onnx.gen.js";

/** Options of `externalizeInitializers`. */
export interface ExternalizeOptions {
  /** Name of the data file, beside the model. */
  readonly location: string;
  /** Tensors with fewer bytes stay inside (default 1024). */
  readonly minBytes?: number;
}

const ALIGNMENT = 64;

/**
 * The model with the raw data of its large initialisers in one file, whose parts are returned in order (so
 * that more than 2 GiB never need one buffer). Offsets are multiples of 64 bytes. The given model stays as it
 * is.
 * @throws {UnsafeModelError} when a tensor is moved and the location is one that a reader would refuse
 */
export function externalizeInitializers(
  model: ModelProto,
  options: ExternalizeOptions,
): { model: ModelProto; parts: readonly Uint8Array[] } {
  const { location, minBytes = 1024 } = options;
  const parts: Uint8Array[] = [];
  let offset = 0;
  const move = (tensor: TensorProto): TensorProto => {
    const data = tensor.rawData;
    if (isExternal(tensor) || !data || data.length < minBytes) return tensor;
    const padding = (ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT;
    if (padding > 0) parts.push(new Uint8Array(padding));
    offset += padding;
    const entries = { location, offset: String(offset), length: String(data.length) };
    parts.push(data);
    offset += data.length;
    const moved: TensorProto = {
      ...tensor,
      rawData: undefined,
      dataLocation: DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) =>
        create("StringStringEntryProto", { key, value }),
      ),
    };
    externalRange(moved, tensor.name ?? "");
    return moved;
  };
  const graph = model.graph && { ...model.graph, initializer: model.graph.initializer.map(move) };
  return { model: { ...model, graph }, parts };
}

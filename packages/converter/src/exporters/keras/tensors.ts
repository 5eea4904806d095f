// The Keras side of an export: symbolic tensors, the layers and operations that make them, and how they are written.
import { elementReader, isDType, UnsupportedOpError } from "@isoform/core";
import type { PlainJson, PlainObject } from "../../formats/keras/index.js";
import { typedArrayOf, type RawDType, type RawTensor } from "../../formats/raw-tensor.js";
import type { Dim, IrValue } from "../../ir/types.js";
import type { WeightStep } from "../../ir/weights.js";

/** An output of a call of a layer. */
export class KTensor {
  readonly maker: LayerBuild;
  readonly call: number;
  readonly index: number;
  readonly dims: readonly Dim[];
  readonly dtype: RawDType;

  constructor(maker: LayerBuild, call: number, index: number, dims: readonly Dim[], dtype: RawDType) {
    this.maker = maker;
    this.call = call;
    this.index = index;
    this.dims = dims;
    this.dtype = dtype;
  }
}

/** An argument of a call. */
export type Arg = KTensor | PlainJson | readonly Arg[];

/** A weight of a layer: of the IR with exact steps, or made by the exporter. */
export type WeightGiven =
  | { readonly value: IrValue; readonly steps: readonly WeightStep[] }
  | { readonly tensor: RawTensor; readonly from: string | null };

/** Weights by their path inside the layer, e.g. `kernel` or `lstm_cell/bias`. */
export type LayerWeights = Readonly<Record<string, WeightGiven | null>>;

/** One call of a layer. */
export interface LayerUse {
  readonly args: readonly Arg[];
  readonly kwargs: Readonly<Record<string, Arg>>;
}

/** A layer or operation under construction. Its name is settled when all are known. */
export class LayerBuild {
  wanted: string;
  name = "";
  readonly module: string;
  readonly className: string;
  readonly config: PlainObject;
  readonly weights: LayerWeights;
  readonly trainable: boolean;
  readonly dtype: string;
  readonly uses: LayerUse[] = [];

  constructor(
    init: Pick<LayerBuild, "wanted" | "module" | "className" | "config" | "weights" | "trainable" | "dtype">,
  ) {
    this.wanted = init.wanted;
    this.module = init.module;
    this.className = init.className;
    this.config = init.config;
    this.weights = init.weights;
    this.trainable = init.trainable;
    this.dtype = init.dtype;
  }

  get isLayer(): boolean {
    return this.module === LAYERS;
  }
}

/** The module of Keras' layers. */
export const LAYERS = "keras.layers";

/** All tensors of an argument, in Keras' order. */
export function tensorsIn(arg: Arg): readonly KTensor[] {
  if (arg instanceof KTensor) return [arg];
  return isArgList(arg) ? arg.flatMap(tensorsIn) : [];
}

function isArgList(arg: Arg): arg is readonly Arg[] {
  return Array.isArray(arg);
}

/** Element type by the name Keras has for it. @throws {UnsupportedOpError} for types Keras has not */
export function kerasDType(dtype: RawDType, path: string): string {
  if (isDType(dtype)) return dtype;
  throw new UnsupportedOpError(`Keras has no ${dtype}`, { code: "export/dtype", path });
}

/** A size as Keras writes it. */
export function kerasDim(d: Dim): number | null {
  return typeof d === "number" ? d : null;
}

function serialiseArg(arg: Arg): PlainJson {
  if (arg instanceof KTensor) {
    const config = {
      shape: arg.dims.map(kerasDim),
      dtype: isDType(arg.dtype) ? arg.dtype : "float32",
      keras_history: [arg.maker.name, arg.call, arg.index],
    };
    return { class_name: "__keras_tensor__", config };
  }
  return isArgList(arg) ? arg.map(serialiseArg) : (arg as PlainJson);
}

/** A layer as functional configs list it. */
export function serialiseLayer(layer: LayerBuild): PlainObject {
  const { name, module, className } = layer;
  const policy = {
    module: "keras",
    class_name: "DTypePolicy",
    config: { name: layer.dtype },
    registered_name: null,
  };
  // Keras' spatial dropout layers do not take the option that all others do.
  const frozen = className.startsWith("SpatialDropout") ? {} : { trainable: layer.trainable };
  const plain = layer.isLayer && className !== "InputLayer";
  const head: PlainObject = plain ? { name, ...frozen, dtype: policy } : { name };
  const inbound = layer.uses.map(({ args, kwargs }): PlainObject => ({
    args: args.map(serialiseArg),
    kwargs: Object.fromEntries(Object.entries(kwargs).map(([key, arg]) => [key, serialiseArg(arg)])),
  }));
  return {
    module,
    class_name: className,
    config: { ...head, ...layer.config },
    registered_name: layer.isLayer ? null : className,
    name,
    inbound_nodes: inbound,
  };
}

/** Literals over this many elements are refused: configs are no place for them. */
const MAX_LITERAL = 1 << 20;

/**
 * An array as an argument of an operation.
 * @throws {UnsupportedOpError} for infinities, which JSON has not
 */
export function arrayArg(tensor: RawTensor, path: string): PlainJson {
  const { dtype, shape } = tensor;
  if (!isDType(dtype)) throw new UnsupportedOpError(`Keras has no ${dtype}`, { code: "export/dtype", path });
  const data = typedArrayOf(tensor);
  if (data.length > MAX_LITERAL)
    throw new UnsupportedOpError(`a constant of ${data.length} elements is too large for a config`, {
      code: "export/keras-constant",
      path,
    });
  const read = elementReader(dtype);
  const values = Array.from({ length: data.length }, (_, i) => {
    const v = Number(read(data, i));
    if (!Number.isFinite(v))
      throw new UnsupportedOpError("a constant holds infinities or NaN, which a config cannot", {
        code: "export/keras-constant",
        path,
      });
    return dtype === "bool" ? v !== 0 : v;
  });
  return { class_name: "__numpy__", config: { value: nested(values, shape), dtype } };
}

function nested(values: readonly PlainJson[], shape: readonly number[]): PlainJson {
  if (shape.length === 0) return values[0] ?? null;
  const [n = 0, ...rest] = shape;
  const step = n === 0 ? 0 : values.length / n;
  return Array.from({ length: n }, (_, i) => nested(values.slice(i * step, (i + 1) * step), rest));
}

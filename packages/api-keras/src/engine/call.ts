// One call of a layer: inputs to tensors, weights made, masks and training passed on, intermediates released.
import * as core from "@isoform/core";
import { ArgumentError, IsoformError, ShapeError, type Tensor as CoreTensor } from "@isoform/core";
import { missing } from "../config/values.js";
import { initScope, nameScope, session, withCall, type CallContext } from "../session.js";
import { asTensor, isData, toTensor } from "../tensor/like.js";
import { Tensor } from "../tensor/tensor.js";
import { visibleShape } from "./abstract.js";
import { changed } from "./errors.js";
import { guardLayer, guardModel } from "./guards.js";
import { isKerasTensor, type SymbolicShape } from "./keras-tensor.js";
import type { Layer } from "./layer.js";
import { Node } from "./node.js";
import { hasLeaf, isPlainObject, leaves, mapLeaves } from "./structure.js";
import { allLayers } from "./tracking.js";

type Kwargs = Readonly<Record<string, unknown>>;

/** `layer(...args)`. A plain object behind the first argument holds options. */
export function callLayer(layer: Layer, given: unknown[]): unknown {
  const last = given.at(-1);
  const hasOptions = given.length > 1 && isPlainObject(last);
  const args = (hasOptions ? given.slice(0, -1) : given).map(convertInput);
  checkArguments(layer, args);
  const kwargs = hasOptions ? (mapLeaves(last, isData, keepScalars) as Kwargs) : {};
  if (hasLeaf([args, kwargs], isKerasTensor)) return callSymbolic(layer, args, kwargs);
  return runLayer(layer, args, kwargs);
}

/** Numbers and arrays of numbers become tensors; structures stay. */
function convertInput(value: unknown): unknown {
  if (value instanceof core.Tensor) return asTensor(value);
  if (isData(value)) return toTensor(value);
  if (Array.isArray(value)) return value.map(convertInput);
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, convertInput(v)]));
  return value;
}

/** Positional arguments are tensors or structures of them; all but those that the class names may be left out. */
function checkArguments(layer: Layer, args: readonly unknown[]): void {
  const { callArguments } = layer.constructor as typeof Layer;
  callArguments.forEach((name, i) => {
    if (i === 0 || (args[i] !== null && args[i] !== undefined)) return;
    const hint = `call the layer with ${callArguments.join(", ")}`;
    throw missing(layer.describe(), `the argument ${name}`, hint);
  });
  args.forEach((arg, i) => {
    const isLeaf = (v: unknown): v is unknown => !Array.isArray(v) && !isPlainObject(v);
    const wrong = leaves(arg, isLeaf).find(
      (v) => !isCoreTensor(v) && !isKerasTensor(v) && v !== undefined && v !== null,
    );
    if (wrong === undefined && !(i === 0 && (arg === null || arg === undefined))) return;
    throw new ArgumentError(`argument ${i + 1} is ${nameOfValue(wrong ?? arg)} and not a tensor`, {
      code: "argument/not-a-tensor",
      op: layer.describe(),
      hint: "pass tensors of Isoform, arrays of numbers or typed arrays; options go last, in an object",
    });
  });
}

function nameOfValue(value: unknown): string {
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  const Class: unknown = value.constructor;
  return typeof Class === "function" && Class.name !== "" ? `an object of class ${Class.name}` : "an object";
}

/** Options keep plain values: only typed arrays become tensors. */
function keepScalars(value: unknown): unknown {
  return ArrayBuffer.isView(value) && isData(value) ? toTensor(value) : value;
}

function callSymbolic(layer: Layer, args: readonly unknown[], kwargs: Kwargs): unknown {
  ensureBuilt(layer, args, kwargs);
  const result = withPath(layer, args, () => layer.inferCall(args, kwargs));
  return new Node(layer, args, kwargs, result).result;
}

/** A call on tensors, with data or traced. */
export function runLayer(layer: Layer, args: readonly unknown[], kwargs: Kwargs): unknown {
  const outer = session.call;
  if (outer === null) {
    for (const l of allLayers(layer)) l.$books.losses.length = 0;
    guardModel(layer);
  } else guardLayer(layer);
  const context = contextOf(outer, kwargs["training"]);
  return nameScope(layer.name, () =>
    withPath(layer, args, () =>
      withCall(context, () => {
        ensureBuiltInside(layer, args, kwargs);
        const named = core.ambient.trace !== null && !context.abstract;
        return named
          ? core.withName(layer.name, () => compute(layer, args, kwargs))
          : compute(layer, args, kwargs);
      }),
    ),
  );
}

function contextOf(outer: CallContext | null, training: unknown): CallContext {
  if (outer === null) return { training: training === true, escaping: [], abstract: false, placeholder: 0 };
  return typeof training === "boolean" && training !== outer.training ? { ...outer, training } : outer;
}

function compute(layer: Layer, args: readonly unknown[], kwargs: Kwargs): unknown {
  const { training, escaping } = session.call!;
  const [output, mask] = core.scope(() => {
    const inputs = layer.autocast && layer.dtypePolicy.casts ? args.map((a) => castFloats(a, layer)) : args;
    const mask = kwargs["mask"] === undefined ? maskOf(inputs[0]) : kwargs["mask"];
    const result: unknown = Reflect.apply(layer.call, layer, [...inputs, { ...kwargs, training, mask }]);
    const outputs = mapLeaves(result, isCoreTensor, asTensor);
    if (session.logits !== null) rememberLogits(outputs, escaping);
    if (layer.activityRegularizer) addActivityLoss(layer, outputs);
    const outputMask = maskOf(outputs) ?? layer.computeMask(inputs[0], mask ?? null);
    return [outputs, outputMask, escaping] as const;
  });
  setMask(output, mask, args);
  return output;
}

/** Notes the logits on an output that is the result of a softmax or sigmoid, and keeps them until the step ends. */
function rememberLogits(output: unknown, escaping: CoreTensor[]): void {
  const found = session.logits;
  session.logits = null;
  if (found === null || found.output !== output || !(output instanceof Tensor)) return;
  output.kerasLogits = found;
  escaping.push(found.input);
}

function isCoreTensor(value: unknown): value is CoreTensor {
  return value instanceof core.Tensor;
}

function castFloats(value: unknown, layer: Layer): unknown {
  return mapLeaves(value, isCoreTensor, (t) => {
    if (!core.isFloat(t.dtype) || t.dtype === layer.computeDtype) return t;
    const cast = asTensor(core.cast(t, layer.computeDtype));
    cast.kerasMask = t instanceof Tensor ? t.kerasMask : null;
    return cast;
  });
}

/** The mask that a tensor carries, or those of a list. */
export function maskOf(input: unknown): unknown {
  if (input instanceof Tensor) return input.kerasMask;
  if (!Array.isArray(input)) return null;
  const masks = input.map((t: unknown) => (t instanceof Tensor ? t.kerasMask : null));
  return masks.some((m) => m !== null) ? masks : null;
}

function setMask(output: unknown, mask: unknown, args: readonly unknown[]): void {
  if (output instanceof Tensor) {
    const single = mask instanceof Tensor ? mask : null;
    if (output.kerasMask !== single && !args.includes(output)) output.kerasMask = single;
  } else if (Array.isArray(output)) {
    output.forEach((t: unknown, i) =>
      setMask(t, Array.isArray(mask) ? mask[i] : i === 0 ? mask : null, args),
    );
  }
}

function addActivityLoss(layer: Layer, outputs: unknown): void {
  mapLeaves(
    outputs,
    (v): v is Tensor => v instanceof Tensor,
    (t) => {
      const loss = layer.activityRegularizer!(t);
      layer.addLoss(t.rank > 0 ? core.div(loss, t.shape[0]!) : loss);
    },
  );
}

// ---- building

/** Builds for a symbolic call, outside any running one. */
function ensureBuilt(layer: Layer, args: readonly unknown[], kwargs: Kwargs): void {
  const shapes = shapesOf(args, kwargs);
  layer._checkInputs(args[0], shapes);
  if (layer.built) return;
  Reflect.apply(layer.build, layer, shapes);
  layer._checkInputs(args[0], shapes);
}

/** Builds inside a call, whose name scope is already the layer's. */
function ensureBuiltInside(layer: Layer, args: readonly unknown[], kwargs: Kwargs): void {
  const shapes = shapesOf(args, kwargs);
  layer._checkInputs(args[0], shapes);
  if (layer.built) return;
  const name = session.scopes.pop()!;
  try {
    Reflect.apply(layer.build, layer, shapes);
  } finally {
    session.scopes.push(name);
  }
  layer._checkInputs(args[0], shapes);
}

/** Shapes of the positional arguments, and of tensors among the options under their names. */
function shapesOf(args: readonly unknown[], kwargs: Kwargs): unknown[] {
  const hasShape = (v: unknown): v is { readonly shape: SymbolicShape } =>
    isCoreTensor(v) || isKerasTensor(v);
  const shapeOf = (v: unknown) => mapLeaves(v, hasShape, (t) => visibleShape(t.shape));
  const shapes = args.filter((a) => a !== null && a !== undefined).map(shapeOf);
  const named = Object.entries(kwargs).filter(([k, v]) => k !== "mask" && hasLeaf(v, hasShape));
  return named.length === 0
    ? shapes
    : [...shapes, Object.fromEntries(named.map(([k, v]) => [k, shapeOf(v)]))];
}

/** What `layer.build(...)` does around the method of the class. */
export function buildLayer(
  layer: Layer,
  shapes: readonly unknown[],
  build: (...shapes: unknown[]) => void,
): void {
  if (layer.built) return;
  nameScope(layer.name, () => withPath(layer, [], () => initScope(() => build(...shapes))));
  layer.$books.buildShapes = shapes;
  layer.built = true;
}

// ---- errors

/** The most channels that images have. */
const CHANNELS = 4;

/** Says where the channels are when the image that a layer does not take has them first. */
function layoutHint(layer: Layer, args: readonly unknown[], error: IsoformError): string | null {
  const [x] = args;
  if (!(error instanceof ShapeError) || Reflect.get(layer, "dataFormat") !== "channels_last") return null;
  if (!(isCoreTensor(x) || isKerasTensor(x)) || x.rank < 3) return null;
  const [, channels, ...spatial] = visibleShape(x.shape);
  const small = typeof channels === "number" && channels <= CHANNELS;
  if (!small || !spatial.every((n) => n === null || n > CHANNELS)) return null;
  const last = [...spatial, channels].map((n) => n ?? "None").join(", ");
  return `the layer is channels-last: pass (None, ${last}), or the option { dataFormat: "channels_first" }`;
}

/** Adds the path of the layer to errors that have none. */
function withPath<T>(layer: Layer, args: readonly unknown[], fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof IsoformError) || error.path !== undefined) throw error;
    const path = [...session.scopes.filter((s) => s !== layer.name), layer.name].join("/");
    const hint = layoutHint(layer, args, error) ?? error.hint;
    throw changed(error, { path, hint, cause: error });
  }
}

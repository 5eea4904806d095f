// The eager interpreter: allocates outputs and calls the backend's kernels; movement ops only change the view.
import { IsoformError, LimitExceededError, placeError, UnsupportedOpError } from "../errors.js";
import type { AnyOp, TensorSpec } from "../ops/table.js";
import type { BufferView, CompositeKernel } from "../runtime/backend.js";
import type { Device } from "../runtime/device.js";
import { currentDevice, withDevice } from "../runtime/runtime.js";
import { describe, Tensor, type TensorClass } from "../tensor/tensor.js";
import { detach } from "../tensor/alias.js";
import { scope } from "../tensor/scope.js";
import { isContiguous, rowMajor, sizeOf, type View } from "../tensor/view.js";
import { ambient } from "./ambient.js";

type Inputs = readonly (Tensor | null)[];

/** Runs a primitive now. */
export function executePrim(
  op: AnyOp,
  inputs: Inputs,
  attrs: object,
  specs: readonly TensorSpec[],
  Class: TensorClass,
): Tensor[] {
  const device = deviceOf(op, inputs);
  if (op.view) return [executeView(op, inputs[0]!, attrs, specs[0]!, Class)];
  const views: BufferView<unknown>[] = [];
  let copies: Tensor[] | null = null;
  const family = op.family;
  for (let i = 0; i < inputs.length; i++) {
    const t = inputs[i]!;
    t._live(op.id);
    if (family !== undefined && device.needsContiguous(family) && !isContiguous(t._view)) {
      const c = contiguousCopy(t, Class);
      (copies ??= []).push(c);
      views.push(bufferView(c));
    } else views.push(bufferView(t));
  }
  const kernels = device.backend.kernels;
  try {
    return computed(op.id, device, specs, Class, (outputs) => op.lower!(kernels, views, outputs, attrs));
  } finally {
    if (copies) for (const c of copies) c.dispose();
  }
}

/** Allocates outputs and has them computed; when that fails, nothing is left. */
function computed(
  op: string,
  device: Device,
  specs: readonly TensorSpec[],
  Class: TensorClass,
  compute: (outputs: BufferView<unknown>[]) => void,
): Tensor[] {
  const outputs: Tensor[] = [];
  const views: BufferView<unknown>[] = [];
  try {
    for (let i = 0; i < specs.length; i++) {
      const t = allocate(device, specs[i]!, Class);
      outputs.push(t);
      views.push(bufferView(t));
    }
    compute(views);
  } catch (error) {
    for (const t of outputs) t.dispose();
    const unplaced = error instanceof IsoformError && error.op === undefined;
    throw unplaced ? placeError(error, op, specs.map(describe)) : error;
  }
  for (let i = 0; i < outputs.length; i++) own(outputs[i]!);
  return outputs;
}

/** Runs a composite: the backend's fused kernel when it has one for these inputs, the decomposition otherwise. */
export function executeComposite(
  op: AnyOp,
  inputs: Inputs,
  attrs: object,
  specs: readonly TensorSpec[],
  Class: TensorClass,
): readonly Tensor[] {
  const kernel = fusedKernel(op, inputs);
  if (kernel) {
    const device = deviceOf(op, inputs);
    const views = inputs.map((t) => (t === null ? null : bufferViewChecked(t, op.id)));
    if (kernel.supports?.(attrs, views) !== false) {
      return computed(op.id, device, specs, Class, (outputs) => kernel.run(attrs, views, outputs));
    }
  }
  return distinct(
    besideInputs(inputs, () => scope(() => op.decompose!(inputs, attrs))),
    inputs,
  );
}

/** A decomposition may give back an input or one tensor twice; results are tensors of their own all the same. */
function distinct(outputs: readonly Tensor[], inputs: Inputs): readonly Tensor[] {
  const shared = (t: Tensor, i: number) => inputs.includes(t) || outputs.indexOf(t) < i;
  return outputs.some(shared) ? outputs.map((t, i) => (shared(t, i) ? detach(t) : t)) : outputs;
}

/** Runs `fn` with the device of the inputs as that of new tensors, so that constants made inside lie beside them. */
export function besideInputs<T>(inputs: Inputs, fn: () => T): T {
  for (const t of inputs) {
    const device = t?._storage?.device;
    if (device) return device === ambient.device ? fn() : withDevice(device, fn);
  }
  return fn();
}

function fusedKernel(op: AnyOp, inputs: Inputs): CompositeKernel<unknown> | undefined {
  for (const t of inputs) {
    if (t) {
      const table = t._live(op.id).device.backend.composites;
      return table && Object.hasOwn(table, op.id) ? table[op.id] : undefined;
    }
  }
  return undefined;
}

function executeView(op: AnyOp, x: Tensor, attrs: object, spec: TensorSpec, Class: TensorClass): Tensor {
  const storage = x._live(op.id);
  const view = op.view!(x._view, attrs);
  if (view === null) {
    const copy = contiguousCopy(x, Class);
    const again = op.view!(copy._view, attrs)!;
    const out = viewTensor(copy, again, spec, Class);
    copy.dispose();
    return own(out);
  }
  if (sizeOf(view.shape) > MAX_ELEMENTS && sizeOf(x.shape) <= MAX_ELEMENTS)
    throw tooMany(op.id, x, view.shape);
  storage.refs++;
  return own(makeTensor(storage, view, spec, Class));
}

/** Kernels count elements in 32 bits. A storage cannot hold more, but a broadcast view can name more. */
const MAX_ELEMENTS = 2 ** 31 - 1;

function tooMany(op: string, x: Tensor, shape: readonly number[]): LimitExceededError {
  return new LimitExceededError(`[${shape.join(",")}] has ${sizeOf(shape)} elements, over ${MAX_ELEMENTS}`, {
    code: "limit/elements",
    op,
    inputs: [describe(x)],
    hint: "work on a part at a time, or reduce before broadcasting",
  });
}

function viewTensor(of: Tensor, view: View, spec: TensorSpec, Class: TensorClass): Tensor {
  const storage = of._live("view");
  storage.refs++;
  return makeTensor(storage, view, spec, Class);
}

function makeTensor(
  storage: NonNullable<Tensor["_storage"]>,
  view: View,
  spec: TensorSpec,
  Class: TensorClass,
): Tensor {
  return new Class({
    shape: spec.shape,
    dtype: spec.dtype,
    storage,
    strides: view.strides,
    offset: view.offset,
    traced: null,
  });
}

/** A new uninitialised tensor that no scope owns yet. */
export function allocate(device: Device, spec: TensorSpec, Class: TensorClass): Tensor {
  return new Class({
    shape: spec.shape,
    dtype: spec.dtype,
    storage: device.alloc(spec.dtype, sizeOf(spec.shape)),
    strides: rowMajor(spec.shape),
    offset: 0,
    traced: null,
  });
}

/** Gives a new tensor to the innermost scope, or to the garbage collector when there is none. */
export function own(t: Tensor): Tensor {
  if (ambient.scope) ambient.scope.own(t);
  else t._watch();
  return t;
}

/** A row-major copy, owned by the caller. */
export function contiguousCopy(t: Tensor, Class: TensorClass): Tensor {
  const device = t.device;
  const out = allocate(device, t, Class);
  device.backend.kernels.copy(bufferView(t), bufferView(out));
  return out;
}

/** The tensor as kernels see it. */
export function bufferView(t: Tensor): BufferView<unknown> {
  return {
    buffer: t._storage!.buffer,
    dtype: t.dtype,
    shape: t.shape,
    strides: t._strides,
    offset: t._offset,
  };
}

function bufferViewChecked(t: Tensor, op: string): BufferView<unknown> {
  t._live(op);
  return bufferView(t);
}

function deviceOf(op: AnyOp, inputs: Inputs): Device {
  let device: Device | null = null;
  for (const t of inputs) {
    if (!t) continue;
    const d = t._live(op.id).device;
    if (device !== null && d !== device) {
      throw new UnsupportedOpError(`the inputs are on different devices: ${device.name} and ${d.name}`, {
        code: "device/mixed",
        op: op.id,
        inputs: inputs.map((x) => (x ? describe(x) : "null")),
        hint:
          device.name === d.name
            ? "set the backend once: setBackend() makes a device each time"
            : "move one with toDevice()",
      });
    }
    device = d;
  }
  return device ?? currentDevice();
}

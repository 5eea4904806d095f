// Recording modes, functional gradients and printing.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../tensor/tensor.js";

/**
 * Without recording: `noGrad(() => …)`, or `using _ = noGrad()` in a synchronous block.
 * @throws {ArgumentError} for what is no function; else only what the function throws
 * @throws {LifetimeError} when the function returns a promise: after its first await ops would be recorded
 * @see torch.no_grad
 */
export function noGrad(): Disposable;
export function noGrad<T>(fn: () => T): T;
export function noGrad<T>(fn?: () => T): T | Disposable {
  if (fn === undefined) return core.noGradGuard();
  return synchronous("noGrad", core.noGrad(core.requireFunction("noGrad", fn)));
}
/**
 * As `noGrad`, for tensors of any shape: there is no other inference mode.
 * @throws {ArgumentError} for what is no function; else only what the function throws
 * @throws {LifetimeError} when the function returns a promise
 * @see torch.inference_mode
 */
export const inferenceMode: typeof noGrad = noGrad;
/**
 * With recording, also inside `noGrad`: `enableGrad(() => …)` gives what the function gives, tensors of any
 * shape or other values.
 * @throws {ArgumentError} for what is no function; else only what the function throws
 * @throws {LifetimeError} when the function returns a promise
 * @see torch.enable_grad
 */
export function enableGrad<T>(fn: () => T): T {
  return synchronous("enableGrad", core.enableGrad(core.requireFunction("enableGrad", fn)));
}

/** The result of a mode's function, which must be over: others' ops would run in the mode, and its own later ones not. */
function synchronous<T>(op: string, result: T): T {
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined);
  throw new core.LifetimeError("the function returned a promise", {
    code: "lifetime/async-mode",
    op,
    hint: `compute inside, await outside: const y = ${op}(() => model(x)); await y.item()`,
  });
}
/**
 * Whether ops are being recorded. Never throws.
 * @see torch.is_grad_enabled
 */
export function isGradEnabled(): boolean {
  return core.ambient.gradEnabled;
}

/**
 * Prints tensors of any shape as PyTorch does (reading them from the device) and everything else as text, in
 * one console message.
 * @throws {LifetimeError} for a tensor that was released, or in a step that is being compiled
 * @throws {ArgumentError} on a device that is only read asynchronously; print `await x.repr()` there
 * @see torch.Tensor.__repr__
 */
export function print(...values: readonly unknown[]): void {
  const text = values.map((v) => (v instanceof core.Tensor ? asTensor(v)._format(v.dataSync()) : plain(v)));
  output().log(text.join(" "));
}

function plain(value: unknown): string {
  try {
    return String(value);
  } catch {
    return core.shown(value);
  }
}

function output(): { log(text: string): void } {
  const found = (globalThis as { console?: { log(text: string): void } }).console;
  return found ?? { log: () => undefined };
}

/** Options of `autograd.grad`. */
export interface GradOptions {
  /** Cotangents of the outputs, one each; null or absent means 1 for a one-element output. */
  readonly gradOutputs?: readonly (CoreTensor | null)[];
  readonly retainGraph?: boolean;
  /** Records the pass itself, for higher derivatives. */
  readonly createGraph?: boolean;
  /** Gives null for inputs that the outputs do not depend on. */
  readonly allowUnused?: boolean;
}

/**
 * Gradients of the outputs with respect to given tensors, each in the shape of its input, without touching
 * `.grad`.
 * @throws {ArgumentError} when an input does not reach the outputs, unless `allowUnused`; for what is no tensor;
 *   for outputs that are not floats; for an unknown option
 * @throws {ShapeError} for an output of more than one element without its `gradOutputs`, or one of another
 *   shape
 * @throws {LifetimeError} when the graph was freed by an earlier pass, or a value it needs was changed in
 *   place
 * @see torch.autograd.grad
 */
export function grad(
  outputs: CoreTensor | readonly CoreTensor[],
  inputs: CoreTensor | readonly CoreTensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  core.checkOptions("autograd.grad", options, ["gradOutputs", "retainGraph", "createGraph", "allowUnused"]);
  const op = "autograd.grad";
  const roots = outputs instanceof core.Tensor ? [outputs] : core.requireTensors(op, outputs);
  const sources = inputs instanceof core.Tensor ? [inputs] : core.requireTensors(op, inputs);
  const { createGraph = false, retainGraph = createGraph } = options;
  const seeds = options.gradOutputs ?? roots.map(() => null);
  requireSeeds(roots, seeds);
  const found = core.backward(roots, seeds, { sources }, { createGraph, retainGraph });
  return sources.map((s, i) => {
    const g = found.get(s);
    if (g) return asTensor(g);
    if (options.allowUnused) return null;
    throw new core.ArgumentError(`input ${i} was not used to compute the outputs`, {
      code: "autograd/unused",
      op: "autograd.grad",
      inputs: [core.describe(s)],
      hint: "pass allowUnused to get null",
    });
  });
}

function requireSeeds(roots: readonly CoreTensor[], seeds: readonly (CoreTensor | null)[]): void {
  const fits = core.isList(seeds) && seeds.length === roots.length;
  if (!fits || !seeds.every((s) => s === null || s instanceof core.Tensor)) {
    throw new core.ArgumentError(`gradOutputs are ${core.shown(seeds)}`, {
      code: "autograd/grad-outputs",
      op: "autograd.grad",
      hint: "give one tensor or null per output",
    });
  }
  const open = roots.find((r, i) => r.size !== 1 && !seeds[i]);
  if (open === undefined) return;
  throw new core.ShapeError("only a one-element tensor has an implicit gradient", {
    code: "autograd/not-scalar",
    op: "autograd.grad",
    inputs: [core.describe(open)],
    hint: "reduce the output with sum() or mean(), or pass gradOutputs",
  });
}

/** Functional gradients. */
export const autograd: { readonly grad: typeof grad } = { grad };

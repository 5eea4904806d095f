// torch.compile: a training step, or a module, as one program of the backend per shapes of its arguments.
import * as core from "@isoform/core";
import type { CompiledFunction, CompileInfo, Tensor as CoreTensor } from "@isoform/core";
import { Module } from "../nn/module.js";
import type { Tensor } from "../tensor/tensor.js";
import { build, flatten, keyOf, kindOf, type Structure } from "./structure.js";

/** Options of `torch.compile`. */
export interface CompileOptions {
  /** Throw where a call cannot run as a program, instead of running it eagerly. Default false, as in PyTorch. */
  readonly fullgraph?: boolean;
  /** Most programs kept, one per shapes and modes; the one used least recently goes. Default 16. */
  readonly maxPrograms?: number;
}

/** A compiled function or module: called as before. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** Programs made so far, milliseconds that the last one took, and why calls run eagerly, or null. */
  info(): CompileInfo;
  /** Frees the programs; the next call makes them again. */
  dispose(): void;
}

/**
 * `torch.compile`: a function of tensors that runs as one program, made at the first call with new shapes and then
 * replayed; numbers are those of the eager function. Best for a whole training step: `zeroGrad()`, the model, the loss,
 * `backward()` and the optimizer's `step()`. Arguments may be tensors, numbers, strings, booleans, null, and arrays and
 * plain objects of them; results are tensors, arrays and plain objects of them, or nothing. The first call runs eagerly.
 *
 * A module runs as a program where no gradients are recorded, and eagerly elsewhere.
 * Where a program cannot be made, e.g. because the function reads values, calls run eagerly and `info().notice` says why.
 * @throws {ArgumentError} unless the target is a function or a module, for an unknown option, and in a call
 *   for other arguments or results, or a `maxPrograms` that is not a positive integer
 * @throws {UnsupportedOpError} in a call that cannot run as a program, with `fullgraph`
 * @see torch.compile
 */
export function compile<A extends readonly unknown[], R>(
  target: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  core.checkOptions("torch.compile", options, ["fullgraph", "maxPrograms"]);
  if (typeof target !== "function") {
    throw new core.ArgumentError(`expected a function or a module, got ${kindOf(target)}`, {
      code: "argument/not-a-function",
      op: "torch.compile",
      hint: "pass the training step, or the model",
    });
  }
  const compiled = new CompiledCall(target, options);
  const call = (...args: A): R => compiled.call(args);
  return Object.assign(call, { info: () => compiled.info(), dispose: () => compiled.dispose() });
}

const isPlain = (v: unknown): boolean =>
  v === null || (typeof v !== "object" && typeof v !== "function" && typeof v !== "symbol");
const isNothing = (v: unknown): boolean => v === null || v === undefined;

class CompiledCall<A extends readonly unknown[], R> {
  private readonly target: (...args: A) => R;
  private readonly options: CompileOptions;
  /** One for calls that record gradients, one for those that do not. */
  private readonly functions: Map<boolean, CompiledFunction> = new Map();
  private lastCompileMs = 0;
  /** Why the last call was not for a program at all. */
  private aside: string | null = null;
  /** Arguments of the call in progress. */
  private given: Structure = { kind: "list", items: [] };
  private key = "";
  /** What the target returned, when the call in progress ran it eagerly. */
  private eager: { readonly value: R } | null = null;
  /** What the program that ran last returns. */
  private returned: Structure = { kind: "list", items: [] };

  constructor(target: (...args: A) => R, options: CompileOptions) {
    this.target = target;
    this.options = options;
  }

  call(args: A): R {
    if (core.ambient.trace !== null) return this.target(...args);
    const tensors: CoreTensor[] = [];
    this.given = flatten(args, tensors, isPlain, badArgument);
    this.key = keyOf(this.given);
    this.aside = this.whyAside(tensors);
    if (this.aside !== null) {
      this.requireGraph(this.aside);
      return core.scope(() => this.target(...args));
    }
    const run = this.functionFor(core.ambient.gradEnabled);
    this.eager = null;
    const outputs = run(...tensors);
    const info = run.info();
    this.lastCompileMs = info.lastCompileMs;
    if (info.notice !== null) this.requireGraph(info.notice);
    const eager = this.takeEager();
    return eager === null ? (build(this.returned, outputs) as R) : eager.value;
  }

  private takeEager(): { readonly value: R } | null {
    const { eager } = this;
    this.eager = null;
    return eager;
  }

  private functionFor(recording: boolean): CompiledFunction {
    let found = this.functions.get(recording);
    if (found === undefined) {
      const { maxPrograms } = this.options;
      found = core.compile((...tensors) => this.run(tensors), {
        key: () => this.key,
        ...(maxPrograms === undefined ? {} : { maxPrograms }),
      });
      this.functions.set(recording, found);
    }
    return found;
  }

  /** The target on the tensors of this call, or on traced ones in their place. */
  private run(tensors: readonly CoreTensor[]): CoreTensor[] {
    const args = build(this.given, tensors) as A;
    if (core.traceNotes() === null) {
      this.eager = { value: core.scope(() => this.checked(this.called(args))) };
      return [];
    }
    const versions = tensors.map((t) => t._version);
    return core.scope(() => {
      const value = this.called(args);
      tensors.forEach((t, i) => requireUnchanged(t, versions[i]!));
      const found: CoreTensor[] = [];
      const structure = flatten(value, found, isNothing, badResult);
      for (const t of found) requireFinished(t);
      core.hostEffect(() => {
        this.returned = structure;
      });
      return found.map(core.detach);
    });
  }

  /** @throws {ArgumentError} for an async target, whose own failure is nobody's to handle then */
  private called(args: A): R {
    const value = this.target(...args);
    if (value instanceof Promise) {
      value.catch(() => undefined);
      throw badResult(value);
    }
    return value;
  }

  /** Only results that a program could give, or numbers and text. */
  private checked(value: R): R {
    flatten(value, [], isPlain, badResult);
    return value;
  }

  private whyAside(tensors: readonly CoreTensor[]): string | null {
    const { mask, gradEnabled } = core.ambient;
    if (tensors.some((t) => (t._track & mask) !== 0)) return "an argument of the call records gradients";
    const { target } = this;
    if (!gradEnabled || !(target instanceof Module)) return null;
    return target.parameters().some((p: Tensor) => p.requiresGrad)
      ? "the call of the module records gradients: compile the training step, or call it inside noGrad"
      : null;
  }

  private requireGraph(problem: string): void {
    if (!this.options.fullgraph) return;
    throw new core.UnsupportedOpError(`the call cannot run as one program: ${problem}`, {
      code: "compile/not-one-graph",
      op: "torch.compile",
      hint: "leave out fullgraph to run such calls eagerly",
    });
  }

  info(): CompileInfo {
    const all = [...this.functions.values()].map((f) => f.info());
    return {
      programs: all.reduce((n, i) => n + i.programs, 0),
      lastCompileMs: this.lastCompileMs,
      notice: this.aside ?? all.find((i) => i.notice !== null)?.notice ?? null,
    };
  }

  dispose(): void {
    for (const f of this.functions.values()) f.dispose();
  }
}

function badArgument(value: unknown): Error {
  return new core.ArgumentError(`an argument of a compiled function is ${kindOf(value)}`, {
    code: "argument/not-a-tensor",
    op: "torch.compile",
    hint: "pass tensors, numbers, strings, or arrays and plain objects of them; use other things from outside the function",
  });
}

function badResult(value: unknown): Error {
  return new core.ArgumentError(`a compiled function returned ${kindOf(value)}`, {
    code: "argument/not-a-tensor",
    op: "torch.compile",
    hint: "return tensors, arrays or plain objects of them, or nothing; a compiled function must not be async",
  });
}

/** In-place ops on arguments would not reach the caller's tensors. */
function requireUnchanged(t: CoreTensor, version: number): void {
  if (t._version === version) return;
  throw new core.UnsupportedOpError("a compiled function changes an argument in place", {
    code: "compile/argument-changed",
    op: "torch.compile",
    inputs: [core.describe(t)],
    hint: "use the out-of-place op, or use the tensor from outside the function",
  });
}

/** Gradients do not flow through the result of a program. */
function requireFinished(t: CoreTensor): void {
  if (t._node === null || (t._track & core.TRACK_GRAD) === 0) return;
  try {
    t._node.check();
  } catch {
    return;
  }
  throw new core.UnsupportedOpError(
    "a compiled function returns a tensor that gradients could still flow through",
    {
      code: "compile/open-graph",
      op: "torch.compile",
      inputs: [core.describe(t)],
      hint: "call backward() in it, return t.detach(), or call it inside noGrad",
    },
  );
}

// The gradients that leaves gather, and what becomes of them in a step that is being compiled.
import * as core from "@isoform/core";
import type { Tensor } from "./tensor.js";

/** What the step that is being compiled did with one leaf's gradient. */
interface Use {
  /** The gradient when the trace came to it. */
  readonly before: Tensor | null;
  /** The step itself gave it a value or took it away. */
  assigned: boolean;
  /** The program holds for leaves that start without a gradient. */
  guarded: boolean;
}

/** The use of a leaf's gradient so far; null where no step is being compiled. It gets its old gradient back in the end. */
function useOf(leaf: Tensor): Use | null {
  const notes = core.traceNotes();
  if (notes === null) return null;
  const known = notes.get(leaf) as Use | undefined;
  if (known) return known;
  const use: Use = { before: leaf._grad, assigned: false, guarded: false };
  notes.set(leaf, use);
  core.atTraceEnd(() => {
    leaf._grad = use.before;
  });
  return use;
}

/** Refuses a gradient from before the step; notes that there must be none. */
function requireNone(leaf: Tensor, use: Use): void {
  if (use.assigned || use.guarded) return;
  if (use.before !== null) {
    throw new core.UnsupportedOpError("a compiled step uses a gradient from before the step", {
      code: "compile/gradient-from-outside",
      op: "grad",
      inputs: [core.describe(leaf)],
      hint: "call zeroGrad() in the step, before backward()",
    });
  }
  use.guarded = true;
  core.traceGuard(() => leaf._grad === null);
  core.whenTraced(() => {
    if (use.assigned || leaf._grad === null) return;
    throw new core.UnsupportedOpError("a compiled step leaves gradients for code outside of it", {
      code: "compile/gradient-left",
      op: "backward",
      inputs: [core.describe(leaf)],
      hint: "put zeroGrad(), backward() and the optimizer's step() in one compiled function",
    });
  });
}

/** `.grad` as it is read. */
export function readGrad(leaf: Tensor): Tensor | null {
  const use = useOf(leaf);
  if (use) requireNone(leaf, use);
  return leaf._grad;
}

/** `.grad` as it is assigned. A compiled step forgets its gradients, so those from before it go when it runs. */
export function writeGrad(leaf: Tensor, value: Tensor | null): void {
  const use = useOf(leaf);
  if (use && !use.assigned) {
    use.assigned = true;
    core.hostEffect(() => forgetGrad(leaf));
  }
  leaf._grad = value;
}

/** Takes the gradient away. */
export function forgetGrad(leaf: Tensor): void {
  if (core.traceNotes() === null) leaf._grad?.dispose();
  writeGrad(leaf, null);
}

/** Adds `g` to the gradient; with `createGraph` both summands stay part of a recorded graph. */
export function accumulateGrad(leaf: Tensor, g: Tensor, add: () => Tensor, createGraph: boolean): void {
  const use = useOf(leaf);
  if (use) requireNone(leaf, use);
  if (leaf._grad === null) {
    leaf._grad = core.keep(g);
    return;
  }
  const total = core.keep(add());
  if (!createGraph) {
    leaf._grad.dispose();
    g.dispose();
  }
  leaf._grad = total;
}

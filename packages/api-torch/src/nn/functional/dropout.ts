// Dropout of torch.nn.functional, with PyTorch's masks for the same seed.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { defaultGenerator } from "../../random.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Probability of zeroing an element. */
  readonly p?: number;
  readonly training?: boolean;
}

function checkProbability(op: string, p: number): void {
  if (p >= 0 && p <= 1) return;
  throw new core.ArgumentError(`the probability is ${p}`, { code: "argument/range", op, hint: "use 0 to 1" });
}

/** Mask of kept elements scaled by 1/(1−p): one float64 uniform per element, kept where below 1−p. */
function scaledMask(shape: readonly number[], p: number): CoreTensor {
  const n = core.sizeOf(shape);
  const kept = defaultGenerator().dropoutMask(n, p);
  const scale = p === 1 ? 0 : 1 / (1 - p);
  return core.tensor(
    Float32Array.from(kept, (k) => k * scale),
    { shape },
  );
}

/** Zeroes elements with probability p and scales the others by 1/(1−p), in training only. */
export function dropout(x: CoreTensor, options: DropoutOptions = {}): Tensor {
  const { p = 0.5, training = true } = options;
  checkProbability("dropout", p);
  if (!training || p === 0) return asTensor(x);
  return asTensor(core.mul(x, scaledMask(x.shape, p)));
}

/** Zeroes whole channels of `[N, C, …]`. */
export function dropout2d(x: CoreTensor, options: DropoutOptions = {}): Tensor {
  const { p = 0.5, training = true } = options;
  checkProbability("dropout2d", p);
  if (!training || p === 0) return asTensor(x);
  return asTensor(
    core.mul(
      x,
      scaledMask(
        x.shape.map((n, i) => (i < 2 ? n : 1)),
        p,
      ),
    ),
  );
}

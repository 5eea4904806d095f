// The default random generator of the torch API and the functions that draw from it, bit-equal to PyTorch's CPU streams.
import { hostEffect, hostTensor, refuseInTrace, TorchGenerator } from "@isoform/core";
import type { TensorClass, TensorSpec, Tensor, TypedArray } from "@isoform/core";

interface DefaultGenerator {
  current: TorchGenerator | null;
}
/** The one process-wide generator that `manualSeed` reseeds, as in PyTorch. Made on first use. */
const state: DefaultGenerator = { current: null };

/**
 * The generator used when none is passed.
 * @throws {LifetimeError} in a step that is being compiled
 * @see torch.default_generator
 */
export function defaultGenerator(): TorchGenerator {
  refuseInTrace(
    "defaultGenerator",
    "the generator is used directly while a step is compiled: its draws would never change",
    "use torch.rand, randn, randint or randperm",
  );
  return current();
}

function current(): TorchGenerator {
  state.current ??= new TorchGenerator();
  return state.current;
}

/** A tensor of draws from the default generator: drawn now, and in a compiled step before every run. */
export function drawn(
  spec: TensorSpec,
  draw: (generator: TorchGenerator) => TypedArray,
  Class?: TensorClass,
): Tensor {
  return hostTensor(spec, () => draw(current()), Class);
}

/**
 * Reseeds the default generator (MT19937, low 32 bits of the seed) and returns it; a compiled step does it at
 * every run.
 * @throws {ArgumentError} unless the seed is an integer from −2⁶³ to 2⁶⁴ − 1 (a bigint above 2⁵³)
 * @see torch.manual_seed
 */
export function manualSeed(seed: number | bigint): TorchGenerator {
  hostEffect(() => void current().manualSeed(seed));
  return current();
}

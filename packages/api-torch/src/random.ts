// The default random generator of the torch API and the functions that draw from it, bit-equal to PyTorch's CPU streams.
import { TorchGenerator } from "@isoform/core";

interface DefaultGenerator {
  current: TorchGenerator | null;
}
/** The one process-wide generator that `manualSeed` reseeds, as in PyTorch. Made on first use. */
const state: DefaultGenerator = { current: null };

/** The generator used when none is passed. */
export function defaultGenerator(): TorchGenerator {
  state.current ??= new TorchGenerator();
  return state.current;
}

/** Reseeds the default generator (MT19937, low 32 bits of the seed). */
export function manualSeed(seed: number | bigint): TorchGenerator {
  return defaultGenerator().manualSeed(seed);
}

// Random numbers of core: word sources and the PyTorch and NumPy streams built on them.
export { MT19937 } from "./mt19937.js";
export type { MT19937State } from "./mt19937.js";
export type { TorchBuild } from "./normal-fill.js";
export { NumpyRandomState } from "./numpy-streams.js";
export type { ChoiceOptions, NumpyState } from "./numpy-streams.js";
export type { NumpyInteger, NumpyIntegerArrays } from "./numpy-integers.js";
export { Philox4x32 } from "./philox.js";
export type { PhiloxCounter, PhiloxKey } from "./philox.js";
export { TORCH_DEFAULT_SEED, TorchGenerator } from "./torch-streams.js";
export type { TorchGeneratorOptions } from "./torch-streams.js";
export { TORCH_STATE_BYTES } from "./torch-state.js";

// Recurrent composites.
export type { ParametricActivation, RecurrentActivation, RecurrentActivationName } from "./activations.js";
export * from "./gru.js";
export * from "./lstm.js";
export * from "./rnn.js";

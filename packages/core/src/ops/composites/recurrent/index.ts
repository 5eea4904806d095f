// Recurrent composites.
export type { ParametricActivation, RecurrentActivation, RecurrentActivationName } from "./activations.js";
export * from "./gru.js";
export * from "./gru-grad.js";
export * from "./lstm.js";
export * from "./lstm-grad.js";
export * from "./rnn.js";
export * from "./rnn-grad.js";

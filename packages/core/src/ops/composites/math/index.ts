// Elementwise composites of arithmetic.
export * from "./clip.js";
export * from "./division.js";
export * from "./erfinv.js";
export * from "./hyperbolic.js";
export * from "./log-add-exp.js";
export * from "./powers.js";
export * from "./predicates.js";
export * from "./rounding.js";
export * from "./trigonometry.js";
export * from "./xlogy.js";

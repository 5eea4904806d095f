// Composites that change shape and layout.
export * from "./axes.js";
export * from "./depth-space.js";
export * from "./pad-mode.js";
export * from "./roll.js";
export * from "./split.js";
export * from "./squeeze.js";
export * from "./stack.js";
export * from "./tile.js";
export * from "./triangle.js";
export * from "./unfold.js";

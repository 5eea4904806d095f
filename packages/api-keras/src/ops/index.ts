// keras.ops.
export * from "./creation.js";
export * from "./elementwise.js";
export * from "./indexing.js";
export * from "./linalg.js";
export * from "./nn.js";
export * from "./reduction.js";
export * from "./shape.js";
export type { Arg, Out } from "./apply.js";

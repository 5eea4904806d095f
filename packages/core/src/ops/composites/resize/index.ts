// Interpolation.
export type { NearestRounding, ResizeCoordinates, ResizeMode } from "./coordinates.js";
export { resize, resizeOp } from "./resize.js";
export type { ResizeOptions } from "./resize.js";

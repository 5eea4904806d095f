// keras.layers.
export { Layer } from "../engine/layer.js";
export { Input, InputLayer } from "./core/input-layer.js";
export { Dense } from "./core/dense.js";

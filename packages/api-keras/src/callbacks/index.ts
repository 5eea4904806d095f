// keras.callbacks.
export { Callback, CallbackList, type CallbackParams } from "./callback.js";
export * from "./monitors.js";
export { ProgbarLogger } from "./progbar-logger.js";
export * from "./simple.js";

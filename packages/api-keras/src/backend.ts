// keras.backend and keras.config: names, numeric defaults, dtype policies.
export {
  clearSession,
  epsilon,
  floatx,
  imageDataFormat,
  setEpsilon,
  setFloatx,
  setImageDataFormat,
  uniquify as getUid,
} from "./session.js";
export { DTypePolicy, dtypePolicy, setDtypePolicy } from "./engine/dtype-policy.js";
export { isKerasTensor } from "./engine/keras-tensor.js";

// Vector functions of float32 lanes, for kernels to inline. Errors are against float64, in units of the last place.
export { complete, HOST_MATH, importHostMath, select32, signOf, xorSign } from "./common.js";
export type { Guarded, HostMath, V } from "./common.js";
export { DIFFERENCE_POWER, exp, expBounded, expm1, expOfDifference, expPlain, isPlain } from "./exp.js";
export { log, log1p } from "./log.js";
export { pow, rem } from "./pow.js";
export { erf, gelu, geluTanh, sigmoid, silu, tanh } from "./sigmoidal.js";
export { atan, cos, sin } from "./trig.js";

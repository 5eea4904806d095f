// Dtype names, so that `torch.float32` and `torch.long` can be written.
/** IEEE 754 single precision. */
export const float32 = "float32";
/** IEEE 754 double precision. */
export const float64 = "float64";
/** IEEE 754 half precision. */
export const float16 = "float16";
/** The upper half of a float32. */
export const bfloat16 = "bfloat16";
/** Signed, 8 bits. */
export const int8 = "int8";
/** Signed, 16 bits. */
export const int16 = "int16";
/** Signed, 32 bits. */
export const int32 = "int32";
/** Signed, 64 bits; elements are bigints in JavaScript. */
export const int64 = "int64";
/** Unsigned, 8 bits. */
export const uint8 = "uint8";
/** True or false, one byte. */
export const bool = "bool";
/** PyTorch's second names. */
export { float32 as float, float64 as double, float16 as half, int64 as long, int32 as int, int16 as short };

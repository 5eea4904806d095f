// What a tensor is, in the torch namespace.
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * Whether the elements are floats, of any width.
 * @throws {ArgumentError} unless x is a tensor, of any shape
 * @see torch.is_floating_point
 */
export const isFloatingPoint: AsFunction<"isFloatingPoint"> = /* @__PURE__ */ asFunction("isFloatingPoint");
/**
 * False: there are no complex elements.
 * @throws {ArgumentError} unless x is a tensor, of any shape
 * @see torch.is_complex
 */
export const isComplex: AsFunction<"isComplex"> = /* @__PURE__ */ asFunction("isComplex");
/**
 * Number of elements.
 * @throws {ArgumentError} unless x is a tensor, of any shape
 * @see torch.numel
 */
export const numel: AsFunction<"numel"> = /* @__PURE__ */ asFunction("numel");

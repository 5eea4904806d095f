// Shapes, parts and copies in the torch namespace.
import { asFunction, type AsFunction } from "./as-function.js";

/** Another shape of the same size; copies only where strides force it. */
export const reshape: AsFunction<"reshape"> = /* @__PURE__ */ asFunction("reshape");
/** Axes `startDim` to `endDim` joined into one. */
export const flatten: AsFunction<"flatten"> = /* @__PURE__ */ asFunction("flatten");
/** One axis split into several. */
export const unflatten: AsFunction<"unflatten"> = /* @__PURE__ */ asFunction("unflatten");
/** Without axes of size 1 (all, or the given ones). */
export const squeeze: AsFunction<"squeeze"> = /* @__PURE__ */ asFunction("squeeze");
/** With a new axis of size 1. */
export const unsqueeze: AsFunction<"unsqueeze"> = /* @__PURE__ */ asFunction("unsqueeze");
/** Axes in another order. */
export const permute: AsFunction<"permute"> = /* @__PURE__ */ asFunction("permute");
/** Two axes swapped. */
export const transpose: AsFunction<"transpose"> = /* @__PURE__ */ asFunction("transpose");
/** Transpose of a matrix. */
export const t: AsFunction<"t"> = /* @__PURE__ */ asFunction("t");
/** Equal parts along `dim`, the last one smaller. */
export const split: AsFunction<"split"> = /* @__PURE__ */ asFunction("split");
/** A given number of parts along `dim`. */
export const chunk: AsFunction<"chunk"> = /* @__PURE__ */ asFunction("chunk");
/** Reversed axes. */
export const flip: AsFunction<"flip"> = /* @__PURE__ */ asFunction("flip");
/** Elements at `index` along `dim`, index of x's rank. */
export const gather: AsFunction<"gather"> = /* @__PURE__ */ asFunction("gather");
/** Slices at `index` along `dim`. */
export const indexSelect: AsFunction<"indexSelect"> = /* @__PURE__ */ asFunction("indexSelect");
/** One slice along `dim`. */
export const select: AsFunction<"select"> = /* @__PURE__ */ asFunction("select");
/** `length` elements along `dim` from `start`. */
export const narrow: AsFunction<"narrow"> = /* @__PURE__ */ asFunction("narrow");
/** Lower triangle. */
export const tril: AsFunction<"tril"> = /* @__PURE__ */ asFunction("tril");
/** Upper triangle. */
export const triu: AsFunction<"triu"> = /* @__PURE__ */ asFunction("triu");
/** A copy that in-place ops change on its own; differentiable. Memory is shared till then. */
export const clone: AsFunction<"clone"> = /* @__PURE__ */ asFunction("clone");

// Division that rounds down, and its remainder: floorDiv and mod, with the sign of the divisor as in Python.
import { bind } from "../../../dispatch/bind.js";
import { dtypeKind, isFloat } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { broadcastPair, type TensorLike } from "../../broadcast.js";
import { add, and, div, mul, rem, sub, xor } from "../../prims/binary.js";
import { eq, gt, lt, ne } from "../../prims/compare.js";
import { cast, where } from "../../prims/select.js";
import { floor, neg } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { BinaryEntry } from "../common/entries.js";
import { numericPair } from "../common/infer.js";
import { inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    mod: BinaryEntry;
    floorDiv: BinaryEntry;
  }
}

/** Where the truncated remainder r has the wrong sign for the divisor b. */
const wrongSign = (r: Tensor, b: Tensor): Tensor => and(ne(r, 0), xor(lt(r, 0), lt(b, 0)));

function floorMod(a: Tensor, b: Tensor): Tensor {
  const r = rem(a, b);
  return dtypeKind(a.dtype) === "uint" ? r : where(wrongSign(r, b), add(r, b), r);
}

function integerQuotient(a: Tensor, b: Tensor): Tensor {
  const q = div(a, b);
  if (dtypeKind(a.dtype) === "uint") return q;
  const down = and(ne(b, 0), wrongSign(rem(a, b), b));
  return sub(q, cast(down, a.dtype));
}

/** From the exact remainder, so that the quotient is right where a/b rounds up to a whole number. */
function floatQuotient(a: Tensor, b: Tensor): Tensor {
  const r = rem(a, b);
  const q = sub(div(sub(a, r), b), cast(wrongSign(r, b), a.dtype));
  const low = floor(q);
  const nearest = where(gt(sub(q, low), 0.5), add(low, 1), low);
  return where(eq(b, 0), div(a, b), nearest);
}

/** The `mod` composite. */
export const modOp: Op<"mod"> = defineOp("mod", {
  saves: "inputs",
  infer: numericPair("mod"),
  decompose: ([a, b]) => [floorMod(a, b)],
  vjp: ({ inputs: [a, b], grads: [g], needs }) => {
    if (g === null) return [null, null];
    return [needs[0] ? g : null, needs[1] ? neg(mul(g, floorDiv(a, b))) : null];
  },
});

/** The `floorDiv` composite. */
export const floorDivOp: Op<"floorDiv"> = defineOp("floorDiv", {
  saves: "none",
  infer: numericPair("floorDiv"),
  decompose: ([a, b]) => [isFloat(a.dtype) ? inFloat32Pair(a, b, floatQuotient) : integerQuotient(a, b)],
  vjp: () => [null, null],
});

/**
 * Remainder with the sign of the divisor, elementwise; shapes broadcast, dtypes are promoted; integers give 0
 * for a zero divisor. The gradient of b is −⌊a/b⌋. For the dividend's sign see `rem`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.remainder, numpy.mod, ONNX Mod with fmod=0
 */
export function mod(a: TensorLike, b: TensorLike): Tensor {
  return bind(modOp, broadcastPair("mod", a, b), {})[0];
}

/**
 * a / b rounded down, elementwise, in the promoted dtype; shapes broadcast; integers give 0 for a zero
 * divisor. Gradient 0.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.floor_divide, numpy.floor_divide
 */
export function floorDiv(a: TensorLike, b: TensorLike): Tensor {
  return bind(floorDivOp, broadcastPair("floorDiv", a, b), {})[0];
}

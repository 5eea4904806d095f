// erfinv: the inverse error function, by the polynomials of Giles, "Approximating the erfinv function" (2010).
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, minimum, mul, sub } from "../../prims/binary.js";
import { eq, lt } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { abs, exp, log, neg, sqrt } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    erfinv: UnaryEntry;
  }
}

/** Coefficients for one range of w = −log((1−x)(1+x)), highest power first. */
type Coefficients = readonly number[];

const SINGLE_CENTRE: Coefficients = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  0.246640727, 1.50140941,
];
const SINGLE_TAIL: Coefficients = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3,
  1.00167406, 2.83297682,
];
const DOUBLE_CENTRE: Coefficients = [
  -3.6444120640178196996e-21, -1.685059138182016589e-19, 1.2858480715256400167e-18, 1.115787767802518096e-17,
  -1.333171662854620906e-16, 2.0972767875968561637e-17, 6.6376381343583238325e-15, -4.0545662729752068639e-14,
  -8.1519341976054721522e-14, 2.6335093153082322977e-12, -1.2975133253453532498e-11,
  -5.4154120542946279317e-11, 1.051212273321532285e-9, -4.1126339803469836976e-9, -2.9070369957882005086e-8,
  4.2347877827932403518e-7, -1.3654692000834678645e-6, -1.3882523362786468719e-5, 1.867342080340571352e-4,
  -7.4070253416626697512e-4, -6.0336708714301490533e-3, 0.24015818242558961693, 1.6536545626831027356,
];
const DOUBLE_TAIL: Coefficients = [
  2.2137376921775787049e-9, 9.0756561938885390979e-8, -2.7517406297064545428e-7, 1.8239629214389227755e-8,
  1.5027403968909827627e-6, -4.013867526981545969e-6, 2.9234449089955446044e-6, 1.2475304481671778723e-5,
  -4.7318229009055733981e-5, 6.8284851459573175448e-5, 2.4031110387097893999e-5, -3.550375203628474796e-4,
  9.5328937973738049703e-4, -1.6882755560235047313e-3, 2.4914420961078508066e-3, -3.7512085075692412107e-3,
  5.370914553590063617e-3, 1.0052589676941592334, 3.0838856104922207635,
];
const DOUBLE_FAR: Coefficients = [
  -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-9, -3.7894654401267369937e-9,
  7.6157012080783393804e-9, -1.4960026627149240478e-8, 2.9147953450901080826e-8, -6.7711997758452339498e-8,
  2.2900482228026654717e-7, -9.9298272942317002539e-7, 4.5260625972231537039e-6, -1.9681778105531670567e-5,
  7.5995277030017761139e-5, -2.1503011930044477347e-4, -1.3871931833623122026e-4, 1.0103004648645343977,
  4.8499064014085844221,
];

function polynomial(t: Tensor, [first, ...rest]: Coefficients): Tensor {
  const [second, ...others] = rest;
  let p = add(mul(t, first!), second!);
  for (const c of others) p = add(mul(p, t), c);
  return p;
}

/** Infinity at ±1 and NaN beyond, where the polynomials of w = ∞ or NaN mean nothing. */
function withEnds(x: Tensor, y: Tensor): Tensor {
  return where(eq(abs(x), 1), mul(x, Infinity), where(lt(abs(x), 1), y, NaN));
}

function single(x: Tensor): Tensor {
  const w = neg(log(mul(sub(1, x), add(x, 1))));
  const near = polynomial(sub(minimum(w, 5), 2.5), SINGLE_CENTRE);
  const tail = polynomial(sub(sqrt(w), 3), SINGLE_TAIL);
  return withEnds(x, mul(x, where(lt(w, 5), near, tail)));
}

function double(x: Tensor): Tensor {
  const w = neg(log(mul(sub(1, x), add(x, 1))));
  const near = polynomial(sub(minimum(w, 6.25), 3.125), DOUBLE_CENTRE);
  const root = sqrt(w);
  const tail = polynomial(sub(root, 3.25), DOUBLE_TAIL);
  const far = polynomial(sub(root, 5), DOUBLE_FAR);
  return withEnds(x, mul(x, where(lt(w, 6.25), near, where(lt(w, 16), tail, far))));
}

/** The `erfinv` composite. */
export const erfinvOp: Op<"erfinv"> = defineOp("erfinv", {
  saves: "outputs",
  infer: floatLike("erfinv"),
  decompose: ([x]) => [x.dtype === "float64" ? double(x) : inFloat32(x, single)],
  vjp: ({ outputs: [y], grads: [g] }) => [
    g && inFloat32Pair(g, y, (h, v) => mul(h, mul(exp(mul(v, v)), Math.sqrt(Math.PI) / 2))),
  ],
});

/**
 * The number whose `erf` is x, elementwise, any shape: ±∞ at ±1, NaN beyond.
 * @throws {DTypeError} unless x is of a float dtype
 * @see Giles, "Approximating the erfinv function", 2010, torch.erfinv
 */
export function erfinv(x: Tensor): Tensor {
  return bind(erfinvOp, [x], {})[0];
}

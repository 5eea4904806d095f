// Composite activations as functions of float32 lanes: one pass instead of one per step.
import type { FunctionBuilder } from "../../wasm/index.js";
import * as math from "../../math/index.js";
import type { V } from "../../math/index.js";
import type { Elementwise } from "./generate.js";
import { LANES } from "./lanes.js";

/** An activation with a kernel of its own. */
export type ActivationName = "sigmoid" | "silu" | "gelu" | "geluTanh";

const ACTIVATIONS: Readonly<Record<ActivationName, (f: FunctionBuilder, x: V) => V>> = {
  sigmoid: math.sigmoid,
  silu: math.silu,
  gelu: math.gelu,
  geluTanh: math.geluTanh,
};

/** An activation of float32. */
export function activation(name: ActivationName): Elementwise {
  const lanes = LANES.float32!;
  return { inputs: [lanes], output: lanes, unroll: 4, emit: (f, [x]) => ACTIVATIONS[name](f, x!) };
}

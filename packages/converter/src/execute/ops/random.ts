// Random numbers. Shapes are known but values have no reproducible definition in ONNX, so they are not made up.
import type { RANDOM_OPS } from "../../ir/ops/random.js";
import { missing, type OpRuns } from "../call.js";

const REASON = "random values inside a model are not reproducible and do not run";

/** Random numbers. */
export const RANDOM: OpRuns<keyof typeof RANDOM_OPS> = {
  Bernoulli: missing(REASON),
  Multinomial: missing(REASON),
  RandomNormal: missing(REASON),
  RandomNormalLike: missing(REASON),
  RandomUniform: missing(REASON),
  RandomUniformLike: missing(REASON),
};

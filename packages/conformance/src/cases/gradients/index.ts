// All gradient cases of primitives.
import { contractionGradients } from "./contraction.js";
import { elementwiseGradients } from "./elementwise.js";
import type { GradientCase } from "./gradient-case.js";
import { movementGradients } from "./movement.js";
import { reduceGradients } from "./reduce.js";

/** Every gradient case of every differentiable primitive. */
export const gradientCases: readonly GradientCase[] = [
  ...elementwiseGradients,
  ...reduceGradients,
  ...movementGradients,
  ...contractionGradients,
];

// Cases of the normalisations.
import {
  batchNorm,
  batchNormTrain,
  batchNormTrainGradOp,
  bind,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  lpNormalize,
  rmsNorm,
} from "@isoform/core";
import { spread, type CompositeCase } from "../composite-case.js";
import { norms } from "./frozen/norms.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(norms);
const NO_GRAD = { grad: [] };
const SECOND = { second: true };

/** No expected values: the gradients of batchNormTrain, which it gives, are held against finite differences. */
function backward(name: string, shape: readonly number[], axis: number, scaled: boolean): CompositeCase {
  const scale = scaled ? [spread([shape[axis]!], 3, 0.5, 2)] : [];
  return {
    op: "batchNormTrainGrad",
    name,
    inputs: [spread(shape, 1), spread(shape, 2), ...scale],
    run: (g, x, s) => bind(batchNormTrainGradOp, [g!, x!, s ?? null], { axis, eps: 1e-3 }),
  };
}

/** Cases of the normalisations. */
export const normCases: readonly CompositeCase[] = [
  make("batchNorm", "scale and bias", (x, m, v, s, b) => batchNorm(x, m, v, s, b), SECOND),
  make("batchNorm", "plain, eps 1e-3", (x, m, v) => batchNorm(x, m, v, null, null, { eps: 1e-3 })),
  make("batchNorm", "scale only, rank 2", (x, m, v, s) => batchNorm(x, m, v, s)),
  make("batchNorm", "last axis, bias only", (x, m, v, b) => batchNorm(x, m, v, null, b, { axis: -1 })),
  make("batchNorm", "no samples", (x, m, v) => batchNorm(x, m, v)),
  make("batchNormTrain", "scale and bias", (x, s, b) => batchNormTrain(x, s, b), SECOND),
  make("batchNormTrain", "plain, eps 1e-3", (x) => batchNormTrain(x, null, null, { eps: 1e-3 })),
  backward("planes", [3, 2, 5], 1, true),
  backward("rows, no scale", [5, 4], 1, false),
  make("layerNorm", "last axis", (x, s, b) => layerNorm(x, s, b), SECOND),
  make("layerNorm", "plain, two axes, eps 1e-3", (x) =>
    layerNorm(x, null, null, { axes: [1, -1], eps: 1e-3 }),
  ),
  make("layerNorm", "inner axis, scale only", (x, s) => layerNorm(x, s, null, { axes: 1 })),
  make("layerNorm", "one element", (x) => layerNorm(x), NO_GRAD),
  make("layerNorm", "constant rows", (x) => layerNorm(x), NO_GRAD),
  make("groupNorm", "2 groups", (x, s, b) => groupNorm(x, s, b, { groups: 2 }), SECOND),
  make("groupNorm", "1 group, plain", (x) => groupNorm(x, null, null, { groups: 1, eps: 1e-3 })),
  make("groupNorm", "rank 2", (x) => groupNorm(x, null, null, { groups: 2 })),
  make("instanceNorm", "scale and bias", (x, s, b) => instanceNorm(x, s, b), SECOND),
  make("instanceNorm", "plain, 2-d, eps 1e-3", (x) => instanceNorm(x, null, null, { eps: 1e-3 })),
  make("rmsNorm", "last axis", (x, s) => rmsNorm(x, s), SECOND),
  make("rmsNorm", "plain, two axes", (x) => rmsNorm(x, null, { axes: [1, 2], eps: 1e-3 })),
  make(
    "localResponseNorm",
    "size 3",
    (x) => localResponseNorm(x, { size: 3, alpha: 0.5, beta: 0.6, k: 1.5 }),
    SECOND,
  ),
  make("localResponseNorm", "size 2, torch", (x) => localResponseNorm(x, { size: 2, alpha: 0.5 })),
  make("localResponseNorm", "wider than the channels", (x) => localResponseNorm(x, { size: 5, alpha: 0.5 })),
  make("localResponseNorm", "size 4, ONNX", (x) => localResponseNorm(x, { size: 4, before: 1, alpha: 0.5 })),
  make("lpNormalize", "p 2", (x) => lpNormalize(x), SECOND),
  make("lpNormalize", "p 1, axis 0", (x) => lpNormalize(x, { p: 1, axis: 0 })),
  make("lpNormalize", "p 3", (x) => lpNormalize(x, { p: 3 })),
  make("lpNormalize", "a zero vector", (x) => lpNormalize(x), NO_GRAD),
  make("lpNormalize", "a zero vector, eps 0", (x) => lpNormalize(x, { eps: 0 }), NO_GRAD),
];

// Every composite by id. `eraseOps` keeps the ids as types, so a missing one does not compile.
import { eraseOps } from "../../dispatch/erase.js";
import type { AnyOp, CoreCompId } from "../table.js";
import { celuOp, eluOp, seluOp } from "./activations/elu.js";
import { geluOp } from "./activations/gelu.js";
import { gluOp } from "./activations/glu.js";
import { hardSigmoidOp, hardSwishOp, hardTanhOp } from "./activations/hard.js";
import { leakyReluOp, preluOp, reluOp, relu6Op, thresholdedReluOp } from "./activations/relu.js";
import { hardShrinkOp, softShrinkOp, softsignOp, tanhShrinkOp } from "./activations/shrink.js";
import { logSigmoidOp, sigmoidOp, siluOp } from "./activations/sigmoid.js";
import { logSoftmaxOp, softmaxOp } from "./activations/softmax.js";
import { mishOp, softplusOp } from "./activations/softplus.js";
import { sparsemaxOp } from "./activations/sparsemax.js";
import { attentionOp } from "./contraction/attention.js";
import { convTransposeOp } from "./contraction/conv-transpose.js";
import { convolutionOp } from "./contraction/convolution.js";
import { einsumOp } from "./contraction/einsum.js";
import { linearOp } from "./contraction/linear.js";
import { outerOp, tensordotOp } from "./contraction/products.js";
import { gatherElementsOp, scatterElementsOp } from "./indexing/elements.js";
import { embeddingOp, oneHotOp } from "./indexing/embedding.js";
import { gatherNdOp, scatterNdOp } from "./indexing/nd.js";
import { topKOp } from "./indexing/top-k.js";
import { softmaxCrossEntropyOp } from "./losses/softmax-cross-entropy.js";
import { clipOp } from "./math/clip.js";
import { floorDivOp, modOp } from "./math/division.js";
import { erfinvOp } from "./math/erfinv.js";
import { acoshOp, asinhOp, atanhOp, coshOp, sinhOp } from "./math/hyperbolic.js";
import { logAddExpOp } from "./math/log-add-exp.js";
import { exp2Op, log10Op, log2Op, reciprocalOp, squareOp } from "./math/powers.js";
import { isFiniteOp, isInfOp, isNanOp } from "./math/predicates.js";
import { truncOp } from "./math/rounding.js";
import { acosOp, asinOp, atan2Op, tanOp } from "./math/trigonometry.js";
import { batchNormOp, batchNormTrainGradOp, batchNormTrainOp } from "./norms/batch-norm.js";
import { groupNormOp, instanceNormOp } from "./norms/group-norm.js";
import { layerNormOp } from "./norms/layer-norm.js";
import { localResponseNormOp } from "./norms/local-response-norm.js";
import { lpNormalizeOp } from "./norms/lp-normalize.js";
import { rmsNormOp } from "./norms/rms-norm.js";
import { adaptiveAvgPoolOp, adaptiveMaxPoolOp, adaptiveMaxPoolWithIndicesOp } from "./pooling/adaptive.js";
import { avgPoolOp } from "./pooling/avg-pool.js";
import { lpPoolOp } from "./pooling/lp-pool.js";
import { maxPoolWithIndicesOp, maxUnpoolOp } from "./pooling/max-pool-indices.js";
import { maxPoolOp } from "./pooling/max-pool.js";
import { gruOp } from "./recurrent/gru.js";
import { gruGradOp } from "./recurrent/gru-grad.js";
import { lstmOp } from "./recurrent/lstm.js";
import { lstmGradOp } from "./recurrent/lstm-grad.js";
import { rnnOp } from "./recurrent/rnn.js";
import { rnnGradOp } from "./recurrent/rnn-grad.js";
import { cumprodOp, cumsumOp } from "./reductions/cumulative.js";
import { logSumExpOp } from "./reductions/log-sum-exp.js";
import { allOp, anyOp, countNonZeroOp } from "./reductions/logical.js";
import { meanOp } from "./reductions/mean.js";
import { normOp } from "./reductions/norm.js";
import { stdOp, varianceOp } from "./reductions/variance.js";
import { resizeOp } from "./resize/resize.js";
import { depthToSpaceOp, spaceToDepthOp } from "./shape/depth-space.js";
import { padModeOp } from "./shape/pad-mode.js";
import { rollOp } from "./shape/roll.js";
import { splitOp } from "./shape/split.js";
import { flattenOp, squeezeOp, unsqueezeOp } from "./shape/squeeze.js";
import { stackOp } from "./shape/stack.js";
import { repeatInterleaveOp, tileOp } from "./shape/tile.js";
import { eyeOp, trilOp, triuOp } from "./shape/triangle.js";
import { foldOp, unfoldOp } from "./shape/unfold.js";

/** Every composite of core by id; exhaustive by type. A function, so that importing core evaluates nothing. */
export function compositeOps(): Readonly<Record<CoreCompId, AnyOp>> {
  return eraseOps({
    celu: celuOp,
    elu: eluOp,
    selu: seluOp,
    gelu: geluOp,
    glu: gluOp,
    hardSigmoid: hardSigmoidOp,
    hardSwish: hardSwishOp,
    hardTanh: hardTanhOp,
    leakyRelu: leakyReluOp,
    prelu: preluOp,
    relu: reluOp,
    relu6: relu6Op,
    thresholdedRelu: thresholdedReluOp,
    hardShrink: hardShrinkOp,
    softShrink: softShrinkOp,
    softsign: softsignOp,
    tanhShrink: tanhShrinkOp,
    logSigmoid: logSigmoidOp,
    sigmoid: sigmoidOp,
    silu: siluOp,
    logSoftmax: logSoftmaxOp,
    softmax: softmaxOp,
    mish: mishOp,
    softplus: softplusOp,
    sparsemax: sparsemaxOp,
    attention: attentionOp,
    convTranspose: convTransposeOp,
    convolution: convolutionOp,
    einsum: einsumOp,
    linear: linearOp,
    outer: outerOp,
    tensordot: tensordotOp,
    gatherElements: gatherElementsOp,
    scatterElements: scatterElementsOp,
    embedding: embeddingOp,
    oneHot: oneHotOp,
    gatherNd: gatherNdOp,
    scatterNd: scatterNdOp,
    topK: topKOp,
    softmaxCrossEntropy: softmaxCrossEntropyOp,
    clip: clipOp,
    floorDiv: floorDivOp,
    mod: modOp,
    erfinv: erfinvOp,
    acosh: acoshOp,
    asinh: asinhOp,
    atanh: atanhOp,
    cosh: coshOp,
    sinh: sinhOp,
    logAddExp: logAddExpOp,
    exp2: exp2Op,
    log10: log10Op,
    log2: log2Op,
    reciprocal: reciprocalOp,
    square: squareOp,
    isFinite: isFiniteOp,
    isInf: isInfOp,
    isNan: isNanOp,
    trunc: truncOp,
    acos: acosOp,
    asin: asinOp,
    atan2: atan2Op,
    tan: tanOp,
    batchNorm: batchNormOp,
    batchNormTrain: batchNormTrainOp,
    batchNormTrainGrad: batchNormTrainGradOp,
    groupNorm: groupNormOp,
    instanceNorm: instanceNormOp,
    layerNorm: layerNormOp,
    localResponseNorm: localResponseNormOp,
    lpNormalize: lpNormalizeOp,
    rmsNorm: rmsNormOp,
    adaptiveAvgPool: adaptiveAvgPoolOp,
    adaptiveMaxPool: adaptiveMaxPoolOp,
    adaptiveMaxPoolWithIndices: adaptiveMaxPoolWithIndicesOp,
    avgPool: avgPoolOp,
    lpPool: lpPoolOp,
    maxPoolWithIndices: maxPoolWithIndicesOp,
    maxUnpool: maxUnpoolOp,
    maxPool: maxPoolOp,
    gru: gruOp,
    gruGrad: gruGradOp,
    lstm: lstmOp,
    lstmGrad: lstmGradOp,
    rnn: rnnOp,
    rnnGrad: rnnGradOp,
    cumprod: cumprodOp,
    cumsum: cumsumOp,
    logSumExp: logSumExpOp,
    all: allOp,
    any: anyOp,
    countNonZero: countNonZeroOp,
    mean: meanOp,
    norm: normOp,
    std: stdOp,
    variance: varianceOp,
    resize: resizeOp,
    depthToSpace: depthToSpaceOp,
    spaceToDepth: spaceToDepthOp,
    padMode: padModeOp,
    roll: rollOp,
    split: splitOp,
    flatten: flattenOp,
    squeeze: squeezeOp,
    unsqueeze: unsqueezeOp,
    stack: stackOp,
    repeatInterleave: repeatInterleaveOp,
    tile: tileOp,
    eye: eyeOp,
    tril: trilOp,
    triu: triuOp,
    fold: foldOp,
    unfold: unfoldOp,
  });
}

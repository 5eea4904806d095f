// torch.nn: modules that may be made without `new`, parameters, functional and init.
import { constructible, type Constructible } from "@isoform/core";
import { Parameter as ParameterClass } from "../tensor/parameter.js";
import { Module as ModuleClass } from "./module.js";
import * as linear from "./modules/linear.js";
import * as activation from "./modules/activation.js";
import * as conv from "./modules/conv.js";
import * as pooling from "./modules/pooling.js";
import * as padding from "./modules/padding.js";
import * as vision from "./modules/vision.js";
import * as normalization from "./modules/normalization.js";
import * as dropout from "./modules/dropout.js";
import * as container from "./modules/container.js";
import * as sparse from "./modules/sparse.js";
import * as recurrent from "./modules/recurrent.js";
import * as cells from "./modules/recurrent-cells.js";
import * as attention from "./modules/attention.js";
import * as transformer from "./modules/transformer.js";
import * as parameters from "./modules/parameters.js";
import * as distance from "./modules/distance.js";
import * as loss from "./modules/loss.js";
import * as marginLoss from "./modules/margin-loss.js";

export * as functional from "./functional/index.js";
export * as init from "./init.js";
export * as utils from "./utils/index.js";
export type { ForwardHook, LoadResult, StateDict } from "./module.js";

/**
 * Base class of models and layers: extend it, assign parameters, buffers and sub-modules as properties and
 * write `forward` for tensors of any shape; call the instance like a function. `define` makes subclasses
 * callable without `new`. A typed error from inside a call names the innermost module and its path.
 * @throws {UnsupportedOpError} when called without a `forward` of its own.
 * @throws {LifetimeError} when a call, of any module, uses a disposed tensor or returns a promise.
 * @see torch.nn.Module
 */
export const Module: typeof ModuleClass = ModuleClass;
export type Module<I extends readonly unknown[] = readonly never[], O = unknown> = ModuleClass<I, O>;
/**
 * A tensor of any shape that modules register and optimizers update; shares the memory of `data`. It requires
 * gradients unless `requiresGrad` is false, and outlives scopes.
 * @throws {DTypeError} when `data` is not a float tensor and `requiresGrad` is not false.
 * @throws {LifetimeError} when `data` was disposed, or stands for a value of a graph.
 * @throws {ArgumentError} when `data` is no tensor, or an option is unknown.
 * @see torch.nn.parameter.Parameter
 */
export const Parameter: Constructible<typeof ParameterClass> = /* @__PURE__ */ constructible(ParameterClass);
export type Parameter = ParameterClass;
/**
 * Makes a user's module class callable without `new`; arguments and shapes stay the class's own. Never throws
 * for a class.
 * @see Isoform's own: Python classes are called without `new`
 */
export const define: typeof constructible = constructible;

/**
 * x·Wᵀ + b: `[…, inFeatures] -> […, outFeatures]`, W `[outFeatures, inFeatures]`, b (`bias`, default true)
 * `[outFeatures]`; both uniform on ±1/√inFeatures, weight drawn first.
 * @throws {ArgumentError} when a size is not a non-negative integer or an option is unknown or wrong.
 * @throws {ShapeError} when the last axis of the input is not inFeatures.
 * @see torch.nn.Linear
 */
export const Linear: Constructible<typeof linear.Linear> = /* @__PURE__ */ constructible(linear.Linear);
export type Linear = linear.Linear;
/**
 * Returns its input, of any shape.
 * @throws {ArgumentError} when called with what is no tensor.
 * @see torch.nn.Identity
 */
export const Identity: Constructible<typeof linear.Identity> = /* @__PURE__ */ constructible(linear.Identity);
export type Identity = linear.Identity;
/**
 * Axes `startDim` (default 1) to `endDim` (default −1) joined: `[N, …] -> [N, size]`.
 * @throws {ArgumentError} when an option is unknown or wrong, or the input has no such axis.
 * @throws {ShapeError} when `startDim` is after `endDim`.
 * @see torch.nn.Flatten
 */
export const Flatten: Constructible<typeof linear.Flatten> = /* @__PURE__ */ constructible(linear.Flatten);
export type Flatten = linear.Flatten;
/**
 * x₁ᵀ·W·x₂ + b: `([…, in1], […, in2]) -> […, out]` with W `[out, in1, in2]`, b `[out]` (`bias`, default
 * true).
 * @throws {ArgumentError} when a size is not a non-negative integer, `in1Features` is 0, or an option is
 * unknown or wrong.
 * @throws {ShapeError} when the inputs do not have these last axes or different ones before.
 * @see torch.nn.Bilinear
 */
export const Bilinear: Constructible<typeof linear.Bilinear> = /* @__PURE__ */ constructible(linear.Bilinear);
export type Bilinear = linear.Bilinear;
/**
 * max(x, 0); any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (false; accepted without effect) is given.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.ReLU
 */
export const ReLU: Constructible<typeof activation.ReLU> = /* @__PURE__ */ constructible(activation.ReLU);
export type ReLU = activation.ReLU;
/**
 * min(max(x, 0), 6); any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (false; accepted without effect) is given.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.ReLU6
 */
export const ReLU6: Constructible<typeof activation.ReLU6> = /* @__PURE__ */ constructible(activation.ReLU6);
export type ReLU6 = activation.ReLU6;
/**
 * Logistic function 1/(1 + e⁻ˣ); any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when called with what is no tensor.
 * @see torch.nn.Sigmoid
 */
export const Sigmoid: Constructible<typeof activation.Sigmoid> = /* @__PURE__ */ constructible(
  activation.Sigmoid,
);
export type Sigmoid = activation.Sigmoid;
/**
 * Logarithm of the logistic function; any shape, elementwise.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.LogSigmoid
 */
export const LogSigmoid: Constructible<typeof activation.LogSigmoid> = /* @__PURE__ */ constructible(
  activation.LogSigmoid,
);
export type LogSigmoid = activation.LogSigmoid;
/**
 * Hyperbolic tangent; any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when called with what is no tensor.
 * @see torch.nn.Tanh
 */
export const Tanh: Constructible<typeof activation.Tanh> = /* @__PURE__ */ constructible(activation.Tanh);
export type Tanh = activation.Tanh;
/**
 * x·sigmoid(x), also known as swish; any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (false; accepted without effect) is given.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.SiLU, Elfwing et al. 2017, https://arxiv.org/abs/1702.03118
 */
export const SiLU: Constructible<typeof activation.SiLU> = /* @__PURE__ */ constructible(activation.SiLU);
export type SiLU = activation.SiLU;
/**
 * x·tanh(softplus(x)); any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (false; accepted without effect) is given.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Mish, Misra 2019, https://arxiv.org/abs/1908.08681
 */
export const Mish: Constructible<typeof activation.Mish> = /* @__PURE__ */ constructible(activation.Mish);
export type Mish = activation.Mish;
/**
 * x·relu6(x + 3)/6; any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (false; accepted without effect) is given.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Hardswish, Howard et al. 2019, https://arxiv.org/abs/1905.02244
 */
export const Hardswish: Constructible<typeof activation.Hardswish> = /* @__PURE__ */ constructible(
  activation.Hardswish,
);
export type Hardswish = activation.Hardswish;
/**
 * relu6(x + 3)/6; any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (false; accepted without effect) is given.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Hardsigmoid
 */
export const Hardsigmoid: Constructible<typeof activation.Hardsigmoid> = /* @__PURE__ */ constructible(
  activation.Hardsigmoid,
);
export type Hardsigmoid = activation.Hardsigmoid;
/**
 * x/(1 + |x|); any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when called with what is no tensor.
 * @see torch.nn.Softsign
 */
export const Softsign: Constructible<typeof activation.Softsign> = /* @__PURE__ */ constructible(
  activation.Softsign,
);
export type Softsign = activation.Softsign;
/**
 * x − tanh(x); any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when called with what is no tensor.
 * @see torch.nn.Tanhshrink
 */
export const Tanhshrink: Constructible<typeof activation.Tanhshrink> = /* @__PURE__ */ constructible(
  activation.Tanhshrink,
);
export type Tanhshrink = activation.Tanhshrink;
/**
 * Self-normalising ELU 1.0507·elu(x, 1.67326); any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (false; accepted without effect) is given.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.SELU, Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export const SELU: Constructible<typeof activation.SELU> = /* @__PURE__ */ constructible(activation.SELU);
export type SELU = activation.SELU;
/**
 * x above 0, `negativeSlope`·x (default 0.01) elsewhere; any shape, elementwise. `inplace` has no effect.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the slope is not a number.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.LeakyReLU
 */
export const LeakyReLU: Constructible<typeof activation.LeakyReLU> = /* @__PURE__ */ constructible(
  activation.LeakyReLU,
);
export type LeakyReLU = activation.LeakyReLU;
/**
 * x above 0, `alpha`·(eˣ − 1) (default 1) elsewhere; any shape, elementwise. `inplace` has no effect.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `alpha` is not a number.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.ELU, Clevert et al. 2015, https://arxiv.org/abs/1511.07289
 */
export const ELU: Constructible<typeof activation.ELU> = /* @__PURE__ */ constructible(activation.ELU);
export type ELU = activation.ELU;
/**
 * x above 0, `alpha`·(e^(x/`alpha`) − 1) (default 1) elsewhere; any shape, elementwise. `inplace` has no
 * effect.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `alpha` is 0 or not a number.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.CELU, Barron 2017, https://arxiv.org/abs/1704.07483
 */
export const CELU: Constructible<typeof activation.CELU> = /* @__PURE__ */ constructible(activation.CELU);
export type CELU = activation.CELU;
/**
 * Gaussian error linear unit x·Φ(x), exact (`approximate` 'none', default) or by tanh ('tanh'); any shape,
 * elementwise.
 * @throws {ArgumentError} when an option is unknown or wrong, or `approximate` is something else.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.GELU, Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export const GELU: Constructible<typeof activation.GELU> = /* @__PURE__ */ constructible(activation.GELU);
export type GELU = activation.GELU;
/**
 * log(1 + e^(βx))/β, x itself where βx > `threshold`; `beta` 1 and `threshold` 20 by default. Any shape,
 * elementwise.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `beta` is 0 or a number is
 * NaN.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Softplus
 */
export const Softplus: Constructible<typeof activation.Softplus> = /* @__PURE__ */ constructible(
  activation.Softplus,
);
export type Softplus = activation.Softplus;
/**
 * x moved toward 0 by `lambd` (default 0.5), 0 within ±`lambd`; any shape, elementwise.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `lambd` is negative.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Softshrink
 */
export const Softshrink: Constructible<typeof activation.Softshrink> = /* @__PURE__ */ constructible(
  activation.Softshrink,
);
export type Softshrink = activation.Softshrink;
/**
 * x outside ±`lambd` (default 0.5), 0 within; any shape, elementwise.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `lambd` is negative.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Hardshrink
 */
export const Hardshrink: Constructible<typeof activation.Hardshrink> = /* @__PURE__ */ constructible(
  activation.Hardshrink,
);
export type Hardshrink = activation.Hardshrink;
/**
 * x limited to `minVal` … `maxVal` (default −1 … 1); any shape, elementwise. `inplace` has no effect.
 * @throws {ArgumentError} when an option is unknown or wrong, or `minVal` is not below `maxVal`.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.Hardtanh
 */
export const Hardtanh: Constructible<typeof activation.Hardtanh> = /* @__PURE__ */ constructible(
  activation.Hardtanh,
);
export type Hardtanh = activation.Hardtanh;
/**
 * x above `threshold`, `value` elsewhere; any shape, elementwise.
 * @throws {ArgumentError} when an option other than `inplace` (no effect) is given, or a number is missing or
 * NaN.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Threshold
 */
export const Threshold: Constructible<typeof activation.Threshold> = /* @__PURE__ */ constructible(
  activation.Threshold,
);
export type Threshold = activation.Threshold;
/**
 * eˣ / Σ eˣ along the axis `dim`, which must be given and may count from the end; x's shape.
 * @throws {ArgumentError} when `dim` is missing or no integer, an option is unknown or wrong, or the input
 * has no such axis.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Softmax
 */
export const Softmax: Constructible<typeof activation.Softmax> = /* @__PURE__ */ constructible(
  activation.Softmax,
);
export type Softmax = activation.Softmax;
/**
 * Softmax of −x along the axis `dim`, which must be given and may count from the end; x's shape.
 * @throws {ArgumentError} when `dim` is missing or no integer, an option is unknown or wrong, or the input
 * has no such axis.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Softmin
 */
export const Softmin: Constructible<typeof activation.Softmin> = /* @__PURE__ */ constructible(
  activation.Softmin,
);
export type Softmin = activation.Softmin;
/**
 * Logarithm of softmax along the axis `dim`, which must be given and may count from the end; x's shape.
 * @throws {ArgumentError} when `dim` is missing or no integer, an option is unknown or wrong, or the input
 * has no such axis.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.LogSoftmax
 */
export const LogSoftmax: Constructible<typeof activation.LogSoftmax> = /* @__PURE__ */ constructible(
  activation.LogSoftmax,
);
export type LogSoftmax = activation.LogSoftmax;
/**
 * Softmax over the channels of `[N, C, H, W]` or `[C, H, W]`.
 * @throws {ArgumentError} when the input has fewer than 3 axes.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.Softmax2d
 */
export const Softmax2d: Constructible<typeof activation.Softmax2d> = /* @__PURE__ */ constructible(
  activation.Softmax2d,
);
export type Softmax2d = activation.Softmax2d;
/**
 * First half times sigmoid of the second half along the axis `dim` (default −1): `[…, 2n, …] -> […, n, …]`.
 * @throws {ShapeError} when the axis has odd size.
 * @throws {ArgumentError} when an option is unknown or wrong or the input has no such axis.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.GLU, Dauphin et al. 2016, https://arxiv.org/abs/1612.08083
 */
export const GLU: Constructible<typeof activation.GLU> = /* @__PURE__ */ constructible(activation.GLU);
export type GLU = activation.GLU;
/**
 * Leaky ReLU with learned slopes `weight` `[numParameters]`: one (default), or one per channel, axis 1;
 * `init` 0.25. Any shape, elementwise.
 * @throws {ShapeError} when `numParameters` is no size, or neither 1 nor the input's channels.
 * @throws {ArgumentError} when an option is unknown or wrong.
 * @see torch.nn.PReLU, He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export const PReLU: Constructible<typeof activation.PReLU> = /* @__PURE__ */ constructible(activation.PReLU);
export type PReLU = activation.PReLU;
/**
 * Leaky ReLU with the mean slope of `lower` (default 1/8) and `upper` (1/3), in inference only; any shape,
 * elementwise.
 * @throws {UnsupportedOpError} when called in training, where PyTorch's slopes are random: call `eval()`
 * first.
 * @throws {ArgumentError} when an option is unknown or wrong.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.RReLU, Xu et al. 2015, https://arxiv.org/abs/1505.00853
 */
export const RReLU: Constructible<typeof activation.RReLU> = /* @__PURE__ */ constructible(activation.RReLU);
export type RReLU = activation.RReLU;
/**
 * 1-d convolution: `[N, inChannels, L]` (or without N) -> `[N, outChannels, L_out]`, L_out =
 * ⌊(L + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1; `weight` `[outChannels, inChannels/groups, k]`. By
 * default stride 1, padding 0, dilation 1, groups 1, bias true, paddingMode 'zeros'.
 * @throws {ArgumentError} when a size or option is out of range, an option is unknown or wrong, the groups do
 * not divide the channels, or padding is 'same' with another stride than 1.
 * @throws {ShapeError} when the input has other axes or channels, or is smaller than the kernel.
 * @see torch.nn.Conv1d
 */
export const Conv1d: Constructible<typeof conv.Conv1d> = /* @__PURE__ */ constructible(conv.Conv1d);
export type Conv1d = conv.Conv1d;
/**
 * 2-d convolution: `[N, inChannels, H, W]` (or without N) -> `[N, outChannels, H_out, W_out]`, each
 * ⌊(n + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1; `weight` `[outChannels, inChannels/groups, kH, kW]`.
 * By default stride 1, padding 0, dilation 1, groups 1, bias true, paddingMode 'zeros'.
 * @throws {ArgumentError} when a size or option is out of range, an option is unknown or wrong, the groups do
 * not divide the channels, or padding is 'same' with another stride than 1.
 * @throws {ShapeError} when the input has other axes or channels, or is smaller than the kernel.
 * @see torch.nn.Conv2d
 */
export const Conv2d: Constructible<typeof conv.Conv2d> = /* @__PURE__ */ constructible(conv.Conv2d);
export type Conv2d = conv.Conv2d;
/**
 * 3-d convolution: `[N, inChannels, D, H, W]` (or without N) -> `[N, outChannels, D_out, H_out, W_out]`, each
 * ⌊(n + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1; `weight`
 * `[outChannels, inChannels/groups, kD, kH, kW]`. By default stride 1, padding 0, dilation 1, groups 1, bias
 * true, paddingMode 'zeros'.
 * @throws {ArgumentError} when a size or option is out of range, an option is unknown or wrong, the groups do
 * not divide the channels, or padding is 'same' with another stride than 1.
 * @throws {ShapeError} when the input has other axes or channels, or is smaller than the kernel.
 * @see torch.nn.Conv3d
 */
export const Conv3d: Constructible<typeof conv.Conv3d> = /* @__PURE__ */ constructible(conv.Conv3d);
export type Conv3d = conv.Conv3d;
/**
 * 1-d transposed convolution: `[N, inChannels, L]` (or without N) -> `[N, outChannels, L_out]`, L_out = (L −
 * 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1; `weight`
 * `[inChannels, outChannels/groups, k]`. By default stride 1, padding 0, outputPadding 0, groups 1, bias
 * true, dilation 1.
 * @throws {ArgumentError} when a size or option is out of range, an option is unknown or wrong, or the groups
 * do not divide the channels.
 * @throws {ShapeError} when the input has other axes or channels, or the output would have a negative size.
 * @see torch.nn.ConvTranspose1d
 */
export const ConvTranspose1d: Constructible<typeof conv.ConvTranspose1d> = /* @__PURE__ */ constructible(
  conv.ConvTranspose1d,
);
export type ConvTranspose1d = conv.ConvTranspose1d;
/**
 * 2-d transposed convolution: `[N, inChannels, H, W]` (or without N) -> `[N, outChannels, H_out, W_out]`,
 * each (n − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1; `weight`
 * `[inChannels, outChannels/groups, kH, kW]`. By default stride 1, padding 0, outputPadding 0, groups 1, bias
 * true, dilation 1.
 * @throws {ArgumentError} when a size or option is out of range, an option is unknown or wrong, or the groups
 * do not divide the channels.
 * @throws {ShapeError} when the input has other axes or channels, or the output would have a negative size.
 * @see torch.nn.ConvTranspose2d
 */
export const ConvTranspose2d: Constructible<typeof conv.ConvTranspose2d> = /* @__PURE__ */ constructible(
  conv.ConvTranspose2d,
);
export type ConvTranspose2d = conv.ConvTranspose2d;
/**
 * 3-d transposed convolution: `[N, inChannels, D, H, W]` (or without N) ->
 * `[N, outChannels, D_out, H_out, W_out]`, each (n − 1)·stride − 2·padding + dilation·(k − 1) +
 * outputPadding + 1; `weight` `[inChannels, outChannels/groups, kD, kH, kW]`. By default stride 1, padding 0,
 * outputPadding 0, groups 1, bias true, dilation 1.
 * @throws {ArgumentError} when a size or option is out of range, an option is unknown or wrong, or the groups
 * do not divide the channels.
 * @throws {ShapeError} when the input has other axes or channels, or the output would have a negative size.
 * @see torch.nn.ConvTranspose3d
 */
export const ConvTranspose3d: Constructible<typeof conv.ConvTranspose3d> = /* @__PURE__ */ constructible(
  conv.ConvTranspose3d,
);
export type ConvTranspose3d = conv.ConvTranspose3d;
/**
 * Max pooling along the last axis: `[N, C, L]` (or `[C, L]`) -> `[N, C, L_out]`, see `F.maxPool1d`. By
 * default the stride is the kernel size, padding 0, dilation 1, ceilMode false.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input has other axes or is smaller than the window, or the padding exceeds
 * half of it.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.MaxPool1d
 */
export const MaxPool1d: Constructible<typeof pooling.MaxPool1d> = /* @__PURE__ */ constructible(
  pooling.MaxPool1d,
);
export type MaxPool1d = pooling.MaxPool1d;
/**
 * Max pooling over the last two axes: `[N, C, H, W]` (or `[C, H, W]`) -> `[N, C, H_out, W_out]`, see
 * `F.maxPool2d`. By default the stride is the kernel size, padding 0, dilation 1, ceilMode false.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input has other axes or is smaller than the window, or the padding exceeds
 * half of it.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.MaxPool2d
 */
export const MaxPool2d: Constructible<typeof pooling.MaxPool2d> = /* @__PURE__ */ constructible(
  pooling.MaxPool2d,
);
export type MaxPool2d = pooling.MaxPool2d;
/**
 * Max pooling over the last three axes: `[N, C, D, H, W]` (or `[C, D, H, W]`) ->
 * `[N, C, D_out, H_out, W_out]`, see `F.maxPool3d`. By default the stride is the kernel size, padding 0,
 * dilation 1, ceilMode false.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input has other axes or is smaller than the window, or the padding exceeds
 * half of it.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.MaxPool3d
 */
export const MaxPool3d: Constructible<typeof pooling.MaxPool3d> = /* @__PURE__ */ constructible(
  pooling.MaxPool3d,
);
export type MaxPool3d = pooling.MaxPool3d;
/**
 * Mean pooling along the last axis: `[N, C, L]` (or `[C, L]`) -> `[N, C, L_out]`, see `F.avgPool1d`. By
 * default the stride is the kernel size, padding 0, ceilMode false, countIncludePad true.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input has other axes or is smaller than the window, or the padding exceeds
 * half of it.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.AvgPool1d
 */
export const AvgPool1d: Constructible<typeof pooling.AvgPool1d> = /* @__PURE__ */ constructible(
  pooling.AvgPool1d,
);
export type AvgPool1d = pooling.AvgPool1d;
/**
 * Mean pooling over the last two axes: `[N, C, H, W]` (or `[C, H, W]`) -> `[N, C, H_out, W_out]`, see
 * `F.avgPool2d`. By default the stride is the kernel size, padding 0, ceilMode false, countIncludePad true.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input has other axes or is smaller than the window, or the padding exceeds
 * half of it.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.AvgPool2d
 */
export const AvgPool2d: Constructible<typeof pooling.AvgPool2d> = /* @__PURE__ */ constructible(
  pooling.AvgPool2d,
);
export type AvgPool2d = pooling.AvgPool2d;
/**
 * Mean pooling over the last three axes: `[N, C, D, H, W]` (or `[C, D, H, W]`) ->
 * `[N, C, D_out, H_out, W_out]`, see `F.avgPool3d`. By default the stride is the kernel size, padding 0,
 * ceilMode false, countIncludePad true.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input has other axes or is smaller than the window, or the padding exceeds
 * half of it.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.AvgPool3d
 */
export const AvgPool3d: Constructible<typeof pooling.AvgPool3d> = /* @__PURE__ */ constructible(
  pooling.AvgPool3d,
);
export type AvgPool3d = pooling.AvgPool3d;
/**
 * Mean pooling to a given size (one number for both axes; null keeps an axis):
 * `[…, H, W] -> […, H_out, W_out]`.
 * @throws {ArgumentError} when called with a size that is not positive or not for two axes, or fewer than 2
 * axes.
 * @throws {ShapeError} when a pooled axis is empty.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.AdaptiveAvgPool2d
 */
export const AdaptiveAvgPool2d: Constructible<typeof pooling.AdaptiveAvgPool2d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveAvgPool2d);
export type AdaptiveAvgPool2d = pooling.AdaptiveAvgPool2d;
/**
 * Mean pooling of the last axis to a given size: `[…, L] -> […, L_out]`.
 * @throws {ArgumentError} when called with a size that is not positive, or a scalar.
 * @throws {ShapeError} when the axis is empty.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.AdaptiveAvgPool1d
 */
export const AdaptiveAvgPool1d: Constructible<typeof pooling.AdaptiveAvgPool1d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveAvgPool1d);
export type AdaptiveAvgPool1d = pooling.AdaptiveAvgPool1d;
/**
 * Mean pooling to a given size (one number for all three axes; null keeps an axis): `[N, C, D, H, W] -> [N, C,
 * D_out, H_out, W_out]`.
 * @throws {ArgumentError} when the size is not positive or not for three axes.
 * @throws {ShapeError} when the input has other axes, or a pooled one is empty.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.AdaptiveAvgPool3d
 */
export const AdaptiveAvgPool3d: Constructible<typeof pooling.AdaptiveAvgPool3d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveAvgPool3d);
export type AdaptiveAvgPool3d = pooling.AdaptiveAvgPool3d;
/**
 * Max pooling to a given size (one number for both axes; null keeps an axis):
 * `[…, H, W] -> […, H_out, W_out]`.
 * @throws {ArgumentError} when called with a size that is not positive or not for two axes, or fewer than 2
 * axes.
 * @throws {ShapeError} when a pooled axis is empty.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.AdaptiveMaxPool2d
 */
export const AdaptiveMaxPool2d: Constructible<typeof pooling.AdaptiveMaxPool2d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveMaxPool2d);
export type AdaptiveMaxPool2d = pooling.AdaptiveMaxPool2d;
/**
 * Max pooling of the last axis to a given size: `[N, C, L] -> [N, C, L_out]`.
 * @throws {ArgumentError} when the size is not positive.
 * @throws {ShapeError} when the input has other axes, or a pooled one is empty.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.AdaptiveMaxPool1d
 */
export const AdaptiveMaxPool1d: Constructible<typeof pooling.AdaptiveMaxPool1d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveMaxPool1d);
export type AdaptiveMaxPool1d = pooling.AdaptiveMaxPool1d;
/**
 * Max pooling to a given size (one number for all three axes; null keeps an axis): `[N, C, D, H, W] -> [N, C,
 * D_out, H_out, W_out]`.
 * @throws {ArgumentError} when the size is not positive or not for three axes.
 * @throws {ShapeError} when the input has other axes, or a pooled one is empty.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.AdaptiveMaxPool3d
 */
export const AdaptiveMaxPool3d: Constructible<typeof pooling.AdaptiveMaxPool3d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveMaxPool3d);
export type AdaptiveMaxPool3d = pooling.AdaptiveMaxPool3d;
/**
 * p-norm pooling, p = `normType`, over the last two axes: `[…, H, W] -> […, H_out, W_out]`, each
 * ⌊(n − k)/stride⌋ + 1. By default the stride is the kernel size, ceilMode false.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `normType` is not above 0 or a
 * size out of range.
 * @throws {ShapeError} when the input is smaller than the window.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.LPPool2d
 */
export const LPPool2d: Constructible<typeof pooling.LPPool2d> = /* @__PURE__ */ constructible(
  pooling.LPPool2d,
);
export type LPPool2d = pooling.LPPool2d;
/**
 * p-norm pooling, p = `normType`, along the last axis: `[N, C, L]` (or `[C, L]`) -> `[N, C, L_out]`, L_out = ⌊(L −
 * k)/stride⌋ + 1. By default the stride is the kernel size, ceilMode false.
 * @throws {ArgumentError} when an option is unknown or wrong, `normType` is not above 0, or a size is out of
 * range.
 * @throws {ShapeError} when the input has other axes or is smaller than the window.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.LPPool1d
 */
export const LPPool1d: Constructible<typeof pooling.LPPool1d> = /* @__PURE__ */ constructible(
  pooling.LPPool1d,
);
export type LPPool1d = pooling.LPPool1d;
/**
 * Puts values back at their max-pooling indices, zeros elsewhere: `(x, indices)`, both `[N, C, H, W]` ->
 * `[N, C, H_out, W_out]`, each (n − 1)·stride − 2·padding + k. By default the stride is the kernel size,
 * padding 0.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, a size is out of range.
 * @throws {ShapeError} when the input and the indices differ in shape.
 * @throws {DTypeError} when the indices are not integers.
 * @see torch.nn.MaxUnpool2d
 */
export const MaxUnpool2d: Constructible<typeof pooling.MaxUnpool2d> = /* @__PURE__ */ constructible(
  pooling.MaxUnpool2d,
);
export type MaxUnpool2d = pooling.MaxUnpool2d;
/**
 * Puts values back at their max-pooling indices, zeros elsewhere: `(x, indices)`, both `[N, C, L]` -> `[N, C,
 * L_out]`, L_out = (L − 1)·stride − 2·padding + k, or as `outputSize` of the call says. By default the stride is
 * the kernel size, padding 0.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, a size is out of range.
 * @throws {ShapeError} when the input has other axes, or it and the indices differ in shape.
 * @throws {DTypeError} when the indices are not integers.
 * @see torch.nn.MaxUnpool1d
 */
export const MaxUnpool1d: Constructible<typeof pooling.MaxUnpool1d> = /* @__PURE__ */ constructible(
  pooling.MaxUnpool1d,
);
export type MaxUnpool1d = pooling.MaxUnpool1d;
/**
 * Puts values back at their max-pooling indices, zeros elsewhere: `(x, indices)`, both `[N, C, D, H, W]` -> `[N,
 * C, D_out, H_out, W_out]`, each (n − 1)·stride − 2·padding + k, or as `outputSize` of the call says. By default
 * the stride is the kernel size, padding 0.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, a size is out of range.
 * @throws {ShapeError} when the input has other axes, or it and the indices differ in shape.
 * @throws {DTypeError} when the indices are not integers.
 * @see torch.nn.MaxUnpool3d
 */
export const MaxUnpool3d: Constructible<typeof pooling.MaxUnpool3d> = /* @__PURE__ */ constructible(
  pooling.MaxUnpool3d,
);
export type MaxUnpool3d = pooling.MaxUnpool3d;
/**
 * Reflects the input at the edges of its last axis: `[…, L] -> […, low + L + high]`; one amount, or [low,
 * high].
 * @throws {ShapeError} when the amounts do not fit the input, or the axis has one element or none.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ReflectionPad1d
 */
export const ReflectionPad1d: Constructible<typeof padding.ReflectionPad1d> = /* @__PURE__ */ constructible(
  padding.ReflectionPad1d,
);
export type ReflectionPad1d = padding.ReflectionPad1d;
/**
 * Reflects the input at the edges of its last two axes: `[…, H, W] -> […, H_out, W_out]`; one amount, or
 * [left, right, top, bottom].
 * @throws {ShapeError} when the amounts do not fit the input, or an axis has one element or none.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ReflectionPad2d
 */
export const ReflectionPad2d: Constructible<typeof padding.ReflectionPad2d> = /* @__PURE__ */ constructible(
  padding.ReflectionPad2d,
);
export type ReflectionPad2d = padding.ReflectionPad2d;
/**
 * Reflects the input at the edges of the last three axes: `[…, D, H, W] -> […, D_out, H_out, W_out]`; one amount,
 * or [left, right, top, bottom, front, back].
 * @throws {ShapeError} when the amounts do not fit the input, or an axis has one element or none.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ReflectionPad3d
 */
export const ReflectionPad3d: Constructible<typeof padding.ReflectionPad3d> = /* @__PURE__ */ constructible(
  padding.ReflectionPad3d,
);
export type ReflectionPad3d = padding.ReflectionPad3d;
/**
 * Repeats the edge values of the last axis: `[…, L] -> […, low + L + high]`; one amount, or [low, high].
 * @throws {ShapeError} when the amounts do not fit the input, or the axis is empty.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ReplicationPad1d
 */
export const ReplicationPad1d: Constructible<typeof padding.ReplicationPad1d> = /* @__PURE__ */ constructible(
  padding.ReplicationPad1d,
);
export type ReplicationPad1d = padding.ReplicationPad1d;
/**
 * Repeats the edge values of the last two axes: `[…, H, W] -> […, H_out, W_out]`; one amount, or [left,
 * right, top, bottom].
 * @throws {ShapeError} when the amounts do not fit the input, or an axis is empty.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ReplicationPad2d
 */
export const ReplicationPad2d: Constructible<typeof padding.ReplicationPad2d> = /* @__PURE__ */ constructible(
  padding.ReplicationPad2d,
);
export type ReplicationPad2d = padding.ReplicationPad2d;
/**
 * Repeats the edge values of the last three axes: `[…, D, H, W] -> […, D_out, H_out, W_out]`; one amount, or
 * [left, right, top, bottom, front, back].
 * @throws {ShapeError} when the amounts do not fit the input, or an axis is empty.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ReplicationPad3d
 */
export const ReplicationPad3d: Constructible<typeof padding.ReplicationPad3d> = /* @__PURE__ */ constructible(
  padding.ReplicationPad3d,
);
export type ReplicationPad3d = padding.ReplicationPad3d;
/**
 * Continues the last two axes around: `[…, H, W] -> […, H_out, W_out]`; one amount, or [left, right, top,
 * bottom].
 * @throws {ShapeError} when the amounts do not fit the input, or an axis is empty.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.CircularPad2d
 */
export const CircularPad2d: Constructible<typeof padding.CircularPad2d> = /* @__PURE__ */ constructible(
  padding.CircularPad2d,
);
export type CircularPad2d = padding.CircularPad2d;
/**
 * Continues the last axis around: `[…, L] -> […, low + L + high]`; one amount, or [low, high].
 * @throws {ShapeError} when the amounts do not fit the input, or it is empty.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.CircularPad1d
 */
export const CircularPad1d: Constructible<typeof padding.CircularPad1d> = /* @__PURE__ */ constructible(
  padding.CircularPad1d,
);
export type CircularPad1d = padding.CircularPad1d;
/**
 * Continues the last three axes around: `[…, D, H, W] -> […, D_out, H_out, W_out]`; one amount, or [left, right,
 * top, bottom, front, back].
 * @throws {ShapeError} when the amounts do not fit the input, or an axis is empty.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.CircularPad3d
 */
export const CircularPad3d: Constructible<typeof padding.CircularPad3d> = /* @__PURE__ */ constructible(
  padding.CircularPad3d,
);
export type CircularPad3d = padding.CircularPad3d;
/**
 * Adds zeros around the last two axes: `[…, H, W] -> […, H_out, W_out]`; one amount, or [left, right, top,
 * bottom].
 * @throws {ShapeError} when the amounts do not fit the input, or crop more than there is.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ZeroPad2d
 */
export const ZeroPad2d: Constructible<typeof padding.ZeroPad2d> = /* @__PURE__ */ constructible(
  padding.ZeroPad2d,
);
export type ZeroPad2d = padding.ZeroPad2d;
/**
 * Adds zeros around the last axis: `[…, L] -> […, low + L + high]`; one amount, or [low, high].
 * @throws {ShapeError} when the amounts do not fit the input, or crop more than there is.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ZeroPad1d
 */
export const ZeroPad1d: Constructible<typeof padding.ZeroPad1d> = /* @__PURE__ */ constructible(
  padding.ZeroPad1d,
);
export type ZeroPad1d = padding.ZeroPad1d;
/**
 * Adds zeros around the last three axes: `[…, D, H, W] -> […, D_out, H_out, W_out]`; one amount, or [left, right,
 * top, bottom, front, back].
 * @throws {ShapeError} when the amounts do not fit the input, or crop more than there is.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ZeroPad3d
 */
export const ZeroPad3d: Constructible<typeof padding.ZeroPad3d> = /* @__PURE__ */ constructible(
  padding.ZeroPad3d,
);
export type ZeroPad3d = padding.ZeroPad3d;
/**
 * Adds `value` around the last two axes: `[…, H, W] -> […, H_out, W_out]`; one amount, or [left, right, top,
 * bottom].
 * @throws {ShapeError} when the amounts do not fit the input, or crop more than there is.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis.
 * @see torch.nn.ConstantPad2d
 */
export const ConstantPad2d: Constructible<typeof padding.ConstantPad2d> = /* @__PURE__ */ constructible(
  padding.ConstantPad2d,
);
export type ConstantPad2d = padding.ConstantPad2d;
/**
 * Adds `value` around the last axis: `[…, L] -> […, low + L + high]`; one amount, or [low, high].
 * @throws {ShapeError} when the amounts do not fit the input, or crop more than there is.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis, or the value is no
 * number.
 * @see torch.nn.ConstantPad1d
 */
export const ConstantPad1d: Constructible<typeof padding.ConstantPad1d> = /* @__PURE__ */ constructible(
  padding.ConstantPad1d,
);
export type ConstantPad1d = padding.ConstantPad1d;
/**
 * Adds `value` around the last three axes: `[…, D, H, W] -> […, D_out, H_out, W_out]`; one amount, or [left,
 * right, top, bottom, front, back].
 * @throws {ShapeError} when the amounts do not fit the input, or crop more than there is.
 * @throws {ArgumentError} when the amounts are not one integer, or (low, high) per axis, or the value is no
 * number.
 * @see torch.nn.ConstantPad3d
 */
export const ConstantPad3d: Constructible<typeof padding.ConstantPad3d> = /* @__PURE__ */ constructible(
  padding.ConstantPad3d,
);
export type ConstantPad3d = padding.ConstantPad3d;
/**
 * Resizes the spatial axes of `[N, C, …]` to `size` or by `scaleFactor`; `mode` 'nearest' and `alignCorners`
 * false by default, see `F.interpolate`.
 * @throws {ArgumentError} when an option is unknown or wrong, not exactly one of size and factor is given,
 * `alignCorners` is given in a nearest mode, or, when called, there are sizes for other axes.
 * @throws {ShapeError} when a spatial axis is empty, or the mode is for another number of axes.
 * @throws {DTypeError} when called with a tensor that is not float, in other modes than the nearest ones.
 * @see torch.nn.Upsample
 */
export const Upsample: Constructible<typeof vision.Upsample> = /* @__PURE__ */ constructible(vision.Upsample);
export type Upsample = vision.Upsample;
/**
 * Resizes `[N, C, H, W]` to `size` or by `scaleFactor`, by nearest neighbours.
 * @throws {ArgumentError} when an option is unknown or wrong, or not exactly one of size and factor is given.
 * @throws {ShapeError} when the input does not have 4 axes, or one is empty.
 * @see torch.nn.UpsamplingNearest2d
 */
export const UpsamplingNearest2d: Constructible<typeof vision.UpsamplingNearest2d> =
  /* @__PURE__ */ constructible(vision.UpsamplingNearest2d);
export type UpsamplingNearest2d = vision.UpsamplingNearest2d;
/**
 * Resizes `[N, C, H, W]` to `size` or by `scaleFactor`, bilinearly with aligned corners.
 * @throws {ArgumentError} when an option is unknown or wrong, or not exactly one of size and factor is given.
 * @throws {ShapeError} when the input does not have 4 axes, or one is empty.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.UpsamplingBilinear2d
 */
export const UpsamplingBilinear2d: Constructible<typeof vision.UpsamplingBilinear2d> =
  /* @__PURE__ */ constructible(vision.UpsamplingBilinear2d);
export type UpsamplingBilinear2d = vision.UpsamplingBilinear2d;
/**
 * Channels to space, r = `upscaleFactor`: `[N, C·r², H, W] -> [N, C, H·r, W·r]`.
 * @throws {ArgumentError} when the factor is not a positive integer.
 * @throws {ShapeError} when the input does not have 4 axes or its channels are no multiple of r².
 * @see torch.nn.PixelShuffle, Shi et al. 2016, https://arxiv.org/abs/1609.05158
 */
export const PixelShuffle: Constructible<typeof vision.PixelShuffle> = /* @__PURE__ */ constructible(
  vision.PixelShuffle,
);
export type PixelShuffle = vision.PixelShuffle;
/**
 * Space to channels, r = `downscaleFactor`: `[N, C, H·r, W·r] -> [N, C·r², H, W]`.
 * @throws {ArgumentError} when the factor is not a positive integer.
 * @throws {ShapeError} when the input does not have 4 axes or its sides are no multiples of r.
 * @see torch.nn.PixelUnshuffle
 */
export const PixelUnshuffle: Constructible<typeof vision.PixelUnshuffle> = /* @__PURE__ */ constructible(
  vision.PixelUnshuffle,
);
export type PixelUnshuffle = vision.PixelUnshuffle;
/**
 * Interleaves the channels of `groups` groups: `[N, C, …] -> [N, C, …]`.
 * @throws {ArgumentError} when `groups` is not a positive integer.
 * @throws {ShapeError} when the input has no channels or their number is no multiple of `groups`.
 * @see torch.nn.ChannelShuffle, Zhang et al. 2017, https://arxiv.org/abs/1707.01083
 */
export const ChannelShuffle: Constructible<typeof vision.ChannelShuffle> = /* @__PURE__ */ constructible(
  vision.ChannelShuffle,
);
export type ChannelShuffle = vision.ChannelShuffle;
/**
 * Sliding blocks of `[N, C, H, W]` as columns `[N, C·kH·kW, L]`. By default dilation 1, padding 0, stride 1.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input does not have 4 axes or is smaller than the kernel.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.Unfold
 */
export const Unfold: Constructible<typeof vision.Unfold> = /* @__PURE__ */ constructible(vision.Unfold);
export type Unfold = vision.Unfold;
/**
 * Columns `[N, C·kH·kW, L]` summed back to an image `[N, C, …outputSize]`. By default dilation 1, padding 0,
 * stride 1.
 * @throws {ArgumentError} when an option is unknown or wrong, or a size is out of range or for other axes.
 * @throws {ShapeError} when the input does not have the columns of this kernel and output.
 * @throws {DTypeError} when called with a bool tensor.
 * @see torch.nn.Fold
 */
export const Fold: Constructible<typeof vision.Fold> = /* @__PURE__ */ constructible(vision.Fold);
export type Fold = vision.Fold;
/**
 * Axis `dim` split into `unflattenedSize`, of which one size may be −1:
 * `[…, n, …] -> […, *unflattenedSize, …]`.
 * @throws {ArgumentError} when `dim` or a size is no integer, or when called with a tensor without such an axis.
 * @throws {ShapeError} when the sizes do not multiply to that of the axis.
 * @see torch.nn.Unflatten
 */
export const Unflatten: Constructible<typeof vision.Unflatten> = /* @__PURE__ */ constructible(
  vision.Unflatten,
);
export type Unflatten = vision.Unflatten;
/**
 * Batch normalisation of `[N, C]` or `[N, C, L]`, C = `numFeatures`; gives the input's shape. By default eps
 * 1e-5, momentum 0.1, affine true, trackRunningStats true, bias true.
 * @throws {ArgumentError} when `numFeatures` is no size, an option is unknown or wrong, or, when called,
 * `eps` is negative.
 * @throws {ShapeError} when the input has other axes or channels, or training has one value per channel.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.BatchNorm1d, Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export const BatchNorm1d: Constructible<typeof normalization.BatchNorm1d> = /* @__PURE__ */ constructible(
  normalization.BatchNorm1d,
);
export type BatchNorm1d = normalization.BatchNorm1d;
/**
 * Batch normalisation of `[N, C, H, W]`, C = `numFeatures`; gives the input's shape. By default eps 1e-5,
 * momentum 0.1, affine true, trackRunningStats true, bias true.
 * @throws {ArgumentError} when `numFeatures` is no size, an option is unknown or wrong, or, when called,
 * `eps` is negative.
 * @throws {ShapeError} when the input has other axes or channels, or training has one value per channel.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.BatchNorm2d, Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export const BatchNorm2d: Constructible<typeof normalization.BatchNorm2d> = /* @__PURE__ */ constructible(
  normalization.BatchNorm2d,
);
export type BatchNorm2d = normalization.BatchNorm2d;
/**
 * Batch normalisation of `[N, C, D, H, W]`, C = `numFeatures`; gives the input's shape. By default eps 1e-5,
 * momentum 0.1, affine true, trackRunningStats true, bias true.
 * @throws {ArgumentError} when `numFeatures` is no size, an option is unknown or wrong, or, when called,
 * `eps` is negative.
 * @throws {ShapeError} when the input has other axes or channels, or training has one value per channel.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.BatchNorm3d, Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export const BatchNorm3d: Constructible<typeof normalization.BatchNorm3d> = /* @__PURE__ */ constructible(
  normalization.BatchNorm3d,
);
export type BatchNorm3d = normalization.BatchNorm3d;
/**
 * Layer normalisation over the trailing axes whose sizes are `normalizedShape`; gives the input's shape. By
 * default eps 1e-5, elementwiseAffine true, bias true.
 * @throws {ShapeError} when `normalizedShape` is no shape, or the input does not end in it.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `eps` is negative.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.LayerNorm, Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
export const LayerNorm: Constructible<typeof normalization.LayerNorm> = /* @__PURE__ */ constructible(
  normalization.LayerNorm,
);
export type LayerNorm = normalization.LayerNorm;
/**
 * Root-mean-square normalisation over the trailing axes whose sizes are `normalizedShape`; gives the input's
 * shape. By default eps null (2⁻²³, for float64 2⁻⁵²), elementwiseAffine true.
 * @throws {ShapeError} when `normalizedShape` is no shape, or the input does not end in it.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, `eps` is negative.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.RMSNorm, Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467
 */
export const RMSNorm: Constructible<typeof normalization.RMSNorm> = /* @__PURE__ */ constructible(
  normalization.RMSNorm,
);
export type RMSNorm = normalization.RMSNorm;
/**
 * Group normalisation of `[N, C, …]`, C = `numChannels`, in `numGroups` groups; gives the input's shape. By
 * default eps 1e-5, affine true, bias true.
 * @throws {ArgumentError} when `numChannels` is no non-negative integer or `numGroups` no positive one, the
 * groups do not divide the channels, an option is unknown or wrong, or, when called, `eps` is negative.
 * @throws {ShapeError} when the input has other channels.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.GroupNorm, Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export const GroupNorm: Constructible<typeof normalization.GroupNorm> = /* @__PURE__ */ constructible(
  normalization.GroupNorm,
);
export type GroupNorm = normalization.GroupNorm;
/**
 * Instance normalisation of `[N, C, L]` (or `[C, L]`), C = `numFeatures`, without running statistics; gives
 * the input's shape. By default eps 1e-5, affine false; momentum is only shown.
 * @throws {ArgumentError} when `numFeatures` is no size, an option is unknown or wrong, or, when called,
 * `eps` is negative.
 * @throws {ShapeError} when the input has other axes or, with affine, other channels.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.InstanceNorm1d, Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022
 */
export const InstanceNorm1d: Constructible<typeof normalization.InstanceNorm1d> =
  /* @__PURE__ */ constructible(normalization.InstanceNorm1d);
export type InstanceNorm1d = normalization.InstanceNorm1d;
/**
 * Instance normalisation of `[N, C, H, W]` (or `[C, H, W]`), C = `numFeatures`, without running statistics;
 * gives the input's shape. By default eps 1e-5, affine false; momentum is only shown.
 * @throws {ArgumentError} when `numFeatures` is no size, an option is unknown or wrong, or, when called,
 * `eps` is negative.
 * @throws {ShapeError} when the input has other axes or, with affine, other channels.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.InstanceNorm2d, Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022
 */
export const InstanceNorm2d: Constructible<typeof normalization.InstanceNorm2d> =
  /* @__PURE__ */ constructible(normalization.InstanceNorm2d);
export type InstanceNorm2d = normalization.InstanceNorm2d;
/**
 * Instance normalisation of `[N, C, D, H, W]` (or `[C, D, H, W]`), C = `numFeatures`, without running
 * statistics; gives the input's shape. By default eps 1e-5, affine false; momentum is only shown.
 * @throws {ArgumentError} when `numFeatures` is no size, an option is unknown or wrong, or, when called,
 * `eps` is negative.
 * @throws {ShapeError} when the input has other axes or, with affine, other channels.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.InstanceNorm3d, Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022
 */
export const InstanceNorm3d: Constructible<typeof normalization.InstanceNorm3d> =
  /* @__PURE__ */ constructible(normalization.InstanceNorm3d);
export type InstanceNorm3d = normalization.InstanceNorm3d;
/**
 * Local response normalisation of `[N, C, …]` across `size` neighbouring channels; gives the input's shape.
 * By default alpha 1e-4, beta 0.75, k 1.
 * @throws {ArgumentError} when `size` is no positive integer, an option is unknown or wrong, or a number is
 * NaN.
 * @throws {ShapeError} when the input has no channels.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.LocalResponseNorm, Krizhevsky et al. 2012
 */
export const LocalResponseNorm: Constructible<typeof normalization.LocalResponseNorm> =
  /* @__PURE__ */ constructible(normalization.LocalResponseNorm);
export type LocalResponseNorm = normalization.LocalResponseNorm;
/**
 * Cosine of the angle between two tensors, which broadcast, along the axis `dim` (default 1), which the
 * result does not have; norms are at least `eps` (1e-8).
 * @throws {ArgumentError} when an option is unknown or wrong, or an input has no such axis.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {DTypeError} when called with a tensor that is not float.
 * @see torch.nn.CosineSimilarity
 */
export const CosineSimilarity: Constructible<typeof normalization.CosineSimilarity> =
  /* @__PURE__ */ constructible(normalization.CosineSimilarity);
export type CosineSimilarity = normalization.CosineSimilarity;
/**
 * p-norm of x1 − x2 + `eps` along the last axis: `[N, D]` (or `[D]`), which broadcast, -> `[N]`, with `keepdim`
 * `[N, 1]`. By default p 2, eps 1e-6, keepdim false.
 * @throws {ArgumentError} when an option is unknown or wrong, or both inputs are scalars.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {DTypeError} when neither is a float tensor.
 * @see torch.nn.PairwiseDistance
 */
export const PairwiseDistance: Constructible<typeof distance.PairwiseDistance> =
  /* @__PURE__ */ constructible(distance.PairwiseDistance);
export type PairwiseDistance = distance.PairwiseDistance;
/**
 * Zeroes elements with probability `p` (default 0.5) in training and scales the others by 1/(1 − p); any
 * shape. `inplace` has no effect.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown or wrong.
 * @throws {DTypeError} when called with a bool tensor in training.
 * @see torch.nn.Dropout, Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export const Dropout: Constructible<typeof dropout.Dropout> = /* @__PURE__ */ constructible(dropout.Dropout);
export type Dropout = dropout.Dropout;
/**
 * Zeroes channels of `[N, C, L]` with probability `p` (default 0.5) in training. `inplace` has no effect.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown or wrong.
 * @throws {ShapeError} when the input does not have 3 axes, in training.
 * @throws {DTypeError} when called with a bool tensor in training.
 * @see torch.nn.Dropout1d
 */
export const Dropout1d: Constructible<typeof dropout.Dropout1d> = /* @__PURE__ */ constructible(
  dropout.Dropout1d,
);
export type Dropout1d = dropout.Dropout1d;
/**
 * Zeroes channels of `[N, C, D, H, W]` with probability `p` (default 0.5) in training. `inplace` has no
 * effect.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown or wrong.
 * @throws {ShapeError} when the input does not have 5 axes, in training.
 * @throws {DTypeError} when called with a bool tensor in training.
 * @see torch.nn.Dropout3d
 */
export const Dropout3d: Constructible<typeof dropout.Dropout3d> = /* @__PURE__ */ constructible(
  dropout.Dropout3d,
);
export type Dropout3d = dropout.Dropout3d;
/**
 * Zeroes channels of `[N, C, H, W]` with probability `p` (default 0.5) in training. `inplace` has no effect.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown or wrong.
 * @throws {ShapeError} when the input does not have 4 axes, in training.
 * @throws {DTypeError} when called with a bool tensor in training.
 * @see torch.nn.Dropout2d, Tompson et al. 2014, https://arxiv.org/abs/1411.4280
 */
export const Dropout2d: Constructible<typeof dropout.Dropout2d> = /* @__PURE__ */ constructible(
  dropout.Dropout2d,
);
export type Dropout2d = dropout.Dropout2d;
/**
 * Sets elements to the negative limit of SELU with probability `p` (default 0.5) in training, and keeps mean 0 and
 * variance 1; any shape. `inplace` has no effect.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown or wrong.
 * @throws {DTypeError} when called with a tensor that is not float in training.
 * @see torch.nn.AlphaDropout, Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export const AlphaDropout: Constructible<typeof dropout.AlphaDropout> = /* @__PURE__ */ constructible(
  dropout.AlphaDropout,
);
export type AlphaDropout = dropout.AlphaDropout;
/**
 * Alpha dropout of whole channels of `[N, C, …]` with probability `p` (default 0.5) in training. `inplace` has no
 * effect.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown or wrong.
 * @throws {ShapeError} when the input has fewer than 2 axes, in training.
 * @throws {DTypeError} when called with a tensor that is not float in training.
 * @see torch.nn.FeatureAlphaDropout
 */
export const FeatureAlphaDropout: Constructible<typeof dropout.FeatureAlphaDropout> =
  /* @__PURE__ */ constructible(dropout.FeatureAlphaDropout);
export type FeatureAlphaDropout = dropout.FeatureAlphaDropout;
/**
 * Modules called one after another, on a tensor of a shape that the first one takes; named '0', '1', … or by
 * a map of names.
 * @throws {ArgumentError} when something is not a module, a name has a dot or is that of a method or other
 * property, or, when called, a module does not return a tensor.
 * @see torch.nn.Sequential
 */
export const Sequential: Constructible<typeof container.Sequential> = /* @__PURE__ */ constructible(
  container.Sequential,
);
export type Sequential = container.Sequential;
/**
 * A list of modules that belong to the parent, for tensors of any shape; has no forward of its own.
 * @throws {ArgumentError} when no list is given, or something in it is not a module.
 * @throws {UnsupportedOpError} when called.
 * @see torch.nn.ModuleList
 */
export const ModuleList: Constructible<typeof container.ModuleList> = /* @__PURE__ */ constructible(
  container.ModuleList,
);
export type ModuleList<M extends ModuleClass = ModuleClass> = container.ModuleList<M>;
/**
 * Modules by name that belong to the parent, for tensors of any shape; has no forward of its own.
 * @throws {ArgumentError} when a value is not a module, or a name has a dot or is that of a method or other
 * property.
 * @throws {UnsupportedOpError} when called.
 * @see torch.nn.ModuleDict
 */
export const ModuleDict: Constructible<typeof container.ModuleDict> = /* @__PURE__ */ constructible(
  container.ModuleDict,
);
export type ModuleDict<M extends ModuleClass = ModuleClass> = container.ModuleDict<M>;
/**
 * Parameters of any shapes in a list, which belong to the parent; other tensors become parameters. Has no forward
 * of its own.
 * @throws {ArgumentError} when no list is given, or something in it is no tensor.
 * @throws {DTypeError} when a tensor is neither a parameter nor float.
 * @throws {UnsupportedOpError} when called.
 * @see torch.nn.ParameterList
 */
export const ParameterList: Constructible<typeof parameters.ParameterList> = /* @__PURE__ */ constructible(
  parameters.ParameterList,
);
export type ParameterList = parameters.ParameterList;
/**
 * Parameters of any shapes by name, which belong to the parent; other tensors become parameters. Names of a plain
 * object are sorted, as in PyTorch. Has no forward of its own.
 * @throws {ArgumentError} when a value is no tensor, or a name has a dot or is that of a method or other property.
 * @throws {DTypeError} when a tensor is neither a parameter nor float.
 * @throws {UnsupportedOpError} when called.
 * @see torch.nn.ParameterDict
 */
export const ParameterDict: Constructible<typeof parameters.ParameterDict> = /* @__PURE__ */ constructible(
  parameters.ParameterDict,
);
export type ParameterDict = parameters.ParameterDict;
/**
 * Rows of a learned table `[numEmbeddings, embeddingDim]`, standard normal at first, at integer indices of
 * any shape `[…]`: `[…, embeddingDim]`. The row `paddingIdx` (default null) starts as zeros and is not
 * trained.
 * @throws {ArgumentError} when a size is no non-negative integer, an option is unknown or wrong, there is no
 * row `paddingIdx`, or, when called, a row does not exist (on devices that are read at once).
 * @throws {DTypeError} when the indices are not integers.
 * @see torch.nn.Embedding
 */
export const Embedding: Constructible<typeof sparse.Embedding> = /* @__PURE__ */ constructible(
  sparse.Embedding,
);
export type Embedding = sparse.Embedding;
/**
 * Mean (`mode` 'mean', default), 'sum' or 'max' of the rows of a learned table
 * `[numEmbeddings, embeddingDim]` per bag of integer indices: `[B, N] -> [B, embeddingDim]`.
 * @throws {ArgumentError} when a size is no non-negative integer, an option is unknown or wrong, or, when
 * called, a row does not exist (on devices that are read at once).
 * @throws {DTypeError} when the indices are not integers.
 * @throws {ShapeError} when the indices do not have 2 axes.
 * @see torch.nn.EmbeddingBag
 */
export const EmbeddingBag: Constructible<typeof sparse.EmbeddingBag> = /* @__PURE__ */ constructible(
  sparse.EmbeddingBag,
);
export type EmbeddingBag = sparse.EmbeddingBag;
/**
 * Long short-term memory: `(x, [h0, c0]?) -> [y, [h_n, c_n]]`, gates i, f, g, o. x `[T, N, inputSize]`, with
 * `batchFirst` `[N, T, inputSize]`, unbatched `[T, inputSize]`; y alike with `H·directions` features; states
 * `[layers·directions, N, H]` and, for c, hiddenSize; H = `projSize` or hiddenSize. By default numLayers 1,
 * bias true, batchFirst false, dropout 0, bidirectional false, projSize 0.
 * @throws {ArgumentError} when a size or `numLayers` is no positive integer, an option is unknown or wrong,
 * `dropout` is outside 0 … 1, `projSize` is not below `hiddenSize`, or, when called, the states are not two
 * tensors in a list.
 * @throws {ShapeError} when the input or a state has another shape.
 * @see torch.nn.LSTM, Hochreiter & Schmidhuber 1997; projSize: Sak et al. 2014,
 * https://arxiv.org/abs/1402.1128
 */
export const LSTM: Constructible<typeof recurrent.LSTM> = /* @__PURE__ */ constructible(recurrent.LSTM);
export type LSTM = recurrent.LSTM;
/**
 * Gated recurrent unit, reset gate after the product, gates r, z, n: `(x, h0?) -> [y, h_n]`. x
 * `[T, N, inputSize]`, with `batchFirst` `[N, T, inputSize]`, unbatched `[T, inputSize]`; y alike with
 * `hiddenSize·directions` features; states `[layers·directions, N, hiddenSize]`. By default numLayers 1, bias
 * true, batchFirst false, dropout 0, bidirectional false.
 * @throws {ArgumentError} when a size or `numLayers` is no positive integer, an option is unknown or wrong,
 * `dropout` is outside 0 … 1, or, when called, the state is no tensor.
 * @throws {ShapeError} when the input or the state has another shape.
 * @see torch.nn.GRU, Cho et al. 2014, https://arxiv.org/abs/1406.1078
 */
export const GRU: Constructible<typeof recurrent.GRU> = /* @__PURE__ */ constructible(recurrent.GRU);
export type GRU = recurrent.GRU;
/**
 * Elman network with tanh or ReLU (`nonlinearity`, default 'tanh'): `(x, h0?) -> [y, h_n]`. x
 * `[T, N, inputSize]`, with `batchFirst` `[N, T, inputSize]`, unbatched `[T, inputSize]`; y alike with
 * `hiddenSize·directions` features; states `[layers·directions, N, hiddenSize]`. By default numLayers 1, bias
 * true, batchFirst false, dropout 0, bidirectional false.
 * @throws {ArgumentError} when a size or `numLayers` is no positive integer, an option is unknown or wrong,
 * `dropout` is outside 0 … 1, the non-linearity is unknown, or, when called, the state is no tensor.
 * @throws {ShapeError} when the input or the state has another shape.
 * @see torch.nn.RNN, Elman 1990
 */
export const RNN: Constructible<typeof recurrent.RNN> = /* @__PURE__ */ constructible(recurrent.RNN);
export type RNN = recurrent.RNN;
/**
 * One step of an LSTM: `(x, [h, c]?) -> [h', c']`, x `[N, inputSize]` (or `[inputSize]`), states
 * `[N, hiddenSize]`, zeros by default. `bias` true by default.
 * @throws {ArgumentError} when a size is no non-negative integer an option is unknown or wrong, or, when
 * called, the states are not two tensors in a list.
 * @throws {ShapeError} when the input or a state has another shape.
 * @see torch.nn.LSTMCell
 */
export const LSTMCell: Constructible<typeof cells.LSTMCell> = /* @__PURE__ */ constructible(cells.LSTMCell);
export type LSTMCell = cells.LSTMCell;
/**
 * One step of a GRU, gates r, z, n: `(x, h?) -> h'`, x `[N, inputSize]` (or `[inputSize]`), states `[N,
 * hiddenSize]`, zeros by default. `bias` true by default.
 * @throws {ArgumentError} when a size is no non-negative integer, an option is unknown or wrong, or, when called,
 * the state is no tensor.
 * @throws {ShapeError} when the input or the state has another shape.
 * @see torch.nn.GRUCell
 */
export const GRUCell: Constructible<typeof cells.GRUCell> = /* @__PURE__ */ constructible(cells.GRUCell);
export type GRUCell = cells.GRUCell;
/**
 * One step of an Elman network with tanh or ReLU (`nonlinearity`, default 'tanh'): `(x, h?) -> h'`, x `[N,
 * inputSize]` (or `[inputSize]`), states `[N, hiddenSize]`, zeros by default. `bias` true by default.
 * @throws {ArgumentError} when a size is no non-negative integer, an option is unknown or wrong, or, when called,
 * the state is no tensor.
 * @throws {ShapeError} when the input or the state has another shape.
 * @see torch.nn.RNNCell
 */
export const RNNCell: Constructible<typeof cells.RNNCell> = /* @__PURE__ */ constructible(cells.RNNCell);
export type RNNCell = cells.RNNCell;
/**
 * Attention with several heads: `(q, k, v) -> [output, weights | null]`: q `[L, N, E]`, k and v `[S, N, E]`,
 * E = `embedDim` -> output `[L, N, E]`, weights `[N, L, S]` (`[N, H, L, S]` without `averageAttnWeights`);
 * with `batchFirst` N comes first; all without N for one sample. `attnMask` `[L, S]` or `[N·H, L, S]`,
 * `keyPaddingMask` `[N, S]`; a bool mask is true where attention is NOT allowed, others are added. By default
 * dropout 0, bias true, batchFirst false; needWeights, averageAttnWeights true.
 * @throws {ArgumentError} when a size is no positive integer, the heads do not divide `embedDim`, an option
 * is unknown or wrong, or `dropout` is outside 0 … 1.
 * @throws {ShapeError} when the inputs or masks have other shapes.
 * @throws {DTypeError} when a mask is neither bool nor float.
 * @see torch.nn.MultiheadAttention, Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export const MultiheadAttention: Constructible<typeof attention.MultiheadAttention> =
  /* @__PURE__ */ constructible(attention.MultiheadAttention);
export type MultiheadAttention = attention.MultiheadAttention;
/**
 * Self-attention and a two-layer network, each with residual and layer norm: `[S, N, dModel]`, with
 * `batchFirst` `[N, S, dModel]`, to the same shape. Masks as for `MultiheadAttention`. By default
 * dimFeedforward 2048, dropout 0.1, activation 'relu', layerNormEps 1e-5, batchFirst false, normFirst false, bias
 * true.
 * @throws {ArgumentError} when a size is no positive integer, the heads do not divide `dModel`, an option is
 * unknown or wrong, the activation is unknown, or `dropout` is outside 0 … 1.
 * @throws {ShapeError} when the input or a mask has another shape.
 * @see torch.nn.TransformerEncoderLayer, Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export const TransformerEncoderLayer: Constructible<typeof attention.TransformerEncoderLayer> =
  /* @__PURE__ */ constructible(attention.TransformerEncoderLayer);
export type TransformerEncoderLayer = attention.TransformerEncoderLayer;
/**
 * Self-attention, attention to the encoder's memory, and a two-layer network: `(tgt, memory)`,
 * `[T, N, dModel]` and `[S, N, dModel]`, with `batchFirst` N first, to the shape of tgt. Masks as for
 * `MultiheadAttention`. By default dimFeedforward 2048, dropout 0.1, activation 'relu', layerNormEps 1e-5,
 * batchFirst false, normFirst false, bias
 * true.
 * @throws {ArgumentError} when a size is no positive integer, the heads do not divide `dModel`, an option is
 * unknown or wrong, the activation is unknown, or `dropout` is outside 0 … 1.
 * @throws {ShapeError} when an input or a mask has another shape.
 * @see torch.nn.TransformerDecoderLayer, Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export const TransformerDecoderLayer: Constructible<typeof attention.TransformerDecoderLayer> =
  /* @__PURE__ */ constructible(attention.TransformerDecoderLayer);
export type TransformerDecoderLayer = attention.TransformerDecoderLayer;
/**
 * `numLayers` copies of an encoder layer, with equal weights at first, and `norm` (default null) at the end: `[S,
 * N, dModel]`, with `batchFirst` in the layer `[N, S, dModel]`, to the same shape. Calls take `mask` and
 * `srcKeyPaddingMask`, as for `MultiheadAttention`. The layer given is not part of it. Padded positions keep their
 * values, where PyTorch's fast path of inference gives 0.
 * @throws {ArgumentError} when the first argument is no module, `numLayers` no positive integer, or an option is
 * unknown or wrong.
 * @throws {ShapeError} when an input or a mask has another shape.
 * @see torch.nn.TransformerEncoder, Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export const TransformerEncoder: Constructible<typeof transformer.TransformerEncoder> =
  /* @__PURE__ */ constructible(transformer.TransformerEncoder);
export type TransformerEncoder = transformer.TransformerEncoder;
/**
 * `numLayers` copies of a decoder layer, with equal weights at first, and `norm` (default null) at the end: `(tgt,
 * memory)`, `[T, N, dModel]` and `[S, N, dModel]`, with `batchFirst` in the layer N first, to the shape of tgt.
 * Masks as for `TransformerDecoderLayer`. The layer given is not part of it.
 * @throws {ArgumentError} when the first argument is no module, `numLayers` no positive integer, or an option is
 * unknown or wrong.
 * @throws {ShapeError} when an input or a mask has another shape.
 * @see torch.nn.TransformerDecoder, Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export const TransformerDecoder: Constructible<typeof transformer.TransformerDecoder> =
  /* @__PURE__ */ constructible(transformer.TransformerDecoder);
export type TransformerDecoder = transformer.TransformerDecoder;
/**
 * Encoder and decoder: `(src, tgt)`, `[S, N, dModel]` and `[T, N, dModel]`, with `batchFirst` N first, to the
 * shape of tgt. Calls take the masks of both. By default dModel 512, nhead 8, 6 layers each (`numEncoderLayers`,
 * `numDecoderLayers`), and those of the layers; all are options. Matrices are Glorot uniform.
 * @throws {ArgumentError} when a size is no positive integer, the heads do not divide `dModel`, an option is
 * unknown or wrong, the activation is unknown, or `dropout` is outside 0 … 1.
 * @throws {ShapeError} when an input or a mask has another shape.
 * @see torch.nn.Transformer, Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export const Transformer: Constructible<typeof transformer.Transformer> = /* @__PURE__ */ constructible(
  transformer.Transformer,
);
export type Transformer = transformer.Transformer;
/**
 * Cross entropy, in nats, of logits `[N, C, d…]` (or `[C]`) and targets: integer classes `[N, d…]` or
 * probabilities `[N, C, d…]`; see `F.crossEntropy`. `reduction` 'mean' (default) or 'sum' -> a scalar,
 * 'none' -> `[N, d…]`. By default no weight, ignoreIndex −100, labelSmoothing 0.
 * @throws {ShapeError} when the targets or the class weights do not fit the logits.
 * @throws {DTypeError} when the logits are not float, or the targets are bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is, or a class
 * does not exist (on devices that are read at once).
 * @see torch.nn.CrossEntropyLoss
 */
export const CrossEntropyLoss: Constructible<typeof loss.CrossEntropyLoss> = /* @__PURE__ */ constructible(
  loss.CrossEntropyLoss,
);
export type CrossEntropyLoss = loss.CrossEntropyLoss;
/**
 * Negative log-likelihood of log-probabilities `[N, C, d…]` (or `[C]`) and integer classes `[N, d…]`.
 * `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> `[N, d…]`. By default no weight, ignoreIndex
 * −100.
 * @throws {ShapeError} when the targets or the class weights do not fit the input.
 * @throws {DTypeError} when the targets are not integers, or the input is bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is, or a class
 * does not exist (on devices that are read at once).
 * @see torch.nn.NLLLoss
 */
export const NLLLoss: Constructible<typeof loss.NLLLoss> = /* @__PURE__ */ constructible(loss.NLLLoss);
export type NLLLoss = loss.NLLLoss;
/**
 * Squared error of two tensors of one shape. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the
 * input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool, or integers are averaged.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.MSELoss
 */
export const MSELoss: Constructible<typeof loss.MSELoss> = /* @__PURE__ */ constructible(loss.MSELoss);
export type MSELoss = loss.MSELoss;
/**
 * Absolute error of two tensors of one shape. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' ->
 * the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool, or integers are averaged.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.L1Loss
 */
export const L1Loss: Constructible<typeof loss.L1Loss> = /* @__PURE__ */ constructible(loss.L1Loss);
export type L1Loss = loss.L1Loss;
/**
 * Error of two tensors of one shape, quadratic near 0, linear beyond `beta` (default 1). `reduction` 'mean'
 * (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.SmoothL1Loss, Girshick 2015, https://arxiv.org/abs/1504.08083
 */
export const SmoothL1Loss: Constructible<typeof loss.SmoothL1Loss> = /* @__PURE__ */ constructible(
  loss.SmoothL1Loss,
);
export type SmoothL1Loss = loss.SmoothL1Loss;
/**
 * Huber loss of two tensors of one shape: quadratic up to `delta` (default 1), linear beyond. `reduction`
 * 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.HuberLoss
 */
export const HuberLoss: Constructible<typeof loss.HuberLoss> = /* @__PURE__ */ constructible(loss.HuberLoss);
export type HuberLoss = loss.HuberLoss;
/**
 * Binary cross entropy, in nats, of probabilities and targets of one shape; `weight` (default none)
 * broadcasts. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ or `weight` does not broadcast to them.
 * @throws {DTypeError} when the input is not a float tensor, or the target is bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.BCELoss
 */
export const BCELoss: Constructible<typeof loss.BCELoss> = /* @__PURE__ */ constructible(loss.BCELoss);
export type BCELoss = loss.BCELoss;
/**
 * Binary cross entropy, in nats, of logits and targets of one shape; `weight` and `posWeight` (default none)
 * broadcast. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ, or `weight` or `posWeight` does not broadcast to them.
 * @throws {DTypeError} when the input is not a float tensor, or the target is bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.BCEWithLogitsLoss
 */
export const BCEWithLogitsLoss: Constructible<typeof loss.BCEWithLogitsLoss> = /* @__PURE__ */ constructible(
  loss.BCEWithLogitsLoss,
);
export type BCEWithLogitsLoss = loss.BCEWithLogitsLoss;
/**
 * Kullback-Leibler divergence, in nats, of log-probabilities from a target of the same shape. `reduction`
 * 'batchmean' divides the sum by the first axis. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' ->
 * the input's shape. `logTarget` is false by default.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when the target is not a float tensor.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.KLDivLoss
 */
export const KLDivLoss: Constructible<typeof loss.KLDivLoss> = /* @__PURE__ */ constructible(loss.KLDivLoss);
export type KLDivLoss = loss.KLDivLoss;
/**
 * Negative log-likelihood, in nats, of counts of Poisson distributions with the rates given; the shapes
 * broadcast. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the broadcast shape. By default
 * logInput true, full false, eps 1e-8.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {DTypeError} when the input under `logInput`, or the target under `full`, is not a float tensor.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.PoissonNLLLoss
 */
export const PoissonNLLLoss: Constructible<typeof loss.PoissonNLLLoss> = /* @__PURE__ */ constructible(
  loss.PoissonNLLLoss,
);
export type PoissonNLLLoss = loss.PoissonNLLLoss;
/**
 * Negative log-likelihood, in nats, of normal distributions: `(input, target, variance) -> loss`; the
 * variance is a number, of the shape of the input, or one value per row. `reduction` 'mean' (default) or
 * 'sum' -> a scalar, 'none' -> the input's shape. By default full false, eps 1e-6.
 * @throws {ShapeError} when the variance does not fit the input, or the target does not broadcast with it.
 * @throws {DTypeError} when input and target are bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.GaussianNLLLoss
 */
export const GaussianNLLLoss: Constructible<typeof loss.GaussianNLLLoss> = /* @__PURE__ */ constructible(
  loss.GaussianNLLLoss,
);
export type GaussianNLLLoss = loss.GaussianNLLLoss;
/**
 * Hinge on the order of two scores: `(x1, x2, y of 1 or −1) -> loss`, see `F.marginRankingLoss`; the shapes
 * broadcast. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the broadcast shape. `margin` is 0
 * by default.
 * @throws {ShapeError} when the tensors have different numbers of axes or cannot be broadcast.
 * @throws {DTypeError} when the target is bool, or integers are averaged.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.MarginRankingLoss
 */
export const MarginRankingLoss: Constructible<typeof marginLoss.MarginRankingLoss> =
  /* @__PURE__ */ constructible(marginLoss.MarginRankingLoss);
export type MarginRankingLoss = marginLoss.MarginRankingLoss;
/**
 * Distances where y = 1, hinge on them where y = −1; the shapes broadcast. `reduction` 'mean' (default) or
 * 'sum' -> a scalar, 'none' -> the broadcast shape. `margin` is 1 by default.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {DTypeError} when losses of integers or bools are averaged.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.HingeEmbeddingLoss
 */
export const HingeEmbeddingLoss: Constructible<typeof marginLoss.HingeEmbeddingLoss> =
  /* @__PURE__ */ constructible(marginLoss.HingeEmbeddingLoss);
export type HingeEmbeddingLoss = marginLoss.HingeEmbeddingLoss;
/**
 * Cosine distance where y = 1, hinge on the cosine where y = −1: `(x1, x2, y) -> loss`, rows `[N, D]` (or
 * `[D]`) and y `[N]` (or a scalar). `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> y's shape.
 * `margin` is 0 by default.
 * @throws {ShapeError} when the inputs differ in shape, or the target does not have theirs without the last
 * axis.
 * @throws {DTypeError} when the inputs are bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.CosineEmbeddingLoss
 */
export const CosineEmbeddingLoss: Constructible<typeof marginLoss.CosineEmbeddingLoss> =
  /* @__PURE__ */ constructible(marginLoss.CosineEmbeddingLoss);
export type CosineEmbeddingLoss = marginLoss.CosineEmbeddingLoss;
/**
 * Hinge on the distances to a positive and a negative: `(anchor, positive, negative) -> loss`, each `[N, D]`
 * (or `[D]`). `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> `[N]`. By default margin 1, p 2,
 * eps 1e-6, swap false.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {DTypeError} when the anchor and another tensor are bool.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is, the margin
 * is not above 0, p is NaN, or the tensors are scalars.
 * @see torch.nn.TripletMarginLoss, Balntas et al. 2016
 */
export const TripletMarginLoss: Constructible<typeof marginLoss.TripletMarginLoss> =
  /* @__PURE__ */ constructible(marginLoss.TripletMarginLoss);
export type TripletMarginLoss = marginLoss.TripletMarginLoss;
/**
 * Logistic loss log(1 + e^(−y·x)) for y of 1 and −1, two tensors of one shape. `reduction` 'mean' (default)
 * or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when neither is a float tensor.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is.
 * @see torch.nn.SoftMarginLoss
 */
export const SoftMarginLoss: Constructible<typeof marginLoss.SoftMarginLoss> = /* @__PURE__ */ constructible(
  marginLoss.SoftMarginLoss,
);
export type SoftMarginLoss = marginLoss.SoftMarginLoss;
/**
 * Hinge of every class against the right one, for scores `[N, C]` and classes `[N]`. `reduction` 'mean'
 * (default) or 'sum' -> a scalar, 'none' -> `[N]`. By default p 1, margin 1, no weight.
 * @throws {ShapeError} when the scores are not `[N, C]` or the classes not `[N]`.
 * @throws {DTypeError} when the classes are not integers, the scores are bool, or integers are averaged.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is, p is neither
 * 1 nor 2, or a class does not exist (on devices that are read at once).
 * @see torch.nn.MultiMarginLoss
 */
export const MultiMarginLoss: Constructible<typeof marginLoss.MultiMarginLoss> =
  /* @__PURE__ */ constructible(marginLoss.MultiMarginLoss);
export type MultiMarginLoss = marginLoss.MultiMarginLoss;
/**
 * Binary cross entropy, in nats, of logits `[…, C]`, averaged over the classes, for targets of 0 and 1 of the
 * same shape. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the shape without the last axis.
 * `weight` is none by default.
 * @throws {ShapeError} when the shapes differ, or `weight` does not broadcast to them.
 * @throws {DTypeError} when the input is not a float tensor.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, the reduction is, or the
 * tensors are scalars.
 * @see torch.nn.MultiLabelSoftMarginLoss
 */
export const MultiLabelSoftMarginLoss: Constructible<typeof marginLoss.MultiLabelSoftMarginLoss> =
  /* @__PURE__ */ constructible(marginLoss.MultiLabelSoftMarginLoss);
export type MultiLabelSoftMarginLoss = marginLoss.MultiLabelSoftMarginLoss;
/**
 * Hinge of every right class against every wrong one, for scores `[N, C]` (or `[C]`) and integer targets of the
 * same shape: the right classes, ended by the first negative number. `reduction` 'mean' (default) or 'sum' -> a
 * scalar, 'none' -> `[N]`.
 * @throws {ShapeError} when the shapes differ or have other axes.
 * @throws {DTypeError} when the classes are not integers, or the scores are not float.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, a class does not exist (on devices
 * that are read at once).
 * @see torch.nn.MultiLabelMarginLoss
 */
export const MultiLabelMarginLoss: Constructible<typeof marginLoss.MultiLabelMarginLoss> =
  /* @__PURE__ */ constructible(marginLoss.MultiLabelMarginLoss);
export type MultiLabelMarginLoss = marginLoss.MultiLabelMarginLoss;
/**
 * Hinge on the distances to a positive and a negative: `(anchor, positive, negative) -> loss`, of any shapes that
 * `distanceFunction` (default `PairwiseDistance`) takes. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none'
 * -> the shape of the distances. By default margin 1, swap false.
 * @throws {ShapeError} when the tensors have different numbers of axes or do not fit the distance.
 * @throws {DTypeError} when their dtypes do not fit the distance.
 * @throws {ArgumentError} when an option is unknown or wrong, the margin is not above 0, or, when called, the
 * distance gives no tensor.
 * @see torch.nn.TripletMarginWithDistanceLoss, Balntas et al. 2016
 */
export const TripletMarginWithDistanceLoss: Constructible<typeof marginLoss.TripletMarginWithDistanceLoss> =
  /* @__PURE__ */ constructible(marginLoss.TripletMarginWithDistanceLoss);
export type TripletMarginWithDistanceLoss = marginLoss.TripletMarginWithDistanceLoss;
/**
 * Connectionist temporal classification, in nats: `(logProbs, targets, inputLengths, targetLengths) -> loss`,
 * logProbs `[T, N, C]` (or `[T, C]`), targets `[N, S]` or `[Σ lengths]`, lengths `[N]`; see `F.ctcLoss`.
 * `reduction` 'mean' (default; each loss divided by its target's length) or 'sum' -> a scalar, 'none' -> `[N]`. By
 * default blank 0, zeroInfinity false.
 * @throws {ShapeError} when the tensors do not fit together.
 * @throws {DTypeError} when logProbs is not float, or the targets or lengths are not integers.
 * @throws {ArgumentError} when an option is unknown or wrong, or, when called, there is no class `blank`, or a
 * length or class is out of range (tensors: on devices that are read at once).
 * @see torch.nn.CTCLoss, Graves et al. 2006
 */
export const CTCLoss: Constructible<typeof loss.CTCLoss> = /* @__PURE__ */ constructible(loss.CTCLoss);
export type CTCLoss = loss.CTCLoss;

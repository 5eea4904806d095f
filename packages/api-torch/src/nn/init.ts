// torch.nn.init: fills parameters in place from the default generator, bit-equal to PyTorch on the CPU.
import * as core from "@isoform/core";
import type { TorchGenerator } from "@isoform/core";
import { defaultGenerator } from "../random.js";
import type { Tensor } from "../tensor/tensor.js";

/** Uniform on [a, b). */
export function uniform_(t: Tensor, a = 0, b = 1, generator: TorchGenerator = defaultGenerator()): Tensor {
  return write(t, generator.uniform_(new Float32Array(t.size), a, b));
}

/** Normal with a mean and standard deviation. */
export function normal_(
  t: Tensor,
  mean = 0,
  std = 1,
  generator: TorchGenerator = defaultGenerator(),
): Tensor {
  return write(t, generator.normal_(new Float32Array(t.size), mean, std));
}

/** One value everywhere. */
export function constant_(t: Tensor, value: number): Tensor {
  return core.noGrad(() => t.fill_(value));
}
/** Zeros. */
export function zeros_(t: Tensor): Tensor {
  return constant_(t, 0);
}
/** Ones. */
export function ones_(t: Tensor): Tensor {
  return constant_(t, 1);
}

/** Inputs and outputs that one output or input of a weight sees: shape[1] and shape[0] times the kernel size. */
export function calculateFans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2) {
    throw core.shapeError(
      "init",
      "fans need at least 2 axes",
      [{ shape, dtype: "float32" }],
      "use uniform_ or normal_",
    );
  }
  const receptive = shape.slice(2).reduce((p, n) => p * n, 1);
  return { fanIn: shape[1]! * receptive, fanOut: shape[0]! * receptive };
}

/** Gain of He and Glorot initialisation for a non-linearity (torch.nn.init.calculate_gain). */
export function calculateGain(nonlinearity: string, param?: number): number {
  switch (nonlinearity) {
    case "relu":
      return Math.SQRT2;
    case "leaky_relu":
      return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
    case "tanh":
      return 5 / 3;
    case "selu":
      return 3 / 4;
    default:
      return 1;
  }
}

/** He uniform (He et al. 2015). `a` is the slope of the leaky ReLU. */
export function kaimingUniform_(
  t: Tensor,
  options: { readonly a?: number; readonly mode?: "fan_in" | "fan_out"; readonly nonlinearity?: string } = {},
): Tensor {
  const std = heStd(t, options);
  const bound = Math.sqrt(3) * std;
  return uniform_(t, -bound, bound);
}

/** He normal (He et al. 2015). */
export function kaimingNormal_(
  t: Tensor,
  options: { readonly a?: number; readonly mode?: "fan_in" | "fan_out"; readonly nonlinearity?: string } = {},
): Tensor {
  return normal_(t, 0, heStd(t, options));
}

function heStd(
  t: Tensor,
  o: { readonly a?: number; readonly mode?: "fan_in" | "fan_out"; readonly nonlinearity?: string },
): number {
  const { fanIn, fanOut } = calculateFans(t.shape);
  const gain = calculateGain(o.nonlinearity ?? "leaky_relu", o.a ?? 0);
  return gain / Math.sqrt(o.mode === "fan_out" ? fanOut : fanIn);
}

/** Glorot uniform (Glorot & Bengio 2010). */
export function xavierUniform_(t: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = calculateFans(t.shape);
  const bound = Math.sqrt(3) * gain * Math.sqrt(2 / (fanIn + fanOut));
  return uniform_(t, -bound, bound);
}

/** Glorot normal. */
export function xavierNormal_(t: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = calculateFans(t.shape);
  return normal_(t, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

function write(t: Tensor, values: Float32Array): Tensor {
  return core.noGrad(() => core.scope(() => t.copy_(core.tensor(values, { shape: t.shape }))));
}

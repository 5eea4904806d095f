// Layers with weights of a trace as IR nodes: products, convolutions, normalisation, slopes.
import type { IrValue } from "../../../ir/types.js";
import { lows, NotExpressible, one, type TraceCall, type RulesOf } from "../trace-call.js";
import { spreadAxis } from "./shape.js";

/** Input `i`, or as many equal numbers as the layer has channels. */
function filled(t: TraceCall, i: number, shape: readonly number[], value: number): IrValue {
  if (t.inputs[i]) return t.x(i);
  const n = shape.reduce((p, m) => p * m, 1);
  return t.builder.literal(new Array<number>(n).fill(value), shape, t.dtype(0));
}

/** The sizes of trailing axes. @throws {NotExpressible} for other axes */
function trailing(t: TraceCall, axes: readonly number[]): readonly number[] {
  const shape = t.shape(0);
  const first = shape.length - axes.length;
  if (!axes.every((x, i) => x === first + i)) throw new NotExpressible("only trailing axes");
  return shape.slice(first);
}

/** Slopes: one, or one per channel as `[C, 1, …]`, straight from the weight where it is one. */
function prelu(t: TraceCall): IrValue {
  const slope = t.shape(1);
  const rank = t.shape(0).length;
  const shape = slope.length === rank && slope[0] === 1 && rank > 1 ? slope.slice(1) : slope;
  const weight = t.weight(1, [{ kind: "reshape", shape }]);
  return t.op("PRelu", [t.x(0), weight ?? t.narrow(1)], {});
}

interface ConvAttrs {
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  readonly groups: number;
}

function convolution(t: TraceCall, a: ConvAttrs, bias: IrValue | null): IrValue {
  const spread = (v: IrValue) =>
    a.lhsDilation.reduce(
      (y, d, i) => (d > 1 && t.shape(0)[i + 2]! > 1 ? spreadAxis(t, y, i + 2, d - 1, null) : y),
      v,
    );
  const crops = a.padding.some(([l, h]) => l < 0 || h < 0);
  const pads = [0, 0, ...a.padding.map(([l]) => l), 0, 0, ...a.padding.map(([, h]) => h)];
  const dilated = one(a.lhsDilation) ? t.x(0) : spread(t.x(0));
  const x = crops ? t.op("Pad", [dilated, t.builder.ints(pads), null], { mode: "constant" }) : dilated;
  return t.op("Conv", [x, t.x(1), bias], {
    kernel_shape: t.shape(1).slice(2),
    strides: a.strides,
    dilations: a.rhsDilation,
    pads: crops ? a.padding.flatMap(() => [0, 0]) : lows(a.padding),
    group: a.groups,
  });
}

/** Layers with weights. */
export const LAYER_RULES: RulesOf<"matmul" | "conv"> = {
  matmul: (t) => t.op("MatMul", [t.x(0), t.x(1)], {}),
  einsum: (t, a) =>
    t.op(
      "Einsum",
      t.inputs.map((_, i) => t.x(i)),
      { equation: a.equation },
    ),
  linear: (t) => t.op("Linear", [t.x(0), t.x(1), t.inputs[2] ? t.x(2) : null], {}),
  conv: (t, a) => convolution(t, a, null),
  convolution: (t, a) => convolution(t, a, t.inputs[2] ? t.x(2) : null),
  convTranspose: (t, a) => {
    if (a.padding.some(([l, h]) => l < 0 || h < 0)) throw new NotExpressible("negative padding");
    const inputs = [t.x(0), t.x(1), t.inputs[2] ? t.x(2) : null];
    return t.op("ConvTranspose", inputs, {
      kernel_shape: t.shape(1).slice(2),
      strides: a.strides,
      dilations: a.dilation,
      pads: lows(a.padding),
      output_padding: a.outputPadding,
      group: a.groups,
    });
  },
  prelu,
  batchNorm: (t, a) => {
    if (a.axis !== 1) throw new NotExpressible("channels not on axis 1");
    const n = [t.shape(1)[0]!];
    const inputs = [t.x(0), filled(t, 3, n, 1), filled(t, 4, n, 0), t.x(1), t.x(2)];
    return t.op("BatchNormalization", inputs, { epsilon: a.eps });
  },
  instanceNorm: (t, a) => {
    const n = [t.shape(0)[1]!];
    const inputs = [t.x(0), filled(t, 1, n, 1), filled(t, 2, n, 0)];
    return t.op("InstanceNormalization", inputs, { epsilon: a.eps });
  },
  layerNorm: (t, a) => {
    const shape = trailing(t, a.axes);
    if (!t.inputs[1] && t.inputs[2]) throw new NotExpressible("a bias without a scale");
    const inputs = [t.x(0), filled(t, 1, shape, 1), t.inputs[2] ? t.x(2) : null];
    return t.op("LayerNormalization", inputs, { axis: -a.axes.length, epsilon: a.eps });
  },
  groupNorm: (t, a) => {
    const n = [t.shape(0)[1]!];
    const inputs = [t.x(0), filled(t, 1, n, 1), filled(t, 2, n, 0)];
    return t.op("GroupNormalization", inputs, { num_groups: a.groups, epsilon: a.eps });
  },
  rmsNorm: (t, a) => {
    const inputs = [t.x(0), filled(t, 1, trailing(t, a.axes), 1)];
    return t.op("RMSNormalization", inputs, { axis: -a.axes.length, epsilon: a.eps });
  },
  localResponseNorm: (t, a) => {
    const centred = a.before === Math.floor((a.size - 1) / 2);
    if (!centred || a.size % 2 === 0 || t.shape(0).length !== 4) throw new NotExpressible("written out");
    return t.op("LRN", [t.x(0)], { alpha: a.alpha, beta: a.beta, bias: a.k, size: a.size });
  },
};

// Pooling, windows and resizing of a trace as IR nodes. ONNX pools images [N, C, …spatial]: other ranks are reshaped.
import { isFloat } from "@isoform/core";
import type { IrValue } from "../../../ir/types.js";
import { count, lows, NotExpressible, one, scalarLike, type TraceCall, type RulesOf } from "../trace-call.js";

interface Window {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
}
interface Pool extends Window {
  readonly ceilMode: boolean;
}

const poolAttrs = (a: Pool) => ({
  kernel_shape: a.window,
  strides: a.strides,
  pads: lows(a.padding),
  ceil_mode: a.ceilMode ? 1 : 0,
});

/** Runs a pool on input 0 as an image with `n` spatial axes; the result gets the leading axes back. */
function onImage(t: TraceCall, n: number, run: (x: IrValue) => IrValue): IrValue {
  const lead = t.shape(0).length - n;
  if (lead === 2) return run(t.x(0));
  const image = t.reshape(t.x(0), ([s]) => [
    s!.slice(0, lead).reduce((p, m) => p * m, 1),
    1,
    ...s!.slice(lead),
  ]);
  const spatial = t.outShape.slice(lead);
  return t.reshape(run(image), ([s]) => [...s!.slice(0, lead), ...spatial]);
}

/** Most elements of a window that are taken one by one. */
const MOST_TAPS = 128;
const JOIN = { sum: "Add", prod: "Mul", max: "Max", min: "Min" } as const;
const NEUTRAL = { sum: 0, prod: 1, max: -Infinity, min: Infinity } as const;

/** A window reduction element by element of the window: a strided slice each. */
function taps(t: TraceCall, a: Window, kind: keyof typeof JOIN): IrValue {
  const b = t.builder;
  const shape = t.shape(0);
  const lead = shape.length - a.window.length;
  const total = a.window.reduce((p, n) => p * n, 1);
  const axes = a.window.map((_, d) => lead + d);
  if (total > MOST_TAPS) throw new NotExpressible(`windows of ${total} elements`);
  if (axes.some((i) => t.moving(0).includes(i))) throw new NotExpressible("windows along the batch");
  let x = t.x(0);
  if (a.padding.some(([l, h]) => l + h > 0)) {
    const integer = !isFloat(t.dtype(0));
    if (integer && (kind === "max" || kind === "min")) throw new NotExpressible("padded extrema of integers");
    const zeros = count(lead).map(() => 0);
    const pads = [...zeros, ...a.padding.map(([l]) => l), ...zeros, ...a.padding.map(([, h]) => h)];
    x = t.op("Pad", [x, b.ints(pads), scalarLike(t, 0, NEUTRAL[kind])], { mode: "constant" });
  }
  const parts = count(total).map((i) => {
    let rest = i;
    const starts = new Array<number>(a.window.length).fill(0);
    for (let d = a.window.length - 1; d >= 0; d--) {
      starts[d] = (rest % a.window[d]!) * a.dilation[d]!;
      rest = Math.floor(rest / a.window[d]!);
    }
    const ends = starts.map((s, d) => s + (t.outShape[lead + d]! - 1) * a.strides[d]! + 1);
    return t.op("Slice", [x, b.ints(starts), b.ints(ends), b.ints(axes), b.ints(a.strides)], {});
  });
  return parts.reduce((p, q) => t.op(JOIN[kind], [p, q], {}));
}

function reduceWindow(t: TraceCall, a: Window & { readonly kind: keyof typeof JOIN }): IrValue {
  const n = a.window.length;
  const plain = isFloat(t.dtype(0)) && n >= 1 && n <= 3 && one(a.dilation);
  if (!plain || a.kind === "prod") return taps(t, a, a.kind);
  const attrs = { kernel_shape: a.window, strides: a.strides };
  const padded = (x: IrValue, value: number) => {
    if (a.padding.every(([l, h]) => l + h === 0)) return x;
    const pads = [0, 0, ...a.padding.map(([l]) => l), 0, 0, ...a.padding.map(([, h]) => h)];
    const fill = value === 0 ? null : scalarLike(t, 0, value);
    return t.op("Pad", [x, t.builder.ints(pads), fill], { mode: "constant" });
  };
  return onImage(t, n, (x) => {
    if (a.kind === "sum") {
      const mean = t.op("AveragePool", [padded(x, 0)], attrs);
      return t.op(
        "Mul",
        [
          mean,
          scalarLike(
            t,
            0,
            a.window.reduce((p, m) => p * m, 1),
          ),
        ],
        {},
      );
    }
    if (a.kind === "max") return t.op("MaxPool", [padded(x, -Infinity)], attrs);
    const most = t.op("MaxPool", [padded(t.op("Neg", [x], {}), -Infinity)], attrs);
    return t.op("Neg", [most], {});
  });
}

/** The plane's place of every maximum: ONNX counts over the whole tensor. */
function maxPoolWithIndices(t: TraceCall, a: Pool): readonly (IrValue | null)[] {
  const lead = t.shape(0).length - a.window.length;
  if (lead !== 2 || !isFloat(t.dtype(0))) throw new NotExpressible("only images of floats");
  const attrs = { ...poolAttrs(a), dilations: a.dilation };
  const [y, places] = t.nodes("MaxPool", [t.x(0)], attrs, ["values", "indices"]);
  const plane = t
    .shape(0)
    .slice(lead)
    .reduce((p, n) => p * n, 1);
  const inPlane = t.op("Mod", [places!, t.builder.scalar(plane, "int64")], { fmod: 0 });
  return [y!, inPlane];
}

interface ResizeAttrs {
  readonly size: readonly number[];
  readonly scale: readonly number[] | null;
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubicCoeff: number;
  readonly excludeOutside: boolean;
}

function resize(t: TraceCall, a: ResizeAttrs): IrValue {
  if (a.coordinates === "tf_half_pixel_for_nn" || !isFloat(t.dtype(0)))
    throw new NotExpressible("of older opsets");
  const from = t.shape(0).slice(2);
  if (a.mode === "cubic" && from.length !== 2) throw new NotExpressible("cubic of images only");
  const attrs = {
    mode: a.mode,
    coordinate_transformation_mode: a.coordinates,
    nearest_mode: a.nearest,
    cubic_coeff_a: a.cubicCoeff,
    exclude_outside: a.excludeOutside ? 1 : 0,
  };
  const scales = a.scale ?? a.size.map((n, i) => n / from[i]!);
  const exact = scales.every((s, i) => Math.fround(s) === s && Math.floor(from[i]! * s) === a.size[i]);
  if (exact) {
    const literal = t.builder.literal([1, 1, ...scales], [scales.length + 2], "float32");
    return t.op("Resize", [t.x(0), null, literal], attrs);
  }
  if (a.scale !== null) throw new NotExpressible("scales that float32 has not");
  return t.op("Resize", [t.x(0), null, null, t.sizes(false)], attrs);
}

/** Pooling and windows. */
export const WINDOW_RULES: RulesOf<"reduceWindow" | "selectAndScatter"> = {
  reduceWindow,
  selectAndScatter: { refused: "it is the gradient of max pooling, which a model for inference has not" },
  maxPool: (t, a) => {
    if (!isFloat(t.dtype(0))) throw new NotExpressible("only of floats");
    return onImage(t, a.window.length, (x) =>
      t.op("MaxPool", [x], { ...poolAttrs(a), dilations: a.dilation }),
    );
  },
  maxPoolWithIndices,
  avgPool: (t, a) => {
    if (!one(a.dilation)) throw new NotExpressible("dilated average pooling");
    const attrs = { ...poolAttrs(a), count_include_pad: a.countIncludePad ? 1 : 0 };
    return onImage(t, a.window.length, (x) => t.op("AveragePool", [x], attrs));
  },
  lpPool: (t, a) => {
    const plain = one(a.dilation) && !a.ceilMode && a.padding.every(([l, h]) => l + h === 0);
    // PyTorch's function takes odd powers without their absolute value.
    if (!plain || a.p % 2 !== 0) throw new NotExpressible("written out");
    const attrs = { kernel_shape: a.window, strides: a.strides, p: a.p };
    return onImage(t, a.window.length, (x) => t.op("LpPool", [x], attrs));
  },
  adaptiveAvgPool: (t, a) =>
    onImage(t, a.outSpatial.length, (x) => t.op("AdaptiveAveragePool", [x], { output_size: a.outSpatial })),
  adaptiveMaxPool: (t, a) => {
    if (!isFloat(t.dtype(0))) throw new NotExpressible("only of floats");
    return onImage(t, a.outSpatial.length, (x) =>
      t.op("AdaptiveMaxPool", [x], { output_size: a.outSpatial }),
    );
  },
  resize,
};

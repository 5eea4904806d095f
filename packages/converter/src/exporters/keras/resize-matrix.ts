// The matrix [from, to] that resizes an axis: for every place of the result the weights of the places that it reads.
import type { IrAttrs } from "../../ir/ops/table.js";

type ResizeAttrs = IrAttrs<"Resize">;

/** Where place i of the result lies in the input; null for rules that have no plain formula. */
function position(i: number, from: number, to: number, scale: number, rule: string): number | null {
  switch (rule) {
    case "half_pixel":
      return (i + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "asymmetric":
      return i / scale;
    case "align_corners":
      return to > 1 ? (i * (from - 1)) / (to - 1) : 0;
    default:
      return null;
  }
}

/** Keys's cubic convolution kernel at distance d (Keys 1981). */
function cubic(d: number, a: number): number {
  const x = Math.abs(d);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

const ROUND: Readonly<Record<string, (x: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
};

/** The matrix, row-major; null for rules that it cannot state. */
export function resizeMatrix(from: number, to: number, scale: number, attrs: ResizeAttrs): number[] | null {
  const { mode, coordinate_transformation_mode: rule, cubic_coeff_a: a, exclude_outside: excludes } = attrs;
  const round = ROUND[attrs.nearest_mode];
  const out = new Array<number>(from * to).fill(0);
  for (let i = 0; i < to; i++) {
    const x = position(i, from, to, scale, rule);
    if (x === null || (mode === "nearest" && !round)) return null;
    const base = mode === "nearest" ? round!(x) : Math.floor(x);
    const offsets = mode === "nearest" ? [0] : mode === "linear" ? [0, 1] : [-1, 0, 1, 2];
    const taps = offsets.map((o) => {
      const d = base + o - x;
      const inside = base + o >= 0 && base + o < from;
      if (excludes && !inside) return 0;
      return mode === "nearest" ? 1 : mode === "linear" ? 1 - Math.abs(d) : cubic(d, a);
    });
    const total = excludes ? taps.reduce((p, q) => p + q, 0) : 1;
    offsets.forEach((o, k) => {
      const at = Math.min(from - 1, Math.max(0, base + o));
      out[at * to + i] = out[at * to + i]! + taps[k]! / (total || 1);
    });
  }
  return out;
}

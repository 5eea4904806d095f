// Convolution of a dilated input (a transposed convolution, the input gradient of a strided one) as one convolution of
// the input as it is for every phase: outputs at the same place modulo the dilation meet the same taps and no zeros
// between. Shi et al. 2016, https://arxiv.org/abs/1609.07009.
import type { CpuView } from "../view.js";
import type { Windows } from "../window/geometry.js";

/** The outputs `from`, `from + step`, … of one axis, and the taps that meet elements of the input there. */
interface AxisPhase {
  readonly from: number;
  readonly step: number;
  readonly count: number;
  readonly firstTap: number;
  readonly tapStep: number;
  readonly taps: number;
  readonly dilation: number;
  /** Element of the input under the first tap of the first output; may be outside. */
  readonly first: number;
}

/** A convolution without input dilation. */
export interface Phase {
  readonly x: CpuView;
  readonly w: CpuView;
  readonly windows: Windows;
  /** Where its results belong in the output. */
  readonly out: CpuView;
}

/** True when the convolution falls apart into phases. */
export function isPhased({ inputDilation, strides }: Windows): boolean {
  return inputDilation.some((n) => n > 1) && inputDilation.every((n, d) => n === 1 || strides[d] === 1);
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

function axisPhases(windows: Windows, d: number): AxisPhase[] {
  const step = windows.inputDilation[d]!;
  const [taps, dilation, outputs] = [windows.window[d]!, windows.dilation[d]!, windows.output[d]!];
  const low = windows.padding[d]![0];
  const common = gcd(dilation, step);
  const tapStep = step / common;
  const phases: AxisPhase[] = [];
  for (let from = 0; from < Math.min(step, outputs); from++) {
    let firstTap = 0;
    while (firstTap < taps && (from - low + firstTap * dilation) % step !== 0) firstTap++;
    if (firstTap === taps) continue;
    phases.push({
      from,
      step,
      count: Math.ceil((outputs - from) / step),
      firstTap,
      tapStep,
      taps: Math.ceil((taps - firstTap) / tapStep),
      dilation: dilation / common,
      first: (from - low + firstTap * dilation) / step,
    });
  }
  return phases;
}

/** The phases of a convolution; outputs that are in none are 0. */
export function phasesOf(x: CpuView, w: CpuView, out: CpuView, windows: Windows): Phase[] {
  const axes = windows.window.map((_, d) => axisPhases(windows, d));
  const all = axes.reduce<AxisPhase[][]>(
    (left, axis) => left.flatMap((l) => axis.map((a) => [...l, a])),
    [[]],
  );
  return all.map((phase) => {
    const part = (
      v: CpuView,
      sizes: readonly number[],
      starts: readonly number[],
      steps: readonly number[],
    ) => ({
      ...v,
      shape: [v.shape[0]!, v.shape[1]!, ...sizes],
      strides: [v.strides[0]!, v.strides[1]!, ...steps.map((n, d) => n * v.strides[d + 2]!)],
      offset: starts.reduce((at, n, d) => at + n * v.strides[d + 2]!, v.offset),
    });
    // What windows never touch is cut off, so that padding is never negative.
    const ends = phase.map((p, d) => {
      const stride = windows.strides[d]!;
      return p.first + (p.count - 1) * stride + (p.taps - 1) * p.dilation + 1;
    });
    const starts = phase.map((p) => Math.max(0, p.first));
    const sizes = ends.map((end, d) => Math.max(0, Math.min(end, x.shape[d + 2]!) - starts[d]!));
    const ones = phase.map(() => 1);
    return {
      x: part(x, sizes, starts, ones),
      w: part(w, phase.map((p) => p.taps), phase.map((p) => p.firstTap), phase.map((p) => p.tapStep)), // oxfmt-ignore
      out: part(out, phase.map((p) => p.count), phase.map((p) => p.from), phase.map((p) => p.step)), // oxfmt-ignore
      windows: {
        window: phase.map((p) => p.taps),
        output: phase.map((p) => p.count),
        strides: windows.strides,
        padding: phase.map((p, d): [number, number] => [
          starts[d]! - p.first,
          Math.max(0, ends[d]! - Math.max(starts[d]!, x.shape[d + 2]!)),
        ]),
        dilation: phase.map((p) => p.dilation),
        inputDilation: ones,
      },
    };
  });
}

// Spectra and windows.
import * as core from "@isoform/core";
import { isDType, type Tensor } from "@isoform/core";
import type { SIGNAL_OPS } from "../../ir/ops/signal.js";
import type { Call, OpRun, OpRuns } from "../call.js";
import { checkHostSize, HostTensor } from "../host.js";

type WindowOp = "BlackmanWindow" | "HammingWindow" | "HannWindow";

/** a0 - a1 cos(2πi/N) + a2 cos(4πi/N), N = size when periodic, else size - 1. */
function cosineWindow(a: readonly [number, number, number]): OpRun<WindowOp> {
  return {
    host: [0],
    run: (c) => {
      const { attrs } = c;
      const size = c.scalar(0);
      checkHostSize(size, c.node.op);
      const n = attrs.periodic ? size : size - 1;
      const values = Array.from({ length: size }, (_, i) => {
        const t = (2 * Math.PI * i) / n;
        return a[0] - a[1] * Math.cos(t) + a[2] * Math.cos(2 * t);
      });
      return new HostTensor(attrs.output_datatype, [size], values);
    },
  };
}

/** The matrix of the discrete Fourier transform, cos and sin parts [from, to]. */
function fourier(
  c: Call,
  from: number,
  to: number,
  length: number,
  inverse: boolean,
): readonly [Tensor, Tensor] {
  const sign = inverse ? 1 : -1;
  checkHostSize(from * to, c.node.op);
  const re = new Array<number>(from * to);
  const im = new Array<number>(from * to);
  const norm = inverse ? 1 / length : 1;
  for (let n = 0; n < from; n++) {
    for (let k = 0; k < to; k++) {
      const angle = (2 * Math.PI * ((n * k) % length)) / length;
      re[n * to + k] = Math.cos(angle) * norm;
      im[n * to + k] = sign * Math.sin(angle) * norm;
    }
  }
  const up = (v: number[]) => c.upload(new HostTensor("float64", [from, to], v));
  return [up(re), up(im)];
}

/** x [.., n] (real and imaginary parts) times the DFT matrix. */
function transform(
  c: Call,
  re: Tensor,
  im: Tensor | null,
  length: number,
  to: number,
  inverse: boolean,
): readonly [Tensor, Tensor] {
  const n = re.shape[re.rank - 1]!;
  const [cos, sin] = fourier(c, Math.min(n, length), to, length, inverse);
  const cut = (t: Tensor) => core.cast(core.sliceAxis(t, t.rank - 1, 0, Math.min(n, length)), "float64");
  const a = cut(re);
  const real = core.matmul(a, cos);
  const imag = core.matmul(a, sin);
  if (im === null) return [real, imag];
  const b = cut(im);
  return [core.sub(real, core.matmul(b, sin)), core.add(imag, core.matmul(b, cos))];
}

/** DFT along one axis of [..., 1 or 2]; the inverse of a one-sided spectrum is real. */
function dft(c: Call<"DFT">): Tensor {
  const x = c.t(0);
  const rank = x.rank;
  const given = c.has(2) ? c.scalar(2) : -2;
  const axis = given < 0 ? given + rank : given;
  const { inverse, onesided } = c.attrs;
  const perm = x.shape.map((_, i) => i).filter((i) => i !== axis && i !== rank - 1);
  const order = [...perm, axis];
  const pick = (k: number) => {
    const part = core.sliceAxis(x, rank - 1, k, k + 1);
    return core.transpose(core.reshape(part, x.shape.slice(0, -1)), order);
  };
  let re = pick(0);
  let im = x.shape[rank - 1] === 2 ? pick(1) : null;
  const size = x.shape[axis]!;
  const length = c.has(1) ? c.scalar(1) : inverse && onesided ? (size - 1) * 2 : size;
  if (inverse && onesided) [re, im] = mirrored(c, re, im, length);
  const to = onesided && !inverse ? Math.floor(length / 2) + 1 : length;
  const [a, b] = transform(c, re, im, length, to, inverse !== 0);
  const parts = inverse && onesided ? [a] : [a, b];
  const back = new Array<number>(rank - 1);
  order.forEach((p, i) => (back[p] = i));
  return core.cast(
    core.stack(
      parts.map((t) => core.transpose(t, back)),
      rank - 1,
    ),
    x.dtype,
  );
}

/** Completes a one-sided spectrum by conjugate symmetry. */
function mirrored(_c: Call, re: Tensor, im: Tensor | null, length: number): [Tensor, Tensor | null] {
  const last = re.rank - 1;
  const half = re.shape[last]!;
  const tail = length - half;
  const reflect = (t: Tensor, sign: number) => {
    const part = core.flip(core.sliceAxis(t, last, 1, 1 + tail), last);
    return core.concat([t, core.mul(part, sign)], last);
  };
  return [reflect(re, 1), im && reflect(im, -1)];
}

/** Short-time Fourier transform of [B, n, 1 or 2] -> [B, frames, bins, 2]. */
function stft(c: Call<"STFT">): Tensor {
  const x = c.t(0);
  const step = c.scalar(1);
  const window = c.opt(2);
  const length = c.has(3) ? c.scalar(3) : window!.shape[0]!;
  const [b, n] = x.shape as [number, number];
  const frames = Math.floor((n - length) / step) + 1;
  const pick = (k: number) => core.reshape(core.sliceAxis(x, 2, k, k + 1), [b, n]);
  const framed = (t: Tensor) => {
    const rows = Array.from({ length: frames }, (_, i) => core.sliceAxis(t, 1, i * step, i * step + length));
    const all = core.stack(rows, 1);
    return window ? core.mul(all, window) : all;
  };
  const re = framed(pick(0));
  const im = x.rank === 3 && x.shape[2] === 2 ? framed(pick(1)) : null;
  const to = c.attrs.onesided ? Math.floor(length / 2) + 1 : length;
  return core.cast(core.stack([...transform(c, re, im, length, to, false)], 3), x.dtype);
}

/** Triangular mel filters [bins, mels]. */
function melMatrix(c: Call<"MelWeightMatrix">): HostTensor {
  const [mels, dftLength, rate, low, high] = [0, 1, 2, 3, 4].map((i) => c.scalar(i)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const bins = Math.floor(dftLength / 2) + 1;
  const mel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const step = (mel(high) - mel(low)) / (mels + 2);
  checkHostSize(bins * mels, c.node.op);
  const edges = Array.from({ length: mels + 2 }, (_, i) => {
    const hz = 700 * (10 ** ((i * step + mel(low)) / 2595) - 1);
    return Math.floor(((dftLength + 1) * hz) / rate);
  });
  const values = new Array<number>(bins * mels).fill(0);
  for (let m = 0; m < mels; m++) {
    const [a, b, d] = [edges[m]!, edges[m + 1]!, edges[m + 2]!];
    if (b === a) values[b * mels + m] = 1;
    else for (let k = a; k <= b; k++) values[k * mels + m] = (k - a) / (b - a);
    if (d > b) for (let k = b; k < d; k++) values[k * mels + m] = (d - k) / (d - b);
  }
  const { output_datatype: dtype } = c.attrs;
  if (!isDType(dtype)) throw c.error(`cannot make ${dtype}`);
  return new HostTensor(dtype, [bins, mels], values);
}

/** Spectra and windows. */
export const SIGNAL: OpRuns<keyof typeof SIGNAL_OPS> = {
  BlackmanWindow: cosineWindow([0.42, 0.5, 0.08]),
  DFT: { host: [1, 2], run: dft },
  HammingWindow: cosineWindow([25 / 46, 21 / 46, 0]),
  HannWindow: cosineWindow([0.5, 0.5, 0]),
  MelWeightMatrix: { host: "all", run: melMatrix },
  STFT: { host: [1, 3], run: stft },
};

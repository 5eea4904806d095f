// PyTorch's block form of the normal distribution: 16 uniforms in, 16 normals out (Box and Muller, 1958).
import { accurateSinCos } from "./accurate-math.js";
import { Cephes } from "./cephes-f32.js";
import { fma32, fma64 } from "./fma.js";
import { glibcLog } from "./glibc-log.js";
import { cosf, logf24, sinf } from "./libm-f32.js";

/**
 * Which build of PyTorch the last bits follow. `vector`: x86-64 with AVX2 and FMA, nearly every machine.
 * `scalar`: PyTorch without vector instructions (`ATEN_CPU_CAPABILITY=default`) on glibc.
 */
export type TorchBuild = "vector" | "scalar";

/** Turns blocks of 16 uniforms (8 radii, then 8 angles) from `start` on into normals, in place. */
export type NormalFill<A extends Float32Array | Float64Array> = (
  data: A,
  start: number,
  blocks: number,
) => void;

const f = Math.fround;
const TWO_PI = 2 * Math.PI;
const TWO_PI_F32 = f(TWO_PI);

/** Pairs of normals that are computed at once: what lies between the steps stays in cache. */
const BATCH = 256;

/** The float32 block function for a mean and a standard deviation. The uniforms must be multiples of 2^-24. */
export function normalFillF32(build: TorchBuild, mean: number, std: number): NormalFill<Float32Array> {
  const mean32 = f(mean);
  const std32 = f(std);
  return (data, start, blocks) => {
    const pairs = 8 * blocks;
    const batch = Math.min(BATCH, pairs);
    const cephes = new Cephes(batch);
    const [logs, sines, cosines] = [0, 1, 2].map(() => new Float64Array(batch)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    // Where the radius of a pair is; its angle is 8 further.
    const at = (pair: number): number => start + pair + (pair & ~7);
    for (let first = 0; first < pairs; first += BATCH) {
      const n = Math.min(BATCH, pairs - first);
      for (let i = 0; i < n; i++) {
        logs[i] = 2 ** 24 - (data[at(first + i)] as number) * 2 ** 24;
        sines[i] = data[at(first + i) + 8] as number;
      }
      if (build === "vector") {
        for (let i = 0; i < n; i++) sines[i] = f(TWO_PI_F32 * (sines[i] as number));
        cephes.log24(logs, n);
        cephes.sinCos(sines, cosines, n);
      } else {
        for (let i = 0; i < n; i++) {
          const angle = f(TWO_PI * (sines[i] as number));
          logs[i] = logf24(logs[i] as number);
          sines[i] = sinf(angle);
          cosines[i] = cosf(angle);
        }
      }
      for (let i = 0; i < n; i++) {
        const radius = f(Math.sqrt(-2 * (logs[i] as number)));
        data[at(first + i)] = fma32(f(radius * (cosines[i] as number)), std32, mean32);
        data[at(first + i) + 8] = fma32(f(radius * (sines[i] as number)), std32, mean32);
      }
    }
  };
}

/** The float64 block function for a mean and a standard deviation; PyTorch has one build of it. */
export function normalFillF64(mean: number, std: number): NormalFill<Float64Array> {
  return (data, start, blocks) => {
    for (let offset = start; offset < start + 16 * blocks; offset += 16) {
      for (let j = offset; j < offset + 8; j++) {
        const radius = Math.sqrt(-2 * glibcLog(1 - (data[j] as number)));
        const angle = accurateSinCos(TWO_PI * (data[j + 8] as number));
        data[j] = fma64(radius * angle.cos, std, mean);
        data[j + 8] = fma64(radius * angle.sin, std, mean);
      }
    }
  };
}

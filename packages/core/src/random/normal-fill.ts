// PyTorch's block form of the normal distribution: 16 uniforms in, 16 normals out (Box and Muller, 1958).
import { accurateSinCos } from "./accurate-math.js";
import { cephesLog24, cephesSinCos } from "./cephes-f32.js";
import { fma32, fma64 } from "./fma.js";
import { glibcLog } from "./glibc-log.js";
import { cosf, logf24, sinf } from "./libm-f32.js";

/**
 * Which build of PyTorch the last bits follow. `vector`: x86-64 with AVX2 and FMA, nearly every machine.
 * `scalar`: PyTorch without vector instructions (`ATEN_CPU_CAPABILITY=default`) on glibc.
 */
export type TorchBuild = "vector" | "scalar";

/** Turns the 16 uniforms at `offset` (8 radii, then 8 angles) into normals, in place. */
export type NormalFill16<A extends Float32Array | Float64Array> = (data: A, offset: number) => void;

const f = Math.fround;
const TWO_PI = 2 * Math.PI;
const TWO_PI_F32 = f(TWO_PI);

/** The float32 block function for a mean and a standard deviation. The uniforms must be multiples of 2^-24. */
export function normalFill16f32(build: TorchBuild, mean: number, std: number): NormalFill16<Float32Array> {
  const mean32 = f(mean);
  const std32 = f(std);
  return (data, offset) => {
    for (let j = offset; j < offset + 8; j++) {
      const k = 2 ** 24 - (data[j] as number) * 2 ** 24;
      const u = data[j + 8] as number;
      let radius: number;
      let angle: { readonly sin: number; readonly cos: number };
      if (build === "vector") {
        radius = f(Math.sqrt(-2 * cephesLog24(k)));
        angle = cephesSinCos(f(TWO_PI_F32 * u));
      } else {
        radius = f(Math.sqrt(-2 * logf24(k)));
        const theta = f(TWO_PI * u);
        angle = { sin: sinf(theta), cos: cosf(theta) };
      }
      data[j] = fma32(f(radius * angle.cos), std32, mean32);
      data[j + 8] = fma32(f(radius * angle.sin), std32, mean32);
    }
  };
}

/** The float64 block function for a mean and a standard deviation; PyTorch has one build of it. */
export function normalFill16f64(mean: number, std: number): NormalFill16<Float64Array> {
  return (data, offset) => {
    for (let j = offset; j < offset + 8; j++) {
      const radius = Math.sqrt(-2 * glibcLog(1 - (data[j] as number)));
      const angle = accurateSinCos(TWO_PI * (data[j + 8] as number));
      data[j] = fma64(radius * angle.cos, std, mean);
      data[j + 8] = fma64(radius * angle.sin, std, mean);
    }
  };
}

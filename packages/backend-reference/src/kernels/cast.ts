// cast: floats truncate and saturate, integers wrap, bool is "not zero".
import { dtypeKind, isFloat, storedValue, type DType, type Kernels } from "@isoform/core";
import { isBig, type Access, type BigArray } from "../elements.js";

/** A 64-bit integer rounded once to float32: the bits that float64 drops stay as a sticky bit. */
function bigToFloat32(x: bigint): number {
  const near = Number(x);
  if (Math.abs(near) < 2 ** 53) return Math.fround(near);
  const sticky = x & 0x7ffn ? 1n : 0n;
  return Math.fround(Number((x >> 11n) | sticky)) * 2048;
}

function fromBig(from: BigArray, to: DType): Float64Array {
  const out = new Float64Array(from.length);
  if (to === "bool") for (let i = 0; i < out.length; i++) out[i] = from[i] === 0n ? 0 : 1;
  else if (to === "float64") for (let i = 0; i < out.length; i++) out[i] = Number(from[i]!);
  else if (isFloat(to)) for (let i = 0; i < out.length; i++) out[i] = bigToFloat32(from[i]!);
  else for (let i = 0; i < out.length; i++) out[i] = Number(BigInt.asIntN(32, from[i]!));
  return out;
}

function toBig(from: Float64Array, dtype: DType, to: DType): BigArray {
  const out = to === "int64" ? new BigInt64Array(from.length) : new BigUint64Array(from.length);
  const saturates = isFloat(dtype);
  for (let i = 0; i < out.length; i++) out[i] = BigInt(saturates ? storedValue(to, from[i]!) : from[i]!);
  return out;
}

function fromNumbers(from: Float64Array, dtype: DType, to: DType): Float64Array {
  if (to === "bool") return from.map((x) => (x === 0 ? 0 : 1));
  if (isFloat(dtype) && dtypeKind(to) !== "float") return from.map((x) => Number(storedValue(to, x)));
  return from;
}

/** The cast kernel. */
export function castKernels<B>(access: Access<B>): Pick<Kernels<B>, "cast"> {
  return {
    cast(x, out) {
      const to = out.dtype;
      if (isBig(x.dtype)) {
        const data = access.bigints(x);
        if (isBig(to)) access.storeBigints(out, data);
        else access.storeNumbers(out, fromBig(data, to));
        return;
      }
      const data = access.numbers(x);
      if (isBig(to)) access.storeBigints(out, toBig(data, x.dtype, to));
      else access.storeNumbers(out, fromNumbers(data, x.dtype, to));
    },
  };
}

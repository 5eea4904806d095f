// Four elements of a dtype as one vector of 32-bit lanes: how they are read, and how they are written back.
// Narrow integers are extended on reading and cut off (so they wrap) on writing; 16-bit floats become float32.
import type { DType } from "@isoform/core";
import {
  f32x4,
  i16x8,
  i32x4,
  i8x16,
  v128,
  type Arg,
  type Expr,
  type FunctionBuilder,
} from "../../wasm/index.js";
import { select32, type V } from "../../math/index.js";

type Pointer = Expr<"i32">;

/** Memory access of one dtype in groups of four lanes. */
export interface Lanes {
  readonly bytes: 1 | 2 | 4;
  /** What the lanes hold after reading. */
  readonly kind: "float" | "int" | "uint";
  /** Four adjacent elements at `p + offset`. */
  load(f: FunctionBuilder, p: Pointer, offset: number): V;
  /** One element in every lane. */
  splat(f: FunctionBuilder, p: Pointer): V;
  /** Four elements `stride` bytes apart. */
  gather(f: FunctionBuilder, p: Pointer, stride: Pointer): V;
  /** Four adjacent elements at `p + offset`. */
  store(f: FunctionBuilder, p: Pointer, value: V, offset: number): void;
  /** Lane 0 alone. */
  storeOne(f: FunctionBuilder, p: Pointer, value: V): void;
}

type LoadLane = (p: Arg<"i32">, vector: V, lane: number) => V;

function gatherWith(load: LoadLane, f: FunctionBuilder, p: Pointer, stride: Pointer): V {
  const at = f.let(p);
  const all = f.let(load(at, i32x4.const(0), 0));
  for (let lane = 1; lane < 4; lane++) {
    f.inc(at, stride);
    f.set(all, load(at, all, lane));
  }
  return all;
}

function words(kind: Lanes["kind"]): Lanes {
  return {
    bytes: 4,
    kind,
    load: (_f, p, offset) => v128.load(p, offset),
    splat: (_f, p) => v128.load32Splat(p),
    gather: (f, p, stride) => gatherWith(v128.load32Lane, f, p, stride),
    store: (f, p, value, offset) => v128.store(f, p, value, offset),
    storeOne: (f, p, value) => v128.store32Lane(f, p, value, 0),
  };
}

interface Codec {
  readonly kind: Lanes["kind"];
  /** From four raw elements in the low half (16 bit) or quarter (8 bit) of a vector. */
  decode(f: FunctionBuilder, raw: V): V;
  /** To 32-bit lanes whose low bits are the element. */
  encode(f: FunctionBuilder, value: V): V;
}

const LOW_HALVES = [0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13];
const LOW_BYTES = [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12];

function halves(codec: Codec): Lanes {
  const pack = (f: FunctionBuilder, value: V): V => {
    const bits = f.let(codec.encode(f, value));
    return i8x16.shuffle(bits, bits, LOW_HALVES);
  };
  return {
    bytes: 2,
    kind: codec.kind,
    load: (f, p, offset) => codec.decode(f, v128.load64Zero(p, offset)),
    splat: (f, p) => codec.decode(f, v128.load16Splat(p)),
    gather: (f, p, stride) => codec.decode(f, gatherWith(v128.load16Lane, f, p, stride)),
    store: (f, p, value, offset) => v128.store64Lane(f, p, pack(f, value), 0, offset),
    storeOne: (f, p, value) => v128.store16Lane(f, p, codec.encode(f, value), 0),
  };
}

function octets(codec: Codec): Lanes {
  return {
    bytes: 1,
    kind: codec.kind,
    load: (f, p, offset) => codec.decode(f, v128.load32Zero(p, offset)),
    splat: (f, p) => codec.decode(f, v128.load8Splat(p)),
    gather: (f, p, stride) => codec.decode(f, gatherWith(v128.load8Lane, f, p, stride)),
    store: (f, p, value, offset) => {
      const bits = f.let(codec.encode(f, value));
      v128.store32Lane(f, p, i8x16.shuffle(bits, bits, LOW_BYTES), 0, offset);
    },
    storeOne: (f, p, value) => v128.store8Lane(f, p, codec.encode(f, value), 0),
  };
}

const same = (_f: FunctionBuilder, value: V): V => value;
const F16_INFINITY = 0x7c00;

function decodeF16(f: FunctionBuilder, raw: V): V {
  const bits = f.let(i32x4.extendLowI16x8U(raw));
  const magnitude = f.let(i32x4.shl(v128.and(bits, i32x4.const(0x7fff)), 13));
  const scaled = f32x4.mul(magnitude, f32x4.const(2 ** 112));
  const special = i32x4.leS(i32x4.const(F16_INFINITY << 13), magnitude);
  const value = select32(special, v128.or(magnitude, i32x4.const(0x7f800000)), scaled);
  return v128.or(value, i32x4.shl(v128.and(bits, i32x4.const(0x8000)), 16));
}

function encodeF16(f: FunctionBuilder, value: V): V {
  const x = f.let(value);
  const size = f.let(f32x4.abs(x));
  const odd = v128.and(i32x4.shrU(size, 13), i32x4.const(1));
  const rounded = i32x4.add(i32x4.add(size, i32x4.const(0xfff - (112 << 23))), odd);
  const normal = i32x4.minS(i32x4.shrU(rounded, 13), i32x4.const(F16_INFINITY));
  // Adding 0.5 aligns the last bit of a denormal half with the last bit of the sum, which rounds half to even.
  const denormal = i32x4.sub(f32x4.add(size, f32x4.const(0.5)), f32x4.const(0.5));
  const finite = select32(f32x4.lt(size, f32x4.const(2 ** -14)), denormal, normal);
  const huge = select32(f32x4.ge(size, f32x4.const(65536)), i32x4.const(F16_INFINITY), finite);
  const bits = select32(f32x4.eq(x, x), huge, i32x4.const(0x7e00));
  return v128.or(bits, v128.and(i32x4.shrU(x, 16), i32x4.const(0x8000)));
}

function encodeBf16(f: FunctionBuilder, value: V): V {
  const x = f.let(value);
  const odd = v128.and(i32x4.shrU(x, 16), i32x4.const(1));
  const rounded = i32x4.shrU(i32x4.add(x, i32x4.add(odd, i32x4.const(0x7fff))), 16);
  return select32(f32x4.eq(x, x), rounded, v128.or(i32x4.shrU(x, 16), i32x4.const(0x40)));
}

const decodeU8 = (_f: FunctionBuilder, raw: V): V => i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(raw));
const decodeS8 = (_f: FunctionBuilder, raw: V): V => i32x4.extendLowI16x8S(i16x8.extendLowI8x16S(raw));

/** The dtypes that fit 32-bit lanes. */
export const LANES: Readonly<Partial<Record<DType, Lanes>>> = {
  float32: words("float"),
  int32: words("int"),
  uint32: words("uint"),
  int16: halves({ kind: "int", decode: (_f, raw) => i32x4.extendLowI16x8S(raw), encode: same }),
  uint16: halves({ kind: "uint", decode: (_f, raw) => i32x4.extendLowI16x8U(raw), encode: same }),
  float16: halves({ kind: "float", decode: decodeF16, encode: encodeF16 }),
  bfloat16: halves({
    kind: "float",
    decode: (_f, raw) => i32x4.shl(i32x4.extendLowI16x8U(raw), 16),
    encode: encodeBf16,
  }),
  int8: octets({ kind: "int", decode: decodeS8, encode: same }),
  uint8: octets({ kind: "uint", decode: decodeU8, encode: same }),
  bool: octets({ kind: "uint", decode: decodeU8, encode: same }),
};

/** A mask (all ones or zeros per lane) as bool lanes, 1 or 0. */
export function maskToBool(mask: V): V {
  return v128.and(mask, i32x4.const(1));
}
/** Bool lanes as a mask. */
export function boolToMask(value: V): V {
  return i32x4.ne(value, i32x4.const(0));
}

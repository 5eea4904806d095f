// The elementwise functions of the contract as vector expressions, by kind of lane.
import type { BinaryFn, CompareFn, DType, UnaryFn } from "@isoform/core";
import { f32x4, i32, i32x4, select, v128, type Expr, type FunctionBuilder } from "../../wasm/index.js";
import * as math from "../../math/index.js";
import { complete, select32, signOf, type Guarded, type HostMath, type V } from "../../math/index.js";
import { boolToMask, LANES, maskToBool, type Lanes } from "./lanes.js";
import type { Elementwise } from "./generate.js";

type Emit1 = (f: FunctionBuilder, x: V, host: HostMath) => V;
type Emit2 = (f: FunctionBuilder, a: V, b: V, host: HostMath) => V;
interface Weighted<E> {
  readonly emit: E;
  readonly unroll: number;
  readonly guarded?: Guarded;
}

const wide = <E>(emit: E): Weighted<E> => ({ emit, unroll: 4 });
/** An instruction. */
const plain = <A extends V[]>(op: (...args: A) => V): Weighted<(f: FunctionBuilder, ...args: A) => V> =>
  wide((_f, ...args) => op(...args));
const single = <E>(emit: E): Weighted<E> => ({ emit, unroll: 1 });
/** Four chains side by side keep the arithmetic units busy where one would wait for its own results. */
const guarded1 = (g: Guarded): Weighted<Emit1> => ({
  emit: (f, x, host) => complete(f, g, [f.let(x)], host),
  unroll: 4,
  guarded: g,
});
const guarded2 = (g: Guarded): Weighted<Emit2> => ({
  emit: (f, a, b, host) => complete(f, g, [f.let(a), f.let(b)], host),
  unroll: 2,
  guarded: g,
});
const one = (): V => f32x4.const(1);

const FLOAT_UNARY: Readonly<Record<Exclude<UnaryFn, "not">, Weighted<Emit1>>> = {
  neg: plain(f32x4.neg),
  abs: plain(f32x4.abs),
  sign: wide((_f, x) => {
    const nonzero = v128.or(f32x4.lt(x, f32x4.const(0)), f32x4.gt(x, f32x4.const(0)));
    return select32(nonzero, v128.or(one(), signOf(x)), x);
  }),
  exp: wide(math.exp),
  expm1: wide(math.expm1),
  log: guarded1(math.log),
  log1p: guarded1(math.log1p),
  sqrt: plain(f32x4.sqrt),
  rsqrt: wide((_f, x) => f32x4.div(one(), f32x4.sqrt(x))),
  sin: guarded1(math.sin),
  cos: guarded1(math.cos),
  atan: wide(math.atan),
  tanh: wide(math.tanh),
  erf: wide(math.erf),
  floor: plain(f32x4.floor),
  ceil: plain(f32x4.ceil),
  round: plain(f32x4.nearest),
};

const same = wide<Emit1>((_f, x) => x);
const INT_UNARY: Readonly<Partial<Record<UnaryFn, Weighted<Emit1>>>> = {
  neg: plain(i32x4.neg),
  abs: plain(i32x4.abs),
  sign: wide((_f, x) => i32x4.sub(i32x4.ltS(x, i32x4.const(0)), i32x4.gtS(x, i32x4.const(0)))),
  not: plain(v128.not),
  floor: same,
  ceil: same,
  round: same,
};
const UINT_UNARY: Readonly<Partial<Record<UnaryFn, Weighted<Emit1>>>> = {
  ...INT_UNARY,
  abs: same,
  sign: wide((_f, x) => maskToBool(boolToMask(x))),
};
const BOOL_UNARY: Readonly<Partial<Record<UnaryFn, Weighted<Emit1>>>> = {
  not: wide((_f, x) => maskToBool(i32x4.eq(x, i32x4.const(0)))),
};

const FLOAT_BINARY: Readonly<Partial<Record<BinaryFn, Weighted<Emit2>>>> = {
  add: plain(f32x4.add),
  sub: plain(f32x4.sub),
  mul: plain(f32x4.mul),
  div: plain(f32x4.div),
  max: plain(f32x4.max),
  min: plain(f32x4.min),
  pow: guarded2(math.pow),
  rem: guarded2(math.rem),
};

/** A function of two i32 applied lane by lane. */
function lanewise(scalar: (f: FunctionBuilder, a: Expr<"i32">, b: Expr<"i32">) => Expr<"i32">): Emit2 {
  return (f, a, b) => {
    const result = f.let(a);
    for (let lane = 0; lane < 4; lane++) {
      const x = f.let(i32x4.extract(a, lane));
      const y = f.let(i32x4.extract(b, lane));
      f.set(result, i32x4.replace(result, lane, scalar(f, x, y)));
    }
    return result;
  };
}

/** `value` unless the divisor is 0, then 0. */
function unlessZero(f: FunctionBuilder, divisor: Expr<"i32">, value: () => Expr<"i32">): Expr<"i32"> {
  const result = f.let(i32.const(0));
  f.if(divisor, () => f.set(result, value()));
  return result;
}

/** The divisor -1 is taken as 1 where the caller negates or drops the result: MIN / -1 would trap. */
const safe = (b: Expr<"i32">): Expr<"i32"> => select(i32.eq(b, -1), i32.const(1), b);

const BITWISE: Readonly<Partial<Record<BinaryFn, Weighted<Emit2>>>> = {
  and: plain(v128.and),
  or: plain(v128.or),
  xor: plain(v128.xor),
};
const INT_BINARY: Readonly<Partial<Record<BinaryFn, Weighted<Emit2>>>> = {
  ...BITWISE,
  add: plain(i32x4.add),
  sub: plain(i32x4.sub),
  mul: plain(i32x4.mul),
  max: plain(i32x4.maxS),
  min: plain(i32x4.minS),
  div: single(
    lanewise((f, a, b) =>
      unlessZero(f, b, () => {
        const q = f.let(i32.divS(a, safe(b)));
        return select(i32.eq(b, -1), i32.sub(0, q), q);
      }),
    ),
  ),
  rem: single(lanewise((f, a, b) => unlessZero(f, b, () => i32.remS(a, b)))),
};
const UINT_BINARY: Readonly<Partial<Record<BinaryFn, Weighted<Emit2>>>> = {
  ...INT_BINARY,
  max: plain(i32x4.maxU),
  min: plain(i32x4.minU),
  div: single(lanewise((f, a, b) => unlessZero(f, b, () => i32.divU(a, b)))),
  rem: single(lanewise((f, a, b) => unlessZero(f, b, () => i32.remU(a, b)))),
};

/** Shifts by less than 0 or by the width and more move every bit out. */
function shifts(bits: number, signed: boolean): Readonly<Partial<Record<BinaryFn, Weighted<Emit2>>>> {
  const inside = (b: Expr<"i32">): Expr<"i32"> => i32.ltU(b, bits);
  const or0 = (b: Expr<"i32">, x: Expr<"i32">): Expr<"i32"> => select(inside(b), x, i32.const(0));
  const count = (b: Expr<"i32">): Expr<"i32"> => select(inside(b), b, i32.const(bits - 1));
  return {
    shl: single(lanewise((_f, a, b) => or0(b, i32.shl(a, b)))),
    shr: single(lanewise((_f, a, b) => (signed ? i32.shrS(a, count(b)) : or0(b, i32.shrU(a, b))))),
  };
}
const BOOL_BINARY: Readonly<Partial<Record<BinaryFn, Weighted<Emit2>>>> = {
  ...BITWISE,
  max: BITWISE.or!,
  min: BITWISE.and!,
};

const COMPARE: Readonly<Record<Lanes["kind"], Readonly<Record<CompareFn, (a: V, b: V) => V>>>> = {
  float: { eq: f32x4.eq, lt: f32x4.lt, le: f32x4.le },
  int: { eq: i32x4.eq, lt: i32x4.ltS, le: i32x4.leS },
  uint: { eq: i32x4.eq, lt: i32x4.ltU, le: i32x4.leU },
};

function table<T>(dtype: DType, lanes: Lanes, byKind: { bool: T; float: T; int: T; uint: T }): T {
  return dtype === "bool" ? byKind.bool : byKind[lanes.kind];
}

/** A unary function on a dtype, or undefined when there is no native one. */
export function unaryFunction(fn: UnaryFn, dtype: DType): Elementwise | undefined {
  const lanes = LANES[dtype];
  if (!lanes) return undefined;
  const floats: Readonly<Partial<Record<UnaryFn, Weighted<Emit1>>>> = FLOAT_UNARY;
  const entry = table(dtype, lanes, { bool: BOOL_UNARY, float: floats, int: INT_UNARY, uint: UINT_UNARY })[
    fn
  ];
  if (!entry) return undefined;
  const { emit, ...rest } = entry;
  return { inputs: [lanes], output: lanes, ...rest, emit: (f, [x], host) => emit(f, x!, host) };
}

/** A binary function on a dtype, or undefined when there is no native one. */
export function binaryFunction(fn: BinaryFn, dtype: DType): Elementwise | undefined {
  const lanes = LANES[dtype];
  if (!lanes) return undefined;
  const bits = lanes.bytes * 8;
  const entry = table(dtype, lanes, {
    bool: BOOL_BINARY,
    float: FLOAT_BINARY,
    int: { ...INT_BINARY, ...shifts(bits, true) },
    uint: { ...UINT_BINARY, ...shifts(bits, false) },
  })[fn];
  if (!entry) return undefined;
  const { emit, ...rest } = entry;
  return { inputs: [lanes, lanes], output: lanes, ...rest, emit: (f, [a, b], host) => emit(f, a!, b!, host) };
}

/** A comparison on a dtype, or undefined when there is no native one. */
export function compareFunction(fn: CompareFn, dtype: DType): Elementwise | undefined {
  const lanes = LANES[dtype];
  if (!lanes) return undefined;
  const compare = COMPARE[lanes.kind][fn];
  return {
    inputs: [lanes, lanes],
    output: LANES.bool!,
    unroll: 4,
    emit: (_f, [a, b]) => maskToBool(compare(a!, b!)),
  };
}

/** Selection for elements of 1, 2 or 4 bytes, as raw bits. */
export function whereFunction(bytes: 1 | 2 | 4): Elementwise {
  const lanes = LANES[bytes === 1 ? "uint8" : bytes === 2 ? "uint16" : "uint32"]!;
  return {
    inputs: [LANES.bool!, lanes, lanes],
    output: lanes,
    unroll: 4,
    emit: (_f, [c, a, b]) => select32(boolToMask(c!), a!, b!),
  };
}

const CLAMPS: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};

/** A cast between two lane dtypes, or undefined when one is 64 bits wide. */
export function castFunction(from: DType, to: DType): Elementwise | undefined {
  const source = LANES[from];
  const target = LANES[to];
  if (!source || !target) return undefined;
  return {
    inputs: [source],
    output: target,
    unroll: 4,
    emit: (_f, [x]) => convert(x!, from, source, to, target),
  };
}

function convert(x: V, from: DType, source: Lanes, to: DType, target: Lanes): V {
  if (to === "bool") {
    return maskToBool(source.kind === "float" ? f32x4.ne(x, f32x4.const(0)) : boolToMask(x));
  }
  if (source.kind === "float") {
    if (target.kind === "float") return x;
    if (to === "uint32") return i32x4.truncSatF32x4U(x);
    const clamp = CLAMPS[to];
    const integer = i32x4.truncSatF32x4S(x);
    return clamp ? i32x4.minS(i32x4.maxS(integer, i32x4.const(clamp[0])), i32x4.const(clamp[1])) : integer;
  }
  if (target.kind !== "float") return x;
  return from === "uint32" ? f32x4.convertI32x4U(x) : f32x4.convertI32x4S(x);
}

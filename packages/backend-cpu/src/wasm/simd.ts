// 128-bit SIMD instructions, grouped by lane shape.
import { f32Bytes, leb } from "./bytes.js";
import {
  binary,
  load,
  node,
  store,
  toExpr,
  unary,
  type Arg,
  type Binary,
  type Emitter,
  type Expr,
  type Load,
  type Store,
  type Unary,
  type ValueType,
} from "./expr.js";

type V = Expr<"v128">;
/** Reads one lane of `vector` from memory, keeping the others. */
type LoadLane = (pointer: Arg<"i32">, vector: V, lane: number, offset?: number) => V;
/** Writes one lane of `vector` to memory. */
type StoreLane = (f: Emitter, pointer: Arg<"i32">, vector: V, lane: number, offset?: number) => void;
type Shift = (vector: V, count: Arg<"i32">) => V;

const simd = (op: number): number[] => [0xfd, ...leb(op)];
const v1 = (op: number): Unary<"v128"> => unary("v128", "v128", simd(op));
const v2 = (op: number): Binary<"v128"> => binary("v128", "v128", simd(op));
const test = (op: number): Unary<"v128", "i32"> => unary("v128", "i32", simd(op));
const splat = <T extends ValueType>(t: T, op: number): Unary<T, "v128"> => unary(t, "v128", simd(op));
const shift =
  (op: number): Shift =>
  (vector, count) =>
    node("v128", simd(op), [vector, toExpr("i32", count)]);
const extract =
  <T extends ValueType>(t: T, op: number) =>
  (vector: V, lane: number): Expr<T> =>
    node(t, [...simd(op), lane], [vector]);
const replace =
  <T extends ValueType>(t: T, op: number) =>
  (vector: V, lane: number, value: Arg<T>): V =>
    node("v128", [...simd(op), lane], [vector, toExpr(t, value)]);
const loadLane =
  (op: number, align: number): LoadLane =>
  (pointer, vector, lane, offset = 0) =>
    node("v128", [...simd(op), align, ...leb(offset), lane], [toExpr("i32", pointer), vector]);
const storeLane =
  (op: number, align: number): StoreLane =>
  (f, pointer, vector, lane, offset = 0) =>
    f.emit([toExpr("i32", pointer), vector], [...simd(op), align, ...leb(offset), lane]);

/** Instructions on all 128 bits, and memory access. */
export interface V128Ops {
  const(bytes: readonly number[]): V;
  readonly not: Unary<"v128">;
  readonly and: Binary<"v128">;
  /** `a & ~b`. */
  readonly andnot: Binary<"v128">;
  readonly or: Binary<"v128">;
  readonly xor: Binary<"v128">;
  /** Bits of `a` where `mask` is 1, else of `b`. */
  bitselect(a: V, b: V, mask: V): V;
  readonly anyTrue: Unary<"v128", "i32">;
  readonly load: Load<"v128">;
  readonly load8Splat: Load<"v128">;
  readonly load16Splat: Load<"v128">;
  readonly load32Splat: Load<"v128">;
  readonly load32Zero: Load<"v128">;
  readonly load64Zero: Load<"v128">;
  readonly load8Lane: LoadLane;
  readonly load16Lane: LoadLane;
  readonly load32Lane: LoadLane;
  readonly store: Store<"v128">;
  readonly store8Lane: StoreLane;
  readonly store16Lane: StoreLane;
  readonly store32Lane: StoreLane;
  readonly store64Lane: StoreLane;
}

// The alignment hints are 4 bytes: views start at any element.
/** Whole-vector instructions. */
export const v128: V128Ops = {
  const: (bytes) => node("v128", [...simd(12), ...bytes]),
  not: v1(77),
  and: v2(78),
  andnot: v2(79),
  or: v2(80),
  xor: v2(81),
  bitselect: (a, b, mask) => node("v128", simd(82), [a, b, mask]),
  anyTrue: test(83),
  load: load("v128", simd(0), 2),
  load8Splat: load("v128", simd(7), 0),
  load16Splat: load("v128", simd(8), 1),
  load32Splat: load("v128", simd(9), 2),
  load32Zero: load("v128", simd(92), 2),
  load64Zero: load("v128", simd(93), 2),
  load8Lane: loadLane(84, 0),
  load16Lane: loadLane(85, 1),
  load32Lane: loadLane(86, 2),
  store: store("v128", simd(11), 2),
  store8Lane: storeLane(88, 0),
  store16Lane: storeLane(89, 1),
  store32Lane: storeLane(90, 2),
  store64Lane: storeLane(91, 2),
};

/** 16 lanes of 8 bits. */
export interface I8x16Ops {
  /** Byte `i` of the result is byte `lanes[i]` of the 32 bytes of `a` and `b`. */
  shuffle(a: V, b: V, lanes: readonly number[]): V;
}
/** 8-bit lanes. */
export const i8x16: I8x16Ops = {
  shuffle: (a, b, lanes) => node("v128", [...simd(13), ...lanes], [a, b]),
};

/** 8 lanes of 16 bits. */
export interface I16x8Ops {
  readonly extendLowI8x16S: Unary<"v128">;
  readonly extendLowI8x16U: Unary<"v128">;
}
/** 16-bit lanes. */
export const i16x8: I16x8Ops = {
  extendLowI8x16S: v1(135),
  extendLowI8x16U: v1(137),
};

/** 4 lanes of 32 bits. */
export interface I32x4Ops {
  const(value: number): V;
  readonly splat: Unary<"i32", "v128">;
  extract(vector: V, lane: number): Expr<"i32">;
  replace(vector: V, lane: number, value: Arg<"i32">): V;
  readonly eq: Binary<"v128">;
  readonly ne: Binary<"v128">;
  readonly ltS: Binary<"v128">;
  readonly ltU: Binary<"v128">;
  readonly gtS: Binary<"v128">;
  readonly leS: Binary<"v128">;
  readonly leU: Binary<"v128">;
  readonly abs: Unary<"v128">;
  readonly neg: Unary<"v128">;
  readonly add: Binary<"v128">;
  readonly sub: Binary<"v128">;
  readonly mul: Binary<"v128">;
  readonly minS: Binary<"v128">;
  readonly minU: Binary<"v128">;
  readonly maxS: Binary<"v128">;
  readonly maxU: Binary<"v128">;
  readonly shl: Shift;
  readonly shrS: Shift;
  readonly shrU: Shift;
  readonly extendLowI16x8S: Unary<"v128">;
  readonly extendLowI16x8U: Unary<"v128">;
  readonly truncSatF32x4S: Unary<"v128">;
  readonly truncSatF32x4U: Unary<"v128">;
}
/** 32-bit integer lanes. */
export const i32x4: I32x4Ops = {
  const: (value) => {
    const b = [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
    return v128.const([...b, ...b, ...b, ...b]);
  },
  splat: splat("i32", 17),
  extract: extract("i32", 27),
  replace: replace("i32", 28),
  eq: v2(55),
  ne: v2(56),
  ltS: v2(57),
  ltU: v2(58),
  gtS: v2(59),
  leS: v2(61),
  leU: v2(62),
  abs: v1(160),
  neg: v1(161),
  add: v2(174),
  sub: v2(177),
  mul: v2(181),
  minS: v2(182),
  minU: v2(183),
  maxS: v2(184),
  maxU: v2(185),
  shl: shift(171),
  shrS: shift(172),
  shrU: shift(173),
  extendLowI16x8S: v1(167),
  extendLowI16x8U: v1(169),
  truncSatF32x4S: v1(248),
  truncSatF32x4U: v1(249),
};

/** 2 lanes of 64 bits. */
export interface I64x2Ops {
  const(value: bigint): V;
  readonly splat: Unary<"i64", "v128">;
  readonly add: Binary<"v128">;
  readonly sub: Binary<"v128">;
  readonly shl: Shift;
  readonly shrU: Shift;
  readonly extmulLowI32x4U: Binary<"v128">;
  readonly extmulHighI32x4U: Binary<"v128">;
}
/** 64-bit integer lanes. */
export const i64x2: I64x2Ops = {
  const: (value) => {
    const b = Array.from({ length: 8 }, (_, i) =>
      Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 255n),
    );
    return v128.const([...b, ...b]);
  },
  splat: splat("i64", 18),
  add: v2(206),
  sub: v2(209),
  shl: shift(203),
  shrU: shift(205),
  extmulLowI32x4U: v2(222),
  extmulHighI32x4U: v2(223),
};

/** Instructions both float lane shapes have. */
export interface FloatLaneOps<T extends "f32" | "f64"> {
  const(value: number): V;
  readonly splat: Unary<T, "v128">;
  extract(vector: V, lane: number): Expr<T>;
  replace(vector: V, lane: number, value: Arg<T>): V;
  readonly eq: Binary<"v128">;
  readonly ne: Binary<"v128">;
  readonly lt: Binary<"v128">;
  readonly gt: Binary<"v128">;
  readonly le: Binary<"v128">;
  readonly ge: Binary<"v128">;
  readonly ceil: Unary<"v128">;
  readonly floor: Unary<"v128">;
  readonly trunc: Unary<"v128">;
  /** Half to even. */
  readonly nearest: Unary<"v128">;
  readonly abs: Unary<"v128">;
  readonly neg: Unary<"v128">;
  readonly sqrt: Unary<"v128">;
  readonly add: Binary<"v128">;
  readonly sub: Binary<"v128">;
  readonly mul: Binary<"v128">;
  readonly div: Binary<"v128">;
  /** Gives NaN when either lane is NaN. */
  readonly min: Binary<"v128">;
  readonly max: Binary<"v128">;
  /** `b < a ? b : a`. */
  readonly pmin: Binary<"v128">;
  /** `a < b ? b : a`. */
  readonly pmax: Binary<"v128">;
}

function floatLanes<T extends "f32" | "f64">(
  t: T,
  literal: (value: number) => V,
  splatOp: number,
  lane: number,
  compare: number,
  rounding: readonly [number, number, number, number],
  arith: number,
): FloatLaneOps<T> {
  return {
    const: literal,
    splat: splat(t, splatOp),
    extract: extract(t, lane),
    replace: replace(t, lane + 1),
    eq: v2(compare),
    ne: v2(compare + 1),
    lt: v2(compare + 2),
    gt: v2(compare + 3),
    le: v2(compare + 4),
    ge: v2(compare + 5),
    ceil: v1(rounding[0]),
    floor: v1(rounding[1]),
    trunc: v1(rounding[2]),
    nearest: v1(rounding[3]),
    abs: v1(arith),
    neg: v1(arith + 1),
    sqrt: v1(arith + 3),
    add: v2(arith + 4),
    sub: v2(arith + 5),
    mul: v2(arith + 6),
    div: v2(arith + 7),
    min: v2(arith + 8),
    max: v2(arith + 9),
    pmin: v2(arith + 10),
    pmax: v2(arith + 11),
  };
}

/** 4 lanes of float32. */
export interface F32x4Ops extends FloatLaneOps<"f32"> {
  readonly convertI32x4S: Unary<"v128">;
  readonly convertI32x4U: Unary<"v128">;
  /** Two float64 lanes to the two low float32 lanes; the high ones are 0. */
  readonly demoteF64x2Zero: Unary<"v128">;
}
/** float32 lanes. */
export const f32x4: F32x4Ops = {
  ...floatLanes(
    "f32",
    (value) => {
      const b = f32Bytes(value);
      return v128.const([...b, ...b, ...b, ...b]);
    },
    19,
    31,
    65,
    [103, 104, 105, 106],
    224,
  ),
  convertI32x4S: v1(250),
  convertI32x4U: v1(251),
  demoteF64x2Zero: v1(94),
};

/** 2 lanes of float64. */
export interface F64x2Ops extends FloatLaneOps<"f64"> {
  readonly promoteLowF32x4: Unary<"v128">;
  readonly convertLowI32x4S: Unary<"v128">;
}
/** float64 lanes. */
export const f64x2: F64x2Ops = {
  ...floatLanes(
    "f64",
    (value) => {
      const b = [...new Uint8Array(new Float64Array([value]).buffer)];
      return v128.const([...b, ...b]);
    },
    20,
    33,
    71,
    [116, 117, 122, 148],
    236,
  ),
  promoteLowF32x4: v1(95),
  convertLowI32x4S: v1(254),
};

/** Shuffle of 32-bit lanes: lane `i` of the result is lane `lanes[i]` of the eight of `a` and `b`. */
export function shuffle32(a: V, b: V, lanes: readonly [number, number, number, number]): V {
  return i8x16.shuffle(
    a,
    b,
    lanes.flatMap((l) => [4 * l, 4 * l + 1, 4 * l + 2, 4 * l + 3]),
  );
}

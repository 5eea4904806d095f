// The oracle: what every primitive gives, straight from its definition, over plain arrays. Slow, float64 and bigint.
import { BINARY_FNS, COMPARE_FNS, UNARY_FNS, type Attrs, type PrimId } from "@isoform/core";
import { conv, matmul, reduceWindow, selectAndScatter } from "./contraction.js";
import { binary, cast, compare, unary, where } from "./elementwise.js";
import { gather, scatter, sort } from "./indexing.js";
import {
  bitcast,
  broadcastTo,
  concat,
  flip,
  full,
  iota,
  pad,
  randomBits,
  reshape,
  slice,
  transpose,
} from "./movement.js";
import type { NDArray } from "./ndarray.js";
import { argReduce, cumulative, reduce } from "./reduce.js";

type Rule<K extends PrimId> = (inputs: readonly NDArray[], attrs: Attrs<K>) => readonly NDArray[];
type Rules = { readonly [K in PrimId]: Rule<K> };

/** The oracle of an op whose id is not known at compile time. */
export type AnyRule = (inputs: readonly NDArray[], attrs: object) => readonly NDArray[];

function named<N extends string, R>(names: readonly N[], rule: (name: N) => R): Record<N, R> {
  return Object.fromEntries(names.map((n) => [n, rule(n)])) as Record<N, R>;
}

const rules: Rules = {
  ...named(UNARY_FNS, (fn) => ([x]: readonly NDArray[]) => [unary(fn, x!)]),
  ...named(BINARY_FNS, (fn) => ([a, b]: readonly NDArray[]) => [binary(fn, a!, b!)]),
  ...named(COMPARE_FNS, (fn) => ([a, b]: readonly NDArray[]) => [compare(fn, a!, b!)]),
  where: ([c, a, b]) => [where(c!, a!, b!)],
  cast: ([x], { dtype }) => [cast(x!, dtype)],
  bitcast: ([x], { dtype }) => [bitcast(x!, dtype)],
  full: (_, { shape, dtype, value }) => [full(shape, dtype, value)],
  iota: (_, { shape, dtype, axis }) => [iota(shape, dtype, axis)],
  randomBits: ([key], { shape }) => [randomBits(key!, shape)],
  reduce: ([x], { kind, axes }) => [reduce(kind, x!, axes)],
  argReduce: ([x], { kind, axis }) => [argReduce(kind, x!, axis)],
  cumulative: ([x], attrs) => [cumulative(x!, attrs)],
  reshape: ([x], { shape }) => [reshape(x!, shape)],
  transpose: ([x], { perm }) => [transpose(x!, perm)],
  broadcastTo: ([x], { shape }) => [broadcastTo(x!, shape)],
  slice: ([x], attrs) => [slice(x!, attrs)],
  flip: ([x], { axes }) => [flip(x!, axes)],
  pad: ([x], attrs) => [pad(x!, attrs)],
  concat: (xs, { axis }) => [concat(xs, axis)],
  matmul: ([a, b]) => [matmul(a!, b!)],
  conv: ([x, w], attrs) => [conv(x!, w!, attrs)],
  reduceWindow: ([x], attrs) => [reduceWindow(x!, attrs)],
  selectAndScatter: ([x, source], attrs) => [selectAndScatter(x!, source!, attrs)],
  gather: ([x, places], { axis }) => [gather(x!, places!, axis)],
  scatter: ([x, places, updates], { axis, mode }) => [scatter(x!, places!, updates!, axis, mode)],
  sort: ([x], { axis, descending }) => sort(x!, axis, descending),
};

/** The oracle of a primitive; exhaustive by type. */
export function oracleOf(op: PrimId): AnyRule {
  return rules[op] as AnyRule;
}

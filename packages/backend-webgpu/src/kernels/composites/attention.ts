// The attention composite in one kernel: a workgroup takes a block of queries past all keys, block by block, and keeps a running
// maximum and sum, so that scores are never written out (Dao et al. 2022, FlashAttention).
import { dtypeKind, itemSize, sizeOf, type Attrs, type CompositeKernel } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { bitsOf } from "../../wgsl/dtypes.js";
import type { Code, GpuLimits, Operand, Runner } from "../../wgsl/kernel.js";
import { floatArray, loadFour } from "../contraction/operand.js";
import { Params, type Param } from "../contraction/params.js";
import { mapElements } from "../pointwise.js";
import { Addressing, type GpuView } from "../view.js";

/** Queries and keys of a block, features of a step, and invocations: each has 4 queries and 4 keys or features. */
const [QUERIES, KEYS, STEP, SIZE] = [64, 32, 32, 128];
/** Most features of v: every invocation keeps 4 queries by 4 of each 32. */
const MOST_WIDTH = 128;
/** Vectors of a row of a block in workgroup memory; odd, so that rows begin at different banks. */
const ROW = STEP / 4 + 1;
/** Where blocks lie: queries or weights, keys or values, one vector per invocation. */
const [FIRST, SECOND, THIRD] = [0, QUERIES * ROW, (QUERIES + KEYS) * ROW];
const VECTORS = THIRD + SIZE;

type Inputs = readonly (GpuView | null)[];

/** The composite `attention`. */
export function attentionKernel(runner: Runner): CompositeKernel<GpuBuffer> {
  return {
    supports: (_, inputs) => {
      const [q, k, v, mask] = inputs;
      const floats = [q!, k!, v!].every((x) => dtypeKind(x.dtype) === "float" && sizeOf(x.shape) > 0);
      if (!floats || v!.shape.at(-1)! > MOST_WIDTH) return false;
      return !mask || sizeOf(mask.shape) > 0;
    },
    run: (attrs, inputs, outputs) => attend(runner, attrs as Attrs<"attention">, inputs, outputs[0]!),
  };
}

/** A view's last two axes, and the leading ones as a view of their own; missing and repeated axes have stride 0. */
interface Rows {
  readonly lead: GpuView;
  readonly row: number;
  readonly column: number;
}

function rowsOf(v: GpuView, lead: readonly number[]): Rows {
  const strides = v.strides.map((s, d) => (v.shape[d] === 1 ? 0 : s));
  while (strides.length < lead.length + 2) strides.unshift(0);
  return {
    lead: { ...v, shape: lead, strides: strides.slice(0, -2) },
    row: strides.at(-2)!,
    column: strides.at(-1)!,
  };
}

/** How rows of a matrix are loaded four elements at a time. */
interface Loader {
  readonly operand: Operand;
  readonly vector: boolean;
  /** Vector of the elements from `column` of `row`, zeros beyond `rows` and `columns`; sets the variable `to`. */
  load(c: Code, to: string, row: string, column: string): string;
}

function loader(
  i: number,
  x: Rows,
  width: number,
  sizes: readonly [rows: Param, columns: Param],
  params: Params,
  limits: GpuLimits,
): Loader {
  const { lead: view } = x;
  const [row, column] = [params.add(x.row), params.add(x.column)];
  const vector =
    (x.column === 1 || width === 1) &&
    width % 4 === 0 &&
    [x.row, view.offset, ...view.strides].every((s) => s % 4 === 0);
  const type = floatArray(view.dtype, vector, limits);
  return {
    operand: { buffer: view.buffer, dtype: view.dtype, access: "read", type },
    vector,
    load: (c, to, r, e) => {
      const [rows, columns] = sizes.map((p) => p(c));
      const start = `at${i} + (${r}) * ${row(c)}`;
      if (vector) {
        return `if (${r} < ${rows} && ${e} < ${columns}) { ${to} = ${loadFour(c, i, view.dtype, type, `${start} + ${e}`)}; }`;
      }
      const parts = [0, 1, 2, 3].map((j) => {
        const at = `${start} + (${e} + ${j}u) * ${column(c)}`;
        const value = view.dtype === "float32" ? `${c.array(i)}[${at}]` : c.load(i, `(${at})`);
        return `if (${e} + ${j}u < ${columns}) { ${to}.${"xyzw"[j]} = ${value}; }`;
      });
      return `if (${r} < ${rows}) {\n${parts.join("\n")}\n}`;
    },
  };
}

function attend(runner: Runner, { scale, causal }: Attrs<"attention">, inputs: Inputs, out: GpuView): void {
  const [q, k, v] = inputs as readonly [GpuView, GpuView, GpuView];
  const mask = inputs[3] ?? null;
  const lead = q.shape.slice(0, -2);
  const [queries, depth] = q.shape.slice(-2) as [number, number];
  const [keys, width] = v.shape.slice(-2) as [number, number];
  const whole = width % 4 === 0;
  if (itemSize(out.dtype) === 2 && !whole) {
    const buffer = runner.scratch(sizeOf(out.shape) * 4);
    const between: GpuView = { ...out, dtype: "float32", buffer };
    attend(runner, { scale, causal }, inputs, between);
    mapElements(runner, "cast", [between], out, (x) => x);
    runner.release(buffer);
    return;
  }
  const params = new Params();
  const rows = [q, k, v, ...(mask ? [mask] : [])].map((x) => rowsOf(x, lead));
  const addressing = new Addressing(
    lead,
    rows.map((x) => x.lead),
  );
  const blocks = Math.ceil(queries / QUERIES);
  const heads = sizeOf(lead);
  const [l, s, d, e] = [queries, keys, depth, width].map((n) => params.add(n)) as [
    Param,
    Param,
    Param,
    Param,
  ];
  const [blockCount, headCount, isCausal] = [blocks, heads, causal ? 1 : 0].map((n) => params.add(n));
  const factor = params.values.push(new Uint32Array(Float32Array.of(scale).buffer)[0]!) - 1;
  const first = params.addAll(addressing.params);
  const loaders = [
    loader(0, rows[0]!, depth, [l, d], params, runner.limits),
    loader(1, rows[1]!, depth, [s, d], params, runner.limits),
    loader(2, rows[2]!, width, [s, e], params, runner.limits),
  ] as const;
  const maskStrides = mask ? [rows[3]!.row, rows[3]!.column].map((n) => params.add(n)) : [];
  const chunks = Math.ceil(width / STEP);
  const half = itemSize(out.dtype) === 2;
  const type = half ? "u32" : whole ? "vec4<f32>" : "f32";
  const kinds = loaders.map((x) => (x.vector ? 4 : 1)).join("");
  runner.run({
    key: `attention/${chunks}${kinds}${whole ? "w" : ""}${mask ? "m" : ""}/${addressing.key}`,
    operands: [
      ...loaders.map((x) => x.operand),
      ...(mask ? [{ buffer: mask.buffer, dtype: mask.dtype, access: "read" } as const] : []),
      { buffer: out.buffer, dtype: out.dtype, access: "write", type },
    ],
    params: params.values,
    groups: heads * blocks,
    size: SIZE,
    shared: VECTORS * 4,
    sharedType: "vec4<f32>",
    code: (c) => {
      const target = loaders.length + (mask ? 1 : 0);
      const maskValue = (row: string, key: string): string => {
        const [byRow, byKey] = maskStrides.map((p) => p(c));
        return c.load(3, `(at3 + ${row} * ${byRow} + ${key} * ${byKey})`);
      };
      const guarded = mask !== null ? "true" : `${isCausal!(c)} != 0u`;
      return `let head = group / ${blockCount!(c)};
if (head < ${headCount!(c)}) {
let first_query = (group % ${blockCount!(c)}) * ${QUERIES}u;
${addressing.code(c, first, "head")}
let tx = lane % 8u;
let ty = lane / 8u;
let is_causal = ${isCausal!(c)} != 0u;
let most_keys = select(${s(c)}, min(${s(c)}, first_query + ${QUERIES}u), is_causal);
let none = vec4<f32>(-inf());
let rows = vec4<u32>(first_query + ty) + vec4<u32>(0u, 16u, 32u, 48u);
var top = none;
var total = vec4<f32>();
${each(4, (r) => each(chunks, (n) => `var acc${r}_${n} = vec4<f32>();`))}
for (var first_key = 0u; first_key < most_keys; first_key += ${KEYS}u) {
${scores(c, loaders, d)}
let keys = vec4<u32>(first_key + 4u * tx) + vec4<u32>(0u, 1u, 2u, 3u);
let there = keys < vec4<u32>(${s(c)});
${each(4, (r) => masked(r, c.fparam(factor), mask, maskValue, `${l(c)}`, s(c)))}
${softmax(chunks)}
${each(chunks, (n) => weighted(c, loaders[2], n))}
}
shared_words[${THIRD}u + lane] = total;
workgroupBarrier();
var sum = vec4<f32>();
let parts = (min(most_keys, ${KEYS}u) + 3u) / 4u;
for (var i = 0u; i < parts; i++) { sum += shared_words[${THIRD}u + ty * 8u + i]; }
sum = select(sum, vec4<f32>(1.0f), vec4<bool>(${guarded}) & (sum == vec4<f32>()));
${each(4, (r) =>
  each(chunks, (n) => {
    const at = `(head * ${l(c)} + rows[${r}]) * ${e(c)} + column`;
    return `{
let column = ${n * STEP}u + 4u * tx;
if (rows[${r}] < ${l(c)} && column < ${e(c)}) {
let value = acc${r}_${n} / sum[${r}];
let at = ${at};
${store(c, target, out, whole, e(c))}
}
}`;
  }),
)}
}`;
    },
  });
}

const each = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join("\n");

/** Loads `count` vectors of a block, in rows of 8, to `slot`. */
function loadBlock(c: Code, from: Loader, count: number, row: string, column: string, slot: string): string {
  return `for (var item = lane; item < ${count}u; item += ${SIZE}u) {
let line = item / 8u;
let part = item % 8u;
var loaded = vec4<f32>();
${from.load(c, "loaded", `(${row} + line)`, `(${column} + 4u * part)`)}
shared_words[${slot}] = loaded;
}`;
}

/** Defines `s0` to `s3`: products of this invocation's queries with its four keys. */
function scores(c: Code, loaders: readonly Loader[], depth: Param): string {
  return `${each(4, (r) => `var s${r} = vec4<f32>();`)}
for (var first_feature = 0u; first_feature < ${depth(c)}; first_feature += ${STEP}u) {
${loadBlock(c, loaders[0]!, QUERIES * 8, "first_query", "first_feature", `${FIRST}u + line * ${ROW}u + part`)}
${loadBlock(
  c,
  loaders[1]!,
  KEYS * 8,
  "first_key",
  "first_feature",
  // Keys that follow each other are of one invocation, which finds them 8 rows apart.
  `${SECOND}u + ((line % 4u) * 8u + line / 4u) * ${ROW}u + part`,
)}
workgroupBarrier();
let vectors = (min(${depth(c)} - first_feature, ${STEP}u) + 3u) / 4u;
for (var k4 = 0u; k4 < vectors; k4++) {
${each(4, (j) => `let y${j} = shared_words[${SECOND}u + (tx + ${j * 8}u) * ${ROW}u + k4];`)}
${each(4, (k) => {
  const part = "xyzw"[k];
  return `let z${k} = vec4<f32>(y0.${part}, y1.${part}, y2.${part}, y3.${part});`;
})}
${each(4, (r) => {
  const lines = each(4, (k) => `s${r} = fma(vec4<f32>(x${r}.${"xyzw"[k]}), z${k}, s${r});`);
  return `let x${r} = shared_words[${FIRST}u + (ty + ${r * 16}u) * ${ROW}u + k4];\n${lines}`;
})}
}
workgroupBarrier();
}`;
}

/** Scales scores of query `r` and hides what it may not see. */
function masked(
  r: number,
  scale: string,
  mask: GpuView | null,
  value: (row: string, key: string) => string,
  queries: string,
  keys: string,
): string {
  const lines = [
    `s${r} = s${r} * ${scale};`,
    `var seen${r} = there & (vec4<bool>(!is_causal) | (keys <= vec4<u32>(rows[${r}])));`,
  ];
  if (mask) {
    // Places outside are read at the last one, as they must be somewhere.
    const at = (j: number): string =>
      value(`min(rows[${r}], ${queries} - 1u)`, `min(keys[${j}], ${keys} - 1u)`);
    const all = [0, 1, 2, 3].map(at);
    lines.push(
      mask.dtype === "bool"
        ? `seen${r} = seen${r} & vec4<bool>(${all.map((v) => `${v} != 0u`).join(", ")});`
        : `s${r} = s${r} + vec4<f32>(${all.join(", ")});`,
    );
  }
  lines.push(`s${r} = select(none, s${r}, seen${r});`);
  return lines.join("\n");
}

/** Turns scores into weights relative to the new maximum, and brings sums so far to it. */
function softmax(chunks: number): string {
  const most = (r: number): string => `max(max(s${r}.x, s${r}.y), max(s${r}.z, s${r}.w))`;
  const all = (x: string): string => [0, 1, 2, 3].map((r) => x.replaceAll("#", String(r))).join(", ");
  return `shared_words[${THIRD}u + lane] = vec4<f32>(${[0, 1, 2, 3].map(most).join(", ")});
workgroupBarrier();
var now = top;
let parts = (min(most_keys - first_key, ${KEYS}u) + 3u) / 4u;
for (var i = 0u; i < parts; i++) { now = max(now, shared_words[${THIRD}u + ty * 8u + i]); }
let base = select(now, vec4<f32>(), now < vec4<f32>(-3.4028234e38f));
let kept = f_exp_down(top - base);
top = now;
${each(4, (r) => `s${r} = f_exp_down(s${r} - base[${r}]);`)}
total = fma(total, kept, vec4<f32>(${all("(s#.x + s#.y) + (s#.z + s#.w)")}));
${each(4, (r) => `shared_words[${FIRST}u + (ty + ${r * 16}u) * ${ROW}u + tx] = s${r};`)}
${each(4, (r) => each(chunks, (n) => `acc${r}_${n} = acc${r}_${n} * kept[${r}];`))}`;
}

/** Adds weights times values, for features 32n to 32n + 31. */
function weighted(c: Code, values: Loader, n: number): string {
  return `${loadBlock(c, values, KEYS * 8, "first_key", `${n * STEP}u`, `${SECOND}u + line * 8u + part`)}
workgroupBarrier();
for (var k4 = 0u; k4 < parts; k4++) {
${each(4, (k) => `let y${k} = shared_words[${SECOND}u + (4u * k4 + ${k}u) * 8u + tx];`)}
${each(4, (r) => {
  const lines = each(4, (k) => `acc${r}_${n} = fma(vec4<f32>(x${r}.${"xyzw"[k]}), y${k}, acc${r}_${n});`);
  return `let x${r} = shared_words[${FIRST}u + (ty + ${r * 16}u) * ${ROW}u + k4];\n${lines}`;
})}
}
workgroupBarrier();`;
}

/** Writes `value`, four features, to `at`. */
function store(c: Code, target: number, out: GpuView, whole: boolean, width: string): string {
  const array = c.array(target);
  const part = (j: number): string => `value.${"xyzw"[j]}`;
  if (itemSize(out.dtype) === 2) {
    const bits = [0, 1, 2, 3].map((j) => bitsOf(out.dtype, part(j)));
    return `${array}[at >> 1u] = ${bits[0]} | (${bits[1]} << 16u);
${array}[(at >> 1u) + 1u] = ${bits[2]} | (${bits[3]} << 16u);`;
  }
  if (whole) return `${array}[at >> 2u] = value;`;
  return each(4, (j) => `if (column + ${j}u < ${width}) { ${array}[at + ${j}u] = ${part(j)}; }`);
}

// Matrices in memory as operands of the tiled product: float32, or 16-bit floats as float32.
import type { DType } from "@isoform/core";
import type { Code, GpuLimits, Operand } from "../../wgsl/kernel.js";
import type { GpuView } from "../view.js";
import type { Param, Params } from "./params.js";
import type { SourceNames, TileSource } from "./tiled.js";

/** A batch of matrices `[extent, k]`. */
export interface MatrixView {
  readonly view: GpuView;
  /** Elements from one row or column to the next, and from one step of k to the next. */
  readonly stride: number;
  readonly depthStride: number;
  readonly extent: number;
  readonly depth: number;
  /** Elements from one matrix to others; only their being multiples of 4 matters. */
  readonly steps: readonly number[];
}

/** How an array of floats is bound whose elements are read four at a time, if `vector`, or one at a time. */
export function floatArray(dtype: DType, vector: boolean, limits: GpuLimits): FloatArray {
  if (dtype === "float32") return vector ? "vec4<f32>" : "f32";
  return dtype === "float16" && vector && limits.f16 ? "vec4<f16>" : "u32";
}

/** Array types that `floatArray` gives. */
export type FloatArray = "vec4<f32>" | "f32" | "vec4<f16>" | "u32";

/** Expression of four adjacent elements from `index`, a multiple of 4, of an array bound as `type`. */
export function loadFour(c: Code, operand: number, dtype: DType, type: FloatArray, index: string): string {
  const array = c.array(operand);
  if (dtype === "float32") return `${array}[(${index}) >> 2u]`;
  if (type === "vec4<f16>") return `vec4<f32>(${array}[(${index}) >> 2u])`;
  const name = dtype === "float16" ? "f16_four" : "bf16_four";
  return `${name}(${array}[(${index}) >> 1u], ${array}[((${index}) >> 1u) + 1u])`;
}

/** A matrix as a source, and how it is bound. */
export interface MatrixOperand {
  readonly source: TileSource;
  readonly operand: Operand;
}

/** `base` names the variable that holds where the matrix of this batch begins. */
export function matrixOperand(
  m: MatrixView,
  operand: number,
  base: string,
  params: Params,
  limits: GpuLimits,
): MatrixOperand {
  const { view } = m;
  const deep = m.depthStride === 1 || (m.stride !== 1 && Math.abs(m.depthStride) <= Math.abs(m.stride));
  const unit = deep ? m.depthStride : m.stride;
  const other = deep ? m.stride : m.depthStride;
  const vector =
    unit === 1 &&
    (deep ? m.depth : m.extent) % 4 === 0 &&
    [other, view.offset, ...m.steps].every((s) => s % 4 === 0);
  const type = floatArray(view.dtype, vector, limits);
  const given = {
    stride: params.add(m.stride),
    depth: params.add(m.depthStride),
    extent: params.add(m.extent),
  };
  const access: Access = { deep, vector, unit: unit === 1, operand, base, dtype: view.dtype, type, ...given };
  return {
    source: {
      key: `${deep ? "deep" : "along"}${vector ? 4 : unit === 1 ? 1 : "s"}`,
      deep,
      setup: (c, n) => setup(access, c, n),
      fetch: (c, n) => fetch(access, c, n),
    },
    operand: { buffer: view.buffer, dtype: view.dtype, access: "read", type },
  };
}

interface Access {
  readonly deep: boolean;
  readonly vector: boolean;
  readonly unit: boolean;
  readonly operand: number;
  readonly base: string;
  readonly dtype: DType;
  readonly type: FloatArray;
  readonly stride: Param;
  readonly depth: Param;
  readonly extent: Param;
}

const itemsOf = (n: SourceNames): number[] => Array.from({ length: n.items }, (_, i) => i);

function setup(a: Access, c: Code, n: SourceNames): string {
  const { name } = n;
  const across = (a.deep ? n.depth : n.extent) / 4;
  const lines = [`let ${name}_x = 4u * (lane % ${across}u);`, `let ${name}_y = lane / ${across}u;`];
  const step = 256 / across;
  for (const i of itemsOf(n)) {
    const y = `(${name}_y + ${i * step}u)`;
    const [row, k] = a.deep ? [`(${n.first} + ${y})`, `${name}_x`] : [`(${n.first} + ${name}_x)`, y];
    const [byRow, byDepth] = [
      !a.deep && a.unit ? row : `${row} * ${a.stride(c)}`,
      a.deep && a.unit ? k : `${k} * ${a.depth(c)}`,
    ];
    lines.push(`let ${name}_at${i} = ${a.base} + ${byRow} + ${byDepth};`);
    if (a.deep) lines.push(`let ${name}_in${i} = ${row} < ${a.extent(c)};`);
  }
  if (!a.deep) lines.push(`let ${name}_in = ${n.first} + ${name}_x < ${a.extent(c)};`);
  return lines.join("\n");
}

function fetch(a: Access, c: Code, n: SourceNames): string {
  const { name } = n;
  const across = (a.deep ? n.depth : n.extent) / 4;
  const step = 256 / across;
  const forward = a.deep && a.unit ? "k_at" : `k_at * ${a.depth(c)}`;
  const lines = [`let ${name}_forward = ${forward};`];
  for (const i of itemsOf(n)) {
    const [to, at] = [`${name}${i}`, `${name}_at${i} + ${name}_forward`];
    const k = a.deep ? `k_at + ${name}_x` : `k_at + ${name}_y + ${i * step}u`;
    const inside = a.deep ? `${name}_in${i}` : `${name}_in`;
    if (a.vector) {
      lines.push(`${to} = vec4<f32>();
if (${inside} && ${k} < k_end) { ${to} = ${loadFour(c, a.operand, a.dtype, a.type, at)}; }`);
      continue;
    }
    const element = (j: number): string => {
      const by = j === 0 ? "" : a.unit ? ` + ${j}u` : ` + ${j}u * ${(a.deep ? a.depth : a.stride)(c)}`;
      return a.dtype === "float32" ? `${c.array(a.operand)}[${at}${by}]` : c.load(a.operand, `(${at}${by})`);
    };
    const bound = (j: number): string =>
      a.deep ? `${k} + ${j}u < k_end` : `${n.first} + ${name}_x + ${j}u < ${a.extent(c)}`;
    const parts = [0, 1, 2, 3].map((j) => `if (${bound(j)}) { ${to}.${"xyzw"[j]} = ${element(j)}; }`);
    const outer = a.deep ? inside : `${inside} && ${k} < k_end`;
    lines.push(`${to} = vec4<f32>();\nif (${outer}) {\n${parts.join("\n")}\n}`);
  }
  return lines.join("\n");
}

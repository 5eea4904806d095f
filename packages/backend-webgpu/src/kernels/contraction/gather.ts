// Operands of a convolution as matrices of a product: elements of the input under the kernel, and kernels of any strides. Steps of
// k are counted along with their digits (channel and place in the kernel), as dividing for every element would cost more
// than multiplying it.
import type { Code } from "../../wgsl/kernel.js";
import type { ConvAxis } from "./conv-geometry.js";
import type { Param, Params } from "./params.js";
import type { SourceNames, TileSource } from "./tiled.js";

/** One axis of k, slowest first. */
export interface DepthAxis {
  readonly size: number;
  /** Stride of the operand; of spatial axes 0, as they go by `axis`. */
  readonly stride: number;
  /** Which spatial axis of the input moves along, and how far. */
  readonly axis?: number;
  readonly dilation?: number;
}

/** Counts k in digits. */
class Digits {
  private readonly sizes: readonly Param[];
  private readonly params: Params;
  private readonly axes: readonly DepthAxis[];

  constructor(axes: readonly DepthAxis[], params: Params) {
    this.axes = axes;
    this.params = params;
    this.sizes = axes.map((a) => params.add(a.size));
  }

  /** Digits of a fixed number. */
  amount(value: number): Param[] {
    let rest = value;
    const out: Param[] = [];
    for (let i = this.axes.length - 1; i > 0; i--) {
      const size = Math.max(1, this.axes[i]!.size);
      out.unshift(this.params.add(rest % size));
      rest = Math.floor(rest / size);
    }
    return [this.params.add(rest), ...out];
  }

  /** Declares digits `{name}_k0`, … of a number; none is divided by zero, as k is empty then. */
  declare(c: Code, name: string, value: string): string {
    const lines = [`var ${name}_rest = ${value};`];
    for (let i = this.axes.length - 1; i > 0; i--) {
      const size = `max(1u, ${this.sizes[i]!(c)})`;
      lines.push(`var ${name}_k${i} = ${name}_rest % ${size}; ${name}_rest = ${name}_rest / ${size};`);
    }
    return [...lines, `var ${name}_k0 = ${name}_rest;`].join("\n");
  }

  /** Adds digits, or 1. */
  advance(c: Code, name: string, by: readonly Param[] | null): string {
    const last = this.axes.length - 1;
    const lines = by ? by.map((p, i) => `${name}_k${i} += ${p(c)};`) : [`${name}_k${last} += 1u;`];
    for (let i = last; i > 0; i--) {
      const size = this.sizes[i]!(c);
      lines.push(`if (${name}_k${i} >= ${size}) { ${name}_k${i} -= ${size}; ${name}_k${i - 1} += 1u; }`);
    }
    return lines.join("\n");
  }

  /** Copies of all digits under another name. */
  copy(from: string, to: string): string {
    return this.axes.map((_, i) => `var ${to}_k${i} = ${from}_k${i};`).join("\n");
  }
}

/** Settings of `kernelSource`. */
export interface KernelSource {
  readonly operand: number;
  readonly dtype: string;
  /** Variable that holds where the group's kernels begin. */
  readonly base: string;
  readonly rows: number;
  readonly rowStride: number;
  readonly depth: readonly DepthAxis[];
  /** Steps of k of a tile. */
  readonly tileDepth: number;
}

const element = (c: Code, operand: number, dtype: string, at: string): string =>
  dtype === "float32" ? `${c.array(operand)}[${at}]` : c.load(operand, `(${at})`);

/** Kernels whose elements are not evenly spaced along k. */
export function kernelSource(s: KernelSource, params: Params): TileSource {
  const digits = new Digits(s.depth, params);
  const strides = s.depth.map((d) => params.add(d.stride));
  const [rows, rowStride] = [params.add(s.rows), params.add(s.rowStride)];
  const forward = digits.amount(s.tileDepth);
  const across = s.tileDepth / 4;
  const items = (n: SourceNames): number[] => Array.from({ length: n.items }, (_, i) => i);
  const row = (n: SourceNames, i: number): string => `(${n.first} + ${n.name}_y + ${(i * 256) / across}u)`;
  return {
    key: `digits${s.depth.length}`,
    deep: true,
    setup: (c, n) => `let ${n.name}_x = 4u * (lane % ${across}u);
let ${n.name}_y = lane / ${across}u;
${digits.declare(c, n.name, `(k_start + ${n.name}_x)`)}
${items(n)
  .map(
    (i) => `let ${n.name}_at${i} = ${s.base} + ${row(n, i)} * ${rowStride(c)};
let ${n.name}_in${i} = ${row(n, i)} < ${rows(c)};`,
  )
  .join("\n")}`,
    fetch: (c, n) => {
      const inner = `${n.name}_now`;
      const parts = [0, 1, 2, 3].map((j) => {
        const at = strides.map((p, i) => `${inner}_k${i} * ${p(c)}`).join(" + ");
        const loads = items(n).map(
          (i) =>
            `if (${n.name}_in${i}) { ${n.name}${i}.${"xyzw"[j]} = ${element(c, s.operand, s.dtype, `${n.name}_at${i} + step_at`)}; }`,
        );
        return `if (k_at + ${n.name}_x + ${j}u < k_end) {
let step_at = ${at};
${loads.join("\n")}
}
${j < 3 ? digits.advance(c, inner, null) : ""}`;
      });
      return `{
${items(n)
  .map((i) => `${n.name}${i} = vec4<f32>();`)
  .join("\n")}
${digits.copy(n.name, inner)}
${parts.join("\n")}
${digits.advance(c, n.name, forward)}
}`;
    },
  };
}

/** Settings of `inputSource`. */
export interface InputSource {
  readonly operand: number;
  readonly dtype: string;
  readonly base: string;
  /** Images times places. */
  readonly columns: number;
  readonly imageStride: number;
  readonly axes: readonly ConvAxis[];
  readonly depth: readonly DepthAxis[];
  readonly tileDepth: number;
  readonly tileColumns: number;
  /** Vectors of four lie along k. */
  readonly deep: boolean;
}

/** The input under the kernel: rows of k are channels and elements of the kernel, columns images and places. */
export function inputSource(s: InputSource, params: Params): TileSource {
  const { axes, deep } = s;
  const digits = new Digits(s.depth, params);
  const across = (deep ? s.tileDepth : s.tileColumns) / 4;
  const step = 256 / across;
  // Four columns lie in one row of places, and so need one place among them.
  const joined = !deep && axes.at(-1)!.places % 4 === 0;
  const [columns, imageStride] = [params.add(s.columns), params.add(s.imageStride)];
  const numbers = axes.map((a) => [a.places, a.stride, a.low, a.size, a.x].map((v) => params.add(v)));
  const moves = s.depth.map((d) => params.add(d.axis === undefined ? d.stride : d.dilation!));
  const items = Math.max(1, s.tileDepth / step);
  const forward = digits.amount(deep ? s.tileDepth : s.tileDepth / items);
  const channel = s.depth.findIndex((d) => d.axis === undefined);
  const digitOf = (d: number): number => s.depth.findIndex((a) => a.axis === d);

  /** Image and place of a column: `{id}_at`, `{id}_p0`, …, `{id}_in`. */
  const place = (c: Code, id: string, column: string): string => {
    const lines = [`let ${id}_in = ${column} < ${columns(c)};`, `var ${id}_rest = ${column};`];
    for (let d = axes.length - 1; d >= 0; d--) {
      const [places, stride, low] = numbers[d]!.map((p) => p(c));
      lines.push(`let ${id}_p${d} = (${id}_rest % ${places}) * ${stride} - ${low};
${id}_rest = ${id}_rest / ${places};`);
    }
    return [...lines, `let ${id}_at = ${s.base} + ${id}_rest * ${imageStride(c)};`].join("\n");
  };

  /** Statements that define where the element of the digits `now` is from a column: `{to}_at` and `{to}_q` by axis. */
  const offsets = (c: Code, now: string): string => {
    const lines = [`let channel_at = ${now}_k${channel} * ${moves[channel]!(c)};`];
    axes.forEach((_, d) => lines.push(`let k_by${d} = ${now}_k${digitOf(d)} * ${moves[digitOf(d)]!(c)};`));
    return lines.join("\n");
  };

  /** Loads the element under column `id`, `by` columns on, if it is there. */
  const load = (c: Code, id: string, to: string, by: number): string => {
    const of = axes.map((_, d) => numbers[d]!.map((p) => p(c)));
    const last = axes.length - 1;
    const q = of.map((a, d) => `${id}_p${d} + k_by${d}${by > 0 && d === last ? ` + ${by}u * ${a[1]}` : ""}`);
    const at = of.map((a, d) => ` + q${d} * ${a[4]}`).join("");
    return `{
${q.map((text, d) => `let q${d} = ${text};`).join("\n")}
if (${of.map((a, d) => `q${d} < ${a[3]}`).join(" && ")}) {
${to} = ${element(c, s.operand, s.dtype, `${id}_at + channel_at${at}`)};
}
}`;
  };

  const setup = (c: Code, n: SourceNames): string => {
    const [x, y] = [`${n.name}_x`, `${n.name}_y`];
    const lines = [`let ${x} = 4u * (lane % ${across}u);`, `let ${y} = lane / ${across}u;`];
    lines.push(digits.declare(c, n.name, deep ? `(k_start + ${x})` : `(k_start + ${y})`));
    if (deep) {
      for (let i = 0; i < n.items; i++) {
        lines.push(place(c, `${n.name}_c${i}`, `(${n.first} + ${y} + ${i * step}u)`));
      }
      return lines.join("\n");
    }
    for (let j = 0; j < (joined ? 1 : 4); j++) {
      lines.push(place(c, `${n.name}_c${j}`, `(${n.first} + ${x} + ${j}u)`));
    }
    return lines.join("\n");
  };

  const fetchAlong = (c: Code, n: SourceNames): string => {
    const lines: string[] = [];
    for (let i = 0; i < n.items; i++) {
      const loads = [0, 1, 2, 3].map((j) => {
        const to = `${n.name}${i}.${"xyzw"[j]}`;
        if (joined) return load(c, `${n.name}_c0`, to, j);
        return `if (${n.name}_c${j}_in) ${load(c, `${n.name}_c${j}`, to, 0)}`;
      });
      lines.push(`${n.name}${i} = vec4<f32>();
if (${joined ? `${n.name}_c0_in && ` : ""}k_at + ${n.name}_y + ${i * step}u < k_end) {
${offsets(c, n.name)}
${loads.join("\n")}
}
${digits.advance(c, n.name, forward)}`);
    }
    return lines.join("\n");
  };

  const fetchDeep = (c: Code, n: SourceNames): string => {
    const inner = `${n.name}_now`;
    const lines = Array.from({ length: n.items }, (_, i) => `${n.name}${i} = vec4<f32>();`);
    lines.push(digits.copy(n.name, inner));
    for (let j = 0; j < 4; j++) {
      const loads = Array.from({ length: n.items }, (_, i) => {
        const id = `${n.name}_c${i}`;
        return `if (${id}_in) ${load(c, id, `${n.name}${i}.${"xyzw"[j]}`, 0)}`;
      });
      lines.push(`if (k_at + ${n.name}_x + ${j}u < k_end) {
${offsets(c, inner)}
${loads.join("\n")}
}`);
      if (j < 3) lines.push(digits.advance(c, inner, null));
    }
    lines.push(digits.advance(c, n.name, forward));
    return lines.join("\n");
  };

  return {
    key: `input${axes.length}${deep ? "deep" : joined ? "joined" : "along"}${channel}`,
    deep,
    setup,
    fetch: (c, n) => `{\n${deep ? fetchDeep(c, n) : fetchAlong(c, n)}\n}`,
  };
}

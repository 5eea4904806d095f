// The register-blocked float32 product. A workgroup computes a tile of the output: per step of k, parts of both operands come
// through registers into workgroup memory, while the step before is still being added up. Where operands come from and
// where results go is given by sources and targets, so that matrix products and convolutions share it.
import type { DType } from "@isoform/core";
import { GROUP_SIZE, type Code, type GpuLimits, type KernelCall, type Operand } from "../../wgsl/kernel.js";
import type { Param, Params } from "./params.js";
import type { ProductPlan, ProductSize, Tile } from "./tiles.js";

/** Names that the code of a source uses. */
export interface SourceNames {
  /** Prefix of its own variables. */
  readonly name: string;
  /** First row or column of the tile. */
  readonly first: string;
  /** Rows or columns of the tile. */
  readonly extent: number;
  /** Vectors of four that every invocation fetches, in the variables `{name}0`, `{name}1`, …. */
  readonly items: number;
  readonly depth: number;
}

/** One operand of a product, as `[extent, k]`. */
export interface TileSource {
  readonly key: string;
  /** Vectors of four lie along k, else along rows or columns. */
  readonly deep: boolean;
  /** Statements before the first fetch. `batch`, `k_start` and `k_end` are there. */
  setup(c: Code, n: SourceNames): string;
  /** Statements that set the variables of all items for the step at `k_at`, zeros outside; called for steps in order. */
  fetch(c: Code, n: SourceNames): string;
}

/** Where results go. */
export interface TileTarget {
  readonly key: string;
  /** Writes four adjacent columns at once. */
  readonly vector: boolean;
  /** Statements before the first result. `batch` and `split` are there. */
  setup(c: Code): string;
  /** Statements that define `name`, what `write` wants for a column. */
  column(c: Code, name: string, column: string): string;
  /** Statement that writes the vector (or, unless `vector`, the number) `value` to a row and a column. */
  write(c: Code, value: string, row: string, column: string, name: string): string;
}

/** What `tiledCall` needs. */
export interface TiledProduct {
  readonly size: ProductSize;
  readonly plan: ProductPlan;
  readonly a: TileSource;
  readonly b: TileSource;
  readonly target: TileTarget;
  readonly operands: readonly Operand[];
  /** Whether the third operand holds final results, each written once. */
  readonly goesOn?: boolean;
  /** Whether all operands are 16-bit floats, of which workgroup memory then holds twice as many; sums are float32. */
  readonly half?: boolean;
  readonly params: Params;
}

/** Whether operands of these types are to lie in workgroup memory as 16-bit floats. */
export function isHalf({ f16 }: GpuLimits, ...dtypes: readonly DType[]): boolean {
  return f16 && dtypes.every((d) => d === "float16");
}

/** Rows of tiles that are walked together, so that their operands stay in the cache. */
const BAND = 8;

/** Item and place of an item of a source within its tile; see `place`. */
const vectorsAcross = (n: { readonly extent: number; readonly depth: number }, deep: boolean): number =>
  (deep ? n.depth : n.extent) / 4;

/** Layout of a source's tile in workgroup memory, in vectors. */
interface Layout {
  readonly at: number;
  /** From one row or column (deep) or one step of k to the next. */
  readonly stride: number;
}

class Generator {
  readonly tile: Tile;
  readonly across: number;
  readonly down: number;
  readonly a: Layout;
  readonly b: Layout;
  /** Numbers in workgroup memory. */
  readonly words: number;
  readonly half: boolean;
  private readonly product: TiledProduct;

  constructor(product: TiledProduct) {
    this.product = product;
    const t = product.plan.tile;
    this.tile = t;
    // Slices add up their sums there, which are float32.
    this.half = product.half === true && t.slices === 1;
    this.across = t.columns / t.perColumns;
    this.down = t.rows / t.perRows;
    const layout = (pad: number): [Layout, Layout, number] => {
      const vectors = (extent: number, deep: boolean): [number, number] =>
        deep ? [extent, t.depth / 4 + pad] : [t.depth, extent / 4];
      const [na, sa] = vectors(t.rows, product.a.deep);
      const [nb, sb] = vectors(t.columns, product.b.deep);
      return [{ at: 0, stride: sa }, { at: na * sa, stride: sb }, (na * sa + nb * sb) * 4];
    };
    // Rows a vector longer keep invocations off each other's banks.
    const [a, b, words] = [layout(1), layout(0)].find(([, , w]) => w <= (this.half ? 8192 : 4096))!;
    this.a = a;
    this.b = b;
    this.words = Math.max(words, t.slices > 1 ? t.slices * t.rows * t.columns : 0);
  }

  names(side: "a" | "b"): SourceNames {
    const { tile } = this;
    const extent = side === "a" ? tile.rows : tile.columns;
    const items = Math.ceil((extent * tile.depth) / 4 / GROUP_SIZE);
    const first = side === "a" ? "row0" : "column0";
    return { name: `from_${side}`, first, extent, items, depth: tile.depth };
  }

  /** Puts what was fetched into workgroup memory. */
  place(side: "a" | "b"): string {
    const n = this.names(side);
    const { deep } = this.product[side];
    const { at, stride } = this[side];
    const across = vectorsAcross(n, deep);
    const total = (n.extent * n.depth) / 4;
    const lines: string[] = [];
    for (let i = 0; i < n.items; i++) {
      const [x, y] = [`lane % ${across}u`, `(lane / ${across}u + ${(i * GROUP_SIZE) / across}u)`];
      const value = this.half ? `vec4<f16>(${n.name}${i})` : `${n.name}${i}`;
      lines.push(`shared_words[${at}u + ${y} * ${stride}u + ${x}] = ${value};`);
    }
    if (total < GROUP_SIZE) return `if (lane < ${total}u) { ${lines.join("\n")} }`;
    return lines.join("\n");
  }

  /** Row `r` of this invocation within the tile. */
  row(r: number): string {
    const { down } = this;
    if (this.product.a.deep) return `(ty + ${r * down}u)`;
    return `(4u * (ty + ${(r >> 2) * down}u) + ${r & 3}u)`;
  }

  /** Column `j` of vector `q` of a row of the tile. */
  columnOf(q: string, j: number): string {
    if (this.product.b.deep) return `(${q} + ${(j * this.tile.columns) / 4}u)`;
    return `(4u * (${q}) + ${j}u)`;
  }

  /** A vector of workgroup memory. */
  private load(at: string): string {
    return this.half ? `vec4<f32>(shared_words[${at}])` : `shared_words[${at}]`;
  }

  /** Adds up four steps of k, those of vector `k4` of the tile. */
  private four(): string {
    const { tile, across, down } = this;
    const { deep: aDeep } = this.product.a;
    const { deep: bDeep } = this.product.b;
    const groups = tile.perColumns / 4;
    const lines: string[] = [];
    const element = (r: number, k: number): string =>
      aDeep ? `x${r}.${"xyzw"[k]}` : `x${r >> 2}_${k}.${"xyzw"[r & 3]}`;
    if (aDeep) {
      for (let r = 0; r < tile.perRows; r++) {
        lines.push(`let x${r} = ${this.load(`a_at + ${r * down * this.a.stride}u + k4`)};`);
      }
    }
    const loadA = (k: number): void => {
      for (let g = 0; g < tile.perRows / 4; g++) {
        const at = `a_at + k4 * ${4 * this.a.stride}u + ${k * this.a.stride + g * down}u`;
        lines.push(`let x${g}_${k} = ${this.load(at)};`);
      }
    };
    const add = (g: number, k: number, vector: string): void => {
      for (let r = 0; r < tile.perRows; r++) {
        lines.push(`c${r}_${g} = fma(vec4<f32>(${element(r, k)}), ${vector}, c${r}_${g});`);
      }
    };
    if (bDeep) {
      if (!aDeep) for (let k = 0; k < 4; k++) loadA(k);
      for (let g = 0; g < groups; g++) {
        for (let j = 0; j < 4; j++) {
          const column = g * across + (j * tile.columns) / 4;
          lines.push(`let y${g}_${j} = ${this.load(`b_at + ${column * this.b.stride}u + k4`)};`);
        }
        for (let k = 0; k < 4; k++) {
          const part = [0, 1, 2, 3].map((j) => `y${g}_${j}.${"xyzw"[k]}`);
          lines.push(`let z${g}_${k} = vec4<f32>(${part.join(", ")});`);
          add(g, k, `z${g}_${k}`);
        }
      }
      return lines.join("\n");
    }
    for (let k = 0; k < 4; k++) {
      if (!aDeep) loadA(k);
      for (let g = 0; g < groups; g++) {
        const at = k * this.b.stride + g * across;
        lines.push(`let y${g}_${k} = ${this.load(`b_at + k4 * ${4 * this.b.stride}u + ${at}u`)};`);
      }
      for (let g = 0; g < groups; g++) add(g, k, `y${g}_${k}`);
    }
    return lines.join("\n");
  }

  /** Where this invocation is: `tx`, `ty` and `slice`. */
  private position(): string {
    const { across, down } = this;
    if (this.tile.slices === 1 && across % 8 === 0 && down % 4 === 0) {
      const wide = across / 8;
      return `let tx = lane % 8u + 8u * ((lane / 32u) % ${wide}u);
let ty = (lane / 8u) % 4u + 4u * (lane / ${32 * wide}u);
let slice = 0u;`;
    }
    return `let tx = lane % ${across}u;
let ty = (lane / ${across}u) % ${down}u;
let slice = lane / ${across * down}u;`;
  }

  /** Everything up to the sums. */
  sums(c: Code): string {
    const { product, tile } = this;
    const [na, nb] = [this.names("a"), this.names("b")];
    const fetch = `${product.a.fetch(c, na)}\n${product.b.fetch(c, nb)}`;
    const variables: string[] = [];
    for (const n of [na, nb]) {
      for (let i = 0; i < n.items; i++) variables.push(`var ${n.name}${i} = vec4<f32>();`);
    }
    for (let r = 0; r < tile.perRows; r++) {
      for (let g = 0; g < tile.perColumns / 4; g++) variables.push(`var c${r}_${g} = vec4<f32>();`);
    }
    const vectors = tile.depth / 4 / tile.slices;
    // An end that is not known beforehand keeps compilers from unrolling what is long enough. That of the largest is known: their
    // loads need no check of bounds then.
    const fixed = tile.perRows * tile.perColumns >= 64;
    const end =
      tile.slices > 1 ? `min(vectors, (slice + 1u) * ${vectors}u)` : fixed ? `${vectors}u` : "vectors";
    const count = `let vectors = (min(k_end - k_at + ${tile.depth}u, ${tile.depth}u) + 3u) / 4u;`;
    return `${this.position()}
${product.a.setup(c, na)}
${product.b.setup(c, nb)}
${variables.join("\n")}
let a_at = ${this.a.at}u + ty${product.a.deep ? ` * ${this.a.stride}u` : ""};
let b_at = ${this.b.at}u + tx${product.b.deep ? ` * ${this.b.stride}u` : ""};
var k_at = k_start;
loop {
let more = k_at < k_end;
if (more) {
${fetch}
}
if (k_at > k_start) {
${fixed ? "" : count}
for (var k4 = ${tile.slices > 1 ? `slice * ${vectors}u` : "0u"}; k4 < ${end}; k4++) {
${this.four()}
}
}
workgroupBarrier();
if (!more) { break; }
${this.place("a")}
${this.place("b")}
k_at += ${tile.depth}u;
workgroupBarrier();
}`;
  }

  private store(c: Code, value: (j: number | null) => string, q: string, rows: readonly string[]): string {
    const { target } = this.product;
    const parts = target.vector ? [null] : [0, 1, 2, 3];
    return parts
      .map((j) => {
        const writes = rows.map(
          (row, r) =>
            `{ let row = row0 + ${row}; if (row < m) { ${target.write(c, value(j).replaceAll("#", String(r)), "row", "column", "place")} } }`,
        );
        return `{
let column = column0 + ${this.columnOf(q, j ?? 0)};
if (column < n) {
${target.column(c, "place", "column")}
${writes.join("\n")}
}
}`;
      })
      .join("\n");
  }

  /** Writes the sums. */
  results(c: Code): string {
    const { tile, across } = this;
    const lines = [this.product.target.setup(c)];
    const part = (v: string, j: number | null): string => (j === null ? v : `${v}.${"xyzw"[j]}`);
    const groups = tile.perColumns / 4;
    if (tile.slices === 1) {
      const rows = Array.from({ length: tile.perRows }, (_, r) => this.row(r));
      for (let g = 0; g < groups; g++) {
        lines.push(this.store(c, (j) => part(`c#_${g}`, j), `(tx + ${g * across}u)`, rows));
      }
      return lines.join("\n");
    }
    const perRow = tile.columns / 4;
    const vectors = tile.rows * perRow;
    for (let r = 0; r < tile.perRows; r++) {
      for (let g = 0; g < groups; g++) {
        const at = `(slice * ${tile.rows}u + ${this.row(r)}) * ${perRow}u + tx + ${g * across}u`;
        lines.push(`shared_words[${at}] = c${r}_${g};`);
      }
    }
    const sum = `var sum = shared_words[item];
for (var s = 1u; s < ${tile.slices}u; s++) { sum += shared_words[s * ${vectors}u + item]; }
${this.store(c, (j) => part("sum", j), `(item % ${perRow}u)`, [`item / ${perRow}u`])}`;
    lines.push(`workgroupBarrier();
for (var item = lane; item < ${vectors}u; item += ${GROUP_SIZE}u) {
${sum}
}`);
    return lines.join("\n");
  }
}

/** The call that computes a product, or with several splits the partial sums. */
export function tiledCall(product: TiledProduct): KernelCall {
  const { size, plan, params, a, b, target } = product;
  const { tile } = plan;
  const generator = new Generator(product);
  const down = Math.ceil(size.m / tile.rows);
  const across = Math.ceil(size.n / tile.columns);
  const splits = params.add(plan.splits);
  const given: readonly Param[] = [size.m, size.n, size.k, size.batch, down, across, plan.perSplit].map((v) =>
    params.add(v),
  );
  const shape = [tile.rows, tile.columns, tile.depth, tile.perRows, tile.perColumns, tile.slices].join("x");
  return {
    key: `product/${generator.half ? "half/" : ""}${shape}/${a.key}/${b.key}/${target.key}`,
    operands: product.operands,
    ...(product.goesOn ? { result: 2 } : {}),
    params: params.values,
    groups: down * across * size.batch * plan.splits,
    shared: generator.words,
    sharedType: generator.half ? "vec4<f16>" : "vec4<f32>",
    code: (c) => {
      const [m, n, k, batches, rows, columns, perSplit] = given.map((p) => p(c));
      return `let m = ${m};
let n = ${n};
let in_batch = group / (${rows} * ${columns});
if (in_batch < ${batches} * ${splits(c)}) {
let batch = in_batch % ${batches};
let split = in_batch / ${batches};
let tile_number = group % (${rows} * ${columns});
let band = tile_number / (${BAND}u * ${columns});
let band_rows = min(${BAND}u, ${rows} - band * ${BAND}u);
let in_band = tile_number % (${BAND}u * ${columns});
let row0 = (band * ${BAND}u + in_band % band_rows) * ${tile.rows}u;
let column0 = (in_band / band_rows) * ${tile.columns}u;
let k_start = split * ${perSplit};
let k_end = min(${k}, k_start + ${perSplit});
${generator.sums(c)}
${generator.results(c)}
}`;
    },
  };
}

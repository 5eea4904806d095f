// Tile sizes of the register-blocked product, and the rules by which one is chosen.

/** How a workgroup of 256 invocations shares a tile of the output. */
export interface Tile {
  /** Rows and columns of the output's tile, and steps of k between two barriers. */
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Rows and columns of one invocation, multiples of 4. */
  readonly perRows: number;
  readonly perColumns: number;
  /** Parts of `depth` that different invocations add up. */
  readonly slices: number;
}

const tile = (
  rows: number,
  columns: number,
  depth: number,
  perRows: number,
  perColumns: number,
  slices: number,
): Tile => ({ rows, columns, depth, perRows, perColumns, slices });

/** Name of a tile. */
export type TileName = "big" | "broad" | "high" | "medium" | "small" | "wide" | "tall";

/** All tiles; each has 256 invocations and at most 16 KiB of workgroup memory. */
export const TILES: Readonly<Record<TileName, Tile>> = {
  big: tile(128, 128, 16, 8, 8, 1),
  broad: tile(64, 128, 16, 4, 8, 1),
  high: tile(128, 64, 16, 8, 4, 1),
  medium: tile(64, 64, 16, 4, 4, 1),
  small: tile(32, 32, 32, 4, 4, 4),
  wide: tile(16, 64, 32, 4, 4, 4),
  tall: tile(64, 16, 32, 4, 4, 4),
};

/** Sizes of a product: `batch` times `[m, k] x [k, n]`. */
export interface ProductSize {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Workgroups of a product. */
export function tilesOf({ batch, m, n }: ProductSize, t: Tile): number {
  return batch * Math.ceil(m / t.rows) * Math.ceil(n / t.columns);
}

/** The first whose condition holds is taken; `groups` tells how many workgroups a tile gives. */
const RULES: readonly {
  readonly tile: Tile;
  readonly when: (size: ProductSize, groups: (t: Tile) => number) => boolean;
}[] = [
  { tile: TILES.wide, when: ({ m, n }) => m <= 16 && n > 32 },
  { tile: TILES.tall, when: ({ m, n }) => n <= 16 && m > 32 },
  { tile: TILES.big, when: ({ m, n }, groups) => m >= 256 && n >= 256 && groups(TILES.big) >= 64 },
  { tile: TILES.broad, when: ({ m, n }, groups) => m > 32 && n >= 128 && groups(TILES.broad) >= 128 },
  { tile: TILES.high, when: ({ m, n }, groups) => n > 32 && m >= 128 && groups(TILES.high) >= 128 },
  { tile: TILES.medium, when: ({ m, n }, groups) => m > 32 && n > 32 && groups(TILES.medium) >= 48 },
  { tile: TILES.small, when: () => true },
];

/** Workgroups that keep a GPU busy. */
const ENOUGH = 128;
/** Products with fewer steps of k per part are not cut. */
const LEAST_STEPS = 512;

/** How a product is computed. */
export interface ProductPlan {
  readonly tile: Tile;
  /** Parts of k whose sums are added afterwards. */
  readonly splits: number;
  /** Steps of k of a part, a multiple of the tile's depth. */
  readonly perSplit: number;
}

/** Chooses tile and parts. `mayBeCut`: whether partial sums are possible. */
export function planProduct(size: ProductSize, mayBeCut: boolean, chosen?: Tile): ProductPlan {
  const groups = (t: Tile): number => tilesOf(size, t);
  const t = chosen ?? RULES.find((rule) => rule.when(size, groups))!.tile;
  const found = groups(t);
  const wanted = mayBeCut && found < ENOUGH ? Math.ceil(ENOUGH / found) : 1;
  const parts = Math.max(1, Math.min(wanted, Math.floor(size.k / LEAST_STEPS)));
  const perSplit = Math.max(t.depth, Math.ceil(size.k / parts / t.depth) * t.depth);
  return { tile: t, splits: Math.max(1, Math.ceil(size.k / perSplit)), perSplit };
}

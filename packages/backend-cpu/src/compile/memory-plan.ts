// The static memory plan: where the temporaries of a program lie in one arena, so that those that live at the same time
// never overlap. Largest first, each at the lowest free place.

/** A block and the steps between which it holds something. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

const ALIGNMENT = 64;

/** Offsets of the blocks, in their order, and the bytes of the arena. */
export function planMemory(blocks: readonly Lifetime[]): {
  readonly offsets: number[];
  readonly bytes: number;
} {
  const offsets = blocks.map(() => 0);
  const placed: { readonly block: Lifetime; readonly start: number; readonly end: number }[] = [];
  const order = blocks.map((_, i) => i).sort((a, b) => blocks[b]!.bytes - blocks[a]!.bytes || a - b);
  let bytes = 0;
  for (const i of order) {
    const block = blocks[i]!;
    const size = Math.max(ALIGNMENT, Math.ceil(block.bytes / ALIGNMENT) * ALIGNMENT);
    const others = placed.filter((p) => p.block.first <= block.last && block.first <= p.block.last);
    others.sort((a, b) => a.start - b.start);
    let at = 0;
    for (const { start, end } of others) {
      if (at + size <= start) break;
      at = Math.max(at, end);
    }
    offsets[i] = at;
    placed.push({ block, start: at, end: at + size });
    bytes = Math.max(bytes, at + size);
  }
  return { offsets, bytes };
}

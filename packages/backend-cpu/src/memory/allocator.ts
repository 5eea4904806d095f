// Address bookkeeping of one growing region: segregated free lists of exact sizes, merged only when needed.
// It never touches the memory itself.

/** Every block starts at a multiple of this and is a multiple of it long: a cache line. */
export const BLOCK_ALIGN = 64;
const EXACT_UNITS = 16;
/** The address space; larger requests have no size class. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;
const CLASS_COUNT = EXACT_UNITS + 23 * 8 + 1;

/** Bytes in and out of use. */
export interface AllocatorStats {
  /** Bytes of live blocks, size rounding included. */
  readonly live: number;
  /** Live blocks. */
  readonly blocks: number;
  /** Bytes of free blocks below the high-water mark. */
  readonly free: number;
  /** End of the region that was ever used. */
  readonly top: number;
  /** End of the committed region. */
  readonly committed: number;
}

// Classes 1..16 are 1..16 units of 64 bytes; above, eight per power of two (at most 12.5 % rounding).
function classOf(units: number): number {
  if (units <= EXACT_UNITS) return units;
  const k = 31 - Math.clz32(units - 1);
  return EXACT_UNITS + (k - 4) * 8 + ((units - 1) >>> (k - 3)) + 1 - 8;
}

function unitsOf(cls: number): number {
  if (cls <= EXACT_UNITS) return cls;
  const octave = (cls - EXACT_UNITS - 1) >> 3;
  const eighth = ((cls - EXACT_UNITS - 1) & 7) + 9;
  return eighth * 2 ** (octave + 1);
}

/** Bytes that a request of `bytes` occupies. */
export function blockBytes(bytes: number): number {
  return unitsOf(classOf(Math.max(1, Math.ceil(bytes / BLOCK_ALIGN)))) * BLOCK_ALIGN;
}

/** Allocates addresses from `start` up to what `commit` grants. */
export class Allocator {
  private readonly lists: number[][] = Array.from({ length: CLASS_COUNT }, () => []);
  private readonly start: number;
  private readonly commit: (end: number) => number;
  private top: number;
  private committed: number;
  private freeBytes = 0;
  private liveBytes = 0;
  private liveBlocks = 0;
  private freedSinceMerge = 0;

  /**
   * `commit(end)` makes the region up to at least `end` usable and returns its new end, or the old end when it
   * cannot.
   */
  constructor(start: number, committed: number, commit: (end: number) => number) {
    this.start = start;
    this.top = start;
    this.committed = committed;
    this.commit = commit;
  }

  /** Address of a free block of at least `bytes` bytes, or -1 when there is no room. */
  alloc(bytes: number): number {
    if (bytes > MOST_BYTES) return -1;
    const cls = bytes <= BLOCK_ALIGN ? 1 : classOf(Math.ceil(bytes / BLOCK_ALIGN));
    const size = unitsOf(cls) * BLOCK_ALIGN;
    const list = this.lists[cls]!;
    let address: number;
    if (list.length > 0) {
      address = list.pop()!;
      this.freeBytes -= size;
    } else {
      address = this.carve(cls, size);
      if (address < 0) return -1;
    }
    this.liveBytes += size;
    this.liveBlocks++;
    return address;
  }

  /** Returns a block; `bytes` as it was asked for. */
  free(address: number, bytes: number): void {
    const cls = bytes <= BLOCK_ALIGN ? 1 : classOf(Math.ceil(bytes / BLOCK_ALIGN));
    const size = unitsOf(cls) * BLOCK_ALIGN;
    this.lists[cls]!.push(address);
    this.freeBytes += size;
    this.freedSinceMerge += size;
    this.liveBytes -= size;
    this.liveBlocks--;
  }

  stats(): AllocatorStats {
    return {
      live: this.liveBytes,
      blocks: this.liveBlocks,
      free: this.freeBytes,
      top: this.top,
      committed: this.committed,
    };
  }

  private carve(cls: number, size: number): number {
    let address = this.bump(size);
    if (address < 0 && this.freeBytes >= size) {
      address = this.split(cls, size);
      if (address < 0 && this.freedSinceMerge >= this.committed / 8) {
        this.merge();
        address = this.reuse(cls, size);
      }
    }
    if (address < 0) {
      this.committed = this.commit(this.top + size);
      address = this.bump(size);
    }
    if (address < 0 && this.freedSinceMerge > 0) {
      this.merge();
      address = this.reuse(cls, size);
      if (address < 0) {
        this.committed = this.commit(this.top + size);
        address = this.bump(size);
      }
    }
    return address;
  }

  private bump(size: number): number {
    if (this.top + size > this.committed) return -1;
    const address = this.top;
    this.top += size;
    return address;
  }

  private reuse(cls: number, size: number): number {
    const address = this.bump(size);
    if (address >= 0) return address;
    const list = this.lists[cls]!;
    if (list.length === 0) return this.split(cls, size);
    this.freeBytes -= size;
    return list.pop()!;
  }

  /** Takes the smallest larger free block and gives back what is left of it. */
  private split(cls: number, size: number): number {
    for (let c = cls + 1; c < CLASS_COUNT; c++) {
      const list = this.lists[c]!;
      if (list.length === 0) continue;
      const address = list.pop()!;
      const whole = unitsOf(c) * BLOCK_ALIGN;
      this.freeBytes -= whole;
      this.addFree(address + size, whole - size);
      return address;
    }
    return -1;
  }

  /** Puts a region of any length on the lists, as blocks of exact class sizes. */
  private addFree(address: number, bytes: number): void {
    this.freeBytes += bytes;
    let at = address;
    let units = bytes / BLOCK_ALIGN;
    while (units > 0) {
      let cls = classOf(units);
      if (unitsOf(cls) > units) cls--;
      this.lists[cls]!.push(at);
      at += unitsOf(cls) * BLOCK_ALIGN;
      units -= unitsOf(cls);
    }
  }

  /** Joins adjacent free blocks; a free block at the top goes back to the unused region. */
  private merge(): void {
    const blocks: [number, number][] = [];
    for (let c = 1; c < CLASS_COUNT; c++) {
      const list = this.lists[c]!;
      for (const address of list) blocks.push([address, unitsOf(c) * BLOCK_ALIGN]);
      list.length = 0;
    }
    blocks.sort((a, b) => a[0] - b[0]);
    this.freeBytes = 0;
    this.freedSinceMerge = 0;
    let from = this.start;
    let to = this.start;
    for (const [address, size] of blocks) {
      if (address !== to) {
        if (to > from) this.addFree(from, to - from);
        from = address;
      }
      to = address + size;
    }
    if (to === this.top) this.top = from;
    else if (to > from) this.addFree(from, to - from);
  }
}

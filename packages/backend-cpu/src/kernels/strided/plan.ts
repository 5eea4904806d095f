// How to walk several views of one shape together: axes of length 1 dropped, adjacent axes joined where every
// view allows it. Axis 0 of a plan is the innermost.

/** A view as plans see it; strides count elements. */
export interface Strided {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Sizes and strides after joining; reused from call to call. */
export class Plan {
  /** Number of axes; 0 for a single element. */
  rank = 0;
  /** Lengths, innermost first. */
  readonly sizes: number[] = [];
  /** `strides[operand][axis]`, in elements. */
  readonly strides: number[][] = [];

  /** Lays out `views`, all of shape `shape`. Returns the number of elements. */
  build(shape: readonly number[], views: readonly Strided[]): number {
    const count = views.length;
    while (this.strides.length < count) this.strides.push([]);
    let rank = 0;
    let total = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis]!;
      total *= size;
      if (size === 1) continue;
      if (rank > 0 && this.joins(views, axis, rank - 1)) {
        this.sizes[rank - 1]! *= size;
        continue;
      }
      this.sizes[rank] = size;
      for (let v = 0; v < count; v++) this.strides[v]![rank] = views[v]!.strides[axis]!;
      rank++;
    }
    this.rank = rank;
    return total;
  }

  /** Stride of an operand along the innermost axis; 0 when there is no axis. */
  inner(operand: number): number {
    return this.rank === 0 ? 0 : this.strides[operand]![0]!;
  }

  private joins(views: readonly Strided[], axis: number, into: number): boolean {
    const size = this.sizes[into]!;
    for (let v = 0; v < views.length; v++) {
      if (views[v]!.strides[axis] !== this.strides[v]![into]! * size) return false;
    }
    return true;
  }
}

// Windows over the trailing axes: their numbers as parameters, and the loops over the elements of one.
import type { WindowAttrs } from "@isoform/core";
import type { Code } from "../../wgsl/kernel.js";

/** Per axis: windows, elements, window size, stride, padding before, dilation, stride of x. */
const PER_AXIS = 7;

/** Windows as a kernel's parameters `first` and following. */
export class Windows {
  /** Number of window axes. */
  readonly rank: number;
  readonly params: readonly number[];
  private readonly first: number;

  constructor(
    first: number,
    attrs: WindowAttrs,
    windows: readonly number[],
    sizes: readonly number[],
    strides: readonly number[],
  ) {
    this.first = first;
    this.rank = attrs.window.length;
    this.params = attrs.window.flatMap((size, a) => [
      windows[a]!,
      sizes[a]!,
      size,
      attrs.strides[a]!,
      attrs.padding[a]![0],
      attrs.dilation[a]!,
      strides[a]!,
    ]);
  }

  private param(c: Code, axis: number, i: number): string {
    return c.param(this.first + axis * PER_AXIS + i);
  }

  /** Number of windows along an axis. */
  windows(c: Code, axis: number): string {
    return this.param(c, axis, 0);
  }

  /** Number of elements along an axis. */
  size(c: Code, axis: number): string {
    return this.param(c, axis, 1);
  }

  /** Defines the position of `index` in `[lead, sizes…]` as `${name}0`, `${name}1`, …, and `lead`. */
  split(c: Code, index: string, name: string, of: "windows" | "size"): string {
    const lines = [`var remaining = ${index};`];
    for (let axis = this.rank - 1; axis >= 0; axis--) {
      const size = this[of](c, axis);
      lines.push(`let ${name}${axis} = remaining % ${size}; remaining = remaining / ${size};`);
    }
    return [...lines, "let lead = remaining;"].join("\n");
  }

  /**
   * Loops over the elements of window `o0`, `o1`, …, in row-major order, those in the padding left out. `body` gets the place of the
   * element, counted from that of the lead axes, and its number; `enter` and `leave` are around the loop along an axis.
   */
  loop(
    c: Code,
    body: (place: string, number: string) => string,
    enter: (axis: number) => string = () => "",
    leave: (axis: number) => string = () => "",
  ): string {
    const level = (axis: number, place: string, number: string): string => {
      if (axis === this.rank) return body(place, number === "" ? "0u" : number);
      const p = (i: number): string => this.param(c, axis, i);
      return `${enter(axis)}
for (var k${axis} = 0u; k${axis} < ${p(2)}; k${axis}++) {
let p${axis} = o${axis} * ${p(3)} + k${axis} * ${p(5)} - ${p(4)};
if (p${axis} < ${p(1)}) {
let place${axis} = ${place} + p${axis} * ${p(6)};
let number${axis} = ${number === "" ? "" : `${number} * ${p(1)} + `}p${axis};
${level(axis + 1, `place${axis}`, `number${axis}`)}
}
}
${leave(axis)}`;
    };
    return level(0, "at0", "");
  }

  /** Defines `first_o` and `end_o` of an axis: the windows that reach over position `p`. */
  around(c: Code, axis: number, p: string): string {
    const [windows, , size, stride, low, dilation] = [0, 1, 2, 3, 4, 5].map((i) => this.param(c, axis, i));
    return `let t${axis} = ${p} + ${low};
let reach${axis} = (${size} - 1u) * ${dilation};
let first${axis} = (max(t${axis}, reach${axis}) - reach${axis} + ${stride} - 1u) / ${stride};
let end${axis} = min(t${axis} / ${stride} + 1u, ${windows});`;
  }
}

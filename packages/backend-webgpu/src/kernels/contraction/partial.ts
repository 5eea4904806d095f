// Sums of partial results, in their order, and their rounding to 16-bit floats.
import { sizeOf } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { perWord } from "../../wgsl/dtypes.js";
import { groupsFor, itemsOf, type Runner } from "../../wgsl/kernel.js";
import { writes, type GpuView } from "../view.js";

/** Adds `parts` arrays of float32, one after the other in `partial`, into `out`. */
export function sumPartial(runner: Runner, partial: GpuBuffer, parts: number, out: GpuView): void {
  const count = sizeOf(out.shape);
  runner.run({
    key: "partial",
    operands: [{ buffer: partial, dtype: "float32", access: "read", type: "f32" }, writes(out)],
    ...(perWord(out.dtype) === 1 ? { result: 1 } : {}),
    params: [count, parts],
    groups: groupsFor(itemsOf(out.dtype, count)),
    code: (c) =>
      c.storeMapped(
        1,
        "(group * 256u + lane)",
        c.param(0),
        (index) => `var sum = ${c.array(0)}[${index}];
for (var part_at = 1u; part_at < ${c.param(1)}; part_at++) {
sum += ${c.array(0)}[part_at * ${c.param(0)} + ${index}];
}
let value = sum;`,
      ),
  });
}

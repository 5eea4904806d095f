// Sums of partial results, in their order, and their rounding to 16-bit floats.
import { sizeOf } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { groupsFor, itemsOf, type Runner } from "../../wgsl/kernel.js";
import { writes, type GpuView } from "../view.js";
import type { Epilogue } from "./target.js";

/** Adds `parts` arrays of float32, one after the other in `partial`, into `out`; rows and columns are for the epilogue. */
export function sumPartial(
  runner: Runner,
  partial: GpuBuffer,
  parts: number,
  out: GpuView,
  epilogue?: { readonly of: Epilogue; readonly rows: number; readonly columns: number },
): void {
  const count = sizeOf(out.shape);
  const added = epilogue?.of.operands ?? [];
  const sizes = epilogue ? [epilogue.rows, epilogue.columns] : [];
  runner.run({
    key: `partial/${epilogue?.of.key ?? ""}`,
    operands: [{ buffer: partial, dtype: "float32", access: "read", type: "f32" }, writes(out), ...added],
    params: [count, parts, ...sizes, ...(epilogue?.of.params ?? [])],
    groups: groupsFor(itemsOf(out.dtype, count)),
    code: (c) =>
      c.storeMapped(1, "(group * 256u + lane)", c.param(0), (index) => {
        const sum = `var sum = ${c.array(0)}[${index}];
for (var part_at = 1u; part_at < ${c.param(1)}; part_at++) {
sum += ${c.array(0)}[part_at * ${c.param(0)} + ${index}];
}`;
        if (!epilogue) return `${sum}\nlet value = sum;`;
        const value = epilogue.of.apply({
          c,
          value: "sum",
          row: `((${index} / ${c.param(3)}) % ${c.param(2)})`,
          column: `(${index} % ${c.param(3)})`,
          batch: `(${index} / (${c.param(2)} * ${c.param(3)}))`,
          index,
          operand: 2,
          param: 4,
        });
        return `${sum}\nlet value = ${value};`;
      }),
  });
}

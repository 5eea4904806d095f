// Elements by index along an axis.
import { sizeOf } from "@isoform/core";
import { computeType, perWord } from "../../wgsl/dtypes.js";
import { groupsFor, itemsOf, type Runner } from "../../wgsl/kernel.js";
import { asBits } from "../pointwise.js";
import { Addressing, reads, writes, type GpuView } from "../view.js";
import { placeOf } from "./places.js";

/** The family: an invocation per word of the output. */
export function gather(runner: Runner, x: GpuView, indices: GpuView, out: GpuView, axis: number): void {
  const count = sizeOf(out.shape);
  if (count === 0) return;
  const source = asBits(x);
  const narrow = perWord(out.dtype) > 1;
  const target = narrow ? asBits(out) : out;
  const [before, after] = [x.strides.slice(0, axis), x.strides.slice(axis + 1)];
  const still = (strides: readonly number[]): number[] => strides.map(() => 0);
  const { shape } = out;
  const addressing = new Addressing(shape, [
    { ...source, shape, strides: [...before, ...still(indices.strides), ...after] },
    { ...indices, shape, strides: [...still(before), ...indices.strides, ...still(after)] },
  ]);
  runner.run({
    key: `gather/${addressing.key}`,
    operands: [reads(source), reads(indices), writes(target)],
    params: [count, x.shape[axis]!, x.strides[axis]!, ...addressing.params],
    groups: groupsFor(itemsOf(target.dtype, count)),
    ...(narrow ? {} : { result: 2 }),
    code: (c) =>
      c.storeMapped(
        2,
        "(group * 256u + lane)",
        c.param(0),
        (index) => `${addressing.code(c, 3, index)}
let given = ${c.load(1, "at1")};
let place = ${placeOf(indices.dtype, "given")};
var bits = ${computeType(source.dtype)}();
if (place < ${c.param(1)}) { bits = ${c.load(0, `(at0 + place * ${c.param(2)})`)}; }
let value = bitcast<${computeType(target.dtype)}>(bits);`,
      ),
  });
}

// Philox4x32-10 (Salmon et al. 2011): an invocation per block of four words.
import { sizeOf } from "@isoform/core";
import { groupsFor, type Runner } from "../../wgsl/kernel.js";
import { reads, writes, type GpuView } from "../view.js";

/** The family. */
export function randomBits(runner: Runner, key: GpuView, out: GpuView): void {
  const count = sizeOf(out.shape);
  if (count === 0) return;
  runner.run({
    key: "randomBits",
    operands: [reads(key), writes(out)],
    params: [count, key.offset, key.strides[0]!],
    groups: groupsFor(Math.ceil(count / 4)),
    code: (c) => {
      const word = (i: number): string => c.load(0, `(${c.param(1)} + ${i}u * ${c.param(2)})`);
      const stores = [0, 1, 2, 3].map(
        (i) =>
          `if (block * 4u + ${i}u < ${c.param(0)}) { ${c.store(1, `(block * 4u + ${i}u)`, `counter[${i}]`)} }`,
      );
      return `let block = group * 256u + lane;
if (block * 4u < ${c.param(0)}) {
var key = vec2<u32>(${word(0)}, ${word(1)});
let start = vec2<u32>(${word(2)}, ${word(3)});
let low = w_add(start, vec2<u32>(block, 0u));
var counter = vec4<u32>(low, select(0u, 1u, w_ult(low, start)), 0u);
for (var round_number = 0u; round_number < 10u; round_number++) {
let p = w_product(0xd2511f53u, counter.x);
let q = w_product(0xcd9e8d57u, counter.z);
counter = vec4<u32>(q.y ^ counter.y ^ key.x, q.x, p.y ^ counter.w ^ key.y, p.x);
key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
}
${stores.join("\n")}
}`;
    },
  });
}

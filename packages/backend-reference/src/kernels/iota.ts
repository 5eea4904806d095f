// iota: places along an axis.
import type { Kernels } from "@isoform/core";
import { splitAt, type Access } from "../elements.js";

/** The iota kernel. */
export function iotaKernels<B>(access: Access<B>): Pick<Kernels<B>, "iota"> {
  return {
    iota(out, axis) {
      const { outer, n, inner } = splitAt(out.shape, axis);
      const data = new Float64Array(outer * n * inner);
      let at = 0;
      for (let o = 0; o < outer; o++) {
        for (let j = 0; j < n; j++) {
          for (let i = 0; i < inner; i++) data[at++] = j;
        }
      }
      access.storeNumbers(out, data);
    },
  };
}

// All primitives: the front doors as exports, the op values in one table.
import type { AnyOp, PrimId } from "../table.js";
import { eraseOp, eraseOps } from "../../dispatch/erase.js";
import { binaryOps } from "./binary.js";
import { compareOps } from "./compare.js";
import { convOp, matmulOp } from "./contraction.js";
import { gatherOp, scatterOp, sortOp } from "./indexing.js";
import { broadcastToOp, concatOp, flipOp, padOp, reshapeOp, sliceOp, transposeOp } from "./movement.js";
import { argReduceOp, cumulativeOp, reduceOp } from "./reduce.js";
import { bitcastOp, castOp, whereOp } from "./select.js";
import { fullOp, iotaOp, randomBitsOp } from "./source.js";
import { unaryOps } from "./unary.js";
import { reduceWindowOp, selectAndScatterOp } from "./window.js";

export * from "./binary.js";
export * from "./compare.js";
export * from "./contraction.js";
export * from "./indexing.js";
export * from "./movement.js";
export * from "./reduce.js";
export * from "./select.js";
export * from "./source.js";
export * from "./unary.js";
export * from "./window.js";

/** Every primitive by id; exhaustive by type. A function, so that importing core evaluates nothing. */
export function primitives(): Readonly<Record<PrimId, AnyOp>> {
  return {
    ...eraseOps(unaryOps),
    ...eraseOps(binaryOps),
    ...eraseOps(compareOps),
    where: eraseOp(whereOp),
    cast: eraseOp(castOp),
    bitcast: eraseOp(bitcastOp),
    full: eraseOp(fullOp),
    iota: eraseOp(iotaOp),
    randomBits: eraseOp(randomBitsOp),
    reduce: eraseOp(reduceOp),
    argReduce: eraseOp(argReduceOp),
    cumulative: eraseOp(cumulativeOp),
    reshape: eraseOp(reshapeOp),
    transpose: eraseOp(transposeOp),
    broadcastTo: eraseOp(broadcastToOp),
    slice: eraseOp(sliceOp),
    flip: eraseOp(flipOp),
    pad: eraseOp(padOp),
    concat: eraseOp(concatOp),
    matmul: eraseOp(matmulOp),
    conv: eraseOp(convOp),
    reduceWindow: eraseOp(reduceWindowOp),
    selectAndScatter: eraseOp(selectAndScatterOp),
    gather: eraseOp(gatherOp),
    scatter: eraseOp(scatterOp),
    sort: eraseOp(sortOp),
  };
}

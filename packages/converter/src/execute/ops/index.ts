// All op implementations by IR op. Control flow is not here: it runs subgraphs (see ../control.ts).
import type { CONTROL_OPS } from "../../ir/ops/control.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { OpRuns } from "../call.js";
import { ACTIVATION } from "./activation.js";
import { ATTENTION } from "./attention.js";
import { CONV } from "./conv.js";
import { ELEMENTWISE } from "./elementwise.js";
import { IMAGE } from "./image.js";
import { INDEXING } from "./indexing.js";
import { LINEAR } from "./linear.js";
import { LOSS } from "./loss.js";
import { NORM } from "./norm.js";
import { POOL } from "./pool.js";
import { QUANTIZE } from "./quantize.js";
import { RANDOM } from "./random.js";
import { RECURRENT } from "./recurrent.js";
import { REDUCE } from "./reduce.js";
import { SEQUENCE } from "./sequence.js";
import { SHAPE } from "./shape.js";
import { SIGNAL } from "./signal.js";
import { TEXT } from "./text.js";

/** Ops that run subgraphs. */
export type ControlOp = keyof typeof CONTROL_OPS | "FlexAttention";
/** Ops with an implementation of their own. */
export type PlainOp = Exclude<IrOp, ControlOp>;

/** Implementations; exhaustive by type. */
export const OP_RUNS: OpRuns<PlainOp> = {
  ...ACTIVATION,
  ...ATTENTION,
  ...CONV,
  ...ELEMENTWISE,
  ...IMAGE,
  ...INDEXING,
  ...LINEAR,
  ...LOSS,
  ...NORM,
  ...POOL,
  ...QUANTIZE,
  ...RANDOM,
  ...RECURRENT,
  ...REDUCE,
  ...SEQUENCE,
  ...SHAPE,
  ...SIGNAL,
  ...TEXT,
};

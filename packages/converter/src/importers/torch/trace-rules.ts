// Core ops of a traced module as IR nodes: one typed table. Composites without a rule are imported by their
// decomposition; every primitive has a rule or a reason why no format can hold it, which the compiler checks.
import type { PrimId } from "@isoform/core";
import type { RulesOf, TraceRules } from "./trace-call.js";
import { ELEMENTWISE_RULES } from "./trace-rules/elementwise.js";
import { INDEXING_RULES } from "./trace-rules/indexing.js";
import { LAYER_RULES } from "./trace-rules/layers.js";
import { RECURRENT_RULES } from "./trace-rules/recurrent.js";
import { REDUCE_RULES } from "./trace-rules/reduce.js";
import { SHAPE_RULES } from "./trace-rules/shape.js";
import { WINDOW_RULES } from "./trace-rules/window.js";

const RULES: RulesOf<PrimId> = {
  ...ELEMENTWISE_RULES,
  ...SHAPE_RULES,
  ...INDEXING_RULES,
  ...REDUCE_RULES,
  ...WINDOW_RULES,
  ...LAYER_RULES,
  ...RECURRENT_RULES,
};

/** Resolved by op id; see `importTrace`. */
export const TRACE_RULES: TraceRules = RULES;

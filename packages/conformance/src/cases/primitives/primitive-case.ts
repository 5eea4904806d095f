// The format of a forward case of a primitive: inputs by dtype, attributes, layouts. The oracle gives what to expect.
import type { DType, PrimId } from "@isoform/core";
import type { Input } from "../inputs.js";
import type { Layout } from "../layout.js";

/** One use of a primitive; runs in every dtype that the op and the backend have. */
export interface PrimitiveCase {
  readonly op: PrimId;
  /** Unique among the cases of the op. */
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly attrs: object | ((dtype: DType) => object);
  /** One for all inputs or one each; default dense. */
  readonly layout?: Layout | readonly Layout[];
  /** Only these dtypes. */
  readonly dtypes?: readonly DType[];
  /** Terms that are added up in one output element, and the size of a term: for the tolerance. Default 1 and 1. */
  readonly terms?: number;
  readonly termSize?: number;
  /** The result must be exactly the oracle's. */
  readonly exact?: boolean;
}

/** The float dtypes. */
export const FLOATS: readonly DType[] = ["float16", "bfloat16", "float32", "float64"];
/** The float dtypes that large cases run in. */
export const WIDE_FLOATS: readonly DType[] = ["float32", "float64"];

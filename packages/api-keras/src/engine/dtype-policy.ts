// Dtype policies: in which dtype a layer keeps its weights and in which it computes.
import {
  ArgumentError,
  isDType,
  isFloat,
  type DType,
  constructible,
  type Constructible,
} from "@isoform/core";
import { isObjectConfig, type ObjectConfig } from "../config/object.js";
import { dtypeHint } from "../config/nearest.js";
import { session } from "../session.js";

/** A dtype, `"mixed_float16"`, `"mixed_bfloat16"`, or a policy. */
export type DTypePolicyLike = string | DTypePolicy | ObjectConfig | null;

/** Dtypes of a layer. */
class DTypePolicyClass {
  readonly name: string;
  readonly computeDtype: DType;
  readonly variableDtype: DType;

  /** @throws {ArgumentError} for an unknown name */
  constructor(name: string) {
    this.name = name;
    const mixed = name === "mixed_float16" || name === "mixed_bfloat16";
    const compute = mixed ? name.slice("mixed_".length) : name;
    if (!isDType(compute)) {
      throw new ArgumentError(`no dtype policy ${JSON.stringify(name)}`, {
        code: "argument/dtype",
        op: "DTypePolicy",
        hint: dtypeHint(name, 'use a dtype such as "float32", or "mixed_float16"'),
      });
    }
    this.computeDtype = compute;
    this.variableDtype = mixed ? "float32" : compute;
  }

  /** The record of a config. */
  serialize(): ObjectConfig {
    return { module: "keras", class_name: "DTypePolicy", config: { name: this.name }, registered_name: null };
  }

  /** True when float inputs are cast to the compute dtype. */
  get casts(): boolean {
    return isFloat(this.computeDtype);
  }
}

/**
 * The policy of an option; null takes the session's.
 * @throws {ArgumentError} when the name is unknown
 * @see keras.dtype_policies.get
 */
export function dtypePolicy(like: DTypePolicyLike | undefined): DTypePolicy {
  if (like === null || like === undefined) return new DTypePolicy(session.dtypePolicy);
  if (like instanceof DTypePolicy) return like;
  if (typeof like === "string") return new DTypePolicy(like);
  const name = isObjectConfig(like) ? like.config["name"] : undefined;
  return new DTypePolicy(typeof name === "string" ? name : "float32");
}

/**
 * Sets the policy of layers made from now on.
 * @throws {ArgumentError} when the name is unknown
 * @see keras.config.set_dtype_policy
 */
export function setDtypePolicy(like: DTypePolicyLike): void {
  session.dtypePolicy = dtypePolicy(like).name;
}

/** An instance of `DTypePolicy`. */
export type DTypePolicy = DTypePolicyClass;
/**
 * Dtypes of a layer, by name: a dtype, `"mixed_float16"` or `"mixed_bfloat16"`. Shapes play no part.
 * @throws {ArgumentError} when the name is unknown
 * @see keras.dtype_policies.DTypePolicy
 */
export const DTypePolicy: Constructible<typeof DTypePolicyClass> =
  /* @__PURE__ */ constructible(DTypePolicyClass);

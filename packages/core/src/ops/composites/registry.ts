// Every composite by id: the op values among the exports of the groups. Which ids there must be is checked by type, so
// that an op that no group exports does not compile.
import { eraseOps } from "../../dispatch/erase.js";
import type { AnyOp, CoreCompId } from "../table.js";
import * as activations from "./activations/index.js";
import * as contraction from "./contraction/index.js";
import * as indexing from "./indexing/index.js";
import * as losses from "./losses/index.js";
import * as math from "./math/index.js";
import * as norms from "./norms/index.js";
import * as pooling from "./pooling/index.js";
import * as recurrent from "./recurrent/index.js";
import * as reductions from "./reductions/index.js";
import * as resize from "./resize/index.js";
import * as shape from "./shape/index.js";

type Groups = readonly [
  typeof activations,
  typeof contraction,
  typeof indexing,
  typeof losses,
  typeof math,
  typeof norms,
  typeof pooling,
  typeof recurrent,
  typeof reductions,
  typeof resize,
  typeof shape,
];
type Composite<I extends string = string> = { readonly id: I; readonly tier: "comp" };
type IdOf<V> = V extends Composite<infer I> ? I : never;
type IdsOf<M> = M extends unknown ? IdOf<M[keyof M]> : never;
/** Ids in the op table that no group exports an op for: none. */
type Missing = Exclude<CoreCompId, IdsOf<Groups[number]>>;

function isComposite(value: unknown): value is Composite {
  return typeof value === "object" && value !== null && "tier" in value && value.tier === "comp";
}

/** Every composite of core by id; exhaustive by type. A function, so that importing core evaluates nothing. */
export function compositeOps(): Readonly<Record<CoreCompId, AnyOp>> {
  const groups: Groups = [
    activations,
    contraction,
    indexing,
    losses,
    math,
    norms,
    pooling,
    recurrent,
    reductions,
    resize,
    shape,
  ];
  const ops = groups.flatMap((group): unknown[] => Object.values(group)).filter(isComposite);
  const complete: [Missing] extends [never] ? object : Missing = Object.fromEntries(
    ops.map((op) => [op.id, op]),
  );
  return eraseOps(complete as Readonly<Record<CoreCompId, unknown>>);
}

// The one audited file of casts: between ops typed by id and ops whose id is not known, and between tensor classes.
import type { AnyOp, In, Op, OpId, Out } from "../ops/table.js";
import type { Tensor } from "../tensor/tensor.js";

/** Forgets an op's id. Sound because `bind` hands an op only the inputs and attributes typed by that id. */
export function eraseOp<K extends OpId>(op: Op<K>): AnyOp {
  return op as unknown as AnyOp;
}

/** Forgets the tuple type of inputs. */
export function eraseInputs<K extends OpId>(inputs: In<K, Tensor>): readonly (Tensor | null)[] {
  return inputs as unknown as readonly (Tensor | null)[];
}

/** Restores the tuple type of outputs. Sound because their number is what `infer` of the same op gave. */
export function restoreOutputs<K extends OpId>(outputs: readonly Tensor[]): Out<K, Tensor> {
  return outputs as unknown as Out<K, Tensor>;
}

/** Forgets the ids of a table of ops of one family. */
export function eraseOps<K extends string>(ops: Readonly<Record<K, unknown>>): Readonly<Record<K, AnyOp>> {
  return ops as unknown as Readonly<Record<K, AnyOp>>;
}

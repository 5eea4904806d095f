// The op table: for every op its tier, inputs, outputs and attributes, as types. Values live in prims/ and composites/.
import type { Tensor } from "../tensor/tensor.js";
import type { DType } from "../tensor/dtype.js";
import type { BufferView, KernelFamily, Kernels } from "../runtime/backend.js";
import type { View } from "../tensor/view.js";

/** Shape and element type: all that inference knows of a tensor. Every `Tensor` is one. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** What an entry of the table says. An input name ending in `?` may be null; a plain `string[]` is variadic. */
export interface OpEntry {
  readonly tier: "prim" | "comp";
  readonly in: readonly string[];
  /** Output names; left out when there is one output. */
  readonly out?: readonly string[];
  readonly attrs: object;
}

/** All ops. Third parties add composites by declaration merging, with ids `vendor.op`. */
// eslint-disable-next-line typescript/no-empty-object-type -- filled by declaration merging in prims/ and composites/
export interface OpTable {}

/** Id of an op. */
export type OpId = keyof OpTable & string;
type Entry<K extends OpId> = OpTable[K] extends OpEntry ? OpTable[K] : never;
/** Attributes of an op. */
export type Attrs<K extends OpId> = Entry<K>["attrs"];
type MapInputs<T extends readonly string[], V> = {
  readonly [I in keyof T]: T[I] extends `${string}?` ? V | null : V;
};
type MapOutputs<T extends readonly string[], V> = { readonly [I in keyof T]: V };
/** Inputs of an op, each a `V`. */
export type In<K extends OpId, V> = MapInputs<Entry<K>["in"], V>;
/** Outputs of an op, each a `V`; one output is a 1-tuple. */
export type Out<K extends OpId, V> =
  Entry<K> extends { readonly out: infer O extends readonly string[] } ? MapOutputs<O, V> : readonly [V];
/** Ids of the primitives. */
export type PrimId = { [K in OpId]: Entry<K>["tier"] extends "prim" ? K : never }[OpId];
/** Ids of the composites. */
export type CompId = Exclude<OpId, PrimId>;
/** Ids of core's own composites: those without a vendor's prefix. */
export type CoreCompId = Exclude<CompId, `${string}.${string}`>;

/** What a vjp rule gets. `grads[i]` is null when output i does not reach the result. */
export interface VjpContext<K extends OpId> {
  readonly inputs: In<K, Tensor>;
  readonly outputs: Out<K, Tensor>;
  readonly attrs: Attrs<K>;
  readonly grads: Out<K, Tensor | null>;
  /** Whether the gradient of input i is wanted; others may be returned as null. */
  readonly needs: readonly boolean[];
}

/** Which values the tape has to keep for the vjp rule; shapes and dtypes are always there. */
export type Saves = "none" | "inputs" | "outputs" | "both";

interface Common<K extends OpId> {
  /**
   * Shapes and dtypes of the outputs.
   * @throws {ShapeError} when the shapes are not allowed
   * @throws {DTypeError} when the dtypes are not allowed
   */
  infer(inputs: In<K, TensorSpec>, attrs: Attrs<K>): Out<K, TensorSpec>;
  /** Vector-Jacobian product, written with ops. Left out = not differentiable (primitives) or by decomposition. */
  vjp?(ctx: VjpContext<K>): In<K, Tensor | null>;
  /** Default `both`. */
  readonly saves?: Saves;
}

/** A primitive either only changes the view of its input, or is lowered to a kernel family. */
export interface PrimDef<K extends OpId> extends Common<K> {
  /** The kernel family that `lower` calls, for backends that want contiguous inputs. */
  readonly family?: KernelFamily;
  /** The view of the result over the same storage, or null when a copy is needed first. */
  view?(x: View, attrs: Attrs<K>): View | null;
  lower?(
    kernels: Kernels<unknown>,
    inputs: In<K, BufferView<unknown>>,
    outputs: Out<K, BufferView<unknown>>,
    attrs: Attrs<K>,
  ): void;
}

/** A composite always says how it is made of other ops. */
export interface CompDef<K extends OpId> extends Common<K> {
  decompose(inputs: In<K, Tensor>, attrs: Attrs<K>): Out<K, Tensor>;
}

/** An op as a value: what `bind` takes. */
export type Op<K extends OpId> = K extends PrimId
  ? { readonly id: K; readonly tier: "prim" } & PrimDef<K>
  : { readonly id: K; readonly tier: "comp" } & CompDef<K>;

/** An op whose id is not known at compile time. */
export interface AnyOp {
  readonly id: string;
  readonly tier: "prim" | "comp";
  infer(inputs: readonly (TensorSpec | null)[], attrs: object): readonly TensorSpec[];
  vjp?(ctx: AnyVjpContext): readonly (Tensor | null)[];
  readonly saves?: Saves;
  readonly family?: KernelFamily;
  view?(x: View, attrs: object): View | null;
  lower?(
    kernels: Kernels<unknown>,
    inputs: readonly BufferView<unknown>[],
    outputs: readonly BufferView<unknown>[],
    attrs: object,
  ): void;
  decompose?(inputs: readonly (Tensor | null)[], attrs: object): readonly Tensor[];
}

/** `VjpContext` of an `AnyOp`. */
export interface AnyVjpContext {
  readonly inputs: readonly (Tensor | null)[];
  readonly outputs: readonly Tensor[];
  readonly attrs: object;
  readonly grads: readonly (Tensor | null)[];
  readonly needs: readonly boolean[];
}

/** Makes a primitive of its inference, lowering and gradient rule. Never throws. */
/* @__NO_SIDE_EFFECTS__ */
export function definePrim<K extends PrimId>(
  id: K,
  def: PrimDef<K>,
): { readonly id: K; readonly tier: "prim" } & PrimDef<K> {
  return { id, tier: "prim", ...def };
}

/**
 * Makes a composite of its inference, decomposition and gradient rule. Third parties use ids of the form
 * `vendor.op`. Never throws.
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<K extends CompId>(
  id: K,
  def: CompDef<K>,
): { readonly id: K; readonly tier: "comp" } & CompDef<K> {
  return { id, tier: "comp", ...def };
}

// Operands of elementwise operations: tensors brought into one axis order, constants rearranged to fit.
import { rawTensor, type RawTensor } from "../../../formats/raw-tensor.js";
import { applySteps } from "../../../ir/weights.js";
import type { IrOp } from "../../../ir/ops/table.js";
import { identityOrder, plainView, sameShuffle, type Shuffle } from "../../../layout/index.js";
import type { KView } from "../emitter.js";
import type { NodeExport } from "../node.js";
import { KTensor, type Arg } from "../tensors.js";

/** Operands in one order. */
export interface Aligned {
  readonly args: readonly Arg[];
  readonly order: readonly number[];
  readonly shuffle: Shuffle | null;
}

/** A tensor with leading axes of size 1 up to a rank. */
function widened<K extends IrOp>(n: NodeExport<K>, view: KView, rank: number): KView {
  let t = n.out.layouts.plain(view, n.wanted());
  for (let k = view.order.length; k < rank; k++)
    t = n.operation("ExpandDims", [t], [1, ...t.dims], {
      config: { axis: 0 },
      part: "expand",
      dtype: t.dtype,
    });
  return plainView(t, rank);
}

/** The inputs `indices` of a node as arguments that broadcast as in NumPy. */
export function aligned<K extends IrOp>(n: NodeExport<K>, indices: readonly number[]): Aligned {
  const { layouts } = n.out;
  const tensors = indices.filter((i) => !n.isConstant(i));
  if (tensors.length === 0) throw n.error("all inputs are constants");
  const rank = indices.reduce((most, i) => Math.max(most, n.rank(i)), 0);
  const given = new Map(tensors.map((i) => [i, n.view(i)]));
  const first = [...given.values()].find((v) => v.order.length === rank);
  if (!first) throw n.error("a constant has more axes than every tensor");
  const alike = [...given.values()].every(
    (v) => v.order.length === 0 || (v.order.length === rank && sameShuffle(v.shuffle, first.shuffle)),
  );
  const shuffle = alike ? first.shuffle : null;
  const views = new Map(
    [...given].map(([i, v]) => {
      if (alike) return [i, { ...v, shuffle: null }];
      const ready = v.shuffle === null ? v : plainView(layouts.plain(v, n.wanted()), v.order.length);
      return [i, ready.order.length === rank || ready.order.length === 0 ? ready : widened(n, ready, rank)];
    }),
  );
  const whole = [...views.values()].filter((v) => v.order.length === rank);
  const order = layouts.cheapest(whole);
  const args = indices.map((i): Arg => {
    const view = views.get(i);
    if (!view) return constantIn(n, i, rank, order, shuffle);
    return view.order.length === rank ? layouts.as(view, order, n.wanted()) : view.value;
  });
  return { args, order, shuffle };
}

/** A constant in the order of the tensors, its last axis in the pending order of features. */
function constantIn<K extends IrOp>(
  n: NodeExport<K>,
  i: number,
  rank: number,
  order: readonly number[],
  shuffle: Shuffle | null,
): Arg {
  const tensor = n.constant(i, `input ${i}`);
  return n.constantOf(shuffled(tensor, shuffle), rank, order, n.value(i).name);
}

/** A tensor with its last axis in the order of a shuffle; a last axis of size 1 stays. */
export function shuffled(tensor: RawTensor, shuffle: Shuffle | null): RawTensor {
  const { shape } = tensor;
  const last = shape.at(-1);
  if (shuffle === null || last !== shuffle.places.length) return tensor;
  const moved = applySteps(tensor, [{ kind: "take", axis: shape.length - 1, indices: shuffle.places }]);
  return rawTensor(moved.dtype, shape, moved.data);
}

/** Tensors among aligned arguments. */
export function tensorArgs(a: Aligned): readonly KTensor[] {
  return a.args.filter((arg) => arg instanceof KTensor);
}

/** 0, 1, … of a rank, for views in the tensor's own order. */
export const own: (rank: number) => number[] = identityOrder;

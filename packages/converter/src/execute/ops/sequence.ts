// Sequences and optionals.
import * as core from "@isoform/core";
import type { SEQUENCE_OPS } from "../../ir/ops/sequence.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Call, OpRuns, Result } from "../call.js";
import { hostInts, HostTensor } from "../host.js";
import type { Sequence, Val } from "../value.js";

function sequence<K extends IrOp>(c: Call<K>, i: number): Sequence {
  const v = c.value(i);
  if (v instanceof core.Tensor || v instanceof HostTensor) throw c.error(`input ${i} is not a sequence`);
  if (v.kind === "sequence") return v;
  if (v.kind === "optional" && v.item && "kind" in v.item && v.item.kind === "sequence") return v.item;
  throw c.error(`input ${i} is not a sequence`);
}

function make(items: readonly Val[], dtype: Sequence["dtype"]): Sequence {
  return { kind: "sequence", items, dtype };
}

const dtypeOf = (v: Val): Sequence["dtype"] =>
  v instanceof core.Tensor || v instanceof HostTensor ? v.dtype : v.kind === "optional" ? null : v.dtype;

/** Position input `i`, negative from the end, the default at the end. */
function position<K extends IrOp>(c: Call<K>, i: number, length: number, fallback: number): number {
  const at = c.has(i) ? c.scalar(i) : fallback;
  return at < 0 ? at + length : at;
}

function concatFrom(c: Call<"ConcatFromSequence">): Result {
  const { items } = sequence(c, 0);
  const tensors = items.map((v) => {
    if (v instanceof core.Tensor) return v;
    if (v instanceof HostTensor) return c.upload(v);
    throw c.error("the sequence holds something that is not a tensor");
  });
  return c.attrs.new_axis ? core.stack(tensors, c.attrs.axis) : core.concat(tensors, c.attrs.axis);
}

function splitTo(c: Call<"SplitToSequence">): Result {
  const x = c.t(0);
  const axis = c.attrs.axis < 0 ? c.attrs.axis + x.rank : c.attrs.axis;
  const n = x.shape[axis]!;
  const sizes: number[] = [];
  const given = c.optInts(1);
  if (given?.some((size) => size < 0 || (size === 0 && c.shape(1).length === 0)))
    throw c.error(`cannot be split into parts of [${given.join(",")}]`);
  if (given === null) for (let i = 0; i < n; i++) sizes.push(1);
  else if (c.shape(1).length === 1) for (const size of given) sizes.push(size);
  else for (let i = 0; i < n; i += given[0]!) sizes.push(Math.min(given[0]!, n - i));
  let from = 0;
  const items = sizes.map((size) => {
    const part = core.sliceAxis(x, axis, from, from + size);
    from += size;
    const drop = given === null && !c.attrs.keepdims;
    return drop
      ? core.reshape(
          part,
          part.shape.filter((_, i) => i !== axis),
        )
      : part;
  });
  return make(items, x.dtype);
}

function optionalGet(c: Call<"OptionalGetElement">): Result {
  const v = c.value(0);
  if (!("kind" in v) || v.kind !== "optional") return v;
  if (v.item === null) throw c.error("the optional is empty");
  return v.item;
}

function optionalHas(c: Call<"OptionalHasElement">): Result {
  const v = c.inputs[0];
  const empty = !v || ("kind" in v && v.kind === "optional" && v.item === null);
  return new HostTensor("bool", [], [empty ? 0 : 1]);
}

/** Sequences and optionals. */
export const SEQUENCE: OpRuns<keyof typeof SEQUENCE_OPS> = {
  ConcatFromSequence: { run: concatFrom },
  Optional: { run: (c) => ({ kind: "optional", item: c.inputs[0] ?? null }) },
  OptionalGetElement: { run: optionalGet },
  OptionalHasElement: { run: optionalHas },
  SequenceAt: {
    host: [1],
    run: (c) => {
      const { items } = sequence(c, 0);
      const found = items[position(c, 1, items.length, 0)];
      if (!found) throw c.error(`position ${c.scalar(1)} is outside a sequence of ${items.length}`);
      return found;
    },
  },
  SequenceConstruct: {
    run: (c) =>
      make(
        c.inputs.flatMap((v) => (v ? [v] : [])),
        dtypeOf(c.value(0)),
      ),
  },
  SequenceEmpty: { run: (c) => make([], c.attrs.dtype ?? "float32") },
  SequenceErase: {
    host: [1],
    run: (c) => {
      const s = sequence(c, 0);
      const at = position(c, 1, s.items.length, s.items.length - 1);
      return make(
        s.items.filter((_, i) => i !== at),
        s.dtype,
      );
    },
  },
  SequenceInsert: {
    host: [2],
    run: (c) => {
      const s = sequence(c, 0);
      const items = [...s.items];
      items.splice(position(c, 2, items.length, items.length), 0, c.value(1));
      return make(items, s.dtype);
    },
  },
  SequenceLength: { run: (c) => hostInts([sequence(c, 0).items.length], []) },
  SplitToSequence: { host: [1], run: splitTo },
};

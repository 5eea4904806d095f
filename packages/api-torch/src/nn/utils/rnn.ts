// torch.nn.utils.rnn: sequences of different lengths.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, FLAG, NUMBER, oneOf } from "../../checks.js";
import { checkTensors, elementOf } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** Options of `padSequence`. */
export interface PadSequenceOptions {
  /** The batch is the first axis instead of the second. */
  readonly batchFirst?: boolean;
  readonly paddingValue?: number;
  readonly paddingSide?: "right" | "left";
}

/**
 * Sequences `[L, …]` of different lengths as one tensor `[T, N, …]`, with `batchFirst` `[N, T, …]`, T the longest,
 * filled up with `paddingValue`. By default batchFirst false, paddingValue 0, paddingSide 'right'.
 * @throws {ShapeError} when a sequence is a scalar, or they differ in more than length.
 * @throws {DTypeError} when their dtypes differ, or do not hold the value.
 * @throws {ArgumentError} when no list of tensors is given, it is empty, or an option is unknown.
 * @throws {LifetimeError} when a sequence was disposed.
 * @see torch.nn.utils.rnn.pad_sequence
 */
export function padSequence(sequences: Iterable<CoreTensor>, options: PadSequenceOptions = {}): Tensor {
  checkOptions("padSequence", options, {
    batchFirst: FLAG,
    paddingValue: NUMBER,
    paddingSide: oneOf("right", "left"),
  });
  const { batchFirst = false, paddingValue = 0, paddingSide = "right" } = options;
  const given: unknown = sequences;
  const isList = typeof given === "object" && given !== null && Symbol.iterator in given;
  const list = isList && !(given instanceof core.Tensor) ? [...sequences] : [];
  const first = list[0];
  if (first === undefined) {
    throw new core.ArgumentError(`${core.shown(given)} is not a list of sequences`, {
      code: "argument/sequences",
      op: "padSequence",
      hint: "pass an array of one tensor or more",
    });
  }
  list.forEach((s, i) => checkTensors("padSequence", { [`sequence ${i}`]: s }));
  const trailing = first.shape.slice(1);
  const odd = list.find((s) => s.rank === 0 || !core.sameShape(s.shape.slice(1), trailing));
  if (odd) {
    const hint = "sequences are [L, …] and differ in L only";
    throw core.shapeError("padSequence", "the sequences do not fit together", [first, odd], hint);
  }
  const other = list.find((s) => s.dtype !== first.dtype);
  if (other) throw core.dtypeError("padSequence", [first, other], "cast the sequences to one dtype");
  const value = elementOf("padSequence", paddingValue, first.dtype);
  const longest = Math.max(...list.map((s) => s.shape[0]!));
  const padded = list.map((s) => {
    const missing = longest - s.shape[0]!;
    const none = s.shape.map(() => 0);
    const some = s.shape.map((_, i) => (i === 0 ? missing : 0));
    return paddingSide === "right"
      ? core.pad(s, { low: none, high: some, value })
      : core.pad(s, { low: some, high: none, value });
  });
  return asTensor(core.stack(padded, batchFirst ? 0 : 1));
}

// Connectionist temporal classification in torch.nn.functional: the forward algorithm in log space, a step per time.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, COUNT, listOf } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import type { Tensor } from "../../tensor/tensor.js";
import * as kinds from "./reduction.js";
import { reduced, type LossOptions } from "./reduction.js";

/** Lengths of the sequences of a batch: integers in a tensor or a list, one number for one sample. */
export type Lengths = CoreTensor | readonly number[] | number;

/** Options of `ctcLoss`. */
export interface CTCOptions extends LossOptions {
  /** Class that stands for no label. */
  readonly blank?: number;
  /** Targets that cannot be aligned have loss 0 and no gradient, instead of an infinite loss. */
  readonly zeroInfinity?: boolean;
}

const OP = "ctcLoss";
/** Logarithm of what is impossible; finite, so that sums of it are numbers. */
const NEVER = -1e30;

/** Lengths as int32 `[N]`, and the longest where it is known here. */
interface Known {
  readonly tensor: CoreTensor;
  readonly list: readonly number[] | null;
}

/** @throws {ArgumentError, DTypeError, ShapeError} for other counts, or lengths outside 0 … most */
function lengthsOf(name: string, given: Lengths, n: number, batched: boolean, most: number | null): Known {
  if (given instanceof core.Tensor) {
    core.requireInteger(OP, given);
    if (!core.sameShape(given.shape, [n]) && (batched || given.rank > 0)) {
      throw core.shapeError(OP, `${name} must be [${n}]`, [given], "give one length per sample");
    }
    if (most !== null) core.countIndices(OP, given, most + 1, { what: `0 to ${most} as ${name}` });
    return { tensor: core.cast(core.reshape(given, [n]), "int32"), list: null };
  }
  const list = typeof given === "number" && !batched ? [given] : given;
  const use = `${n} non-negative integers, one per sample, or a tensor of them`;
  const numbers = checkValue(OP, name, list, listOf(COUNT, use, n)) as readonly number[];
  const long = numbers.find((v) => most !== null && v > most);
  if (long !== undefined) {
    throw new core.ArgumentError(`${long} is among ${name}`, {
      code: "argument/range",
      op: OP,
      hint: `use at most ${most}`,
    });
  }
  return { tensor: core.tensor(Int32Array.from(numbers)), list: numbers };
}

/** Labels as int32 `[N, S]`, blank after the end. @throws {ArgumentError, ShapeError} */
function labelsOf(
  targets: CoreTensor,
  n: number,
  lengths: Known,
  classes: number,
  blank: number,
): CoreTensor {
  const given = core.cast(targets, "int32");
  const total = targets.size;
  const { tensor: length, list } = lengths;
  let rows = given;
  if (targets.rank === 1) {
    const sum = list?.reduce((a, b) => a + b, 0) ?? total;
    if (sum !== total && n !== 1) {
      const hint = "targets of one axis are those of all samples, one after another";
      throw core.shapeError(OP, `the target lengths sum to ${sum}`, [targets], hint);
    }
    const longest = list ? Math.max(0, ...list) : total;
    const starts = core.sub(core.cumsum(length, 0), length);
    const places = core.add(core.unsqueeze(starts, [1]), core.iota([1, longest], 1, "int32"));
    rows =
      longest === 0 ? core.zeros([n, 0], "int32") : core.gather(given, core.clip(places, 0, total - 1), 0);
  }
  const inside = core.lt(core.iota(rows.shape, 1, "int32"), core.unsqueeze(length, [1]));
  const labels = core.where(inside, rows, blank);
  core.countIndices(OP, labels, classes, { what: "the classes" });
  return labels;
}

/** Log-likelihood of every sample `[N]`, near `NEVER` where no alignment is possible. */
function likelihood(
  logProbs: CoreTensor,
  labels: CoreTensor,
  inputLengths: CoreTensor,
  targetLengths: CoreTensor,
  blank: number,
): CoreTensor {
  const [steps, n] = logProbs.shape as [number, number, number];
  const count = labels.shape[1]!;
  const states = 2 * count + 1;
  const blanks = core.full([n, 2], blank, "int32");
  const last = core.sliceAxis(blanks, 1, 0, 1);
  const pairs = core.reshape(core.stack([core.full([n, count], blank, "int32"), labels], 2), [n, 2 * count]);
  const path = core.concat([pairs, last], 1);
  const twoBack = core.sliceAxis(core.concat([blanks, path], 1), 1, 0, states);
  const mayJump = core.and(core.ne(path, blank), core.ne(path, twoBack));
  const index = core.broadcastTo(core.unsqueeze(path, [0]), [steps, n, states]);
  const emitted = core.clip(core.gatherElements(logProbs, index, 2), NEVER, null);

  const never = core.full([n, 2], NEVER, logProbs.dtype);
  const back = (alpha: CoreTensor, by: 1 | 2) =>
    core.sliceAxis(core.concat([never, alpha], 1), 1, 2 - by, 2 - by + states);
  const first = core.eq(core.iota([n, states], 1, "int32"), 0);
  let alpha: CoreTensor = core.where(first, 0, core.full([n, states], NEVER, logProbs.dtype));
  for (let t = 0; t < steps; t++) {
    const jumped = core.where(mayJump, back(alpha, 2), NEVER);
    const before = core.logAddExp(core.logAddExp(alpha, back(alpha, 1)), jumped);
    const next = core.add(before, core.squeeze(core.sliceAxis(emitted, 0, t, t + 1), [0]));
    alpha = core.where(core.unsqueeze(core.lt(t, inputLengths), [1]), next, alpha);
  }
  const end = core.unsqueeze(core.mul(targetLengths, 2), [1]);
  const onLabel = core.gatherElements(alpha, core.clip(core.sub(end, 1), 0, null), 1);
  const onBlank = core.gatherElements(alpha, end, 1);
  const both = core.logAddExp(onBlank, core.where(core.gt(end, 0), onLabel, NEVER));
  return core.squeeze(both, [1]);
}

/** 0, with the gradient of Σ exp(logProbs) over the steps of every sample: PyTorch's gradient is that of the logits. */
function normalisation(logProbs: CoreTensor, inputLengths: CoreTensor): CoreTensor {
  const shares = core.sum(core.exp(logProbs), 2);
  const inside = core.lt(core.iota(shares.shape, 0, "int32"), core.unsqueeze(inputLengths, [0]));
  const total = core.sum(core.where(inside, shares, 0), 0);
  return core.sub(total, core.detach(total));
}

/**
 * Negative log-likelihood, in nats, of label sequences under log-probabilities of every step: `logProbs` `[T, N, C]`
 * (or `[T, C]`), integer `targets` `[N, S]` or all samples' one after another `[Σ lengths]`, and the lengths `[N]` of
 * inputs and targets, as tensors or numbers. Options by default: blank 0, zeroInfinity false. `reduction` 'mean'
 * (default; each loss divided by its target's length) or 'sum' -> a scalar, 'none' -> `[N]` (or a scalar). The
 * gradient is PyTorch's, which takes logProbs for a log-softmax. With lengths in a tensor and targets of one axis, a
 * sample is taken to have up to as many labels as there are in all.
 * @throws {ShapeError} when the tensors do not fit together.
 * @throws {DTypeError} when logProbs is not float, or the targets or lengths are not integers.
 * @throws {ArgumentError} when there is no class `blank`, an option or the reduction is unknown, a length is negative
 * or longer than its axis, or a class does not exist (tensors: on devices that are read at once).
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.ctc_loss, Graves et al. 2006
 */
export function ctcLoss(
  logProbs: CoreTensor,
  targets: CoreTensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  options: CTCOptions = {},
): Tensor {
  checkOptions(OP, options, kinds.CTC);
  checkTensors(OP, { logProbs, targets });
  const { blank = 0, reduction = "mean", zeroInfinity = false } = options;
  core.requireFloat(OP, logProbs);
  core.requireInteger(OP, targets);
  const batched = logProbs.rank === 3;
  const n = batched ? logProbs.shape[1]! : 1;
  const fits = targets.rank === 1 || (batched && targets.rank === 2 && targets.shape[0] === n);
  if ((!batched && logProbs.rank !== 2) || !fits) {
    const hint = "pass [T, N, C] and [N, S] or [Σ lengths]; [T, C] and [S] for one sample";
    throw core.shapeError(OP, "log-probabilities and targets do not fit", [logProbs, targets], hint);
  }
  const given = batched ? logProbs : core.unsqueeze(logProbs, [1]);
  const x = given.dtype === "float64" ? given : core.cast(given, "float32");
  const [steps, , classes] = x.shape as [number, number, number];
  if (blank >= classes) {
    throw new core.ArgumentError(`blank is ${blank}`, {
      code: "argument/range",
      op: OP,
      inputs: [core.describe(logProbs)],
      hint: `use a class below ${classes}`,
    });
  }
  const ins = lengthsOf("inputLengths", inputLengths, n, batched, steps);
  const most = targets.rank === 2 ? targets.shape[1]! : targets.size;
  const outs = lengthsOf("targetLengths", targetLengths, n, batched, most);
  const labels = labelsOf(targets, n, outs, classes, blank);
  let loss: CoreTensor = core.neg(likelihood(x, labels, ins.tensor, outs.tensor, blank));
  const impossible = core.gt(loss, -NEVER / 10);
  if (core.ambient.gradEnabled) loss = core.add(loss, normalisation(x, ins.tensor));
  loss = core.cast(core.where(impossible, zeroInfinity ? 0 : Infinity, loss), logProbs.dtype);
  if (reduction === "mean") loss = core.div(loss, core.cast(core.clip(outs.tensor, 1, null), loss.dtype));
  return reduced(batched ? loss : core.reshape(loss, []), reduction);
}

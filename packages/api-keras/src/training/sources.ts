// Where fit, evaluate and predict read their batches: arrays or iterables, with a share or data of their own to validate.
import { ArgumentError, shown } from "@isoform/core";
import { ArrayBatches, ArrayData, SourceBatches, isBatchSource, type Batches } from "./data.js";
import type { FitOptions } from "./options.js";

/** Batches of training, and of validation. */
export interface Sources {
  readonly train: Batches;
  readonly validation: Batches | null;
}

/** Arrays of a run on the device. */
export function arrayParts(owner: string, x: unknown, y: unknown, w: unknown): ArrayData {
  return ArrayData.from(owner, [x, y ?? null, w ?? null]);
}

/**
 * What `fit` reads, by its arguments.
 * @throws {ArgumentError} when they are no data, or rows cannot be split
 * @throws {ShapeError} when the arrays do not fit each other
 */
export function trainingSources(x: unknown, y: unknown, o: FitOptions): Sources {
  if (isBatchSource(x)) {
    if ((o.validationSplit ?? 0) > 0 || o.sampleWeight || (y !== undefined && y !== null)) {
      throw new ArgumentError("an iterable of batches comes with y, sampleWeight or validationSplit", {
        code: "argument/data",
        op: "fit",
        hint: "yield [x, y, sampleWeight] and pass validationData",
      });
    }
    return { train: new SourceBatches(x, o.stepsPerEpoch ?? null), validation: validationSource(o) };
  }
  const data = arrayParts("fit", x, y, o.sampleWeight);
  try {
    return arraySources(data, o);
  } catch (error) {
    data.dispose();
    throw error;
  }
}

function arraySources(data: ArrayData, o: FitOptions): Sources {
  const batchSize = o.batchSize ?? 32;
  const steps = o.stepsPerEpoch ?? null;
  const split = o.validationSplit ?? 0;
  if (split === 0)
    return {
      train: new ArrayBatches(data, batchSize, o.shuffle ?? true, steps),
      validation: validationSource(o),
    };
  const at = Math.floor(data.rows * (1 - split));
  if (at === 0 || at === data.rows) {
    throw new ArgumentError(`${data.rows} rows cannot be split by ${split}`, {
      code: "argument/invalid",
      op: "fit",
      hint: "both parts need at least one row",
    });
  }
  const [head, tail] = data.split("fit", at);
  const validation = new ArrayBatches(
    tail,
    o.validationBatchSize ?? batchSize,
    false,
    o.validationSteps ?? null,
  );
  const train = new ArrayBatches(head, batchSize, o.shuffle ?? true, steps);
  return {
    train: joined(train, () => data.dispose()),
    validation,
  };
}

function joined(batches: Batches, after: () => void): Batches {
  return {
    steps: batches.steps,
    epoch: () => batches.epoch(),
    dispose: () => {
      batches.dispose();
      after();
    },
  };
}

function validationSource(o: FitOptions): Batches | null {
  const given = o.validationData ?? null;
  if (given === null) return null;
  const steps = o.validationSteps ?? null;
  if (!Array.isArray(given)) {
    if (isBatchSource(given)) return new SourceBatches(given, steps);
    throw new ArgumentError(`validationData is ${shown(given)}`, {
      code: "argument/data",
      op: "fit",
      hint: "pass [x, y], [x, y, sampleWeight] or an iterable of batches",
    });
  }
  if (given.length === 0 || given.length > 3) {
    throw new ArgumentError(`validationData is an array of ${given.length} entries`, {
      code: "argument/data",
      op: "fit",
      hint: "pass [x, y] or [x, y, sampleWeight]",
    });
  }
  const [x, y, w] = given as unknown[];
  return new ArrayBatches(
    arrayParts("fit validationData", x, y, w),
    o.validationBatchSize ?? o.batchSize ?? 32,
    false,
    steps,
  );
}

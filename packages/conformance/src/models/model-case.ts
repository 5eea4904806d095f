// What model cases have in common: the current device, the comparison with the reference, leaks.
import { ambient, VerificationError, type Device } from "@isoform/core";
import type { Case } from "../case.js";
import type { Tolerance } from "../cases/composite-case.js";
import { withoutLeaks } from "../session.js";
import { differenceWithin, type Allowance } from "../tolerance.js";

/**
 * Bounds of losses, as everywhere for float32 gradients: a few steps of training multiply the rounding differences of
 * one.
 */
const LOSSES: Tolerance = { rtol: 1e-3, atol: 1e-3 };
/** Bounds of outputs of an untrained model of a few layers. */
const OUTPUTS: Tolerance = { rtol: 1e-4, atol: 1e-5 };

/** A model: what both APIs can do with theirs. */
export interface Model {
  /** `torch mlp` */
  readonly name: string;
  outputs(): Promise<readonly number[]>;
  /** Losses of a few steps. */
  train(compiled: boolean): Promise<readonly number[]>;
  /** What file it goes to and comes back from: `a .keras`. */
  readonly file: string;
  /** Outputs of what comes back. */
  fromFile(device: Device): Promise<readonly number[]>;
}

/** The cases of a model. */
export function modelCases({ name: subject, file, ...m }: Model, hasReference: boolean): Case[] {
  const cases: ModelCase[] = [
    { subject, name: "outputs", tolerance: OUTPUTS, run: () => m.outputs() },
    { subject, name: "losses, eager", tolerance: LOSSES, run: () => m.train(false) },
    { subject, name: "losses, compiled", tolerance: LOSSES, run: () => m.train(true) },
    {
      subject,
      name: `to ${file} file and back`,
      tolerance: OUTPUTS,
      run: (device) => m.fromFile(device),
      expected: () => m.outputs(),
    },
  ];
  return cases.map((c) => modelCase(c, hasReference));
}

/** One model case: `run` is on a device, and what it gives is compared with what it gives on the reference. */
interface ModelCase {
  /** `torch mlp` */
  readonly subject: string;
  readonly name: string;
  readonly tolerance: Tolerance;
  /** Numbers of the model; throws when something is wrong that needs no reference. */
  run(device: Device): Promise<readonly number[]>;
  /** What `run` must give, by another way on the same device; default: what it gives on the reference. */
  expected?(device: Device): Promise<readonly number[]>;
}

/** The case as the suite runs it. */
function modelCase(c: ModelCase, hasReference: boolean): Case {
  const alone = c.expected !== undefined;
  return {
    id: `L4/${c.subject}/float32/${c.name}`,
    level: "L4",
    subject: c.subject,
    dtype: "float32",
    ...(alone || hasReference ? {} : { skip: "nothing to compare with: `reference` in the options" }),
    async run(session, allowance) {
      const device = await session.device();
      const other = alone ? device : await session.reference()!;
      const on = (d: Device, run: (d: Device) => Promise<readonly number[]>) =>
        withoutLeaks([d], () => onDevice(d, () => run(d)));
      const expected = await on(other, (d) => (c.expected ? c.expected(d) : c.run(d)));
      compare(await on(device, (d) => c.run(d)), expected, c, allowance);
    },
  };
}

/** Runs an asynchronous function with a device as that of new tensors. Cases run one after the other. */
async function onDevice<T>(device: Device, run: () => Promise<T>): Promise<T> {
  const before = ambient.device;
  ambient.device = device;
  try {
    return await run();
  } finally {
    ambient.device = before;
  }
}

function compare(
  actual: readonly number[],
  expected: readonly number[],
  c: ModelCase,
  allowance: Allowance | undefined,
): void {
  const array = (data: readonly number[]) => ({ shape: [data.length], dtype: "float32" as const, data });
  const problem = differenceWithin(array(actual), array(expected), c.tolerance, allowance);
  if (problem)
    throw new VerificationError(`${c.name}: ${problem}`, { code: "conformance/model", op: c.subject });
}

/** Throws when a training does not train, or a compiled step is not compiled. */
export function checkTraining(losses: readonly number[], notice: string | null): void {
  const fail = (problem: string): never => {
    throw new VerificationError(problem, { code: "conformance/model" });
  };
  if (notice !== null) fail(`the step was not compiled: ${notice}`);
  if (!losses.every(Number.isFinite)) fail(`the losses are ${losses.join(", ")}`);
  if (!(losses.at(-1)! < losses[0]!)) fail(`the loss went from ${losses[0]} to ${losses.at(-1)}`);
}

/** Numbers without a pattern that a model could not learn, the same on every device. */
export function wave(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(i * 1.3 + seed * 7.1));
}

/** Class numbers 0 to `classes` − 1. */
export function labels(count: number, classes: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * 5 + seed * 3) % classes);
}

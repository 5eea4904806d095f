// What is measured: a case, and a case made ready on one contender.
import type { TypedArray } from "@isoform/core";
import type { OpSpec } from "./cases/op-spec.js";

/** The suites, in the order they run. */
export const SUITES = ["ops", "models", "training"] as const;
/** Name of a suite. `file` is a model that the user brings. */
export type Suite = (typeof SUITES)[number] | "file";

/** How large the cases are: `small` ones end in a moment everywhere and say little about speed. */
export const BENCH_SIZES = ["full", "small"] as const;
/** Size of the cases of a run. */
export type BenchSize = (typeof BENCH_SIZES)[number];

/** A case made ready: its inputs are on the device, nothing has run yet. */
export interface Trial {
  /**
   * Starts one run. An asynchronous device need not have ended it when this returns; the result of the run before is
   * given up.
   */
  start(): void | Promise<void>;
  /** Resolves when every run that was started has ended. */
  finish(): Promise<void>;
  /** The elements of the last run's result, in row-major order. */
  result(): Promise<ArrayLike<number>>;
  /** Why it does not run as the case asks (e.g. op by op instead of as one program), or null. */
  notice(): string | null;
  /** Gives the memory back. */
  dispose(): void;
}

/** An input of an ONNX file. */
export interface OnnxInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** A case as an ONNX file in memory. */
export interface OnnxForm {
  readonly bytes: Uint8Array;
  readonly inputs: readonly OnnxInput[];
}

/** One thing to measure. Everything but `prepare` is data. */
export interface BenchCase {
  /** Unique; holds the sizes, so that runs of different sizes are never compared. */
  readonly id: string;
  readonly suite: Suite;
  /** Kind of work, e.g. `matmul` or `ResNet-20`. */
  readonly group: string;
  /** Sizes and mode, e.g. `512 × 512 × 512`. */
  readonly title: string;
  /** Floating-point operations of one run, where they are known. */
  readonly flops: number | null;
  /** Bytes that one run has to read and write, where that is what bounds it. */
  readonly bytes: number | null;
  /** Runs until everything is compiled: what the cold time covers. */
  readonly coldRuns: number;
  /** Runs whose results are compared, one after another: a training case compares its first losses. */
  readonly checkRuns: number;
  /** Largest difference allowed, as a part of the largest expected value. */
  readonly tolerance: number;
  /** Sizes at which it is compared, when the reference is too slow at its own, or null. */
  readonly checkedAt: string | null;
  /** The op with its inputs as data, where it is one: for engines that are not Isoform's. Never throws. */
  readonly op: ((size: "own" | "check") => OpSpec) | null;
  /** The case as an ONNX file with its inputs, where it can be one: for engines that run those. */
  readonly onnx: ((size: "own" | "check") => Promise<OnnxForm>) | null;
  /**
   * Makes it ready on the current device, at its own sizes or at those it is compared at.
   * @throws {UnsupportedOpError} when the device lacks something
   */
  prepare(size: "own" | "check"): Trial | Promise<Trial>;
}

// All cases by suite.
import { ArgumentError, checkOptions, closest } from "@isoform/core";
import { BENCH_SIZES, SUITES, type BenchCase, type BenchSize } from "../case.js";
import { modelCases } from "./models.js";
import { opCases } from "./ops.js";
import { trainingCases } from "./training.js";

const BY_SUITE: Readonly<Record<(typeof SUITES)[number], (size: BenchSize) => BenchCase[]>> = {
  ops: opCases,
  models: modelCases,
  training: trainingCases,
};

/** Options of `benchCases`. */
export interface CaseOptions {
  /** Default all. */
  readonly suites?: readonly string[];
  /** Default `full`. */
  readonly size?: BenchSize;
}

/**
 * The cases of the suites, in order.
 * @throws {ArgumentError} when a suite, the size or an option is unknown
 */
export function benchCases(options: CaseOptions = {}): BenchCase[] {
  checkOptions("benchCases", options, ["suites", "size"]);
  const { suites = SUITES, size = "full" } = options;
  if (!BENCH_SIZES.includes(size)) throw unknown("size", size, BENCH_SIZES);
  for (const name of suites) if (!Object.hasOwn(BY_SUITE, name)) throw unknown("suite", name, SUITES);
  return SUITES.filter((s) => suites.includes(s)).flatMap((s) => BY_SUITE[s](size));
}

function unknown(what: string, name: string, known: readonly string[]): ArgumentError {
  const near = closest(name, known);
  return new ArgumentError(`unknown ${what} ${JSON.stringify(name)}`, {
    code: `bench/unknown-${what}`,
    op: "benchCases",
    hint: near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`,
  });
}

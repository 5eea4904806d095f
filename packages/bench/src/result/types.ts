// Results as data: what a run writes, and what is read back to compare machines.

/** Version of the result's form. */
export const RESULT_SCHEMA = "isoform-bench/1";

/** Facts about the machine and the engine of a run. */
export interface MachineFacts {
  readonly runtime: "node" | "browser";
  readonly userAgent: string;
  /** Name of the processor, where it is known. */
  readonly processor: string | null;
  /** Threads that run at the same time, where it is known. */
  readonly cores: number | null;
  readonly memoryBytes: number | null;
  /** The graphics adapter that WebGPU gives, or null. */
  readonly adapter: string | null;
  /** Whether memory can be shared between threads. */
  readonly isolated: boolean;
}

/** How long and how often a run measures. */
export interface Settings {
  /** Milliseconds for the warm times of one case on one contender. */
  readonly budgetMs: number;
  /** Least number of timed batches, unless these take five budgets. */
  readonly minSamples: number;
  readonly maxSamples: number;
  /** Whether results are compared with the reference. */
  readonly check: boolean;
}

/** Milliseconds of one run: the middle, and what 10 and 90 of 100 batches stay below. */
export interface Spread {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  /** Timed batches. */
  readonly samples: number;
  /** Runs in all of them. */
  readonly runs: number;
}

/** A result held against the reference's. */
export interface CheckFacts {
  readonly ok: boolean;
  readonly maxAbs: number;
  /** `maxAbs` as a part of the largest expected magnitude. */
  readonly maxRel: number;
  readonly tolerance: number;
  /** Sizes at which it was compared, when these are not the case's own. */
  readonly at: string | null;
}

/**
 * How a row ended: `ok` and `wrong` by comparison, `unchecked` without one (the reference itself), `failed` with an error, `unsupported` when
 * the contender cannot do it, `skipped` when nobody tried.
 */
export const ROW_STATES = ["ok", "wrong", "unchecked", "failed", "unsupported", "skipped"] as const;
/** How a row ended. */
export type RowState = (typeof ROW_STATES)[number];

/** Why a row has no figures. */
export interface RowFailure {
  readonly code: string;
  readonly message: string;
}

/** One case on one contender. */
export interface Row {
  /** Id of the case. */
  readonly case: string;
  /** Id of the contender. */
  readonly contender: string;
  readonly state: RowState;
  /** Milliseconds of the first run, compilation included. */
  readonly coldMs: number | null;
  readonly warm: Spread | null;
  /** Most bytes of tensors at one time. */
  readonly peakBytes: number | null;
  readonly check: CheckFacts | null;
  readonly failure: RowFailure | null;
  readonly notes: readonly string[];
}

/** A case as results name it. */
export interface CaseFacts {
  readonly id: string;
  readonly suite: string;
  readonly group: string;
  readonly title: string;
  readonly flops: number | null;
  readonly bytes: number | null;
}

/** A contender as results name it. */
export interface ContenderResult {
  readonly id: string;
  readonly label: string;
  readonly kind: "backend" | "peer";
  readonly threads: number | null;
  readonly adapter: string | null;
  readonly notice: string | null;
}

/** One run: everything needed to show it beside another. */
export interface BenchResult {
  readonly schema: typeof RESULT_SCHEMA;
  /** When it began, ISO 8601 in UTC. */
  readonly created: string;
  /** What the user calls the machine. */
  readonly label: string;
  /** Version of `@isoform/core`. */
  readonly isoform: string;
  readonly machine: MachineFacts;
  readonly settings: Settings;
  readonly contenders: readonly ContenderResult[];
  readonly cases: readonly CaseFacts[];
  readonly rows: readonly Row[];
}

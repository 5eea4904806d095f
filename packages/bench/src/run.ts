// The runner: every case on every contender, one after another. An error ends its own row and nothing else.
import {
  ArgumentError,
  checkOptions,
  CORE_VERSION,
  IsoformError,
  LimitExceededError,
  UnsupportedOpError,
} from "@isoform/core";
import type { BenchCase } from "./case.js";
import { referenceContender, type Contender, type ContenderFacts, type OpenContender } from "./contender.js";
import { machineFacts } from "./machine.js";
import { compareValues } from "./measure/compare.js";
import { coldTime, systemClock, warmTime, type Clock } from "./measure/time.js";
import {
  RESULT_SCHEMA,
  type BenchResult,
  type CheckFacts,
  type MachineFacts,
  type Row,
  type RowState,
  type Settings,
} from "./result/types.js";

/** What a run tells while it runs. `done` counts the rows that are finished, of `total`. */
export type BenchEvent =
  | {
      readonly type: "phase";
      readonly case: string;
      readonly contender: string;
      readonly phase: "start" | "cold" | "warm" | "reference" | "check";
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: "row"; readonly row: Row; readonly done: number; readonly total: number }
  | { readonly type: "contender"; readonly contender: string; readonly facts: ContenderFacts };

/** Options of `runBenchmark`. */
export interface RunBenchmarkOptions {
  readonly cases: readonly BenchCase[];
  readonly contenders: readonly Contender[];
  /** Default: 500 milliseconds a row, 5 to 200 samples, compared with the reference. */
  readonly settings?: Partial<Settings>;
  /** Ends the run between two batches; the promise rejects with the signal's reason. Rows so far came as events. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: BenchEvent) => void;
  /** Facts about the machine that are known better than this engine can tell. */
  readonly machine?: Partial<MachineFacts>;
  /** What to call the machine in the results. */
  readonly label?: string;
}

const DEFAULTS: Settings = { budgetMs: 500, minSamples: 5, maxSamples: 200, check: true };

/** What the reference gives for a case, asked once. */
class Expected {
  private readonly reference: Contender = referenceContender();
  private readonly known: Map<string, Promise<readonly number[]>> = new Map();

  of(benchCase: BenchCase): Promise<readonly number[]> {
    const known = this.known.get(benchCase.id);
    if (known !== undefined) return known;
    const found = this.compute(benchCase);
    this.known.set(benchCase.id, found);
    // Asked again for every contender; a rejection that nobody asks for is no error of the process.
    found.catch(() => {});
    return found;
  }

  private async compute(benchCase: BenchCase): Promise<readonly number[]> {
    const open = await this.reference.open();
    try {
      return await results(benchCase, open);
    } finally {
      await open.close();
    }
  }
}

/** The results of a case's first runs, one after another. */
async function results(benchCase: BenchCase, open: OpenContender): Promise<number[]> {
  const trial = await open.prepare(benchCase, benchCase.checkedAt === null ? "own" : "check");
  try {
    const out: number[] = [];
    for (let i = 0; i < benchCase.checkRuns; i++) {
      await trial.start();
      await trial.finish();
      const values = await trial.result();
      for (let k = 0; k < values.length; k++) out.push(values[k] ?? Number.NaN);
    }
    return out;
  } finally {
    trial.dispose();
  }
}

function checkSettings(settings: Partial<Settings>): Settings {
  checkOptions("runBenchmark settings", settings, Object.keys(DEFAULTS));
  const all = { ...DEFAULTS, ...settings };
  for (const key of ["budgetMs", "minSamples", "maxSamples"] as const) {
    if (!(Number.isFinite(all[key]) && all[key] > 0)) {
      throw new ArgumentError(`${key} is ${String(all[key])}`, {
        code: "bench/settings",
        op: "runBenchmark",
        hint: "use a number over 0",
      });
    }
  }
  return all;
}

function checkUnique(what: string, ids: readonly string[]): void {
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice === undefined && ids.length > 0) return;
  throw new ArgumentError(twice === undefined ? `there are no ${what}` : `${what} ${twice} is there twice`, {
    code: "bench/nothing-to-run",
    op: "runBenchmark",
    hint: `pass ${what} with ids of their own`,
  });
}

/** State of one run. */
class Run {
  private readonly options: RunBenchmarkOptions;
  private readonly settings: Settings;
  private readonly clock: Clock = systemClock();
  private readonly expected: Expected = new Expected();
  /** Contenders that could not start, with the reason: they are not tried again. */
  private readonly broken: Map<string, unknown> = new Map();
  readonly facts: Map<string, ContenderFacts> = new Map();
  private readonly total: number;
  private done = 0;

  constructor(options: RunBenchmarkOptions, settings: Settings) {
    this.options = options;
    this.settings = settings;
    this.total = options.cases.length * options.contenders.length;
  }

  async all(): Promise<Row[]> {
    const rows: Row[] = [];
    for (const benchCase of this.options.cases) {
      for (const contender of this.options.contenders) {
        this.options.signal?.throwIfAborted();
        await this.clock.breathe();
        const row = await this.row(benchCase, contender);
        this.done++;
        rows.push(row);
        this.options.onEvent?.({ type: "row", row, done: this.done, total: this.total });
      }
    }
    return rows;
  }

  private phase(
    benchCase: BenchCase,
    contender: Contender,
    phase: "start" | "cold" | "warm" | "reference" | "check",
  ): void {
    const { done, total } = this;
    this.options.onEvent?.({
      type: "phase",
      case: benchCase.id,
      contender: contender.id,
      phase,
      done,
      total,
    });
  }

  private async row(benchCase: BenchCase, contender: Contender): Promise<Row> {
    const empty = rowOf(benchCase, contender, "skipped");
    if ((benchCase.flops ?? 0) > contender.mostFlops) {
      return failed(
        empty,
        "skipped",
        "bench/too-slow",
        `${contender.label} would take too long for this size`,
      );
    }
    const reason = this.broken.get(contender.id);
    if (reason !== undefined) return failed(empty, "skipped", codeOf(reason), textOf(reason));
    let open: OpenContender | null = null;
    try {
      this.phase(benchCase, contender, "start");
      try {
        open = await inTime(contender.open(), contender.label, this.options.signal);
      } catch (error) {
        if (!this.facts.has(contender.id)) this.broken.set(contender.id, error);
        throw error;
      }
      this.learn(contender, open.facts);
      return await this.measured(benchCase, contender, open);
    } catch (error) {
      this.options.signal?.throwIfAborted();
      const state = error instanceof UnsupportedOpError ? "unsupported" : "failed";
      return failed(empty, state, codeOf(error), textOf(error));
    } finally {
      await close(open);
    }
  }

  private learn(contender: Contender, facts: ContenderFacts): void {
    if (this.facts.has(contender.id)) return;
    this.facts.set(contender.id, facts);
    this.options.onEvent?.({ type: "contender", contender: contender.id, facts });
  }

  private async measured(benchCase: BenchCase, contender: Contender, open: OpenContender): Promise<Row> {
    const { settings, clock } = this;
    const { signal } = this.options;
    const trial = await open.prepare(benchCase, "own");
    const notes: string[] = [];
    let timed: Pick<Row, "coldMs" | "warm" | "peakBytes">;
    try {
      this.phase(benchCase, contender, "cold");
      const coldMs = await coldTime(trial, benchCase.coldRuns, clock);
      this.phase(benchCase, contender, "warm");
      const warm = await warmTime(trial, settings, clock, signal);
      const notice = trial.notice();
      if (notice !== null) notes.push(`ran op by op: ${notice}`);
      timed = { coldMs, warm, peakBytes: open.peakBytes() };
    } finally {
      trial.dispose();
    }
    const fallbacks = open.fallbacks();
    if (fallbacks > 0) notes.push(`${fallbacks} kernels ran on another backend's code`);
    const row = { ...rowOf(benchCase, contender, "unchecked"), ...timed, notes };
    if (!settings.check || contender.isReference === true) return row;
    try {
      const check = await this.check(benchCase, contender, open, notes);
      return check === null ? row : { ...row, state: check.ok ? "ok" : "wrong", check };
    } catch (error) {
      signal?.throwIfAborted();
      return failed(row, "failed", codeOf(error), `the comparison failed: ${textOf(error)}`);
    }
  }

  private async check(
    benchCase: BenchCase,
    contender: Contender,
    open: OpenContender,
    notes: string[],
  ): Promise<CheckFacts | null> {
    this.phase(benchCase, contender, "reference");
    let expected: readonly number[];
    try {
      expected = await this.expected.of(benchCase);
    } catch (error) {
      notes.push(`not compared: ${textOf(error)}`);
      return null;
    }
    this.phase(benchCase, contender, "check");
    const { tolerance, checkedAt } = benchCase;
    return compareValues(expected, await results(benchCase, open), tolerance, checkedAt);
  }
}

/** Milliseconds that a contender may take to start: an engine that never answers must not end the others. */
const START_MS = 60_000;

/** What comes of a start, or an error when it takes too long or the run is told to end. */
async function inTime(
  started: Promise<OpenContender>,
  label: string,
  signal: AbortSignal | undefined,
): Promise<OpenContender> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: () => void = () => {};
  const late = new Promise<never>((_, refuse) => {
    stop = () => refuse(signal?.reason);
    signal?.addEventListener("abort", stop);
    timer = setTimeout(() => {
      const problem = `${label} did not start in ${START_MS / 1000} s`;
      refuse(new LimitExceededError(problem, { code: "bench/no-start", hint: "run it alone to see why" }));
    }, START_MS);
  });
  try {
    return await Promise.race([started, late]);
  } catch (error) {
    // What starts after all is not used.
    void started.then(close, () => {});
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

async function close(open: OpenContender | null): Promise<void> {
  try {
    await open?.close();
  } catch {
    // A device that was lost cannot be freed either; its row has said so.
  }
}

function rowOf(benchCase: BenchCase, contender: Contender, state: RowState): Row {
  return {
    case: benchCase.id,
    contender: contender.id,
    state,
    coldMs: null,
    warm: null,
    peakBytes: null,
    check: null,
    failure: null,
    notes: [],
  };
}

function failed(row: Row, state: RowState, code: string, message: string): Row {
  return { ...row, state, failure: { code, message: message.slice(0, 1000) } };
}

const codeOf = (error: unknown): string => (error instanceof IsoformError ? error.code : "internal");

function textOf(error: unknown): string {
  if (error instanceof IsoformError)
    return error.hint === undefined ? error.problem : `${error.problem}; ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Measures every case on every contender and compares each result with the reference backend's. Errors of a case or a
 * contender become rows; they never stop the others.
 * @throws {ArgumentError} when there is nothing to run, an id occurs twice, or a setting or option is wrong
 */
export async function runBenchmark(options: RunBenchmarkOptions): Promise<BenchResult> {
  checkOptions("runBenchmark", options, [
    "cases",
    "contenders",
    "settings",
    "signal",
    "onEvent",
    "machine",
    "label",
  ]);
  const { cases, contenders, label = "" } = options;
  checkUnique(
    "cases",
    cases.map((c) => c.id),
  );
  checkUnique(
    "contenders",
    contenders.map((c) => c.id),
  );
  const settings = checkSettings(options.settings ?? {});
  const created = new Date().toISOString();
  const machine = await machineFacts(options.machine);
  const run = new Run(options, settings);
  const rows = await run.all();
  return {
    schema: RESULT_SCHEMA,
    created,
    label,
    isoform: CORE_VERSION,
    machine,
    settings,
    contenders: contenders.map(({ id, label, kind }) => ({
      id,
      label,
      kind,
      ...(run.facts.get(id) ?? { threads: null, adapter: null, notice: null }),
    })),
    cases: cases.map(({ id, suite, group, title, flops, bytes }) => ({
      id,
      suite,
      group,
      title,
      flops,
      bytes,
    })),
    rows,
  };
}

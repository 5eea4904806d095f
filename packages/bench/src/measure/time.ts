// Timing: runs in batches that are long enough for the clock, until the budget is spent.
import type { Trial } from "../case.js";
import type { Settings, Spread } from "../result/types.js";
import { summarise } from "./statistics.js";

/** What timing needs of its surroundings. */
export interface Clock {
  /** Milliseconds of a steady clock. */
  now(): number;
  /** Lets the event loop turn, so that a message to stop can arrive. */
  breathe(): Promise<void>;
}

/** The clock of this engine. */
export function systemClock(): Clock {
  return {
    now: () => performance.now(),
    breathe: () => new Promise((done) => setTimeout(done, 0)),
  };
}

/** A batch is as many runs as take this long: clocks of browsers tick in steps of up to 0.1 ms. */
const BATCH_MS = 4;
const MOST_RUNS = 1000;
/** Milliseconds after which the event loop is let turn. */
const SLICE = 50;

async function batchMs(trial: Trial, runs: number, clock: Clock): Promise<number> {
  const start = clock.now();
  for (let i = 0; i < runs; i++) await trial.start();
  await trial.finish();
  return clock.now() - start;
}

/** Milliseconds until `runs` first runs have ended, compilation included. */
export async function coldTime(trial: Trial, runs: number, clock: Clock): Promise<number> {
  let total = 0;
  for (let i = 0; i < runs; i++) total += await batchMs(trial, 1, clock);
  return total;
}

/**
 * The time of a run that follows others. Stops after the budget, but not before `minSamples` batches, unless these take
 * longer than five budgets.
 * @throws what the trial throws, and the signal's reason
 */
export async function warmTime(
  trial: Trial,
  settings: Settings,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Spread> {
  const started = clock.now();
  let breathed = started;
  const first = await batchMs(trial, 1, clock);
  const runs = Math.max(1, Math.min(MOST_RUNS, Math.ceil(BATCH_MS / Math.max(first, 1e-3))));
  const times: number[] = [];
  // The first run told how long one takes; it counts when there is time for nothing else.
  if (first > 5 * settings.budgetMs) return summarise([first], 1);
  for (;;) {
    signal?.throwIfAborted();
    times.push((await batchMs(trial, runs, clock)) / runs);
    const now = clock.now();
    const spent = now - started;
    if (times.length >= settings.maxSamples) break;
    if (spent >= settings.budgetMs && times.length >= settings.minSamples) break;
    if (spent >= 5 * settings.budgetMs) break;
    if (now - breathed >= SLICE) {
      await clock.breathe();
      breathed = clock.now();
    }
  }
  return summarise(times, times.length * runs);
}

// Interleaved timing: every round runs each contender once, so that load and frequency changes hit all alike.
import { cpus, loadavg, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Middle value. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Milliseconds of `calls` calls of a contender: `{ call }`, sync or async, or `{ measure }` of another process. */
export async function timeOf(contender, calls) {
  if (contender.measure) return contender.measure(calls);
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const pending = contender.call();
    if (pending instanceof Promise) await pending;
  }
  return performance.now() - start;
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/**
 * Times contenders (name -> contender). A repeat is as many calls as take about `repeatMs`; a contender gets at most
 * `budgetMs` in all, so that slow ones take part in fewer rounds, spread over the run. Before each repeat the machine
 * rests, because thread pools spin for a while after their work, and caches are warmed by an untimed call.
 * Returns name -> { median, least, repeats, calls } in ms per call, or { error }.
 */
export async function interleave(contenders, options) {
  const { rounds, repeatMs, budgetMs, restMs, warmupMs } = options;
  const state = new Map();
  for (const [name, contender] of Object.entries(contenders)) {
    const s = { name, contender, times: [], calls: 1, take: rounds, error: null };
    state.set(name, s);
    // So slow that the call that was checked is the measurement.
    if (contender.firstMs > budgetMs) {
      s.times.push(contender.firstMs);
      s.take = 0;
      continue;
    }
    await guarded(s, async () => {
      const first = await timeOf(contender, 1);
      let [spent, calls, last] = [first, 1, first];
      while (spent < warmupMs && calls < 2000) {
        last = await timeOf(contender, 1);
        spent += last;
        calls++;
      }
      const rough = calls > 3 ? (await timeOf(contender, 3)) / 3 : last;
      s.calls = clamp(Math.round(repeatMs / Math.max(rough, 1e-4)), 1, 5000);
      s.take = clamp(Math.floor(budgetMs / (rough * s.calls)), 1, rounds);
      if (first > budgetMs) {
        s.times.push(first);
        s.take = 0;
      }
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (const s of state.values()) {
      if (s.error || (round * s.take) % rounds >= s.take) continue;
      await guarded(s, async () => {
        await sleep(restMs);
        if (s.calls > 1) await timeOf(s.contender, 1);
        s.times.push((await timeOf(s.contender, s.calls)) / s.calls);
      });
    }
  }
  return Object.fromEntries(
    [...state.values()].map((s) => [
      s.name,
      s.error
        ? { error: s.error }
        : { median: median(s.times), least: Math.min(...s.times), repeats: s.times.length, calls: s.calls },
    ]),
  );
}

async function guarded(s, work) {
  try {
    await work();
  } catch (error) {
    s.error = oneLine(error);
  }
}

/** The first line of an error's message. */
export const oneLine = (error) =>
  String(error?.message ?? error)
    .split("\n")[0]
    .slice(0, 200);

/** Where and when a result was measured. */
export function circumstances() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    flags: process.execArgv,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg().map((l) => Math.round(l * 100) / 100),
  };
}

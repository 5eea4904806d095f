// One number of threads: starts us and the peers, each in its own process, and measures case by case, interleaved.
import { openPython } from "../engines/python.mjs";
import { openRemote } from "../engines/remote.mjs";
import { CHAIN_EXTRA } from "../engines/common.mjs";
import { SUITES } from "../suites/index.mjs";
import { interleave, oneLine } from "./measure.mjs";

const PYTHON = new Set(["pytorch", "tensorflow"]);
const [OURS, EAGER, COPIES, CHAIN] = ["ours", "ours, eager", "ours, with copies", "onnxruntime-web, chain"];
const TOLERANCE = 1e-4;
/** For a peer's first result of a case. */
const LIMIT_MS = 120_000;

/** Largest difference over what both have, relative to the largest value (or `scale`). */
function difference(a, b, scale = 0) {
  let [worst, most] = [0, scale];
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const d = Math.abs(a[i] - b[i]);
    // NaN must not pass.
    if (!(d <= worst)) worst = d;
    most = Math.max(most, Math.abs(b[i]));
  }
  return n === 0 ? Infinity : worst / (most || 1);
}

/** Opens a peer; null, with a notice, where it is not available. */
async function openPeer(name, { threads, python, unavailable }, on) {
  try {
    if (PYTHON.has(name) && !python) throw new Error("no --python given");
    if (!PYTHON.has(name) && unavailable) throw new Error(unavailable);
    return PYTHON.has(name) ? await openPython(name, threads, python) : await openRemote(name, threads);
  } catch (error) {
    on.notice(`${name}: ${oneLine(error)}`);
    return null;
  }
}

class TooSlow extends Error {}

/** The result of `work`, or TooSlow. */
async function within(limitMs, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow(`no result in ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Prepares everyone for a case, and checks every peer's result against ours. */
async function contend(c, ours, peers, reopen) {
  const contenders = { [OURS]: await ours.prepare(c) };
  const expected = contenders[OURS].output;
  const [notes, wrong] = [{}, []];
  for (const [name, peer] of Object.entries(peers)) {
    if (!peer) continue;
    let contender = null;
    try {
      contender = await within(LIMIT_MS, peer.prepare(c));
      const error = difference(contender.output, expected, c.scale);
      if (!(error <= (c.tolerance ?? TOLERANCE))) {
        wrong.push(name);
        throw new Error(`its result differs from ours by ${error.toExponential(1)} of the largest value`);
      }
      if (peer.note) notes[name] = peer.note;
      contenders[name] = contender;
    } catch (error) {
      notes[name] = oneLine(error);
      if (error instanceof TooSlow) {
        peer.close();
        peers[name] = await reopen(name);
      }
      await contender?.dispose();
    }
  }
  if (c.kind === "train") {
    const eager = await ours.prepare(c, "eager");
    if (eager) {
      const error = difference(eager.output, expected);
      if (!(error <= TOLERANCE)) throw new Error(`${c.name}: eager and compiled differ by ${error}`);
      contenders[EAGER] = eager;
    }
  }
  if (contenders["onnxruntime-web"]) {
    const [copies, chain] = [
      await ours.prepare(c, "withCopies"),
      await peers["onnxruntime-web"].prepare(c, "chain"),
    ];
    if (copies) contenders[COPIES] = copies;
    if (chain) contenders[CHAIN] = chain;
  }
  return { contenders, notes, wrong };
}

/** Most memory that the first steps of a training case take: in a new process, where nothing else has run. */
async function memoryOf(c, threads) {
  const fresh = await openRemote(OURS, threads);
  try {
    const contender = await fresh.prepare(c);
    // The first step runs as it is, the next one compiles.
    await contender.measure(3);
    const { peakBytes, liveBytes, heapBytes } = await contender.details();
    return { peakBytes, liveBytes, heapBytes };
  } finally {
    fresh.close();
  }
}

/** The row of one case. */
async function measure(c, ours, peers, { options, reopen, idlers }) {
  const { contenders, notes, wrong } = await contend(c, ours, peers, reopen);
  const times = await interleave(contenders, options);
  const rates = await Promise.all([ours, ...idlers].map((o) => o.present()));
  const details = {};
  for (const [name, contender] of Object.entries(contenders)) {
    const d = await contender.details();
    if (Object.keys(d).length > 0) details[name] = d;
    await contender.dispose();
  }
  if (c.kind === "train") Object.assign(details[OURS], await memoryOf(c, ours.threads));
  if (details[OURS]?.notice) notes[OURS] = `not compiled: ${details[OURS].notice}`;
  if (times[OURS].error) throw new Error(`${c.suite}, ${c.name}: ${times[OURS].error}`);
  const peerMs = {};
  for (const name of Object.keys(peers)) {
    if (times[name]?.error) notes[name] = times[name].error;
    peerMs[name] = times[name]?.median ?? null;
  }
  const of = (key) => Object.fromEntries(Object.entries(times).map(([n, t]) => [n, t[key] ?? null]));
  const row = {
    suite: c.suite,
    name: c.name,
    threads: ours.threads,
    oursMs: times[OURS].median,
    peers: peerMs,
    least: of("least"),
    repeats: of("repeats"),
    calls: of("calls"),
    notes,
    wrong,
    details,
    machineGflops: rates.reduce((a, b) => a + b),
  };
  if (c.flops) row.gflops = c.flops / row.oursMs / 1e6;
  if (c.bytes) row.gbs = c.bytes / row.oursMs / 1e6;
  if (times[EAGER]?.median) row.oursEagerMs = times[EAGER].median;
  if (times[COPIES]?.median) row.oursWithCopiesMs = times[COPIES].median;
  const [whole, chain] = [times["onnxruntime-web"]?.median, times[CHAIN]?.median];
  // A difference of two times is noisy; an operator does not take longer than a session with it.
  if (whole && chain > whole) row.ortWebOpMs = Math.min(whole, (chain - whole) / CHAIN_EXTRA);
  return row;
}

/** Runs one suite in processes of its own: what ran before changes how V8 compiles what follows. */
async function runSuite(suite, task, on) {
  const ours = await openRemote(OURS, task.threads);
  const peers = {};
  const idlers = [];
  const reopen = (name) => openPeer(name, task, on);
  try {
    if (ours.threads !== task.threads) {
      on.notice(`this build of ours runs on ${ours.threads} thread(s): no rows of ${task.threads}`);
      return null;
    }
    // Processes that only say, all together, what the machine's threads reach beside each other.
    while (idlers.length < ours.threads - 1) idlers.push(await openRemote(OURS, 1));
    for (const name of task.peers) peers[name] = await reopen(name);
    const versions = Object.fromEntries(
      Object.entries(peers).flatMap(([n, p]) => (p?.version ? [[n, p.version]] : [])),
    );
    const before = await ours.roofline();
    const cases = task.quick ? SUITES[suite].slice(0, 1) : SUITES[suite];
    for (const [index, { name, make }] of cases.entries()) {
      try {
        on.row(
          await measure({ suite, index, name, ...make() }, ours, peers, {
            options: task.options,
            reopen,
            idlers,
          }),
        );
      } catch (error) {
        on.failure(`${suite}: ${name}: ours failed: ${oneLine(error)}`);
      }
    }
    return { relaxedSimd: ours.relaxedSimd, roofline: best(before, await ours.roofline()), versions };
  } finally {
    for (const own of [ours, ...idlers]) own.close();
    for (const peer of Object.values(peers)) peer?.close();
  }
}

const best = (a, b) => Object.fromEntries(Object.keys(a).map((k) => [k, Math.max(a[k], b[k])]));

/**
 * Runs the suites of a task with one number of threads. `on` receives `row`, `failure`, `notice` and `facts`. Gives no rows where
 * our build cannot use that many threads. @throws Error when ours does not start
 */
export async function family(task, on) {
  let facts = null;
  for (const suite of task.suites) {
    const seen = await runSuite(suite, task, on);
    if (!seen) return;
    const roofline = facts ? best(facts.roofline, seen.roofline) : seen.roofline;
    facts = { ...seen, threads: task.threads, roofline, versions: { ...facts?.versions, ...seen.versions } };
  }
  if (facts) on.facts(facts);
}

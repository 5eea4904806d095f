// The worker: runs everything that takes time, so that the page stays responsive.
import {
  benchCases,
  machineFacts,
  RESULT_SCHEMA,
  runBenchmark,
  SUITES,
  type BenchCase,
} from "@isoform/bench";
import { CORE_VERSION } from "@isoform/core";
import { contenderOf } from "./contenders.js";
import { openModel } from "./models.js";
import type { Answer, Order, Request } from "./protocol.js";
import { troubleOf } from "./trouble.js";

/** Cases of the models, null where there is none; a run waits for those that are still being read. */
const models = new Map<number, Promise<BenchCase | null>>();
const running: { abort: AbortController | null } = { abort: null };

const say = (answer: Answer): void => postMessage(answer);

async function run(order: Order): Promise<void> {
  const abort = new AbortController();
  running.abort = abort;
  try {
    const suites = order.suites.length > 0 ? benchCases({ suites: order.suites, size: order.size }) : [];
    const own = await Promise.all(order.models.map((id) => models.get(id) ?? null));
    const cases = [...suites, ...own.filter((c) => c !== null)];
    const contenders = order.choices.map(contenderOf);
    const settings = { budgetMs: order.budgetMs, minSamples: 5, maxSamples: 200, check: true };
    const machine = await machineFacts();
    say({
      type: "begun",
      total: cases.length * contenders.length,
      result: {
        schema: RESULT_SCHEMA,
        created: new Date().toISOString(),
        label: order.label,
        isoform: CORE_VERSION,
        machine,
        settings,
        contenders: contenders.map(({ id, label, kind }) => ({
          id,
          label,
          kind,
          threads: null,
          adapter: null,
          notice: null,
        })),
        cases: cases.map(({ id, suite, group, title, flops, bytes }) => ({
          id,
          suite,
          group,
          title,
          flops,
          bytes,
        })),
        rows: [],
      },
    });
    const result = await runBenchmark({
      cases,
      contenders,
      settings,
      signal: abort.signal,
      label: order.label,
      machine,
      onEvent: (event) => say({ type: "event", event }),
    });
    say({ type: "done", result });
  } catch (error) {
    if (abort.signal.aborted) say({ type: "cancelled" });
    else say({ type: "failed", trouble: troubleOf(error) });
  } finally {
    running.abort = null;
  }
}

async function receive(request: Request): Promise<void> {
  switch (request.type) {
    case "run":
      return run(request.order);
    case "cancel":
      return running.abort?.abort();
    case "model":
      models.set(request.id, open(request));
      return;
  }
}

async function open({ id, name, files }: Extract<Request, { type: "model" }>): Promise<BenchCase | null> {
  try {
    const opened = await openModel(name, files);
    if (opened.kind === "weights") {
      say({ type: "weights", id, name, tensors: opened.tensors });
      return null;
    }
    say({ type: "model", id, facts: opened.facts });
    return opened.benchCase;
  } catch (error) {
    say({ type: "no-model", id, name, trouble: troubleOf(error) });
    return null;
  }
}

async function greet(): Promise<void> {
  const counts: Record<string, number> = {};
  for (const suite of SUITES) counts[suite] = benchCases({ suites: [suite] }).length;
  say({ type: "hello", counts, machine: await machineFacts() });
}

void greet();
addEventListener("message", (event: MessageEvent<Request>) => void receive(event.data));

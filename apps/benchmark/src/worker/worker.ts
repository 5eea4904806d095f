// The worker: runs everything that takes time, so that the page stays responsive.
import {
  benchCases,
  machineFacts,
  RESULT_SCHEMA,
  runBenchmark,
  SUITES,
  type BenchCase,
} from "@isoform/bench";
import { CORE_VERSION, IsoformError } from "@isoform/core";
import { contenderOf } from "./contenders.js";
import { openModel } from "./models.js";
import type { Answer, Order, Request, Trouble } from "./protocol.js";

const models = new Map<number, BenchCase>();
const running: { abort: AbortController | null } = { abort: null };

const say = (answer: Answer): void => postMessage(answer);

function troubleOf(error: unknown): Trouble {
  if (error instanceof IsoformError) {
    const place = error.path === undefined ? "" : `${error.path}: `;
    return { code: error.code, message: place + error.problem, hint: error.hint ?? null };
  }
  return { code: "internal", message: error instanceof Error ? error.message : String(error), hint: null };
}

async function run(order: Order): Promise<void> {
  const abort = new AbortController();
  running.abort = abort;
  try {
    const suites = order.suites.length > 0 ? benchCases({ suites: order.suites, size: order.size }) : [];
    const own = order.models.flatMap((id) => models.get(id) ?? []);
    const cases = [...suites, ...own];
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
    case "model": {
      const { id, files } = request;
      const name = files[0]?.name ?? "";
      try {
        const opened = await openModel(files);
        if (opened.kind === "weights") return say({ type: "weights", id, name, tensors: opened.tensors });
        models.set(id, opened.benchCase);
        return say({ type: "model", id, facts: opened.facts });
      } catch (error) {
        return say({ type: "no-model", id, name, trouble: troubleOf(error) });
      }
    }
  }
}

async function greet(): Promise<void> {
  const counts: Record<string, number> = {};
  for (const suite of SUITES) counts[suite] = benchCases({ suites: [suite] }).length;
  say({ type: "hello", counts, machine: await machineFacts() });
}

void greet();
addEventListener("message", (event: MessageEvent<Request>) => void receive(event.data));

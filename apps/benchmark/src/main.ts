// The page: puts the parts together and passes messages between them and the worker.
import type { BenchResult, MachineFacts } from "@isoform/bench";
import { Client } from "./client.js";
import { withEvent, type ShownRun } from "./state.js";
import { patterns } from "./ui/chart.js";
import { h, show } from "./ui/dom.js";
import { Imported } from "./ui/imported.js";
import { ModelDrop } from "./ui/model-drop.js";
import { Results } from "./ui/results.js";
import { RunBar } from "./ui/run-bar.js";
import { setup } from "./ui/setup.js";
import { download, transfer } from "./ui/transfer.js";
import type { Answer } from "./worker/protocol.js";

/** The parts of the page and the runs they show. */
class App {
  private readonly client: Client = new Client((answer) => this.receive(answer));
  private readonly runBar: RunBar = new RunBar(() => this.cancel());
  private readonly drop: ModelDrop = new ModelDrop({
    add: (id, name, files) => this.client.addModel({ id, name, files }),
    drop: (id) => this.client.dropModel(id),
  });
  private readonly form = setup(() => this.run(), this.drop.element, this.runBar.element);
  private readonly messages: HTMLElement = h("div", { class: "messages", role: "alert" });
  private readonly machine: HTMLElement = h("ul", { class: "machine", "aria-label": "This machine" });
  private readonly transfer = transfer(
    () => this.export(),
    (files) => void this.import(files),
  );
  private readonly imported: Imported = new Imported(() => this.redraw(), this.transfer.input);
  private readonly results: Results = new Results(emptyState());
  private own: BenchResult | null = null;
  private drawing = 0;
  private running = false;

  mount(root: HTMLElement): void {
    show(
      root,
      patterns(),
      h(
        "header",
        {},
        h(
          "div",
          { class: "brand" },
          h(
            "h1",
            {},
            h("span", { class: "logo", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
            "Isoform benchmark",
          ),
          h(
            "p",
            {},
            "The same tensors on every backend: how fast, how much memory, and whether the numbers are right.",
          ),
        ),
        this.machine,
      ),
      h(
        "main",
        {},
        this.form.element,
        h(
          "div",
          { class: "right" },
          h("div", { class: "top-line" }, this.transfer.element, this.imported.element),
          this.messages,
          this.results.element,
        ),
      ),
    );
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      document.body.classList.add("dragging");
    });
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) document.body.classList.remove("dragging");
    });
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      document.body.classList.remove("dragging");
      const items = [...(event.dataTransfer?.items ?? [])];
      const folders = items.filter((item) => item.webkitGetAsEntry()?.isDirectory === true);
      if (folders.length > 0) return this.say("A folder was dropped: drop the files in it instead.");
      void this.dropped([...(event.dataTransfer?.files ?? [])]);
    });
    this.hint();
  }

  /** Runs go to the charts, everything else is a model. */
  private async dropped(files: readonly File[]): Promise<void> {
    const runs: File[] = [];
    const rest: File[] = [];
    for (const file of files) {
      (file.name.endsWith(".json") && (await isRun(file)) ? runs : rest).push(file);
    }
    if (runs.length > 0) await this.import(runs);
    if (rest.length > 0) await this.drop.take(rest);
  }

  private hint(): void {
    this.runBar.hint("times depend on what else this machine does");
  }

  private run(): void {
    const wishes = this.form.wishes();
    if (wishes === null) return;
    const models = this.drop.ready();
    if (wishes.suites.length === 0 && models.length === 0) return this.say("Choose a suite, or add a model.");
    if (wishes.choices.length === 0) return this.say("Choose a backend to run on.");
    this.say();
    this.running = true;
    this.transfer.enable(false);
    this.runBar.begin();
    // On one column the results are below the form.
    if (matchMedia("(max-width: 900px)").matches) this.results.element.scrollIntoView({ block: "start" });
    this.client.run({ ...wishes, models });
  }

  private cancel(): void {
    this.runBar.ending();
    this.client.cancel();
  }

  private receive(answer: Answer): void {
    switch (answer.type) {
      case "hello":
        this.form.greet(answer.counts, answer.machine.adapter);
        return show(this.machine, ...machineChips(answer.machine));
      case "begun":
        this.own = answer.result;
        return this.redraw();
      case "event": {
        const { event } = answer;
        if (this.own === null) return;
        this.own = withEvent(this.own, event);
        if (event.type === "phase") {
          const title = this.own.cases.find((c) => c.id === event.case);
          const label = this.own.contenders.find((c) => c.id === event.contender)?.label ?? event.contender;
          this.runBar.event(event, title?.group ?? event.case, label);
        } else if (event.type === "row") {
          this.runBar.event(event, "", "");
          this.redraw();
        }
        return;
      }
      case "done":
        this.own = answer.result;
        return this.finish(`done: ${answer.result.rows.length} rows`);
      case "cancelled":
        return this.finish(`cancelled after ${this.own?.rows.length ?? 0} rows`);
      case "failed":
        this.finish("stopped");
        return this.say(
          answer.trouble.message + (answer.trouble.hint === null ? "" : `; ${answer.trouble.hint}`),
        );
      case "model":
        return this.drop.describe(answer.id, answer.facts);
      case "weights":
        return this.drop.weights(answer.id, answer.tensors);
      case "no-model":
        return this.drop.refuse(answer.id, answer.trouble);
    }
  }

  private finish(text: string): void {
    if (!this.running) return;
    this.running = false;
    this.transfer.enable((this.own?.rows.length ?? 0) > 0);
    this.runBar.end(text);
    this.redraw();
  }

  private runs(): ShownRun[] {
    return [...(this.own === null ? [] : [{ result: this.own, imported: null }]), ...this.imported.shown()];
  }

  /** Rows come faster than a screen shows them. */
  private redraw(): void {
    if (this.drawing !== 0) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.results.update(this.runs());
    });
  }

  private export(): void {
    if (this.own !== null) download(this.own);
  }

  private async import(files: readonly File[]): Promise<void> {
    this.say(...(await this.imported.take(files)));
  }

  /** Shows these troubles in place of those before. */
  private say(...texts: readonly string[]): void {
    show(this.messages, ...texts.map((text) => h("p", { class: "note bad" }, text)));
    // On one column it may be far from what was pressed.
    if (texts.length > 0) this.messages.scrollIntoView({ block: "nearest" });
  }
}

/** Whether a file says that it is a run; one that cannot be read says nothing. */
async function isRun(file: File): Promise<boolean> {
  try {
    return (await file.slice(0, 400).text()).includes('"isoform-bench/');
  } catch {
    return false;
  }
}

function machineChips(m: MachineFacts): HTMLElement[] {
  const browser = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(m.userAgent);
  const names: Readonly<Record<string, string>> = { Edg: "Edge", Version: "Safari" };
  const name =
    browser === null ? "this browser" : `${names[browser[1] ?? ""] ?? browser[1] ?? ""} ${browser[2] ?? ""}`;
  return [
    h("li", {}, name),
    h("li", {}, m.cores === null ? "threads unknown" : `${m.cores} ${m.cores === 1 ? "thread" : "threads"}`),
    h(
      "li",
      { class: m.isolated ? "good" : "warn" },
      m.isolated ? "threads can share memory" : "not isolated: one thread",
    ),
    h("li", {}, m.adapter ?? "no graphics adapter"),
  ];
}

function emptyState(): HTMLElement {
  const ghost = [0.92, 0.4, 0.27, 0.78, 0.33, 0.2];
  const bars = ghost.map((part, i) => {
    const bar = h("i", {});
    bar.style.width = `${100 * part}%`;
    bar.className = `s${i % 3}`;
    return bar;
  });
  return h(
    "div",
    { class: "empty panel" },
    h("div", { class: "ghost", "aria-hidden": "true" }, ...bars),
    h("h3", {}, "Nothing measured yet"),
    h(
      "p",
      {},
      "Choose what to measure and where, then Run. Each case runs on every backend, and its result is held against the reference's.",
    ),
  );
}

const root = document.getElementById("app");
if (root !== null) new App().mount(root);

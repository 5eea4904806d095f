// The form: what to measure, where, and how long.
import { choiceId, type Choice } from "../worker/protocol.js";
import { h, icon, ICONS } from "./dom.js";
import { engines, plugins } from "./modules.js";

/** What the form says. */
export interface Wishes {
  readonly suites: readonly string[];
  readonly size: "full" | "small";
  readonly budgetMs: number;
  readonly choices: readonly Choice[];
  readonly label: string;
}

/** The form and what can be asked of it. */
export interface Setup {
  readonly element: HTMLElement;
  /** Null when an address is wrong, which the form then shows. */
  wishes(): Wishes | null;
  /** Fills in what the worker knows: how many cases each suite has, and the graphics adapter. */
  greet(counts: Readonly<Record<string, number>>, adapter: string | null): void;
}

const SUITE_TEXT = [
  { id: "ops", title: "Operations", text: "Products, convolutions, norms, attention …", icon: ICONS.ops },
  { id: "models", title: "Models", text: "MLP, ResNet-20, LSTM, transformer block", icon: ICONS.models },
  { id: "training", title: "Training", text: "Whole steps, op by op and compiled", icon: ICONS.training },
] as const;

/** 1 and powers of two up to the machine's threads, and that number itself. */
function threadChoices(): number[] {
  const cores = navigator.hardwareConcurrency || 1;
  const powers = [1, 2, 4, 8, 16].filter((n) => n < cores);
  return [...powers, Math.min(cores, 256)];
}

function radio(
  name: string,
  legend: string,
  choices: readonly { readonly value: string; readonly text: string }[],
  chosen: string,
): HTMLFieldSetElement {
  return h(
    "fieldset",
    { class: "segmented" },
    h("legend", {}, legend),
    h(
      "div",
      { class: "segments" },
      ...choices.map(({ value, text }) =>
        h(
          "label",
          {},
          h("input", { type: "radio", name, value, checked: value === chosen }),
          h("span", {}, text),
        ),
      ),
    ),
  );
}

function suites(): HTMLFieldSetElement {
  return h(
    "fieldset",
    { class: "cards" },
    h("legend", {}, "What to measure"),
    ...SUITE_TEXT.map((s) =>
      h(
        "label",
        { class: "card" },
        h("input", { type: "checkbox", name: "suite", value: s.id, checked: s.id === "ops" }),
        icon(s.icon),
        h("span", { class: "card-text" }, h("strong", {}, s.title), h("small", {}, s.text)),
        h("span", { class: "count", "data-suite": s.id }),
      ),
    ),
  );
}

function backends(): HTMLFieldSetElement {
  const isolated = crossOriginIsolated;
  const threads = threadChoices();
  return h(
    "fieldset",
    { class: "backends" },
    h("legend", {}, "Where to run"),
    h(
      "label",
      { class: "row" },
      h("input", { type: "checkbox", name: "backend", value: "reference", checked: true }),
      h("span", {}, h("strong", {}, "reference"), h("small", {}, "slow and readable: what every op means")),
    ),
    h(
      "div",
      { class: "row group", role: "group", "aria-label": "cpu" },
      h("span", {}, h("strong", {}, "cpu"), h("small", {}, "WebAssembly SIMD, by threads")),
      h(
        "span",
        { class: "chips" },
        ...threads.map((n) =>
          h(
            "label",
            { class: "chip" },
            h("input", {
              type: "checkbox",
              name: "cpu",
              value: n,
              "aria-label": n === 1 ? "cpu with 1 thread" : `cpu with ${n} threads`,
              checked: n === 1 || (isolated && n === threads.at(-1)),
              disabled: !isolated && n > 1,
            }),
            h("span", {}, String(n)),
          ),
        ),
      ),
    ),
    !isolated &&
      h(
        "p",
        { class: "note warn" },
        "This page is not cross-origin isolated, so cpu runs on one thread. Serve it with COOP: same-origin and COEP: require-corp.",
      ),
    h(
      "label",
      { class: "row" },
      h("input", { type: "checkbox", name: "backend", value: "webgpu" }),
      h(
        "span",
        {},
        h("strong", {}, "webgpu"),
        h(
          "small",
          { "data-adapter": true },
          "gpu" in navigator ? "the graphics adapter of this browser" : "this browser has no WebGPU",
        ),
      ),
    ),
  );
}

/** Builds the form; `onRun` is called when it is sent off, `extra` is shown before the button. */
export function setup(onRun: () => void, extra: HTMLElement, foot: HTMLElement): Setup {
  const own = plugins();
  const others = engines();
  const label = h("input", {
    type: "text",
    id: "machine-label",
    maxlength: 80,
    placeholder: "e.g. my laptop",
    autocomplete: "off",
  });
  const form = h(
    "form",
    { class: "setup", "aria-label": "What to measure", novalidate: true },
    suites(),
    h(
      "div",
      { class: "pair" },
      radio(
        "size",
        "Sizes",
        [
          { value: "full", text: "Full" },
          { value: "small", text: "Small" },
        ],
        "full",
      ),
      radio(
        "budget",
        "Time per row",
        [
          { value: "100", text: "0.1 s" },
          { value: "500", text: "0.5 s" },
          { value: "2000", text: "2 s" },
        ],
        "500",
      ),
    ),
    backends(),
    own.element,
    others.element,
    extra,
    h(
      "div",
      { class: "label-field" },
      h("label", { for: "machine-label" }, "Name of this machine, for exports"),
      label,
    ),
    foot,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onRun();
  });
  const checked = (name: string): string[] => new FormData(form).getAll(name).map(String);
  const choices = (): Choice[] | null => {
    const chosen: Choice[] = [];
    if (checked("backend").includes("reference")) chosen.push({ kind: "reference" });
    for (const n of checked("cpu")) chosen.push({ kind: "cpu", threads: Number(n) });
    if (checked("backend").includes("webgpu")) chosen.push({ kind: "webgpu" });
    const engines = others.chosen();
    if (engines === null) return null;
    chosen.push(...own.chosen(), ...engines);
    return chosen.filter((c, i) => chosen.findIndex((d) => choiceId(d) === choiceId(c)) === i);
  };
  return {
    element: form,
    greet(counts, adapter) {
      for (const place of form.querySelectorAll("[data-suite]")) {
        const n = counts[place.getAttribute("data-suite") ?? ""] ?? 0;
        place.textContent = `${n} cases`;
      }
      const place = form.querySelector("[data-adapter]");
      if (place !== null && "gpu" in navigator)
        place.textContent = adapter ?? "this browser gives no graphics adapter";
    },
    wishes: () => {
      const chosen = choices();
      return chosen === null
        ? null
        : {
            suites: checked("suite"),
            size: checked("size")[0] === "small" ? "small" : "full",
            budgetMs: Number(checked("budget")[0] ?? 500),
            choices: chosen,
            label: label.value.trim(),
          };
    },
  };
}

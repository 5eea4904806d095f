// Models of the user: dropped or chosen, described, and measured with the suites.
import type { GivenFile, ModelFacts, TensorFacts, Trouble } from "../worker/protocol.js";
import { troubleOf } from "../worker/trouble.js";
import { h, icon, ICONS, show, takeOut } from "./dom.js";
import { unreadable } from "./transfer.js";

interface Item {
  readonly name: string;
  readonly body: HTMLElement;
  ready: boolean;
}

/** What happens with models. */
export interface ModelEvents {
  /** A model under a name of its own, its file first, then the files beside it. */
  add(id: number, name: string, files: readonly GivenFile[]): void;
  drop(id: number): void;
}

const WEIGHTS = [".onnx", ".keras", ".h5", ".hdf5", ".json", ".safetensors"];

/** Whether a file can be a model; others are data beside it. */
const isModel = (file: File): boolean => WEIGHTS.some((end) => file.name.toLowerCase().endsWith(end));

/**
 * The bytes of a file.
 * @throws {ModelFormatError} when the browser cannot read it
 */
async function read(file: File): Promise<GivenFile> {
  try {
    return { name: file.name, bytes: await file.arrayBuffer() };
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** The part of the form for models. */
export class ModelDrop {
  readonly element: HTMLElement;
  private readonly events: ModelEvents;
  private readonly list: HTMLUListElement = h("ul", { class: "models", "aria-label": "Your models" });
  private readonly items: Map<number, Item> = new Map();
  private readonly input: HTMLInputElement;
  private nextId = 0;

  constructor(events: ModelEvents) {
    this.events = events;
    const input = h("input", {
      type: "file",
      id: "model-file",
      multiple: true,
      accept: `${WEIGHTS.join(",")},.data,.bin`,
      "aria-describedby": "model-note",
    });
    input.addEventListener("change", () => {
      void this.take([...(input.files ?? [])]);
      input.value = "";
    });
    this.input = input;
    this.element = h(
      "section",
      { class: "model-drop", "aria-labelledby": "model-title" },
      h("h2", { id: "model-title" }, "Your model"),
      h(
        "label",
        { class: "drop", for: "model-file" },
        icon(ICONS.model),
        h(
          "span",
          {},
          h("strong", {}, "Choose or drop a file"),
          h("small", { id: "model-note" }, ".onnx, .keras or .safetensors; it stays in this browser"),
        ),
        input,
      ),
      this.list,
    );
  }

  /** Ids of the models that can be run. */
  ready(): number[] {
    return [...this.items].filter(([, item]) => item.ready).map(([id]) => id);
  }

  /** Takes files; each model among them is one, the rest lies beside every one of them. */
  async take(files: readonly File[]): Promise<void> {
    const models = files.filter(isModel);
    const beside = files.filter((f) => !isModel(f));
    for (const model of models.length > 0 ? models : files.slice(0, 1)) {
      const id = this.nextId++;
      const name = this.freeName(model.name);
      this.add(id, name);
      try {
        const given = await Promise.all([model, ...beside.filter((f) => f !== model)].map(read));
        if (this.items.has(id)) this.events.add(id, name, given);
      } catch (error) {
        this.refuse(id, troubleOf(error));
      }
    }
  }

  /** Results name models, so two files of one name get two. */
  private freeName(name: string): string {
    const taken = new Set([...this.items.values()].map((item) => item.name));
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
    return free;
  }

  private add(id: number, name: string): void {
    const body = h("div", { class: "model-body", role: "status" }, "reading …");
    const remove = h("button", { type: "button", class: "quiet", "aria-label": `Remove ${name}` }, "Remove");
    const element = h("li", {}, h("div", { class: "model-head" }, h("strong", {}, name), remove), body);
    remove.addEventListener("click", () => {
      this.items.delete(id);
      takeOut(element, this.input);
      this.events.drop(id);
    });
    this.items.set(id, { name, body, ready: false });
    this.list.append(element);
  }

  /** The worker could open it. */
  describe(id: number, facts: ModelFacts): void {
    const item = this.items.get(id);
    if (item === undefined) return;
    item.ready = true;
    const list = (texts: readonly string[]): string =>
      texts.length > 3 ? `${texts.slice(0, 3).join("; ")}; and ${texts.length - 3} more` : texts.join("; ");
    show(
      item.body,
      `${facts.format}, ${facts.nodes} nodes, ${facts.parameters.toLocaleString("en")} parameters. `,
      h("span", {}, `Takes ${list(facts.inputs)}; gives ${list(facts.outputs)}. Measured with the next run.`),
    );
  }

  /** It holds weights and nothing to run. */
  weights(id: number, tensors: readonly TensorFacts[]): void {
    const item = this.items.get(id);
    if (item === undefined) return;
    const rows = tensors
      .slice(0, 200)
      .map((t) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, t.name),
          h("td", {}, t.dtype),
          h("td", {}, t.shape.join(" × ") || "scalar"),
        ),
      );
    const heads = ["Tensor", "Type", "Shape"].map((t) => h("th", { scope: "col" }, t));
    show(
      item.body,
      h(
        "p",
        { class: "note warn" },
        `This file holds ${tensors.length} tensors and nothing that says what to compute, so there is nothing to run. Make a model of it first: `,
        h(
          "code",
          {},
          "isoform convert weights.safetensors model.onnx --model net.js#Net --input-shape 1,3,32,32",
        ),
        ", then drop model.onnx here.",
      ),
      h(
        "div",
        { class: "table short", role: "region", tabindex: 0, "aria-label": "Tensors of the file" },
        h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)),
      ),
      tensors.length > 200 && `and ${tensors.length - 200} more`,
    );
  }

  /** It cannot be read or run. */
  refuse(id: number, trouble: Trouble): void {
    const item = this.items.get(id);
    if (item === undefined) return;
    show(
      item.body,
      h("p", { class: "note bad" }, trouble.message, trouble.hint !== null && h("br"), trouble.hint),
    );
  }
}

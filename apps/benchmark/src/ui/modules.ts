// The parts of the form that name modules by address: backends of the user's, and other engines.
import type { Choice, PeerName } from "../worker/protocol.js";
import { AddressField } from "./address.js";
import { h, takeOut } from "./dom.js";

const PEERS: readonly { readonly id: PeerName; readonly label: string }[] = [
  { id: "tfjs-wasm", label: "TensorFlow.js, wasm" },
  { id: "tfjs-webgpu", label: "TensorFlow.js, webgpu" },
  { id: "ort-wasm", label: "onnxruntime-web, wasm" },
  { id: "ort-webgpu", label: "onnxruntime-web, webgpu" },
  { id: "jax-js", label: "jax-js" },
];

/** Backends of the user's. */
export function plugins(): { readonly element: HTMLElement; readonly chosen: () => Choice[] } {
  const list = h("ul", { class: "urls", "aria-label": "Your backends" });
  const field = new AddressField({
    id: "plugin-url",
    placeholder: "https://…/backend.js",
    "aria-describedby": "plugin-warning",
  });
  const known = new Set<string>();
  const add = (): void => {
    const url = field.read();
    if (url === null) return field.input.focus();
    field.input.value = "";
    if (known.has(url)) return;
    known.add(url);
    const remove = h("button", { type: "button", class: "quiet", "aria-label": `Remove ${url}` }, "Remove");
    const item = h("li", {}, h("span", { title: url }, url), remove);
    remove.addEventListener("click", () => {
      known.delete(url);
      takeOut(item, field.input);
    });
    list.append(item);
  };
  field.input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  const element = h(
    "details",
    { class: "more" },
    h("summary", {}, "A backend of yours"),
    h("label", { for: "plugin-url" }, "Address of an ES module"),
    h(
      "span",
      { class: "field" },
      field.input,
      h("button", { type: "button", class: "secondary", onclick: add }, "Add"),
    ),
    field.trouble,
    h(
      "p",
      { id: "plugin-warning", class: "note warn" },
      "The code at this address runs in this page, with all that the page may do. Add only modules you trust. It exports a backend, or a function of @isoform/core that gives one.",
    ),
    list,
  );
  return { element, chosen: () => [...known].map((url) => ({ kind: "plugin", url })) };
}

/** Other engines; `chosen` is null when an address is wrong, at which the focus then is. */
export function engines(): { readonly element: HTMLElement; readonly chosen: () => Choice[] | null } {
  const rows = PEERS.map(({ id, label }) => ({
    id,
    label,
    box: h("input", { type: "checkbox", name: "peer", value: id }),
    field: new AddressField({
      name: `url ${id}`,
      placeholder: "address (optional)",
      "aria-label": `Address of ${label}`,
    }),
  }));
  const element = h(
    "details",
    { class: "more" },
    h("summary", {}, "Other engines"),
    h(
      "p",
      { class: "note" },
      "Not part of this app. ",
      h("code", {}, "npm run app:peers"),
      " in the repository puts them beside it; or give the address of an ES module, whose code then runs here.",
    ),
    ...rows.map(({ label, box, field }) =>
      h("div", { class: "peer" }, h("label", {}, box, h("span", {}, label)), field.input, field.trouble),
    ),
  );
  const chosen = (): Choice[] | null => {
    const ticked = rows
      .filter(({ box }) => box.checked)
      .map(({ id, field }) => ({ field, choice: { kind: "peer", peer: id, url: field.read() } as const }));
    const wrong = ticked.find(({ field }) => field.wrong);
    if (wrong === undefined) return ticked.map(({ choice }) => choice);
    element.open = true;
    wrong.field.input.focus();
    return null;
  };
  return { element, chosen };
}

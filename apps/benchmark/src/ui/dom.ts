// Makes elements. Text is always set as text, never as markup.

type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: Event) => void);

function fill(
  element: Element,
  attributes: Readonly<Record<string, Value>>,
  children: readonly Child[],
): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children)
    if (child !== null && child !== undefined && child !== false) element.append(child);
}

/** An HTML element; attributes that begin with `on` are listeners. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

/** Replaces what an element holds. */
export function show(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter((c): c is Node | string => Boolean(c)));
}

/** Takes an item out of a list; the focus goes to the next one's button, else to the one's before, else to `last`. */
export function takeOut(item: Element, last: HTMLElement): void {
  const near = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  (near?.querySelector("button") ?? last).focus();
}

/** An icon of one path on 16 × 16 units; decoration only. */
export function icon(path: string): SVGSVGElement {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", {
      d: path,
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.6,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}

/** Paths for `icon`. */
export const ICONS = {
  run: "M5 3.2 12.6 8 5 12.8Z",
  stop: "M4 4h8v8H4Z",
  save: "M8 2.5v7M5 7l3 3 3-3M3 13.2h10",
  open: "M8 10V3M5 5.6 8 2.6l3 3M3 13.2h10",
  ops: "M2.5 5h4M4.5 3v4M9.5 3.5l3.5 3.5M13 3.5 9.5 7M2.5 11.5h4M9.5 10.5h4M9.5 13h4",
  models:
    "M3 4.5a1.3 1.3 0 1 0 .1 0M3 11.5a1.3 1.3 0 1 0 .1 0M12.9 8a1.3 1.3 0 1 0 .1 0M4.3 5.3 11.7 8.6M4.3 11.7l7.4-2.6",
  training: "M2.5 2.5v11h11M4.5 5c1.5 4.5 3.5 6 8.5 6",
  model: "M8 2 13.5 5v6L8 14 2.5 11V5ZM8 8l5.3-2.9M8 8v6M8 8 2.7 5.1",
} as const;

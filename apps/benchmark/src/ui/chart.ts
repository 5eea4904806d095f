// Bars on a logarithmic scale, one block per case, one bar per series, as SVG of the width that there is.
import { logPosition } from "@isoform/bench";
import { svg } from "./dom.js";

/** One bar. */
export interface Bar {
  readonly label: string;
  /** Index of the colour. */
  readonly color: number;
  /** Number of the imported run, drawn hatched; else null. */
  readonly imported: number | null;
  /** Null: there is no figure, and `text` says why. */
  readonly value: number | null;
  readonly text: string;
  /** Everything about the row, shown when it is pointed at. */
  readonly detail: string;
  /** A thin line over the bar. */
  readonly range: readonly [number, number] | null;
  /** A hollow mark beyond the bar. */
  readonly mark: number | null;
  /** Right, wrong, or not compared. */
  readonly correct: boolean | null;
}

/** The bars of one case. */
export interface Block {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** How a chart reads. */
export interface Scale {
  readonly format: (value: number) => string;
  /** A line that bars start from, e.g. 1 for ratios; else they start at the left edge. */
  readonly base: number | null;
}

const BAR = 15;
const GAP = 4;
const TITLE = 22;
const BETWEEN = 14;
const AXIS = 22;
const CHECK = "M1 5.2 4 8.2 9.5 2";
const CROSS = "M1.5 1.5 8.5 8.5M8.5 1.5 1.5 8.5";

/** Exponents of ten that a number can have; files from elsewhere may hold any number. */
const LEAST = -307;
const MOST = 308;

/** Exponents of the ends of the scale, with room for what is drawn. */
function ends(blocks: readonly Block[], base: number | null): readonly [number, number] {
  const all = blocks.flatMap((b) =>
    b.bars.flatMap((bar) =>
      [bar.value, bar.mark, ...(bar.range ?? [])].filter((v): v is number => v !== null && v > 0),
    ),
  );
  if (base !== null) all.push(base);
  if (all.length === 0) return [0, 1];
  const low = Math.floor(Math.log10(Math.min(...all)) - (base === null ? 0.15 : 0));
  const high = Math.ceil(Math.log10(Math.max(...all)) + 0.02);
  const first = Math.min(MOST - 1, Math.max(LEAST, low));
  return [first, Math.min(MOST, Math.max(high, first + 1))];
}

function ticks(low: number, high: number, width: number): number[] {
  const step = Math.max(1, Math.ceil(((high - low) * 52) / width));
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => 10 ** (low + i * step));
}

/** Widths of texts in the page's font. */
export class Ruler {
  private readonly context: CanvasRenderingContext2D | null = document
    .createElement("canvas")
    .getContext("2d");
  private readonly family: string = getComputedStyle(document.body).fontFamily;

  /** Pixels of a text; `font` is its weight and size. */
  width(text: string, font: string): number {
    if (this.context === null) return text.length * 7;
    this.context.font = `${font} ${this.family}`;
    return this.context.measureText(text).width;
  }

  /** As much of a text as fits. */
  fit(text: string, font: string, room: number): string {
    if (this.width(text, font) <= room) return text;
    let end = text.length - 1;
    while (end > 1 && this.width(`${text.slice(0, end)}…`, font) > room) end--;
    return `${text.slice(0, end)}…`;
  }
}

const SERIES_FONT = "400 12px";
const VALUE_FONT = "600 12px";
const CASE_FONT = "620 13px";

/** The chart; `name` is its text for those who do not see it, who have a table too. */
export function chart(
  blocks: readonly Block[],
  scale: Scale,
  width: number,
  name: string,
  ruler: Ruler,
): SVGSVGElement {
  const narrow = width < 520;
  const names = new Set(blocks.flatMap((b) => b.bars.map((bar) => bar.label)));
  const labels = Math.min(
    narrow ? 96 : 210,
    Math.max(...[...names].map((text) => ruler.width(text, SERIES_FONT)), 20) + 10,
  );
  const right = narrow ? 80 : 92;
  const [low, high] = ends(blocks, scale.base);
  const plot = Math.max(60, width - labels - right);
  const x = (value: number): number => labels + plot * logPosition(value, 10 ** low, 10 ** high);
  const height = AXIS + blocks.reduce((n, b) => n + TITLE + b.bars.length * (BAR + GAP) + BETWEEN, 0);
  const grid = ticks(low, high, plot).map((tick) =>
    svg(
      "g",
      { class: tick === scale.base ? "tick base" : "tick" },
      svg("line", { x1: x(tick), x2: x(tick), y1: AXIS - 4, y2: height - BETWEEN }),
      svg("text", { x: x(tick), y: 12, "text-anchor": "middle" }, scale.format(tick)),
    ),
  );
  let y = AXIS;
  const groups = blocks.map((block) => {
    const head = svg("text", { class: "case", x: 0, y: y + 14 }, ruler.fit(block.title, CASE_FONT, width));
    y += TITLE;
    const bars = block.bars.map((bar) => {
      const drawn = barOf(bar, { x, y, labels, scale, end: width, ruler });
      y += BAR + GAP;
      return drawn;
    });
    y += BETWEEN;
    return svg("g", {}, head, ...bars);
  });
  return svg(
    "svg",
    { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name },
    ...grid,
    ...groups,
  );
}

interface Place {
  readonly x: (value: number) => number;
  readonly y: number;
  readonly labels: number;
  readonly scale: Scale;
  readonly end: number;
  readonly ruler: Ruler;
}

function barOf(bar: Bar, { x, y, labels, scale, end, ruler }: Place): SVGGElement {
  const middle = y + BAR / 2;
  const label = svg(
    "text",
    { class: "series", x: labels - 8, y: middle + 4, "text-anchor": "end" },
    ruler.fit(bar.label, SERIES_FONT, labels - 8),
  );
  const detail = svg("title", {}, bar.detail);
  if (bar.value === null) {
    const room = end - labels - 4;
    const text = ruler.fit(bar.text, `italic ${SERIES_FONT}`, room);
    return svg("g", {}, detail, label, svg("text", { class: "absent", x: labels + 4, y: middle + 4 }, text));
  }
  const from = scale.base === null ? labels : x(scale.base);
  const to = x(bar.value);
  const left = Math.min(from, to);
  const wide = Math.max(2, Math.abs(to - from));
  const rect = { x: left, y, width: wide, height: BAR, rx: 3, class: `bar s${bar.color}` };
  const wideText = ruler.width(bar.text, VALUE_FONT) + (bar.correct === null ? 0 : 15);
  let at = Math.max(to, from, bar.range === null ? 0 : x(bar.range[1])) + 8;
  // The mark of the first run may lie where the text would be.
  const mark = bar.mark === null ? null : x(bar.mark);
  if (mark !== null && mark > at - 8 && mark < at + wideText + 7) at = mark + 10;
  return svg(
    "g",
    { class: "row" },
    detail,
    label,
    svg("rect", rect),
    bar.imported !== null && svg("rect", { ...rect, class: `hatch ${hatchOf(bar.imported)}` }),
    bar.correct === false && svg("rect", { ...rect, class: "wrong" }),
    bar.range !== null &&
      svg("path", {
        class: "range",
        d: `M${x(bar.range[0])} ${middle}H${x(bar.range[1])}M${x(bar.range[0])} ${middle - 3}v6M${x(bar.range[1])} ${middle - 3}v6`,
      }),
    bar.mark !== null &&
      svg("path", { class: "cold", d: `M${x(bar.mark)} ${middle - 4.5}l4.5 4.5-4.5 4.5-4.5-4.5Z` }),
    svg("text", { class: "value", x: bar.correct === null ? at : at + 15, y: middle + 4 }, bar.text),
    bar.correct !== null &&
      svg("path", {
        class: bar.correct ? "right-mark" : "wrong-mark",
        transform: `translate(${at} ${middle - 5})`,
        d: bar.correct ? CHECK : CROSS,
      }),
  );
}

/** Directions of the hatching, in degrees. */
const HATCHES = [45, 135, 90, 0];

/** The class of an imported run's hatching, by the run's number. */
export const hatchOf = (run: number): string => `h${(run - 1) % HATCHES.length}`;

/** The patterns of imported series, once per page. */
export function patterns(): SVGSVGElement {
  return svg(
    "svg",
    { width: 0, height: 0, class: "patterns", "aria-hidden": "true" },
    svg(
      "defs",
      {},
      ...HATCHES.map((angle, i) =>
        svg(
          "pattern",
          {
            id: `hatch-${i}`,
            width: 6,
            height: 6,
            patternUnits: "userSpaceOnUse",
            patternTransform: `rotate(${angle})`,
          },
          svg("rect", { class: "hatch-line", width: 2.4, height: 6 }),
        ),
      ),
    ),
  );
}

// The table that `model.summary()` prints, laid out as Keras 3 prints it.
import { ArgumentError } from "@isoform/core";
import { classNameOf } from "../config/object.js";
import { formatShape, isKerasTensor } from "../engine/keras-tensor.js";
import { isShape, type Layer } from "../engine/layer.js";
import type { Node, Operation } from "../engine/node.js";
import { leaves, mapLeaves } from "../engine/structure.js";
import type { Graph } from "../engine/graph.js";

/** Options of `summary`. */
export interface SummaryOptions {
  /** Width of the table in characters; default the width of the terminal less 4, at most 88 (108 with connections). */
  readonly lineLength?: number;
  /** Right edges of the columns as shares of the width. */
  readonly positions?: readonly number[];
  /** Gets the text; default prints it. */
  readonly printFn?: (text: string) => void;
  readonly expandNested?: boolean;
  readonly showTrainable?: boolean;
  /** Names (or patterns) of the first and last layer to show. */
  readonly layerRange?: readonly [string, string] | null;
}

/** What the table needs to know of a model. */
export interface SummaryModel {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** A chain: inputs are not shown. */
  readonly sequential: boolean;
  readonly trainableWeights: readonly Sized[];
  readonly nonTrainableWeights: readonly Sized[];
  /** Null for models that are no functional graph. */
  readonly graph: Graph | null;
  /** State of the optimizer, once there is some. */
  readonly optimizerWeights: readonly Sized[] | null;
}

interface Sized {
  readonly size: number;
  readonly bytes: number;
}

type Align = "left" | "right" | "center";

/** The whole text, without a newline at its end. */
export function summaryText(model: SummaryModel, options: SummaryOptions, terminalWidth: number): string {
  const nodes = new Set(model.graph?.nodes ?? []);
  const linear = model.sequential || model.graph === null || isLinear(model.graph);
  const header = ["Layer (type)", "Output Shape", "Param #"];
  const align: Align[] = ["left", "left", "right"];
  let positions = [...(options.positions ?? (linear ? [0.45, 0.8, 1] : [0.3, 0.56, 0.74, 1]))];
  let widest = linear ? 88 : 108;
  if (!linear) {
    header.push("Connected to");
    align.push("left");
  }
  if (options.showTrainable) {
    widest += 12;
    positions = [...positions.map((p) => p * 0.9), 1];
    header.push("Trainable");
    align.push("center");
  }
  const total = options.lineLength ?? Math.min(widest, terminalWidth - 4);
  const rows: string[][] = [];
  const add = (layer: Operation, level: number) => {
    rows.push(fields(layer, level, linear ? null : nodes, options.showTrainable ?? false));
    if (!options.expandNested) return;
    for (const inner of (layer as { readonly layers?: readonly Layer[] }).layers ?? []) add(inner, level + 1);
  };
  const operations = model.sequential || model.graph === null ? model.layers : model.graph.operations;
  for (const layer of inRange(operations, options.layerRange ?? null)) add(layer, 0);
  return [
    `Model: "${model.name}"`,
    ...table(header, align, rows, columnWidths(total, positions)),
    ...footer(model),
  ].join("\n");
}

function fields(
  layer: Operation,
  level: number,
  nodes: ReadonlySet<Node> | null,
  trainable: boolean,
): string[] {
  const prefix = level === 0 ? "" : `${"   ".repeat(level)}└ `;
  const asLayer = layer as Partial<Layer> & { readonly className?: string };
  const type = asLayer.className ?? classNameOf(layer);
  const own =
    asLayer.built && asLayer.countParams ? asLayer.countParams().toLocaleString("en-US") : "0 (unbuilt)";
  const row = [`${prefix}${layer.name} (${type})`, outputShape(layer), own];
  if (nodes !== null) row.push(connections(layer, nodes));
  if (trainable) row.push((asLayer.weights?.length ?? 0) === 0 ? "-" : asLayer.trainable ? "Y" : "N");
  return row;
}

function outputShape(layer: Operation): string {
  const node = layer.inboundNodes.at(-1);
  let shapes: unknown;
  if (node) shapes = mapLeaves(node.result, isKerasTensor, (t) => new Text(`(${formatShape(t.shape)})`));
  else {
    const built = (layer as Partial<Layer>).$books?.buildShapes?.[0];
    if (built === undefined) return "?";
    try {
      shapes = mapLeaves(
        (layer as Layer).computeOutputShape(built as never),
        isShape,
        (s) => new Text(`(${formatShape(s)})`),
      );
    } catch {
      return "?";
    }
  }
  const flat = leaves(shapes, (v): v is Text => v instanceof Text);
  return flat.length === 1 ? flat[0]!.text : pythonText(shapes);
}

class Text {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function pythonText(value: unknown): string {
  if (value instanceof Text) return value.text;
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  return `{${Object.entries(value as object)
    .map(([k, v]) => `${k}: ${pythonText(v)}`)
    .join(", ")}}`;
}

function connections(layer: Operation, nodes: ReadonlySet<Node>): string {
  const parts = layer.inboundNodes
    .filter((n) => nodes.has(n))
    .flatMap((n) => n.inputs)
    .flatMap(({ history: h }) => (h ? [`${h.operation.name}[${h.nodeIndex}][${h.tensorIndex}]`] : []));
  return parts.length === 0 ? "-" : parts.join(", ");
}

/** True when the graph is a chain and no layer is called twice: then connections need not be shown. */
function isLinear(graph: Graph): boolean {
  if (graph.nodesByDepth.some((group) => group.length > 1 || group[0]!.inputs.length > 1)) return false;
  const nodes = new Set(graph.nodes);
  return graph.layers.every((l) => l.inboundNodes.filter((n) => nodes.has(n)).length <= 1);
}

function inRange(
  layers: readonly Operation[],
  range: readonly [string, string] | null,
): readonly Operation[] {
  if (range === null) return layers;
  const places = (pattern: string) => {
    const expression = new RegExp(`^(?:${pattern})`);
    return layers.flatMap((l, i) => (expression.test(l.name) ? [i] : []));
  };
  const [first, last] = [places(range[0]), places(range[1])];
  if (first.length === 0 || last.length === 0) {
    throw new ArgumentError(`no layers match ${JSON.stringify(range)}`, {
      code: "argument/invalid",
      op: "summary",
      hint: `layers are ${layers.map((l) => l.name).join(", ")}`,
    });
  }
  const [low, high] = [Math.min(...first), Math.max(...last)];
  return low > high ? layers.slice(Math.min(...last), Math.max(...first) + 1) : layers.slice(low, high + 1);
}

/** Widths of the texts in the columns. The table is `total` wide; borders and padding are taken from all columns. */
function columnWidths(total: number, positions: readonly number[]): number[] {
  let used = 0;
  const widths = positions.map((p) => {
    const width = Math.floor(p * total) - used;
    used += width;
    return width + 2;
  });
  let excess = widths.reduce((a, b) => a + b, 0) - (total - widths.length - 1);
  return widths.map((width, i) => {
    const share = roundHalfEven(excess / (widths.length - i));
    excess -= share;
    return Math.max(1, width - share - 2);
  });
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
}

function table(
  header: string[],
  align: readonly Align[],
  rows: string[][],
  widths: readonly number[],
): string[] {
  const rule = (left: string, line: string, cross: string, right: string) =>
    left + widths.map((w) => line.repeat(w + 2)).join(cross) + right;
  const cells = (row: string[], bar: string) => {
    const wrapped = row.map((text, i) => wrap(text, widths[i]!));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, y) => {
      const line = wrapped.map((lines, i) => ` ${pad(lines[y] ?? "", widths[i]!, align[i]!)} `);
      return bar + line.join(bar) + bar;
    });
  };
  const body = rows.flatMap((row, i) => [...(i === 0 ? [] : [rule("├", "─", "┼", "┤")]), ...cells(row, "│")]);
  return [
    rule("┏", "━", "┳", "┓"),
    ...cells(header, "┃"),
    rule("┡", "━", "╇", "┩"),
    ...body,
    rule("└", "─", "┴", "┘"),
  ];
}

/** Lines of at most `width` characters, broken at spaces; longer words end in an ellipsis. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.match(/\s*\S+\s*/g) ?? [""]) {
    if (line !== "" && line.length + word.trimEnd().length > width) {
      lines.push(line);
      line = "";
    }
    line += word;
  }
  lines.push(line);
  return lines.map((l) => {
    const trimmed = l.trimEnd();
    return trimmed.length > width ? `${trimmed.slice(0, width - 1)}…` : trimmed;
  });
}

function pad(text: string, width: number, align: Align): string {
  if (align === "left") return text.padEnd(width);
  if (align === "right") return text.padStart(width);
  const left = Math.floor((width - text.length) / 2);
  return (" ".repeat(left) + text).padEnd(width);
}

function footer(model: SummaryModel): string[] {
  const count = (list: readonly Sized[]) => list.reduce((n, v) => n + v.size, 0);
  const bytes = (list: readonly Sized[]) => list.reduce((n, v) => n + v.bytes, 0);
  const line = (label: string, list: readonly Sized[]) =>
    ` ${label} params: ${count(list).toLocaleString("en-US")} (${memorySize(bytes(list))})`;
  const optimizer = model.optimizerWeights ?? [];
  const all = [...model.trainableWeights, ...model.nonTrainableWeights, ...optimizer];
  return [
    line("Total", all),
    line("Trainable", model.trainableWeights),
    line("Non-trainable", model.nonTrainableWeights),
    ...(model.optimizerWeights ? [line("Optimizer", optimizer)] : []),
  ];
}

/** `397.54 KB`. */
function memorySize(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let i = 0;
  while (value >= 1024 && i < units.length - 1) {
    value /= 1024;
    i++;
  }
  return `${value.toFixed(2)} ${units[i]}`;
}

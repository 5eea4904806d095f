// Tensors as text, laid out as PyTorch prints them (torch/_tensor_str.py): 4 digits, 80 columns, edges of large tensors.
import { elementReader, isFloat, TRACK_GRAD, type DType, type Tensor, type TypedArray } from "@isoform/core";
import { fixed, scientific } from "./format-number.js";
import { gradFnName } from "./grad-fn.js";

const PRECISION = 4;
/** Larger tensors are shown by their edges. */
const THRESHOLD = 1000;
const EDGE = 3;
const LINE = 80;
const PREFIX = "tensor(";

type Value = number | bigint | boolean;

/** `tensor([[1., 2.], [3., 4.]])`, with dtype when it is not the default of its kind. */
export function formatTensor(t: Tensor, data: TypedArray): string {
  const suffixes = [...valueSuffixes(t), ...gradSuffix(t)];
  return withSuffixes(PREFIX + body(t, data), suffixes);
}

function valueSuffixes(t: Tensor): string[] {
  const dtype = `dtype=torch.${t.dtype}`;
  if (t.size > 0) return ["float32", "int64", "bool"].includes(t.dtype) ? [] : [dtype];
  const found = t.rank === 1 ? [] : [`size=(${t.shape.join(", ")})`];
  return t.dtype === "float32" ? found : [...found, dtype];
}

function gradSuffix(t: Tensor): string[] {
  const node = t._node;
  if (node) {
    const shape = node.inputs[0]?.shape ?? [];
    return [`grad_fn=<${gradFnName({ id: node.op.id, attrs: { ...node.attrs }, shape })}>`];
  }
  return t._track & TRACK_GRAD ? ["requires_grad=True"] : [];
}

function withSuffixes(text: string, suffixes: readonly string[]): string {
  const indent = " ".repeat(PREFIX.length);
  let out = text;
  let length = text.length - text.lastIndexOf("\n") + 1;
  for (const s of suffixes) {
    const fits = length + s.length + 2 <= LINE;
    out += fits ? `, ${s}` : `,\n${indent}${s}`;
    length = fits ? length + s.length + 2 : indent.length + s.length;
  }
  return `${out})`;
}

function body(t: Tensor, data: TypedArray): string {
  if (t.size === 0) return "[]";
  const read = elementReader(t.dtype);
  const summarize = t.size > THRESHOLD;
  const step = t.shape.map((_, axis) => t.shape.slice(axis + 1).reduce((p, n) => p * n, 1));
  const shown: Value[] = [];
  /** Visits what is printed, in order; null stands for what is left out. */
  const places = (axis: number): (number | null)[] => {
    const n = t.shape[axis]!;
    const all = Array.from({ length: n }, (_, i) => i);
    return summarize && n > 2 * EDGE ? [...all.slice(0, EDGE), null, ...all.slice(-EDGE)] : all;
  };
  const gather = (axis: number, at: number): void => {
    if (axis === t.rank) shown.push(read(data, at));
    else for (const i of places(axis)) if (i !== null) gather(axis + 1, at + i * step[axis]!);
  };
  gather(0, 0);
  const cell = formatter(t.dtype, shown);

  const render = (axis: number, at: number): string => {
    if (axis === t.rank) return cell.text(read(data, at));
    const indent = `\n${" ".repeat(PREFIX.length + axis + 1)}`;
    if (axis < t.rank - 1) {
      const parts = places(axis).map((i) => (i === null ? "..." : render(axis + 1, at + i * step[axis]!)));
      return `[${parts.join(`,${"\n".repeat(t.rank - 2 - axis)}${indent}`)}]`;
    }
    const parts = places(axis).map((i) => (i === null ? " ..." : cell.text(read(data, at + i))));
    const perLine = Math.max(1, Math.floor((LINE - PREFIX.length - axis) / (cell.width + 2)));
    const lines: string[] = [];
    for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(", "));
    return `[${lines.join(`,${indent}`)}]`;
  };
  return render(0, 0);
}

/** How the elements of one tensor are written, all alike. */
interface Cell {
  readonly width: number;
  text(v: Value): string;
}

function formatter(dtype: DType, shown: readonly Value[]): Cell {
  const write = isFloat(dtype) ? floatWriter(shown.map(Number)) : plain;
  const measured = isFloat(dtype) ? shown.filter((v) => isFinitePart(Number(v))) : shown;
  const width = measured.reduce<number>((w, v) => Math.max(w, write(v).length), 1);
  return { width, text: (v) => write(v).padStart(width) };
}

/** Zeros and non-finite numbers decide neither notation nor width. */
const isFinitePart = (v: number): boolean => Number.isFinite(v) && v !== 0;

function plain(v: Value): string {
  return typeof v === "boolean" ? (v ? "True" : "False") : String(v);
}

function floatWriter(values: readonly number[]): (v: Value) => string {
  const finite = values.filter(isFinitePart).map(Math.abs);
  const largest = finite.reduce((a, b) => Math.max(a, b), 0);
  const smallest = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const whole = finite.every(Number.isInteger);
  const wide =
    finite.length > 0 && (largest / smallest > 1000 || largest > 1e8 || (!whole && smallest < 1e-4));
  return (v) => {
    const x = Number(v);
    if (Number.isNaN(x)) return "nan";
    if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
    if (wide) return scientific(x, PRECISION);
    return whole ? `${fixed(x, 0)}.` : fixed(x, PRECISION);
  };
}

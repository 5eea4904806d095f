// Tensors as text, laid out as PyTorch prints them (torch/_tensor_str.py: 4 digits, edges of large tensors).
import { elementReader, isFloat, type DType, type Tensor, type TypedArray } from "@isoform/core";

const PRECISION = 4;
const THRESHOLD = 1000;
const EDGE = 3;

type Cell = (i: number) => string;

function cells(dtype: DType, data: TypedArray): Cell {
  const read = elementReader(dtype);
  if (!isFloat(dtype)) {
    const text = (i: number) =>
      dtype === "bool" ? (read(data, i) ? "True" : "False") : String(read(data, i));
    return padded(data.length, text);
  }
  const values = Array.from({ length: data.length }, (_, i) => Number(read(data, i)));
  const finite = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
  const largest = Math.max(0, ...finite);
  const smallest = finite.length === 0 ? 0 : Math.min(...finite);
  const whole = values.every((v) => !Number.isFinite(v) || Number.isInteger(v));
  const scientific = whole
    ? largest >= 1e8
    : finite.length > 0 && (largest / smallest > 1000 || largest >= 1e8 || smallest < 1e-4);
  return padded(data.length, (i) => formatFloat(values[i]!, whole, scientific));
}

function formatFloat(v: number, whole: boolean, scientific: boolean): string {
  if (Number.isNaN(v)) return "nan";
  if (!Number.isFinite(v)) return v > 0 ? "inf" : "-inf";
  if (scientific) return v.toExponential(PRECISION).replace(/e([+-])(\d)$/, "e$10$2");
  const text = whole ? `${v}.` : v.toFixed(PRECISION);
  return Object.is(v, -0) && !text.startsWith("-") ? `-${text}` : text;
}

function padded(n: number, text: (i: number) => string): Cell {
  let width = 0;
  for (let i = 0; i < n; i++) width = Math.max(width, text(i).length);
  return (i) => text(i).padStart(width);
}

/** `tensor([[1., 2.], [3., 4.]])`, with dtype when it is not the default of its kind. */
export function formatTensor(t: Tensor, data: TypedArray): string {
  const cell = cells(t.dtype, data);
  const summarize = t.size > THRESHOLD;
  const render = (axis: number, start: number, indent: number): string => {
    if (axis === t.rank) return cell(start).trimStart();
    const n = t.shape[axis]!;
    const step = t.shape.slice(axis + 1).reduce((p, m) => p * m, 1);
    const indices =
      summarize && n > 2 * EDGE
        ? [...Array(EDGE).keys(), -1, ...Array.from({ length: EDGE }, (_, i) => n - EDGE + i)]
        : [...Array(n).keys()];
    const last = axis === t.rank - 1;
    const parts = indices.map((i) => {
      if (i < 0) return " ...";
      return last ? cell(start + i) : render(axis + 1, start + i * step, indent + 1);
    });
    const gap = last ? ", " : `,${"\n".repeat(t.rank - 1 - axis)}${" ".repeat(indent + 1)}`;
    return `[${parts.join(gap)}]`;
  };
  const suffixes: string[] = [];
  if (t.size === 0 && t.rank !== 1) suffixes.push(`size=(${t.shape.join(", ")})`);
  if (!["float32", "int64", "bool"].includes(t.dtype)) suffixes.push(`dtype=torch.${t.dtype}`);
  if (t._node) suffixes.push(`grad_fn=<${backwardName(t._node.op.id)}>`);
  else if (t._track & 1) suffixes.push("requires_grad=True");
  return `tensor(${[t.size === 0 ? "[]" : render(0, 0, 7), ...suffixes].join(", ")})`;
}

function backwardName(id: string): string {
  return `${id.charAt(0).toUpperCase()}${id.slice(1)}Backward0`;
}

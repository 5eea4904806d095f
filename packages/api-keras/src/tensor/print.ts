// Tensors as text in the layout of NumPy, which TensorFlow uses.
import { elementReader, isFloat, type Tensor, type TypedArray } from "@isoform/core";

const THRESHOLD = 1000;
const EDGE = 3;

function formatters(t: Tensor, data: TypedArray): (i: number) => string {
  const read = elementReader(t.dtype);
  if (!isFloat(t.dtype)) {
    const text = (i: number) =>
      t.dtype === "bool" ? (read(data, i) ? "True" : "False") : String(read(data, i));
    return aligned(data.length, text);
  }
  const values = Array.from({ length: data.length }, (_, i) => Number(read(data, i)));
  const sizes = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const scientific = sizes.length > 0 && (high >= 1e8 || low < 1e-4 || high / low > 1000);
  const whole = values.every((v) => !Number.isFinite(v) || Number.isInteger(v));
  return aligned(data.length, (i) =>
    formatFloat(values[i]!, scientific && !whole, t.dtype === "float64" ? 16 : 8),
  );
}

function formatFloat(v: number, scientific: boolean, digits: number): string {
  if (Number.isNaN(v)) return "nan";
  if (!Number.isFinite(v)) return v > 0 ? "inf" : "-inf";
  if (scientific)
    return v
      .toExponential(digits)
      .replace(/\.?0+e/, ".e")
      .replace(/\.e/, ".0e")
      .replace(/e([+-])(\d)$/, "e$10$2");
  const short = String(Number(v.toPrecision(digits)));
  return /[.e]/.test(short) ? short : `${short}.`;
}

function aligned(n: number, text: (i: number) => string): (i: number) => string {
  if (n > THRESHOLD) return text;
  const width = Math.max(0, ...Array.from({ length: n }, (_, i) => text(i).length));
  return (i) => text(i).padStart(width);
}

/** `tf.Tensor([1. 2.], shape=(2,), dtype=float32)`. */
export function formatTensor(t: Tensor, data: TypedArray): string {
  const text = formatters(t, data);
  const short = t.size > THRESHOLD;
  const build = (axis: number, at: number, indent: number): string => {
    if (axis === t.rank) return text(at);
    const n = t.shape[axis]!;
    const step = t.shape.slice(axis + 1).reduce((p, m) => p * m, 1);
    const all = Array.from({ length: n }, (_, i) => i);
    const shown = short && n > 2 * EDGE ? [...all.slice(0, EDGE), -1, ...all.slice(-EDGE)] : all;
    const parts = shown.map((i) => (i < 0 ? "..." : build(axis + 1, at + i * step, indent + 1)));
    const gap = axis === t.rank - 1 ? " " : `${"\n".repeat(t.rank - 1 - axis)}${" ".repeat(indent + 1)}`;
    return `[${parts.join(gap)}]`;
  };
  const body = build(0, 0, 0);
  const head = t.rank > 1 ? `\n${body}` : body;
  return `tf.Tensor(${head}, shape=(${t.shape.join(", ")}${t.rank === 1 ? "," : ""}), dtype=${t.dtype})`;
}

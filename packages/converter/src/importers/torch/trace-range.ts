// What is known of the integers of a trace before it runs: their least and greatest value, by interval arithmetic.
import { elementReader, isDType, isFloat, type GraphNode, type GraphVar } from "@isoform/core";
import { typedArrayOf, type RawTensor } from "../../formats/raw-tensor.js";

/** Least and greatest value; null when nothing is known. */
export type Range = readonly [number, number] | null;

/** Constants and makers of values. */
export interface Origins {
  constant(v: GraphVar): RawTensor | undefined;
  maker(v: GraphVar): GraphNode | undefined;
  /** The value that an input or output of a decomposition is. */
  resolve(v: GraphVar): GraphVar;
  /** True when the size of an axis follows the batch. */
  moves(v: GraphVar, axis: number): boolean;
}

/** Ops whose results are elements of their inputs. */
const MOVEMENT: ReadonlySet<string> = new Set(
  "reshape transpose broadcastTo slice flip squeeze unsqueeze flatten concat stack split roll detach tile".split(
    " ",
  ),
);

/** Chains of ops are followed this far. */
const DEEPEST = 64;

const attr = (node: GraphNode, name: string): unknown => Reflect.get(node.attrs, name);
const numberAttr = (node: GraphNode, name: string): number | null => {
  const v = attr(node, name);
  return typeof v === "number" || typeof v === "bigint" ? Number(v) : null;
};

function constantRange(raw: RawTensor): Range {
  if (!isDType(raw.dtype)) return null;
  const data = typedArrayOf(raw);
  const read = elementReader(raw.dtype);
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const v = Number(read(data, i));
    if (Number.isNaN(v)) return null;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return low <= high ? [low, high] : [0, 0];
}

const hull = (ranges: readonly Range[]): Range => {
  const known = ranges.filter((r) => r !== null);
  if (known.length < ranges.length || known.length === 0) return null;
  return [Math.min(...known.map(([l]) => l)), Math.max(...known.map(([, h]) => h))];
};

/** The values of an integer variable. */
export function rangeOf(v: GraphVar, from: Origins, depth = 0): Range {
  const raw = from.constant(v);
  if (raw) return constantRange(raw);
  const node = from.maker(v);
  if (!node || depth > DEEPEST) return null;
  const input = (i: number): Range => {
    const x = node.inputs[i];
    return x ? rangeOf(x, from, depth + 1) : null;
  };
  const sized = (x: GraphVar | null | undefined, axis: number | null): Range =>
    !x || axis === null || from.moves(x, axis) ? null : [0, Math.max(0, x.shape[axis]! - 1)];
  const { id } = node.op;
  if (MOVEMENT.has(id)) return hull(node.inputs.map((_, i) => input(i)));
  switch (id) {
    case "full": {
      const n = numberAttr(node, "value");
      return n === null ? null : [n, n];
    }
    case "iota":
      return sized(v, numberAttr(node, "axis"));
    case "argReduce":
      return sized(node.inputs[0], numberAttr(node, "axis"));
    case "sort":
    case "topK":
      return node.outputs[1] === from.resolve(v) ? sized(node.inputs[0], numberAttr(node, "axis")) : null;
    case "cast":
      return node.inputs[0] && !isFloat(node.inputs[0].dtype) ? input(0) : truncated(input(0));
    case "where":
      return hull([input(1), input(2)]);
    case "gather":
    case "gatherElements": {
      const r = input(0);
      return r && hull([r, [0, 0]]);
    }
    default:
      return arithmetic(node, input);
  }
}

const truncated = (r: Range): Range => r && [Math.trunc(r[0]), Math.trunc(r[1])];

function arithmetic(node: GraphNode, input: (i: number) => Range): Range {
  const a = input(0);
  if (node.op.id === "clip") {
    const [low, high] = [numberAttr(node, "min"), numberAttr(node, "max")];
    const [l, h] = a ?? [-Infinity, Infinity];
    const clipped: Range = [
      Math.min(high ?? h, Math.max(low ?? l, l)),
      Math.max(low ?? l, Math.min(high ?? h, h)),
    ];
    return clipped.every(Number.isFinite) ? clipped : null;
  }
  const b = node.inputs.length > 1 ? input(1) : null;
  if (!a || !b) return null;
  const products = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
  switch (node.op.id) {
    case "add":
      return [a[0] + b[0], a[1] + b[1]];
    case "sub":
      return [a[0] - b[1], a[1] - b[0]];
    case "mul":
      return [Math.min(...products), Math.max(...products)];
    case "max":
      return [Math.max(a[0], b[0]), Math.max(a[1], b[1])];
    case "min":
      return [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
    case "rem":
    case "mod":
      return a[0] >= 0 && b[0] >= 1 ? [0, Math.min(a[1], b[1] - 1)] : null;
    case "div":
    case "floorDiv":
      return a[0] >= 0 && b[0] >= 1 ? [Math.floor(a[0] / b[1]), Math.floor(a[1] / b[0])] : null;
    default:
      return null;
  }
}

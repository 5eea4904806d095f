// Values of a trace that no input reaches are computed while it is imported, as core computes them: masks, tables of
// places, grids. Parameters are no such values: what is made of them stays in the graph.
import {
  ambient,
  bindAny,
  fromTypedArray as upload,
  isDType,
  noGrad,
  scope,
  sizeOf,
  type GraphNode,
  type GraphVar,
  type Tensor,
} from "@isoform/core";
import { fromTypedArray, typedArrayOf, type RawTensor } from "../../formats/raw-tensor.js";

/** Largest result that is computed: more is left to the model. */
const MOST = 65_536;
/** Largest fill that is written out. */
const MOST_FILL = 4096;

/** What folding needs to know. */
export interface Foldable {
  constant(v: GraphVar): RawTensor | undefined;
  maker(v: GraphVar): GraphNode | undefined;
  /** True when a size follows the batch. */
  moves(v: GraphVar): boolean;
}

const SOURCES: ReadonlySet<string> = new Set(["full", "iota", "eye"]);

/** A value without a name that is known now. */
function known(v: GraphVar, from: Foldable): RawTensor | null {
  if (v.name !== undefined) return null;
  const raw = from.constant(v);
  if (raw) return raw;
  const node = from.maker(v);
  const source = node && (SOURCES.has(node.op.id) || node.op.id === "broadcastTo");
  return source ? (fold(node, from)?.[0] ?? null) : null;
}

/** The results of a node whose inputs are all known and of which one is more than a fill; null for others. */
export function fold(node: GraphNode, from: Foldable): readonly RawTensor[] | null {
  const most = SOURCES.has(node.op.id) ? MOST_FILL : MOST;
  const small = node.outputs.every((v) => sizeOf(v.shape) <= most && !from.moves(v));
  // Without a device, or with one that is only read asynchronously, the model computes it at every run.
  if (!small || node.op.id === "randomBits" || !ambient.device?.backend.readSync) return null;
  const inputs = node.inputs.map((v) => (v === null ? null : known(v, from)));
  if (node.inputs.some((v, i) => v !== null && inputs[i] === null)) return null;
  return scope(() =>
    noGrad(() => {
      const tensors = inputs.map((raw) => raw && uploaded(raw));
      return bindAny(node.op, tensors, node.attrs).map((t) =>
        fromTypedArray(t.dtype, t.shape, t.dataSync().slice()),
      );
    }),
  );
}

function uploaded(raw: RawTensor): Tensor {
  const dtype = isDType(raw.dtype) ? raw.dtype : "float32";
  return upload(typedArrayOf(raw), { dtype, shape: raw.shape });
}

// Collects the layers of a Keras model while the IR's nodes are visited.
import { isDType, isFloat, UnsupportedOpError } from "@isoform/core";
import type { PlainJson, PlainObject } from "../../formats/keras/index.js";
import type { RawDType, RawTensor } from "../../formats/raw-tensor.js";
import type { Dim, IrGraph, IrNode, IrValue } from "../../ir/types.js";
import { makersOf, usesOf } from "../../ir/walk.js";
import { applySteps } from "../../ir/weights.js";
import { identityOrder, isIdentity, Layouts, plainView, type View } from "../../layout/index.js";
import { planExport, type Plans } from "./plan.js";
import {
  KTensor,
  LAYERS,
  LayerBuild,
  type Arg,
  type LayerUse,
  type LayerWeights,
  type WeightGiven,
} from "./tensors.js";

/** A value of the IR seen through a Keras tensor: axis i of the value is axis order[i] of the tensor. */
export type KView = View<KTensor>;

/** What a new layer is. */
export interface LayerInit {
  /** Wanted name. */
  readonly name: string;
  readonly className: string;
  readonly config?: PlainObject;
  readonly args: readonly Arg[];
  readonly kwargs?: Readonly<Record<string, Arg>>;
  readonly weights?: LayerWeights;
  /** Sizes and element type of each output, in the axis order of Keras. */
  readonly outputs: readonly { readonly dims: readonly Dim[]; readonly dtype: RawDType }[];
}

const NUMPY = "keras.src.ops.numpy";

/** Modules of the operations that are not in `keras.src.ops.numpy`. */
const MODULES: Readonly<Record<string, string>> = {
  Erf: "keras.src.ops.math",
  TopK: "keras.src.ops.math",
  Logsumexp: "keras.src.ops.math",
  Rsqrt: "keras.src.ops.math",
  Cast: "keras.src.ops.core",
  OneHot: "keras.src.ops.nn",
  Gelu: "keras.src.ops.nn",
  Relu: "keras.src.ops.nn",
  Sigmoid: "keras.src.ops.nn",
  Celu: "keras.src.ops.nn",
  Elu: "keras.src.ops.nn",
  HardShrink: "keras.src.ops.nn",
  SoftShrink: "keras.src.ops.nn",
  Threshold: "keras.src.ops.nn",
  Softmax: "keras.src.ops.nn",
  LogSoftmax: "keras.src.ops.nn",
  AveragePool: "keras.src.ops.nn",
  MaxPool: "keras.src.ops.nn",
  Resize: "keras.src.ops.image",
};

/** Collects a model. */
export class KerasEmitter {
  readonly graph: IrGraph;
  readonly uses: ReadonlyMap<IrValue, readonly (IrNode | null)[]>;
  readonly makers: ReadonlyMap<IrValue, IrNode>;
  readonly layouts: Layouts<KTensor>;
  readonly notes: string[] = [];
  readonly layers: LayerBuild[] = [];
  /** Nodes that layers of other nodes have taken in. */
  readonly absorbed: Set<IrNode> = new Set();
  private readonly views: Map<IrValue, KView> = new Map();
  private readonly shared: Map<string, LayerBuild> = new Map();
  private readonly ids: Map<IrValue, number> = new Map();

  readonly plans: Plans;
  readonly live: ReadonlySet<IrNode>;

  constructor(graph: IrGraph) {
    this.graph = graph;
    this.plans = planExport(graph);
    this.live = new Set(this.plans.live);
    this.uses = usesOf(graph);
    this.makers = makersOf(graph);
    this.layouts = new Layouts<KTensor>(
      {
        transpose: (t, perm, where) => this.transposed(t, perm, where),
        take: (t, indices, where) => this.taken(t, indices, where),
      },
      (t, where) => this.flattened(t, where),
    );
  }

  private transposed(t: KTensor, perm: readonly number[], where: string): KTensor {
    const dims = perm.map((p) => t.dims[p] ?? null);
    const outputs = [{ dims, dtype: t.dtype }];
    const name = `${where}_permute`;
    if (perm[0] === 0)
      return this.layer({
        name,
        className: "Permute",
        config: { dims: perm.slice(1) },
        args: [t],
        outputs,
      })[0]!;
    return this.operation({
      name,
      className: "Transpose",
      config: { axes: [...perm] },
      args: [t],
      outputs,
    })[0]!;
  }
  private taken(t: KTensor, indices: readonly number[], where: string): KTensor {
    const outputs = [{ dims: t.dims, dtype: t.dtype }];
    const config = { axis: t.dims.length - 1 };
    return this.operation({
      name: `${where}_order`,
      className: "Take",
      config,
      args: [t, [...indices]],
      outputs,
    })[0]!;
  }
  private flattened(t: KTensor, where: string): KTensor {
    const rest = t.dims.slice(1);
    const known = rest.filter((d) => typeof d === "number");
    const size = known.length === rest.length ? known.reduce((p, n) => p * n, 1) : null;
    const outputs = [{ dims: [t.dims[0] ?? null, size], dtype: t.dtype }];
    return this.layer({ name: `${where}_flatten`, className: "Flatten", args: [t], outputs })[0]!;
  }

  /** Adds an input. */
  input(v: IrValue, dtype: string): KTensor {
    if (v.dims === null)
      throw new UnsupportedOpError(`the shape of the input ${v.name} is not known`, {
        code: "export/keras-shape",
      });
    const config = {
      batch_shape: v.dims.map((d) => (typeof d === "number" ? d : null)),
      dtype,
      sparse: false,
    };
    const build = new LayerBuild({
      wanted: v.name,
      module: LAYERS,
      className: "InputLayer",
      config,
      weights: {},
      trainable: true,
      dtype,
    });
    this.layers.push(build);
    const t = new KTensor(build, 0, 0, v.dims, v.dtype ?? "float32");
    this.set(v, plainView(t, v.dims.length));
    return t;
  }

  /** Adds a layer of `keras.layers`. Layers with equal configs and the same weights are one layer that is called twice. */
  layer(init: LayerInit): readonly KTensor[] {
    return this.add(LAYERS, init);
  }
  /** Adds an operation of `keras.ops`. */
  operation(init: LayerInit): readonly KTensor[] {
    return this.add(MODULES[init.className] ?? NUMPY, init);
  }

  private add(module: string, init: LayerInit): readonly KTensor[] {
    const { name, className, config = {}, args, kwargs = {}, weights = {}, outputs } = init;
    const given = Object.values(weights).flatMap((w) => (w === null ? [] : [w]));
    const key = sharingKey(className, config, weights, (v) => this.id(v));
    const known = key === null ? undefined : this.shared.get(key);
    const build =
      known ??
      new LayerBuild({
        wanted: name,
        module,
        className,
        config,
        weights,
        trainable: this.trainable(given),
        dtype: computeType(outputs[0]?.dtype ?? "float32"),
      });
    if (!known) this.layers.push(build);
    if (key !== null) this.shared.set(key, build);
    const use: LayerUse = { args, kwargs };
    build.uses.push(use);
    return outputs.map((o, i) => new KTensor(build, build.uses.length - 1, i, o.dims, o.dtype));
  }

  private id(v: IrValue): number {
    const known = this.ids.get(v) ?? this.ids.size;
    this.ids.set(v, known);
    return known;
  }

  /** False when every weight that could be trained is frozen. */
  private trainable(weights: readonly WeightGiven[]): boolean {
    const flags = weights.flatMap((w) =>
      "value" in w ? [this.graph.weights.get(w.value)?.trainable ?? true] : [],
    );
    return flags.length === 0 || flags.some(Boolean);
  }

  /** The tensor of an IR weight. */
  tensorOf(v: IrValue): RawTensor | null {
    return this.graph.weights.get(v)?.tensor ?? null;
  }

  /** The values of a weight of a layer. @throws {UnsupportedOpError} when it is computed */
  weightTensor(w: WeightGiven): RawTensor {
    if ("tensor" in w) return w.tensor;
    const found = this.tensorOf(w.value);
    if (found) return applySteps(found, w.steps);
    throw new UnsupportedOpError(`the weight ${w.value.name} is computed`, { code: "export/keras-weight" });
  }

  set(v: IrValue, view: KView): void {
    this.views.set(v, view);
  }
  has(v: IrValue): boolean {
    return this.views.has(v);
  }
  /** How a value is seen. @throws {UnsupportedOpError} for weights, which are no tensors of the model */
  view(v: IrValue): KView {
    const found = this.views.get(v);
    if (found) return found;
    throw new UnsupportedOpError(`${v.name} is a constant where Keras needs a tensor`, {
      code: "export/keras-constant",
    });
  }
}

function computeType(dtype: RawDType): string {
  return isDType(dtype) && isFloat(dtype) ? dtype : "float32";
}

/** Layers that may be shared: with weights of the IR, all of them. */
function sharingKey(
  className: string,
  config: PlainObject,
  weights: LayerWeights,
  id: (v: IrValue) => number,
): string | null {
  const parts: PlainJson[] = [className, config];
  for (const [suffix, w] of Object.entries(weights)) {
    if (w === null) continue;
    if (!("value" in w)) return null;
    parts.push([suffix, id(w.value), JSON.stringify(w.steps)]);
  }
  return parts.length === 2 ? null : JSON.stringify(parts);
}

/** A view in the tensor's own order. */
export function ownView(t: KTensor): KView {
  return plainView(t, t.dims.length);
}

/** Sizes of a tensor whose axis order[i] is axis i of the given sizes. */
export function placed(dims: readonly Dim[], order: readonly number[]): Dim[] {
  const out = new Array<Dim>(dims.length).fill(null);
  order.forEach((place, i) => (out[place] = dims[i] ?? null));
  return out;
}

/** Channels last for N, C, spatial: axis 1 goes to the end. */
export function channelsLastPlaces(rank: number): number[] {
  if (rank < 3) return identityOrder(rank);
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

/** True when a view's tensor is the value itself. */
export function isPlainView(view: KView): boolean {
  return view.shuffle === null && isIdentity(view.order);
}

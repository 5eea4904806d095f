// Keras tensors as IR values with a pending permutation, and a call-site view of the graph builder for layers.
// A transpose appears only where a consumer cannot follow the permutation.
import { isDType, isFloat, ModelFormatError, sizeOf, UnsupportedOpError, type DType } from "@isoform/core";
import type { RawTensor } from "../../formats/raw-tensor.js";
import type { GraphBuilder, NodeOptions } from "../../ir/builder.js";
import type { IrAttrsGiven, IrOp } from "../../ir/ops/table.js";
import type { Dim, Facts, IrValue } from "../../ir/types.js";
import { assembleWeight, type WeightSource, type WeightStep } from "../../ir/weights.js";
import {
  channelsLastOrder,
  identityOrder,
  invertOrder,
  isIdentity,
  plainView,
  sameShuffle,
  type Layouts,
  type View,
} from "../../layout/index.js";

/** A tensor as Keras sees it: axis i lies on axis order[i] of the value. */
export interface Laid extends View<IrValue> {
  /** The mask that travels with it: bool, Keras axes [batch, time]. */
  readonly mask: Laid | null;
}

/** What all layers of one import share. */
export interface Shared {
  readonly builder: GraphBuilder;
  readonly layouts: Layouts<IrValue>;
  readonly weights: ReadonlyMap<string, RawTensor>;
  readonly trainable: ReadonlyMap<string, boolean>;
  /** Major version of the Keras that wrote the architecture: decides the meaning of `hard_sigmoid`. */
  readonly kerasMajor: number;
  readonly notes: string[];
  /** Weights that some layer read. */
  readonly used: Set<string>;
  readonly madeWeights: Map<string, IrValue>;
  /** Names that the model's outputs will get; values inside take others. */
  readonly reserved: ReadonlySet<string>;
}

/** Builds nodes for one call of one layer. */
export class Site {
  readonly shared: Shared;
  /** Path of the layer: names of nested models, the layer, inner layers. */
  readonly path: string;

  constructor(shared: Shared, path: string) {
    this.shared = shared;
    this.path = path;
  }

  get b(): GraphBuilder {
    return this.shared.builder;
  }

  /** A site for an inner layer. */
  inner(name: string): Site {
    return new Site(this.shared, this.path === "" ? name : `${this.path}/${name}`);
  }

  /** Something that could not be carried over exactly. */
  note(text: string): void {
    this.shared.notes.push(`${this.path}: ${text}`);
  }

  private options(part: string | undefined, facts?: Facts): NodeOptions {
    return { name: part === undefined ? this.path : `${this.path}/${part}`, facts };
  }
  private valueName(name: string): string {
    return this.shared.reserved.has(name) ? `${name}:0` : name;
  }

  /** A node named after the layer, or after a part of it. */
  op<K extends IrOp>(
    op: K,
    inputs: readonly (IrValue | null)[],
    attrs: IrAttrsGiven<K>,
    part?: string,
    facts?: Facts,
  ): IrValue {
    const options = this.options(part, facts);
    return this.b.op(op, inputs, attrs, { ...options, outputs: [this.valueName(options.name ?? op)] });
  }
  /** As `op`, all outputs; null in `outputs` for those that nothing uses. */
  ops<K extends IrOp>(
    op: K,
    inputs: readonly (IrValue | null)[],
    attrs: IrAttrsGiven<K>,
    outputs: readonly (string | null)[],
    part?: string,
    facts?: Facts,
  ): readonly (IrValue | null)[] {
    const named = outputs.map((n) => (n === null ? null : `${this.path}/${n}`));
    return this.b.node(op, inputs, attrs, { ...this.options(part, facts), outputs: named });
  }
  ints(values: readonly number[]): IrValue {
    return this.b.ints(values);
  }
  scalar(value: number, like?: Laid): IrValue {
    return this.b.scalar(value, like ? dtypeOf(like) : "float32");
  }

  // Weights ---------------------------------------------------------------------------------------------------------

  hasWeight(name: string): boolean {
    return this.shared.weights.has(`${this.path}/${name}`);
  }
  /** A source tensor of this layer. @throws {ModelFormatError} when the file lacks it */
  tensor(name: string, rank?: number): RawTensor {
    const found = this.lookup(`${this.path}/${name}`);
    if (rank !== undefined && found.shape.length !== rank)
      throw new ModelFormatError(`the weight has ${found.shape.length} axes, not ${rank}`, {
        code: "keras/weight-shape",
        path: `${this.path}/${name}`,
        inputs: [`${found.dtype}[${found.shape.join(",")}]`],
        hint: "config and weights belong to different models",
      });
    return found;
  }
  /**
   * The shape of a weight, compared with what the config says; null = anything.
   * @throws {ModelFormatError}
   */
  shapeOf(name: string, expected: readonly (number | null)[]): readonly number[] {
    const { shape, dtype } = this.tensor(name, expected.length);
    if (shape.every((n, i) => (expected[i] ?? n) === n)) return shape;
    throw new ModelFormatError(
      `the weight should have the shape [${expected.map((n) => n ?? "?").join(",")}]`,
      {
        code: "keras/weight-shape",
        path: `${this.path}/${name}`,
        inputs: [`${dtype}[${shape.join(",")}]`],
        hint: "config and weights belong to different models",
      },
    );
  }
  /** A source tensor as a weight of the IR, rearranged by steps. Layers called twice get the same value. */
  weight(name: string, steps: readonly WeightStep[] = []): IrValue {
    const { shape } = this.tensor(name);
    return this.assembled(name, { axis: null, pieces: [{ name: `${this.path}/${name}`, shape, steps }] });
  }
  /** A weight made of several pieces; names of pieces are full paths. */
  assembled(name: string, source: WeightSource): IrValue {
    const path = `${this.path}/${name}`;
    const key = `${path} ${JSON.stringify(source)}`;
    const known = this.shared.madeWeights.get(key);
    if (known) return known;
    const tensor = assembleWeight(source, (p) => this.lookup(p));
    const named = source.pieces.flatMap((p) => (p.name === null ? [] : [p.name]));
    const trainable = named.every((p) => this.shared.trainable.get(p) !== false);
    const v = this.b.weight(path, tensor, { source, trainable });
    this.shared.madeWeights.set(key, v);
    return v;
  }
  private lookup(path: string): RawTensor {
    const found = this.shared.weights.get(path);
    if (!found) throw new ModelFormatError("the weight is missing", { code: "keras/missing-weight", path });
    this.shared.used.add(path);
    return found;
  }

  // Layout ----------------------------------------------------------------------------------------------------------

  /** A value in Keras order. */
  plain(value: IrValue, mask: Laid | null = null): Laid {
    return { ...plainView(value, this.rankOf(value)), mask };
  }
  /** A value that lies in another order. */
  laid(value: IrValue, order: readonly number[], mask: Laid | null = null): Laid {
    return { value, order, shuffle: null, mask };
  }
  /** The tensor with its features in Keras order. */
  ordered(x: Laid): Laid {
    return x.shuffle === null ? x : this.plain(this.shared.layouts.plain(x, this.path), x.mask);
  }
  /** The value with axis i of the Keras tensor on axis order[i]. */
  arranged(x: Laid, order: readonly number[]): IrValue {
    return this.shared.layouts.as(this.ordered(x), order, this.path);
  }
  /** The value in Keras order. */
  natural(x: Laid): IrValue {
    return this.shared.layouts.plain(x, this.path);
  }
  /** The value as N, C, spatial for a layer of the given data format. */
  channelsFirst(x: Laid, channelsLast: boolean): IrValue {
    return channelsLast ? this.arranged(x, channelsLastOrder(x.order.length)) : this.natural(x);
  }
  /** The Keras tensor of an N, C, spatial value. */
  fromChannelsFirst(value: IrValue, channelsLast: boolean, mask: Laid | null = null): Laid {
    const rank = this.rankOf(value);
    return this.laid(value, channelsLast ? channelsLastOrder(rank) : identityOrder(rank), mask);
  }

  // Sizes -----------------------------------------------------------------------------------------------------------

  /** Rank of a value. @throws {UnsupportedOpError} when it could not be inferred */
  rankOf(v: IrValue): number {
    if (v.dims) return v.dims.length;
    throw new UnsupportedOpError(`the shape of ${v.name} could not be inferred`, {
      code: "keras/unknown-shape",
      path: this.path,
    });
  }
  /** Sizes in Keras order. */
  dims(x: Laid): readonly Dim[] {
    return x.order.map((axis) => x.value.dims?.[axis] ?? null);
  }
  /** The size of a Keras axis. @throws {UnsupportedOpError} when it is not fixed */
  size(x: Laid, axis: number): number {
    const d = this.dims(x).at(axis);
    if (typeof d === "number") return d;
    throw new UnsupportedOpError(`axis ${axis} of the input has no fixed size`, {
      code: "keras/unknown-size",
      path: this.path,
      hint: "give the model's input a fixed shape",
    });
  }
  /** The size of a Keras axis: a number, or where it is not fixed a computed [1] int64 value. */
  sizeValue(x: Laid, axis: number): number | IrValue {
    const d = this.dims(x).at(axis);
    if (typeof d === "number") return d;
    const place = this.axis(x, axis);
    return this.op("Shape", [x.value], { start: place, end: place + 1 }, "size");
  }
  /** A 1-d int64 value of known and computed sizes. */
  vector(parts: readonly (number | IrValue)[]): IrValue {
    const known = parts.filter((p) => typeof p === "number");
    if (known.length === parts.length) return this.ints(known);
    const values: IrValue[] = [];
    let run: number[] = [];
    const flush = () => {
      if (run.length > 0) values.push(this.ints(run));
      run = [];
    };
    for (const part of parts) {
      if (typeof part === "number") run.push(part);
      else {
        flush();
        values.push(part);
      }
    }
    flush();
    return values.length === 1 ? values[0]! : this.op("Concat", values, { axis: 0 }, "shape");
  }
  /** The IR axis of a Keras axis. @throws {ModelFormatError} when there is no such axis */
  axis(x: Laid, axis: number): number {
    const place = x.order.at(axis);
    if (place !== undefined && axis < x.order.length) return place;
    throw new ModelFormatError(`axis ${axis} does not exist, the input has ${x.order.length}`, {
      code: "keras/config",
      path: this.path,
    });
  }

  // Elementwise -----------------------------------------------------------------------------------------------------

  /** Applies an elementwise function: order, features and mask stay. */
  map(x: Laid, fn: (v: IrValue) => IrValue): Laid {
    return { ...x, value: fn(x.value) };
  }
  /** Integers and bools as float32. */
  float(x: Laid): Laid {
    return isFloat(dtypeOf(x)) ? x : this.map(x, (v) => this.op("Cast", [v], { to: "float32" }, "cast"));
  }
  /**
   * Values of several tensors in one order, for elementwise ops with broadcasting as in NumPy: the order that needs
   * the fewest transposes. Operands of lower rank get axes of size 1.
   */
  aligned(inputs: readonly Laid[]): { readonly values: IrValue[]; readonly like: Laid } {
    const rank = inputs.reduce((most, x) => Math.max(most, x.order.length), 0);
    const whole = (x: Laid) => x.order.length === rank;
    const first = inputs.find(whole)!;
    const alike = inputs.every((x) =>
      whole(x) ? sameShuffle(x.shuffle, first.shuffle) : x.order.length === 0,
    );
    const ready = alike ? inputs : inputs.map((x) => this.ordered(x));
    const { layouts } = this.shared;
    const order = layouts.cheapest(ready.filter(whole));
    const values = ready.map((x) =>
      whole(x) ? layouts.as({ ...x, shuffle: null }, order, this.path) : this.widened(x, rank, order),
    );
    return { values, like: { ...first, order, shuffle: alike ? first.shuffle : null } };
  }
  /** A tensor of lower rank so that it broadcasts against one whose Keras axes lie at `order`. */
  private widened(x: Laid, rank: number, order: readonly number[]): IrValue {
    const own = x.order.length;
    if (own === 0) return x.value;
    const places = order.slice(rank - own);
    const sorted = places.toSorted((a, b) => a - b);
    const value = this.shared.layouts.as(
      x,
      places.map((p) => sorted.indexOf(p)),
      this.path,
    );
    const start = sorted[0]!;
    const gaps = identityOrder(rank - start).filter((i) => !sorted.includes(start + i));
    return gaps.length === 0 ? value : this.op("Unsqueeze", [value, this.ints(gaps)], {}, "widen");
  }

  /** A literal given in Keras axes (leading axes of size 1 may be left out) beside `x`, in the order of `x`. */
  constant(x: Laid, values: readonly number[], shape: readonly number[]): IrValue {
    const rank = x.order.length;
    const full = [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
    if (sizeOf(full) === 1) return this.scalar(values[0]!, x);
    const perm = invertOrder(x.order);
    const strides = full.map((_, i) => sizeOf(full.slice(i + 1)));
    const target = perm.map((p) => full[p]!);
    const out = Array.from({ length: values.length }, (_, at) => {
      let rest = at;
      let from = 0;
      for (let d = rank - 1; d >= 0; d--) {
        from += (rest % target[d]!) * strides[perm[d]!]!;
        rest = Math.floor(rest / target[d]!);
      }
      return values[from]!;
    });
    return this.b.literal(out, target, dtypeOf(x));
  }
  /** A weight given in Keras axes beside `x`, rearranged for the order of `x`. */
  broadcastWeight(x: Laid, name: string, shape: readonly number[]): IrValue {
    const rank = x.order.length;
    const full = [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
    const perm = invertOrder(x.order);
    const target = perm.map((p) => full[p]!);
    while (target.length > 1 && target[0] === 1) target.shift();
    const steps: WeightStep[] = [
      { kind: "reshape", shape: full },
      ...(isIdentity(perm) ? [] : [{ kind: "transpose", perm } as const]),
      { kind: "reshape", shape: target },
    ];
    return this.weight(name, steps);
  }
}

/** Element type for literals beside a tensor. */
export function dtypeOf(x: Laid): DType {
  const { dtype } = x.value;
  return dtype !== null && isDType(dtype) ? dtype : "float32";
}

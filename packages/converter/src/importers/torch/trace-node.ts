// One traced op as a rule of the import sees it.
import {
  broadcastShapes,
  sameShape,
  sizeOf,
  UnsupportedOpError,
  type DType,
  type GraphNode,
  type GraphVar,
} from "@isoform/core";
import type { RawTensor } from "../../formats/raw-tensor.js";
import { fillAttrs, type GraphBuilder } from "../../ir/builder.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { IrValue } from "../../ir/types.js";
import { assembleWeight, type WeightPiece, type WeightSource, type WeightStep } from "../../ir/weights.js";
import { count, type TraceCall } from "./trace-call.js";
import { rangeOf } from "./trace-range.js";

/** The batch: the input that has it as its first axis, and its size in the two traces. */
export interface Batch {
  readonly input: IrValue;
  readonly first: number;
  readonly second: number;
}

/** What is known of a trace while it is imported. */
export interface TraceState {
  readonly builder: GraphBuilder;
  readonly constants: ReadonlyMap<GraphVar, RawTensor>;
  readonly makers: ReadonlyMap<GraphVar, GraphNode>;
  /** Counterparts in the other trace. */
  readonly twins: ReadonlyMap<GraphVar, GraphVar>;
  readonly batch: Batch | null;
  value(v: GraphVar): IrValue;
  /** The value that an input or output of a decomposition is. */
  resolve(v: GraphVar): GraphVar;
}

type Shape = readonly number[];

/** Ops that only give a tensor another shape. */
const RESHAPES: ReadonlySet<string> = new Set(["reshape", "squeeze", "unsqueeze", "flatten"]);

const leaf = (scope: string): string => scope.slice(scope.lastIndexOf(".") + 1);
const parent = (scope: string): string => scope.slice(0, Math.max(0, scope.lastIndexOf(".")));

/** The rule's view of a node. */
export class TraceNode implements TraceCall {
  readonly builder: GraphBuilder;
  private readonly node: GraphNode;
  private readonly state: TraceState;
  private readonly options: { readonly name: string; readonly scope: string };

  constructor(node: GraphNode, state: TraceState) {
    this.node = node;
    this.state = state;
    this.builder = state.builder;
    this.options = { name: leaf(node.scope) || node.op.id, scope: parent(node.scope) };
  }

  get inputs(): readonly (GraphVar | null)[] {
    return this.node.inputs;
  }
  get outDType(): DType {
    return this.node.outputs[0]!.dtype;
  }
  get outShape(): Shape {
    return this.node.outputs[0]!.shape;
  }
  shape(i: number): Shape {
    return this.required(i).shape;
  }
  dtype(i: number): DType {
    return this.required(i).dtype;
  }

  private required(i: number): GraphVar {
    const v = i < 0 ? this.node.outputs[0] : this.node.inputs[i];
    if (v) return v;
    throw new UnsupportedOpError(`input ${i} is missing`, {
      code: "trace/input",
      op: this.node.op.id,
      path: this.node.scope,
    });
  }
  private twinShape(v: GraphVar): Shape {
    return this.state.twins.get(v)?.shape ?? v.shape;
  }
  moving(i: number): readonly number[] {
    const v = this.required(i);
    const twin = this.twinShape(v);
    return v.shape.flatMap((n, axis) => (twin[axis] === n ? [] : [axis]));
  }

  x(i: number): IrValue {
    return this.state.value(this.required(i));
  }
  narrow(i: number): IrValue {
    return this.narrowed(this.required(i));
  }
  /** Any value before it was broadcast. */
  narrowed(v: GraphVar): IrValue {
    return this.smallest(v).value();
  }
  operands(...indices: readonly number[]): readonly IrValue[] {
    const small = indices.map((i) => this.smallest(this.required(i)));
    const joint = small.reduce<Shape | null>((s, { shape }) => s && broadcastShapes(s, shape), []);
    if (joint && sameShape(joint, this.outShape)) return small.map((s) => s.value());
    return indices.map((i, at) => (at === 0 ? this.x(i) : small[at]!.value()));
  }
  /** A value before it was broadcast; a fill is one number. */
  private smallest(given: GraphVar): { readonly shape: Shape; readonly value: () => IrValue } {
    const v = this.state.resolve(given);
    const maker = this.maker(v);
    const [x] = maker?.op.id === "broadcastTo" ? maker.inputs : [];
    if (x) return this.smallest(x);
    if (maker?.op.id === "full" && "value" in maker.attrs) {
      const { value } = maker.attrs;
      if (typeof value === "number" || typeof value === "bigint")
        return { shape: [], value: () => this.builder.literal([value], [], v.dtype) };
    }
    if (maker?.op.id === "iota" && "axis" in maker.attrs) {
      const { axis } = maker.attrs;
      const n = typeof axis === "number" ? v.shape[axis] : undefined;
      if (n !== undefined && this.twinShape(v)[axis as number] === n) {
        const shape = v.shape.map((_, i) => (i === axis ? n : 1));
        return { shape, value: () => this.builder.literal(count(n), shape, v.dtype) };
      }
    }
    return { shape: v.shape, value: () => this.state.value(v) };
  }

  op(...[op, inputs, attrs, extra]: Parameters<GraphBuilder["op"]>): IrValue {
    return this.builder.op(op, inputs, attrs, { ...this.options, ...extra });
  }
  nodes(
    op: IrOp,
    inputs: readonly (IrValue | null)[],
    attrs: object,
    outputs: readonly (string | null)[],
  ): readonly (IrValue | null)[] {
    const { builder, options } = this;
    return builder.push({
      op,
      name: builder.uniqueNodeName(options.name),
      scope: options.scope,
      inputs,
      outputs: outputs.map((o) => (o === null ? null : builder.value(`${options.name}_${o}`, null, null))),
      attrs: fillAttrs(op, attrs),
    });
  }

  sizes(free: boolean): IrValue {
    return this.sizesOf(free, this.outShape, this.twinShape(this.required(-1)));
  }
  sizesFor(free: boolean, make: (shapes: readonly Shape[]) => Shape): IrValue {
    const shapes = this.node.inputs.map((v) => v?.shape ?? []);
    const others = this.node.inputs.map((v) => (v ? this.twinShape(v) : []));
    return this.sizesOf(free, make(shapes), make(others));
  }
  reshape(x: IrValue, make: (shapes: readonly Shape[]) => Shape): IrValue {
    return this.op("Reshape", [x, this.sizesFor(true, make)], {});
  }
  private sizesOf(free: boolean, shape: Shape, twin: Shape): IrValue {
    const { builder } = this;
    const moving = shape.flatMap((n, i) => (twin[i] === n ? [] : [i]));
    if (moving.length === 0 || !this.state.batch) return builder.ints(shape);
    if (free && moving.length === 1 && sizeOf(shape) > 0 && !shape.includes(-1))
      return builder.ints(shape.map((n, i) => (i === moving[0] ? -1 : n)));
    const parts = shape.map((n, i) => {
      if (!moving.includes(i)) return builder.ints([n]);
      const { batch, times } = this.batchOf(n, twin[i]);
      return times === 1 ? batch : builder.op("Mul", [batch, builder.ints([times])], {});
    });
    return parts.length === 1 ? parts[0]! : builder.op("Concat", parts, { axis: 0 });
  }
  batchOf(n: number, twin?: number): { readonly batch: IrValue; readonly times: number } {
    const { batch } = this.state;
    if (!batch || n % batch.first !== 0 || (twin !== undefined && n * batch.second !== twin * batch.first)) {
      throw new UnsupportedOpError(
        `a size is ${n} for batch ${batch?.first ?? "?"} and ${twin ?? "another"} for batch ${batch?.second ?? "?"}`,
        { code: "trace/batch-dependent", path: this.node.scope, hint: "convert it with a fixed batch size" },
      );
    }
    const size = this.builder.op("Shape", [batch.input], { start: 0, end: 1 });
    return { batch: size, times: n / batch.first };
  }

  private maker(v: GraphVar): GraphNode | undefined {
    return this.state.makers.get(this.state.resolve(v));
  }
  isZeros(i: number): boolean {
    let node = this.node.inputs[i] ? this.maker(this.required(i)) : undefined;
    while (node && [...RESHAPES, "slice", "broadcastTo"].includes(node.op.id)) {
      const [x] = node.inputs;
      node = x ? this.maker(x) : undefined;
    }
    return node?.op.id === "full" && "value" in node.attrs && Number(node.attrs.value) === 0;
  }
  within(i: number, n: number): boolean {
    const range = rangeOf(this.required(i), {
      constant: (v) => this.state.constants.get(this.state.resolve(v)),
      maker: (v) => this.maker(v),
      resolve: (v) => this.state.resolve(v),
      moves: (v, axis) => this.twinShape(v)[axis] !== v.shape[axis],
    });
    return range !== null && range[0] >= 0 && range[1] < n;
  }

  weight(i: number, steps: readonly WeightStep[]): IrValue | null {
    const piece = this.piece(i, steps);
    return piece ? this.made({ axis: null, pieces: [piece] }) : null;
  }
  joined(parts: readonly (number | null)[], steps: readonly WeightStep[], axis: number): IrValue | null {
    const shapes = parts.map((i) => (i === null ? null : this.shape(i)));
    const known = shapes.find((s) => s !== null) ?? [];
    const pieces = parts.map((i): WeightPiece | null =>
      i === null ? { name: null, shape: known, steps } : this.piece(i, steps),
    );
    return pieces.includes(null) ? null : this.made({ axis, pieces: pieces.filter((p) => p !== null) });
  }
  /** A constant with steps applied, also behind ops that only reshape it. */
  private piece(i: number, steps: readonly WeightStep[]): WeightPiece | null {
    const given = this.node.inputs[i];
    const behind = (x: GraphVar | null | undefined) => (x ? this.state.resolve(x) : null);
    let v = behind(given);
    const first = v;
    while (v && !this.state.constants.has(v)) {
      const maker = this.state.makers.get(v);
      v = maker && RESHAPES.has(maker.op.id) ? behind(maker.inputs[0]) : null;
    }
    const raw = v ? this.state.constants.get(v) : undefined;
    if (!v || !given || !raw) return null;
    const reshaped = v === first || steps[0]?.kind === "reshape";
    const lead: WeightStep[] = reshaped ? [] : [{ kind: "reshape", shape: given.shape }];
    return { name: nameOf(v), shape: raw.shape, steps: [...lead, ...steps] };
  }
  private made(source: WeightSource): IrValue {
    const name = source.pieces.find((p) => p.name !== null)?.name ?? "weight";
    const lookup = (wanted: string): RawTensor => {
      for (const [v, t] of this.state.constants) if (nameOf(v) === wanted) return t;
      throw new UnsupportedOpError(`no constant ${wanted}`, { code: "trace/constant", op: this.node.op.id });
    };
    return this.builder.weight(name, assembleWeight(source, lookup), { source, trainable: true });
  }
}

const nameOf = (v: GraphVar): string => v.name ?? `const${v.id}`;

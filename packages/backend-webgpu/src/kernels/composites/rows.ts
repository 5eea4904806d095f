// Kernels that go over the elements along some axes several times: what softmax and the normalisations have in common. The
// invocations of a row, a power of two of them, walk its elements and combine, as in reduction/.
import { sizeOf } from "@isoform/core";
import { GROUP_SIZE, type Code, type Operand, type Runner } from "../../wgsl/kernel.js";
import { combineParts, type Combine } from "../../wgsl/combine.js";
import { perWord } from "../../wgsl/dtypes.js";
import { mapElements } from "../pointwise.js";
import { layoutParams, reductionLayout, smallestStep, type ReductionLayout } from "../reduction/layout.js";
import { positions } from "../reduction/reduce.js";
import { alongAxes, reads, writes, type Addressing, type GpuView } from "../view.js";

/** What a row kernel works on. All views have one shape; parameters of rows or columns have strides 0. */
export interface RowsCall {
  readonly name: string;
  readonly inputs: readonly GpuView[];
  readonly outputs: readonly GpuView[];
  /** Outputs of one element per row, row-major. */
  readonly perRow?: readonly GpuView[];
  readonly axes: readonly number[];
  /** More parameters, as `Rows.param` gives them. */
  readonly params?: readonly number[];
  /** The statements; they begin with `rows.begin()`. */
  code(rows: Rows): string;
}

/** The greater one, or NaN. */
export const greater: Combine = (a, b) => `f_max(${a}, ${b})`;

/** Bits of a float as a parameter, for `Code.fparam`. */
export function floatParam(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0]!;
}

/** Runs a row kernel. Outputs of 16-bit floats, which share words, are computed as float32 first. */
export function runRows(runner: Runner, call: RowsCall): void {
  const scratch: (() => void)[] = [];
  const widened = (out: GpuView): GpuView => {
    if (perWord(out.dtype) === 1) return out;
    const wide: GpuView = { ...out, dtype: "float32", buffer: runner.scratch(sizeOf(out.shape) * 4) };
    scratch.push(() => {
      mapElements(runner, "cast", [wide], out, (v) => v!);
      runner.release(wide.buffer);
    });
    return wide;
  };
  const perRow = call.perRow?.map(widened) ?? [];
  launch(runner, { ...call, outputs: call.outputs.map(widened), perRow });
  for (const settle of scratch) settle();
}

function launch(runner: Runner, call: RowsCall): void {
  const { axes } = call;
  const { shape } = call.inputs[0]!;
  const kept = shape.map((_, a) => a).filter((a) => !axes.includes(a));
  const outputs = sizeOf(kept.map((a) => shape[a]!));
  const length = sizeOf(axes.map((a) => shape[a]!));
  if (outputs === 0) return;
  const direction =
    smallestStep(call.inputs, shape, kept) < smallestStep(call.inputs, shape, axes) ? "columns" : "parts";
  const layout: ReductionLayout = {
    ...reductionLayout(outputs, length, direction, 1),
    splits: 1,
    chunk: Math.max(1, length),
  };
  const views = [...call.inputs, ...call.outputs];
  const outer = alongAxes(views, kept, true);
  const inner = alongAxes(views, axes, false);
  const subgroups = runner.limits.subgroups && direction === "parts";
  const head = [outputs, length, ...layoutParams(layout)];
  const own = head.length + outer.params.length + inner.params.length;
  const operands: Operand[] = [
    ...call.inputs.map(reads),
    ...call.outputs.map(writes),
    ...(call.perRow ?? []).map(writes),
  ];
  runner.run({
    key: `${call.name}/${call.inputs.length}/${outer.key}/${inner.key}${subgroups ? "/s" : ""}`,
    operands,
    params: [...head, ...outer.params, ...inner.params, ...(call.params ?? [])],
    groups: Math.ceil(outputs / layout.columns),
    shared: GROUP_SIZE,
    ...(call.outputs.length + (call.perRow?.length ?? 0) === 1 ? { result: call.inputs.length } : {}),
    code: (c) => call.code(new Rows(c, call, outer, inner, head.length, own, subgroups)),
  });
}

/** Writes the code of a row kernel. */
export class Rows {
  readonly code: Code;
  private readonly call: RowsCall;
  private readonly outer: Addressing;
  private readonly inner: Addressing;
  private readonly firstOuter: number;
  private readonly own: number;
  private readonly subgroups: boolean;

  constructor(
    code: Code,
    call: RowsCall,
    outer: Addressing,
    inner: Addressing,
    firstOuter: number,
    own: number,
    subgroups: boolean,
  ) {
    this.code = code;
    this.call = call;
    this.outer = outer;
    this.inner = inner;
    this.firstOuter = firstOuter;
    this.own = own;
    this.subgroups = subgroups;
  }

  /** Place of `RowsCall.params[i]` among all parameters. */
  param(i: number): number {
    return this.own + i;
  }

  /** Elements of a row, a u32. */
  get length(): string {
    return this.code.param(1);
  }

  /** Defines where the row of this invocation lies: `base0`, … of every view, `output`, `part`; spare invocations have no elements. */
  begin(): string {
    const views = this.call.inputs.length + this.call.outputs.length;
    const bases = Array.from({ length: views }, (_, v) => v);
    return `${positions(this.code, 2, this.code.param(0), this.code.param(1))}
let length = select(0u, ${this.length}, output < block_end);
${bases.map((v) => `var base${v} = 0u;`).join(" ")}
{
${this.outer.code(this.code, this.firstOuter, "output")}
${bases.map((v) => `base${v} = at${v};`).join(" ")}
}`;
  }

  /** A loop over the elements of this invocation: `body` gets those of the inputs `used`, and may store. */
  each(used: readonly number[], body: (...values: string[]) => string): string {
    const first = this.firstOuter + this.outer.params.length;
    const values = used.map((v) => `x${v}`);
    return `for (var i = part; i < length; i += parts) {
${this.inner.code(this.code, first, "i")}
${used.map((v) => `let x${v} = ${this.code.load(v, `(base${v} + at${v})`)};`).join("\n")}
${body(...values)}
}`;
  }

  /** Within `each`: sets the element of output `i`. */
  put(i: number, value: string): string {
    const v = this.call.inputs.length + i;
    return this.code.storeResult(v, `(base${v} + at${v})`, value);
  }

  /** Sets the row's element of per-row output `i`. */
  putRow(i: number, value: string): string {
    const v = this.call.inputs.length + this.call.outputs.length + i;
    return `if (part == 0u && output < block_end) { ${this.code.storeResult(v, "output", value)} }`;
  }

  /** Makes the f32 variable `name` what the invocations of the row have in it, combined. */
  combine(name: string, combine: Combine): string {
    return combineParts({
      variable: name,
      type: "f32",
      combine,
      parts: "parts",
      part: "part",
      step: this.code.param(3),
      subgroups: this.subgroups,
      all: true,
    });
  }
}

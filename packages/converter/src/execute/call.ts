// What an op's implementation sees of the node it runs for: inputs on the side it asked for, attributes, errors.
import { DTypeError, Tensor, UnsupportedOpError, isDType, type DType } from "@isoform/core";
import type { RawDType } from "../formats/raw-tensor.js";
import type { IrAttrs, IrOp } from "../ir/ops/table.js";
import type { IrNode } from "../ir/types.js";
import { HostTensor } from "./host.js";
import { isTensorVal, type Val } from "./value.js";

/** Where host tensors become device tensors; shape inference uses placeholders instead. */
export interface Uploader {
  upload(host: HostTensor): Tensor;
}

/** Result of an op: one value, or one per output (null for outputs nothing uses). */
export type Result = Val | readonly (Val | null)[];

/** One application of an op. */
export class Call<K extends IrOp = IrOp> {
  readonly node: IrNode<K>;
  readonly inputs: readonly (Val | null)[];
  private readonly uploader: Uploader;

  constructor(node: IrNode<K>, inputs: readonly (Val | null)[], uploader: Uploader) {
    this.node = node;
    this.inputs = inputs;
    this.uploader = uploader;
  }

  get attrs(): IrAttrs<K> {
    return this.node.attrs;
  }
  get count(): number {
    return this.inputs.length;
  }
  /** True when output `i` is used. */
  wants(i: number): boolean {
    return Boolean(this.node.outputs[i]);
  }
  has(i: number): boolean {
    return Boolean(this.inputs[i]);
  }

  /** Input `i` as it is. */
  value(i: number): Val {
    const v = this.inputs[i];
    if (!v) throw this.error(`input ${i} is missing`);
    return v;
  }
  /** Shape and dtype of tensor input `i`. */
  spec(i: number): { readonly shape: readonly number[]; readonly dtype: RawDType } {
    const v = this.value(i);
    if (!isTensorVal(v)) throw this.error(`input ${i} is not a tensor`);
    return v;
  }
  shape(i: number): readonly number[] {
    return this.spec(i).shape;
  }
  /** Element type of input `i`. @throws {DTypeError} when core cannot compute with it */
  dtype(i: number): DType {
    const { dtype } = this.spec(i);
    if (isDType(dtype)) return dtype;
    throw new DTypeError(`${dtype} cannot be computed with`, {
      code: "dtype/file-only",
      op: this.node.op,
      path: this.path,
    });
  }
  /** Input `i` on the device. */
  t(i: number): Tensor {
    const v = this.value(i);
    if (v instanceof Tensor) return v;
    if (v instanceof HostTensor) return this.uploader.upload(v);
    throw this.error(`input ${i} is not a tensor`);
  }
  opt(i: number): Tensor | null {
    return this.has(i) ? this.t(i) : null;
  }
  /** All inputs on the device. */
  all(): Tensor[] {
    return this.inputs.map((_, i) => this.t(i));
  }
  /** Input `i` on the host; the op must have declared it as a host input. */
  host(i: number): HostTensor {
    const v = this.value(i);
    if (v instanceof HostTensor) return v;
    throw this.error(`input ${i} was not brought to the host`);
  }
  /** Host input `i` as numbers. */
  ints(i: number): number[] {
    return this.host(i).numbers();
  }
  optInts(i: number): number[] | null {
    return this.has(i) ? this.ints(i) : null;
  }
  /** The one number of host input `i`. */
  scalar(i: number): number {
    return this.ints(i)[0] ?? 0;
  }
  /** A host tensor on the device. */
  upload(host: HostTensor): Tensor {
    return this.uploader.upload(host);
  }

  get path(): string {
    return this.node.scope ? `${this.node.scope}.${this.node.name}` : this.node.name;
  }
  /** An error that names the node. */
  error(problem: string, hint?: string): UnsupportedOpError {
    const inputs = this.inputs.map((v) =>
      v === null ? "null" : isTensorVal(v) ? `${v.dtype}[${v.shape.join(",")}]` : v.kind,
    );
    return new UnsupportedOpError(problem, {
      code: "execute/unsupported",
      op: this.node.op,
      path: this.path,
      inputs,
      hint,
    });
  }
}

/** How an op runs. */
export interface OpRun<K extends IrOp> {
  /** Why the op cannot run; such ops are listed before a run starts. */
  readonly missing?: string;
  /** Inputs whose values are needed on the host; a function where that depends on attributes or element types. */
  readonly host?: readonly number[] | "all" | ((call: Call<K>) => readonly number[] | "all");
  /** Host inputs that shapes do not depend on: shape inference leaves them out when they are not known. */
  readonly shapeless?: readonly number[];
  /** Tries to compute on the host when every input is there; null = run on the device. */
  readonly fold?: (call: Call<K>) => Result | null;
  readonly run: (call: Call<K>) => Result;
}

/** The inputs of a call that its op needs on the host. */
export function hostInputsOf<K extends IrOp>(op: OpRun<K>, call: Call<K>): readonly number[] {
  const wanted = typeof op.host === "function" ? op.host(call) : (op.host ?? []);
  return wanted === "all" ? call.inputs.map((_, i) => i) : wanted;
}

/** A table of ops of one family. */
export type OpRuns<K extends IrOp> = { readonly [P in K]: OpRun<P> };

/** An op that the IR can carry and convert but that does not run here. */
export function missing<K extends IrOp>(reason: string): OpRun<K> {
  return {
    missing: reason,
    run: (c) => {
      throw c.error(reason);
    },
  };
}

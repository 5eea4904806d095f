// Padding modules.
import type * as core from "@isoform/core";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/padding.js";
import { either, INTEGER, listOf, NUMBER, type Kind } from "../../checks.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyNumber } from "../python-text.js";

/** One amount for all sides, or (low, high) per axis, last axis first. */
export type Padding = number | readonly number[];

abstract class PadNd extends Module<[x: core.Tensor], Tensor> {
  readonly padding: readonly number[];
  private readonly options: { readonly mode: F.PadMode; readonly value: number };
  constructor(n: number, padding: Padding, mode: F.PadMode, value = 0) {
    super();
    const amounts = `an integer, or ${2 * n} of them: (low, high) per axis, last axis first`;
    const kind: Kind = either(INTEGER, listOf(INTEGER, amounts, 2 * n), amounts);
    const also = { padding: [padding, kind], value: [value, NUMBER] } as const;
    checkArguments(this.constructor.name, { also });
    this.padding = typeof padding === "number" ? new Array<number>(2 * n).fill(padding) : padding;
    this.options = { mode, value };
  }
  override forward(x: core.Tensor): Tensor {
    return F.pad(x, this.padding, this.options);
  }
  override extraRepr(): string {
    return `(${this.padding.join(", ")})`;
  }
}
/** Reflects the input at its edges. */
export class ReflectionPad1d extends PadNd {
  static override readonly name: string = "ReflectionPad1d";
  constructor(padding: Padding) {
    super(1, padding, "reflect");
  }
}
/** Reflects the input at its edges. */
export class ReflectionPad2d extends PadNd {
  static override readonly name: string = "ReflectionPad2d";
  constructor(padding: Padding) {
    super(2, padding, "reflect");
  }
}
/** Reflects the input at its edges. */
export class ReflectionPad3d extends PadNd {
  static override readonly name: string = "ReflectionPad3d";
  constructor(padding: Padding) {
    super(3, padding, "reflect");
  }
}
/** Repeats the edge values. */
export class ReplicationPad1d extends PadNd {
  static override readonly name: string = "ReplicationPad1d";
  constructor(padding: Padding) {
    super(1, padding, "replicate");
  }
}
/** Repeats the edge values. */
export class ReplicationPad2d extends PadNd {
  static override readonly name: string = "ReplicationPad2d";
  constructor(padding: Padding) {
    super(2, padding, "replicate");
  }
}
/** Repeats the edge values. */
export class ReplicationPad3d extends PadNd {
  static override readonly name: string = "ReplicationPad3d";
  constructor(padding: Padding) {
    super(3, padding, "replicate");
  }
}
/** Continues around. */
export class CircularPad1d extends PadNd {
  static override readonly name: string = "CircularPad1d";
  constructor(padding: Padding) {
    super(1, padding, "circular");
  }
}
/** Continues around. */
export class CircularPad2d extends PadNd {
  static override readonly name: string = "CircularPad2d";
  constructor(padding: Padding) {
    super(2, padding, "circular");
  }
}
/** Continues around. */
export class CircularPad3d extends PadNd {
  static override readonly name: string = "CircularPad3d";
  constructor(padding: Padding) {
    super(3, padding, "circular");
  }
}
/** Adds zeros. */
export class ZeroPad1d extends PadNd {
  static override readonly name: string = "ZeroPad1d";
  constructor(padding: Padding) {
    super(1, padding, "constant");
  }
}
/** Adds zeros. */
export class ZeroPad2d extends PadNd {
  static override readonly name: string = "ZeroPad2d";
  constructor(padding: Padding) {
    super(2, padding, "constant");
  }
}
/** Adds zeros. */
export class ZeroPad3d extends PadNd {
  static override readonly name: string = "ZeroPad3d";
  constructor(padding: Padding) {
    super(3, padding, "constant");
  }
}
abstract class ConstantPadNd extends PadNd {
  readonly value: number;
  constructor(n: number, padding: Padding, value: number) {
    super(n, padding, "constant", value);
    this.value = value;
  }
  override extraRepr(): string {
    return `padding=(${this.padding.join(", ")}), value=${pyNumber(this.value)}`;
  }
}
/** Adds a value. */
export class ConstantPad1d extends ConstantPadNd {
  static override readonly name: string = "ConstantPad1d";
  constructor(padding: Padding, value: number) {
    super(1, padding, value);
  }
}
/** Adds a value. */
export class ConstantPad2d extends ConstantPadNd {
  static override readonly name: string = "ConstantPad2d";
  constructor(padding: Padding, value: number) {
    super(2, padding, value);
  }
}
/** Adds a value. */
export class ConstantPad3d extends ConstantPadNd {
  static override readonly name: string = "ConstantPad3d";
  constructor(padding: Padding, value: number) {
    super(3, padding, value);
  }
}

// Launches an elementwise function on strided views: joins axes, picks or makes the kernel for the access pattern.
import { itemSize } from "@isoform/core";
import { DESCRIPTOR, type Engine, type Exports } from "../../engine.js";
import { writeDescriptor } from "../strided/loop.js";
import { Plan } from "../strided/plan.js";
import { addressOf, type CpuView } from "../view.js";
import { defineElementwise, type Access, type Elementwise } from "./generate.js";

const ACCESS: readonly Access[] = ["c", "s", "g"];

/** One elementwise function on one engine. */
export class ElementwiseKernel {
  private readonly engine: Engine;
  private readonly key: string;
  private readonly spec: Elementwise;
  private readonly variants: (Exports | undefined)[] = [];
  private readonly plan = new Plan();

  /** `key` names the function among all modules of the engine. */
  constructor(engine: Engine, key: string, spec: Elementwise) {
    this.engine = engine;
    this.key = key;
    this.spec = spec;
  }

  /** Computes `out` (row-major) from `inputs`, all of its shape. */
  run(inputs: readonly CpuView[], out: CpuView): void {
    const plan = this.plan;
    const operands = [out, ...inputs];
    const n = plan.build(out.shape, operands);
    if (n === 0) return;
    let variant = 0;
    for (let i = inputs.length; i > 0; i--) {
      const stride = plan.inner(i);
      variant = variant * 3 + (stride === 1 ? 0 : stride === 0 ? 1 : 2);
    }
    const kernel = (this.variants[variant] ??= this.define(variant));
    if (plan.rank > 1) {
      const itemSizes = operands.map((v) => itemSize(v.dtype));
      writeDescriptor(this.engine.heap.i32, DESCRIPTOR, plan, operands.map(addressOf), itemSizes);
      kernel["nd"]!(DESCRIPTOR);
      return;
    }
    const { spec } = this;
    const p1 = addressOf(inputs[0]!);
    const s1 = plan.inner(1) * spec.inputs[0]!.bytes;
    if (inputs.length === 1) {
      kernel["run"]!(n, addressOf(out), 0, p1, s1);
      return;
    }
    const p2 = addressOf(inputs[1]!);
    const s2 = plan.inner(2) * spec.inputs[1]!.bytes;
    if (inputs.length === 2) {
      kernel["run"]!(n, addressOf(out), 0, p1, s1, p2, s2);
      return;
    }
    const rest = inputs
      .slice(2)
      .flatMap((v, i) => [addressOf(v), plan.inner(3 + i) * spec.inputs[2 + i]!.bytes]);
    kernel["run"]!(n, addressOf(out), 0, p1, s1, p2, s2, ...rest);
  }

  private define(variant: number): Exports {
    const { spec } = this;
    const access: Access[] = [];
    for (let i = 0, code = variant; i < spec.inputs.length; i++, code = Math.floor(code / 3)) {
      access.push(ACCESS[code % 3]!);
    }
    return this.engine.module(`${this.key}:${access.join("")}`, (m) => defineElementwise(m, spec, access));
  }
}

// Launches an elementwise function on strided views: joins axes, picks or makes the kernel for the access pattern.
import type { Exports } from "../../engine.js";
import type { HostFunction } from "../../wasm/index.js";
import { liesAcross, type CopyKernel } from "../copy/copy.js";
import { Plan } from "../strided/plan.js";
import { PIECE, runPlanned } from "../strided/runner.js";
import { addressOf, denseCount, type CpuView } from "../view.js";
import { defineElementwise, type Access, type Elementwise } from "./generate.js";

const ACCESS: readonly Access[] = ["c", "s", "g"];

/** From this many elements on, several threads are worth their start, and what it takes to make a plan is nothing. */
const LARGE = 2 * PIECE;

/** One elementwise function. */
export class ElementwiseKernel {
  private readonly copy: CopyKernel;
  private readonly key: string;
  private readonly spec: Elementwise;
  private readonly variants: (Exports | undefined)[] = [];
  /** `run` of the variant whose inputs are all contiguous. */
  private contiguous: HostFunction | undefined;
  private readonly plan = new Plan();

  /** `key` names the function among all modules of the engine. */
  constructor(copy: CopyKernel, key: string, spec: Elementwise) {
    this.copy = copy;
    this.key = key;
    this.spec = spec;
  }

  /** Computes `out` (row-major) from one input of its shape. */
  run1(x: CpuView, out: CpuView): void {
    const n = denseCount(x);
    if (n > 0 && n < LARGE) this.dense()(n, addressOf(out), 0, addressOf(x), 0);
    else this.run([out, x]);
  }

  /** Computes `out` (row-major) from two inputs of its shape. */
  run2(a: CpuView, b: CpuView, out: CpuView): void {
    const n = denseCount(a);
    if (n > 0 && n < LARGE && denseCount(b) > 0) {
      this.dense()(n, addressOf(out), 0, addressOf(a), 0, addressOf(b), 0);
    } else this.run([out, a, b]);
  }

  private dense(): HostFunction {
    return (this.contiguous ??= (this.variants[0] ??= this.define(0))["run"]!);
  }

  /** `views` are the output (row-major) and the inputs, of one shape; those that lie across are copied first. */
  run(views: readonly CpuView[]): void {
    if (!views.some(liesAcross)) return this.walk(views);
    this.copy.engine.withScratch((scratch) => {
      this.walk(views.map((v) => (liesAcross(v) ? this.copy.dense(v, scratch) : v)));
    });
  }

  private walk(views: readonly CpuView[]): void {
    const { plan } = this;
    const n = plan.build(views[0]!.shape, views);
    if (n === 0) return;
    let variant = 0;
    for (let i = views.length - 1; i > 0; i--) {
      const stride = plan.inner(i);
      variant = variant * 3 + (stride === 1 ? 0 : stride ? 2 : 1);
    }
    const kernel = (this.variants[variant] ??= this.define(variant));
    runPlanned(this.copy.engine, plan, kernel, views, n, []);
  }

  private define(variant: number): Exports {
    const { spec } = this;
    const access = spec.inputs.map((_, i) => ACCESS[Math.floor(variant / 3 ** i) % 3]!);
    return this.copy.engine.module(`${this.key}:${access.join("")}`, (m) =>
      defineElementwise(m, spec, access),
    );
  }
}

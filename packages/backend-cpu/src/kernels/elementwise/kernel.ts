// Launches an elementwise function on strided views: joins axes, picks or makes the kernel for the access pattern.
import { itemSize } from "@isoform/core";
import type { Call, Engine, Exports } from "../../engine.js";
import type { HostFunction } from "../../wasm/index.js";
import { Plan } from "../strided/plan.js";
import { runNd } from "../strided/runner.js";
import { addressOf, denseCount, type CpuView } from "../view.js";
import { defineElementwise, type Access, type Elementwise } from "./generate.js";

const ACCESS: readonly Access[] = ["c", "s", "g"];

/** Elements per call on several threads. */
const PIECE = 1 << 15;
/** From this many elements on, several threads are worth their start. */
const LARGE = 2 * PIECE;

/** One elementwise function on one engine. */
export class ElementwiseKernel {
  private readonly engine: Engine;
  private readonly key: string;
  private readonly spec: Elementwise;
  private readonly variants: (Exports | undefined)[] = [];
  /** `run` of the variant whose inputs are all contiguous. */
  private contiguous: HostFunction | undefined;
  private readonly plan = new Plan();

  /** `key` names the function among all modules of the engine. */
  constructor(engine: Engine, key: string, spec: Elementwise) {
    this.engine = engine;
    this.key = key;
    this.spec = spec;
  }

  /** Computes `out` (row-major) from one input of its shape. */
  run1(x: CpuView, out: CpuView): void {
    const n = denseCount(x);
    if (n < 0) this.runStrided([out, x]);
    else if (n >= LARGE) this.runDense(n, [out, x]);
    else if (n > 0) this.dense()(n, addressOf(out), 0, addressOf(x), 0);
  }

  /** Computes `out` (row-major) from two inputs of its shape. */
  run2(a: CpuView, b: CpuView, out: CpuView): void {
    const n = denseCount(a);
    if (n < 0 || denseCount(b) < 0) this.runStrided([out, a, b]);
    else if (n >= LARGE) this.runDense(n, [out, a, b]);
    else if (n > 0) this.dense()(n, addressOf(out), 0, addressOf(a), 0, addressOf(b), 0);
  }

  /** Computes `out` (row-major) from three inputs of its shape. */
  run3(a: CpuView, b: CpuView, c: CpuView, out: CpuView): void {
    this.runStrided([out, a, b, c]);
  }

  private dense(): HostFunction {
    return (this.contiguous ??= (this.variants[0] ??= this.define(0))["run"]!);
  }

  /** `views` are the output and the inputs. */
  private runStrided(views: readonly CpuView[]): void {
    const { plan, spec } = this;
    const n = plan.build(views[0]!.shape, views);
    if (n === 0) return;
    let variant = 0;
    for (let i = views.length - 1; i > 0; i--) {
      const stride = plan.inner(i);
      variant = variant * 3 + (stride === 1 ? 0 : stride === 0 ? 1 : 2);
    }
    const kernel = (this.variants[variant] ??= this.define(variant));
    if (plan.rank > 1) {
      runNd(this.engine, kernel["nd"]!, plan, views, n, true, () => []);
      return;
    }
    const args = [n, addressOf(views[0]!), itemSize(views[0]!.dtype)];
    for (let i = 1; i < views.length; i++) {
      args.push(addressOf(views[i]!), plan.inner(i) * spec.inputs[i - 1]!.bytes);
    }
    this.launch(kernel["run"]!, args);
  }

  /** `views` are the output and the inputs, all row-major. */
  private runDense(n: number, views: readonly CpuView[]): void {
    const args = [n];
    for (const view of views) args.push(addressOf(view), itemSize(view.dtype));
    this.launch(this.dense(), args);
  }

  /** Runs over one axis: `args` are its length, then an address and a byte stride for the output and every input. */
  private launch(run: HostFunction, args: readonly number[]): void {
    const n = args[0]!;
    const { engine } = this;
    if (n < LARGE || engine.threads === 1) {
      run(...args);
      return;
    }
    const calls: Call[] = [];
    for (let at = 0; at < n; at += PIECE) {
      const piece = [Math.min(PIECE, n - at)];
      for (let i = 1; i < args.length; i += 2) piece.push(args[i]! + at * args[i + 1]!, args[i + 1]!);
      calls.push([run, ...piece]);
    }
    engine.parallel(calls);
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

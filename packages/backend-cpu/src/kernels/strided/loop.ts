// The outer loops of strided kernels: an odometer over a descriptor in memory, calling a one-axis function.
import { itemSize } from "@isoform/core";
import { i32, type Expr, type Func, type Local, type ModuleBuilder } from "../../wasm/index.js";
import { addressOf, type CpuView } from "../view.js";
import type { Plan } from "./plan.js";

/** Parameter types `(n, pointer0, stride0, pointer1, stride1, …)` of an inner function. */
export function innerParams(operands: number): "i32"[] {
  return Array.from({ length: 1 + 2 * operands }, () => "i32" as const);
}

/**
 * Descriptor words: outer rank, inner n, pointers, inner byte strides; then per outer axis (innermost first) its
 * counter, size, and byte strides.
 */
export function descriptorOf(plan: Plan, views: readonly CpuView[]): number[] {
  const words = [plan.rank - 1, plan.sizes[0]!];
  for (const view of views) words.push(addressOf(view));
  for (let v = 0; v < views.length; v++) words.push(plan.strides[v]![0]! * itemSize(views[v]!.dtype));
  for (let axis = 1; axis < plan.rank; axis++) {
    words.push(0, plan.sizes[axis]!);
    for (let v = 0; v < views.length; v++) words.push(plan.strides[v]![axis]! * itemSize(views[v]!.dtype));
  }
  return words;
}

/**
 * Defines and exports `nd(descriptor)`: runs `inner` once for every position of the outer axes. Extra operands of
 * `inner` after the pointers and strides are passed through from `nd`'s own extra parameters.
 */
export function defineNd(m: ModuleBuilder, operands: number, inner: Func): void {
  const extra = inner.params.slice(1 + 2 * operands);
  m.exportFunc("nd", ["i32", ...extra], null, (f, ...params) => {
    const d = params[0] as Local<"i32">;
    const rank = f.let(i32.load(d));
    const n = f.let(i32.load(d, 4));
    const axisBytes = 4 * (2 + operands);
    const axes = f.let(i32.add(d, 8 + 8 * operands));
    const end = f.let(i32.add(axes, i32.mul(rank, axisBytes)));
    const pointers: Local<"i32">[] = [];
    const args: Expr[] = [n];
    for (let v = 0; v < operands; v++) {
      const p = f.let(i32.load(d, 8 + 4 * v));
      pointers.push(p);
      args.push(p, f.let(i32.load(d, 8 + 4 * operands + 4 * v)));
    }
    args.push(...params.slice(1));
    const axis = f.local("i32");
    const count = f.local("i32");
    f.block((done) => {
      f.loop((next) => {
        f.call(inner, ...args);
        f.set(axis, axes);
        f.loop((carry) => {
          f.brIf(done, i32.eq(axis, end));
          f.set(count, i32.add(i32.load(axis), 1));
          pointers.forEach((p, v) => f.inc(p, i32.load(axis, 8 + 4 * v)));
          f.if(i32.ltS(count, i32.load(axis, 4)), () => {
            i32.store(f, axis, count);
            f.br(next);
          });
          pointers.forEach((p, v) => f.set(p, i32.sub(p, i32.mul(count, i32.load(axis, 8 + 4 * v)))));
          i32.store(f, axis, 0);
          f.inc(axis, axisBytes);
          f.br(carry);
        });
      });
    });
  });
}

// tf.function: functions of tensors as compiled programs. Steps of models are compiled in training/programs.ts.
import * as core from "@isoform/core";
import { checkOptions, invalid } from "./config/arguments.js";
import { NestedFunction, type CompileInfo } from "./compile/nested.js";

/** Options of `tf.function`. */
export interface FunctionOptions {
  /**
   * `"auto"` (the default) compiles where the backend has a compiler, true everywhere, false nowhere: the function is
   * then called as it is.
   */
  readonly jitCompile?: boolean | "auto";
}

/** A compiled function: called as the function that it was made of. */
export interface CompiledTensorFunction<A extends unknown[], R> {
  (...args: A): R;
  /** Programs made so far, and why there are none, if calls run one operation at a time. */
  readonly compileInfo: CompileInfo;
  /** Frees the programs; the next call makes them again. */
  dispose(): void;
}

/**
 * The function as one program of the backend. Arguments and results are tensors in nested arrays and plain
 * objects; other arguments are constants, with a program for each value. The first call runs as it is, the
 * second traces: plain JavaScript in the function runs then only. Variables that it reads are read at every
 * run, and those that it assigns are assigned. Where no program can be made, e.g. because the function reads
 * values, it is called as it is and `compileInfo.notice` says why; so it is inside the block of a tape, which
 * has to record it.
 * @throws {ArgumentError} when it is no function, or an option is unknown
 * @throws {LifetimeError} when it is called and the function returns a promise
 * @see tf.function
 */
export function tfFunction<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: FunctionOptions = {},
): CompiledTensorFunction<A, R> {
  checkOptions("tf.function", options, ["jitCompile"]);
  if (typeof fn !== "function") throw invalid("tf.function", "fn", fn, "a function of tensors");
  const { jitCompile = "auto" } = options;
  const scoped = (args: unknown) => core.scope(() => fn(...(args as A)));
  const nested = new NestedFunction(scoped, { always: jitCompile === true });
  const call = (...args: A): R => (jitCompile === false ? scoped(args) : nested.run(args)) as R;
  Object.defineProperty(call, "compileInfo", { get: () => nested.info() });
  return Object.assign(call, { dispose: () => nested.dispose() }) as CompiledTensorFunction<A, R>;
}

// The steps of a model as compiled programs: one function each for training, testing and predicting.
import { NestedFunction, type CompileInfo } from "../compile/nested.js";
import { guardLayer, guardMethods } from "../engine/guards.js";
import type { ModelLayer } from "../models/model.js";
import type { Batch } from "./data.js";
import type { LogTensors } from "./logs.js";

/** Names of steps. */
export type StepName = "train" | "test" | "predict";

/** What became of the steps of a model. */
export interface StepsInfo extends CompileInfo {
  readonly train: CompileInfo;
  readonly test: CompileInfo;
  readonly predict: CompileInfo;
}

/** Methods of a model that may be replaced. */
const METHODS = ["trainStep", "testStep", "predictStep", "computeLoss", "call"];
const NONE: CompileInfo = { programs: 0, lastCompileMs: 0, notice: null };

/** Runs the steps of a model, compiled unless `runEagerly` is set or `jitCompile` is false. */
export class Steps {
  readonly #model: ModelLayer;
  readonly #functions: Map<StepName, NestedFunction> = new Map();
  #told = false;

  constructor(model: ModelLayer) {
    this.#model = model;
  }

  train(batch: Batch): LogTensors | null {
    return this.#run("train", batch, () => this.#model.trainStep(batch)) as LogTensors | null;
  }
  test(batch: Batch): LogTensors | null {
    return this.#run("test", batch, () => this.#model.testStep(batch)) as LogTensors | null;
  }
  predict(batch: Batch): unknown {
    return this.#run("predict", batch, () => this.#model.predictStep(batch));
  }

  #run(name: StepName, batch: Batch, eager: () => unknown): unknown {
    const compiled = this.#model.$compiled;
    const { jitCompile = "auto" } = compiled?.options ?? {};
    if (compiled?.runEagerly || jitCompile === false) return eager();
    let fn = this.#functions.get(name);
    if (fn === undefined) {
      fn = this.#make(name, jitCompile === true);
      this.#functions.set(name, fn);
    }
    return fn.run(batch);
  }

  #make(name: StepName, always: boolean): NestedFunction {
    const model = this.#model;
    const step = {
      train: (batch: Batch) => model.trainStep(batch),
      test: (batch: Batch) => model.testStep(batch),
      predict: (batch: Batch) => model.predictStep(batch),
    }[name];
    const guarded = (batch: unknown) => {
      guardLayer(model);
      guardMethods(model, METHODS);
      return step(batch as Batch);
    };
    return new NestedFunction(guarded, { always });
  }

  info(): StepsInfo {
    const of = (name: StepName) => this.#functions.get(name)?.info() ?? NONE;
    const [train, test, predict] = [of("train"), of("test"), of("predict")];
    const all = [train, test, predict];
    return {
      programs: all.reduce((n, i) => n + i.programs, 0),
      lastCompileMs: Math.max(...all.map((i) => i.lastCompileMs)),
      notice: all.find((i) => i.notice !== null)?.notice ?? null,
      train,
      test,
      predict,
    };
  }

  /** The notice, the first time. */
  tell(): string | null {
    if (this.#told) return null;
    const { notice } = this.info();
    this.#told = notice !== null;
    return notice;
  }

  /** Frees all programs. */
  dispose(): void {
    for (const fn of this.#functions.values()) fn.dispose();
    this.#functions.clear();
    this.#told = false;
  }
}

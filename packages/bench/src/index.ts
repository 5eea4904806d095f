// Public surface of @isoform/bench: what is measured, how, and the results as data.
export {
  BENCH_SIZES,
  SUITES,
  type BenchCase,
  type BenchSize,
  type OnnxForm,
  type OnnxInput,
  type Suite,
  type Trial,
} from "./case.js";
export { benchCases, type CaseOptions } from "./cases/index.js";
export type { InputSpec, OpKind, OpSpec } from "./cases/op-spec.js";
export { inputValues } from "./cases/values.js";
export { modelCase, type ModelCaseOptions } from "./cases/model-file.js";
export {
  backendContender,
  referenceContender,
  type BackendContenderOptions,
  type Contender,
  type ContenderFacts,
  type OpenContender,
} from "./contender.js";
export { machineFacts } from "./machine.js";
export { compareValues } from "./measure/compare.js";
export { summarise } from "./measure/statistics.js";
export { backendOfModule } from "./plugin.js";
export { runBenchmark, type BenchEvent, type RunBenchmarkOptions } from "./run.js";
export { RESULT_LIMITS, parseResult } from "./result/parse.js";
export { serialiseResult } from "./result/serialise.js";
export {
  RESULT_SCHEMA,
  ROW_STATES,
  type BenchResult,
  type CaseFacts,
  type CheckFacts,
  type ContenderResult,
  type MachineFacts,
  type Row,
  type RowFailure,
  type RowState,
  type Settings,
  type Spread,
} from "./result/types.js";
export { formatMs, formatRate, logPosition, speedUps, type SpeedUp } from "./result/views.js";

// Public surface of @isoform/conformance.
export { runConformance, type ConformanceOptions } from "./run.js";
export { checkBackend, type CheckOptions, type CheckProgress } from "./check.js";
export type { ExpectedFailure, ModelSuite, SuiteOptions, ToleranceGrant } from "./options.js";
export { LEVELS, type Case, type Level } from "./case.js";
export type { Session } from "./session.js";
export { supportMark, supportMatrix } from "./matrix.js";
export {
  manifestText,
  outcomeOf,
  readManifest,
  REPORT_SCHEMA,
  staleLines,
  SUITE_VERSION,
  type ConformanceReport,
  type Counts,
  type GrantedTolerance,
  type Outcome,
  type Remark,
} from "./report.js";
export type { Allowance } from "./tolerance.js";
export {
  spread,
  values,
  type CaseTensor,
  type CompositeCase,
  type Expected,
  type Tolerance,
} from "./cases/composite-case.js";
export { compositeCases } from "./cases/composites/index.js";
export { randomStep, type RandomStep } from "./cases/random-programs.js";

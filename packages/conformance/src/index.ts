// Public surface of @isoform/conformance.
export { runConformance, type ConformanceOptions, type ExpectedFailure } from "./run.js";
export { LEVELS, type Level } from "./case.js";
export { supportMatrix } from "./matrix.js";
export { SUITE_VERSION, type ConformanceReport, type Counts, type Outcome, type Remark } from "./report.js";
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

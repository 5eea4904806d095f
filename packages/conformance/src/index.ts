// Public surface of @isoform/conformance.
export {
  spread,
  values,
  type CaseTensor,
  type CompositeCase,
  type Expected,
  type Tolerance,
} from "./cases/composite-case.js";
export { compositeCases } from "./cases/composites/index.js";

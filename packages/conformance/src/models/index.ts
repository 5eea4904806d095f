// Level L4: small models in both APIs, `@isoform/conformance/models`. Needs both APIs and the converter.
import type { ModelSuite } from "../options.js";
import { kerasCases } from "./keras.js";
import { torchCases } from "./torch.js";

/**
 * Small models in both APIs: their outputs and the losses of a training, eager and compiled, against those of the
 * reference that the options give, and a model written to a file and read again. Pass it as `models` with level L4.
 * @example
 * await checkBackend(() => mine(), { level: "L4", models, reference: () => reference() });
 */
export const models: ModelSuite = {
  cases: (_backend, hasReference) => [...torchCases(hasReference), ...kerasCases(hasReference)],
};

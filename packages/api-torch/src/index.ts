// Public surface of @isoform/api-torch: `import { torch, nn, optim, F } from "@isoform/api-torch"`.
import type { Tensor as TensorClass } from "./tensor/tensor.js";
import * as torchFunctions from "./torch.js";

export * as nn from "./nn/index.js";
export * as F from "./nn/functional/index.js";
export * as optim from "./optim/index.js";
export * as data from "./utils/data.js";
export { DataLoader, TensorDataset } from "./utils/data.js";
export { traceModule, type TracedModule } from "./nn/trace.js";

/** The `torch` namespace. */
export const torch: typeof torchFunctions = torchFunctions;
/** Types of the `torch` namespace. */
export declare namespace torch {
  export type Tensor = TensorClass;
}

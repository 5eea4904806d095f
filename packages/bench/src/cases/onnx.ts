// A module of the PyTorch API as an ONNX file in memory, for engines that run those.
import { traceModule, type nn } from "@isoform/api-torch";
import { reference } from "@isoform/backend-reference";
import { exportOnnxBytes, importTrace } from "@isoform/converter";
import { createRuntime, disposeGraph, dtypeOfArray, withDevice } from "@isoform/core";
import type { OnnxForm, OnnxInput } from "../case.js";
import type { InputSpec } from "./op-spec.js";
import { inputValues } from "./values.js";

/** The input with its values. */
export function onnxInput(spec: InputSpec): OnnxInput {
  return { name: spec.name, shape: spec.shape, data: inputValues(spec) };
}

/**
 * The module, traced for the inputs, as an ONNX file.
 * @throws {UnsupportedOpError} when an op has no ONNX form
 */
export async function onnxOfModule(make: () => nn.Module, inputs: readonly OnnxInput[]): Promise<OnnxForm> {
  const device = (await createRuntime({ backends: [reference()] })).defaultDevice;
  const names = inputs.map((i) => i.name);
  try {
    const { module, traced } = withDevice(device, () => {
      const module = make();
      const specs = inputs.map(({ shape, data }) => ({ shape, dtype: dtypeOfArray(data) }));
      return { module, traced: traceModule(module, specs, names) };
    });
    try {
      const model = await importTrace(traced, {
        inputNames: names,
        trainable: new Set(),
        name: "bench",
      });
      return { bytes: exportOnnxBytes(model), inputs };
    } finally {
      disposeGraph(traced.graph);
      module.dispose();
    }
  } finally {
    device.dispose();
  }
}

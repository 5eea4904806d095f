// Inference of a model file through @isoform/converter: tensors of the file in, tensors of the file out.
import { readFileSync } from "node:fs";
import * as converter from "@isoform/converter";

/** Reads a model of any format. */
export async function loadModel({ file }) {
  const name = file.split("/").at(-1);
  const { model } = await converter.readModel(
    converter.bytesSource(new Uint8Array(readFileSync(file)), name),
  );
  return model;
}

/** The model as bytes of an ONNX file, for runtimes that read only those. */
export async function onnxBytes(attrs) {
  if (attrs.format === "onnx") return new Uint8Array(readFileSync(attrs.file));
  return converter.exportOnnxBytes(await loadModel(attrs));
}

const raw = ({ data, shape }) => ({
  dtype: data instanceof BigInt64Array ? "int64" : "float32",
  shape,
  data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** `{ call, output }` of a model case: a run with copies in and out, as a runtime's session makes. */
export async function inference({ attrs, inputs }, device) {
  const model = await loadModel(attrs);
  const session = new converter.Session(model.graph, { device });
  const given = new Map(inputs.map((i, k) => [i.name ?? model.graph.inputs[k].name, raw(i)]));
  const run = () => session.run(given);
  return {
    call: run,
    output: async () => {
      const outputs = [...(await run()).values()];
      const parts = outputs.map((o) => new Float32Array(o.data.slice().buffer));
      return Float32Array.from(parts.flatMap((p) => [...p]));
    },
    dispose: () => session.dispose(),
  };
}

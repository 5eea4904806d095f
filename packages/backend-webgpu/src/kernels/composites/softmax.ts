// softmax, logSoftmax and softmaxCrossEntropy in one pass over memory: the rows are read several times, but from caches.
import { dtypeKind, type Attrs, type CompositeKernel } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { plus } from "../../wgsl/combine.js";
import type { Runner } from "../../wgsl/kernel.js";
import { placeOf } from "../indexing/places.js";
import type { GpuView } from "../view.js";
import { greater, runRows, type Rows } from "./rows.js";

const isFloat = (x: GpuView | null | undefined): boolean =>
  x?.dtype !== undefined && dtypeKind(x.dtype) === "float";

/** Defines `most` and `total`: the maximum of a row, and the sum of e to what elements are below it. */
function maximumAndSum(rows: Rows): string {
  return `${rows.begin()}
var most = -inf();
${rows.each([0], (x) => `most = f_max(most, ${x!});`)}
${rows.combine("most", greater)}
var total = 0.0f;
${rows.each([0], (x) => `total += f_exp(${x!} - most);`)}
${rows.combine("total", plus)}`;
}

function alongAxis(runner: Runner, logarithm: boolean): CompositeKernel<GpuBuffer> {
  return {
    supports: (_, [x]) => isFloat(x),
    run: (attrs, [x], [out]) => {
      const { axis } = attrs as Attrs<"softmax">;
      runRows(runner, {
        name: logarithm ? "logSoftmax" : "softmax",
        inputs: [x!],
        outputs: [out!],
        axes: [axis],
        code: (rows) => {
          const last = logarithm ? "let shift = f_log(total);" : "";
          const value = (v: string): string =>
            logarithm ? `(${v} - most) - shift` : `f_exp(${v} - most) / total`;
          return `${maximumAndSum(rows)}
${last}
${rows.each([0], (v) => rows.put(0, value(v!)))}`;
        },
      });
    },
  };
}

function crossEntropy(runner: Runner): CompositeKernel<GpuBuffer> {
  return {
    supports: (_, [logits, labels]) => isFloat(logits) && labels!.dtype !== "bool",
    run: (_, inputs, [out]) => {
      const [logits, labels] = [inputs[0]!, inputs[1]!];
      const axis = logits.shape.length - 1;
      runRows(runner, {
        name: "softmaxCrossEntropy",
        inputs: [logits, { ...labels, shape: logits.shape, strides: [...labels.strides, 0] }],
        outputs: [],
        perRow: [out!],
        axes: [axis],
        params: [logits.strides[axis]!],
        code: (rows) => {
          const { code } = rows;
          const step = code.param(rows.param(0));
          return `${maximumAndSum(rows)}
var loss = 0.0f;
if (length > 0u) {
let given = ${code.load(1, "base1")};
let label = ${placeOf(labels.dtype, "given")};
if (label < length) { loss = f_log(total) - (${code.load(0, `(base0 + label * ${step})`)} - most); }
}
${rows.putRow(0, "loss")}`;
        },
      });
    },
  };
}

/** Kernels of softmax and what is made of it. */
export function softmaxKernels(runner: Runner): Readonly<Record<string, CompositeKernel<GpuBuffer>>> {
  return {
    softmax: alongAxis(runner, false),
    logSoftmax: alongAxis(runner, true),
    softmaxCrossEntropy: crossEntropy(runner),
  };
}

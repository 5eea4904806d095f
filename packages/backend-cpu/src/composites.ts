// Fused kernels of composite ops, by op id. Each takes float32 in the layouts that its `supports` accepts; core runs
// the decomposition elsewhere.
import { sizeOf, type Attrs, type CompositeKernel } from "@isoform/core";
import type { Call, Engine } from "./engine.js";
import type { CopyKernel } from "./kernels/copy/copy.js";
import { activation, type ActivationName } from "./kernels/elementwise/activations.js";
import { ElementwiseKernel } from "./kernels/elementwise/kernel.js";
import { launchRows, withRows } from "./kernels/rows/launch.js";
import { ranges } from "./kernels/matmul/plan.js";
import { defineRowNorm, type RowNorm } from "./kernels/rows/norm.js";
import { defineCrossEntropy, defineLogSoftmax, defineSoftmax, isLabelType } from "./kernels/rows/softmax.js";
import { defineSoftmaxColumns, PANEL_SCRATCH } from "./kernels/rows/softmax-columns.js";
import { partsOf } from "./kernels/strided/runner.js";
import { addressOf, countOf, type Address, type CpuView } from "./kernels/view.js";
import { itemSize } from "@isoform/core";

type Kernel = CompositeKernel<Address>;
type Inputs = readonly (CpuView | null)[];

/** Calls with scratch memory of their own, at most. */
const MOST_PARTS = 32;

const allF32 = (inputs: Inputs): boolean => inputs.every((v) => v === null || v.dtype === "float32");

/** Activations. */
export function activationKernels(copy: CopyKernel): Readonly<Record<string, Kernel>> {
  const kernels: Partial<Record<ActivationName, ElementwiseKernel>> = {};
  const activate = (nameOf: (attrs: object) => ActivationName): Kernel => ({
    supports: (_, inputs) => allF32(inputs),
    run: (attrs, [x], [out]) => {
      const name = nameOf(attrs);
      kernels[name] ??= new ElementwiseKernel(copy, `activation:${name}`, activation(name));
      kernels[name].run1(x!, out!);
    },
  });
  return {
    sigmoid: activate(() => "sigmoid"),
    silu: activate(() => "silu"),
    gelu: activate((attrs) => ((attrs as Attrs<"gelu">).approximate === "tanh" ? "geluTanh" : "gelu")),
  };
}

/** Fused kernels over rows that every backend has. */
export function rowKernels(engine: Engine, copy: CopyKernel): Readonly<Record<string, Kernel>> {
  return {
    softmax: alongAxis(engine, copy, "softmax"),
    logSoftmax: alongAxis(engine, copy, "logSoftmax"),
    softmaxCrossEntropy: crossEntropy(engine, copy),
    layerNorm: rowNorm(engine, copy, true),
    rmsNorm: rowNorm(engine, copy, false),
  };
}

/** softmax and logSoftmax. */
function alongAxis(engine: Engine, copy: CopyKernel, name: "softmax" | "logSoftmax"): Kernel {
  const last = name === "softmax" ? defineSoftmax : defineLogSoftmax;
  return {
    supports: (_, inputs) => allF32(inputs),
    run: (attrs, inputs, outputs) => {
      const [x, out] = [inputs[0]!, addressOf(outputs[0]!)];
      const { axis } = attrs as Attrs<"softmax">;
      const length = x.shape[axis]!;
      const columns = sizeOf(x.shape.slice(axis + 1));
      withRows(engine, copy, x, length * columns, ({ rows, address, step }) => {
        if (columns === 1) {
          const { run } = engine.module(name, last);
          launchRows(engine, run!, rows, length, (row) => [
            length,
            out + row * step,
            address + row * step,
            step,
          ]);
          return;
        }
        const { run } = engine.module(`${name}:columns`, (m) =>
          defineSoftmaxColumns(m, name === "logSoftmax"),
        );
        const parts = Math.min(MOST_PARTS, partsOf(engine, rows * length * columns));
        engine.withScratch((scratch) => {
          const call = (first: number, count: number, n: number): Call => [
            run!,
            count,
            length,
            n,
            out + first,
            address + first,
            columns * 4,
            scratch.take(PANEL_SCRATCH),
          ];
          engine.parallel(
            rows > 1
              ? ranges(rows, 1, parts).map(([row, count]) => call(row * step, count, columns))
              : ranges(columns, 16, Math.min(parts, engine.threads)).map(([column, n]) =>
                  call(column * 4, 1, n),
                ),
          );
        });
      });
    },
  };
}

function crossEntropy(engine: Engine, copy: CopyKernel): Kernel {
  return {
    supports: (_, [logits, labels]) => logits!.dtype === "float32" && isLabelType(labels!.dtype),
    run: (_, inputs, outputs) => {
      const [logits, labels, out] = [inputs[0]!, inputs[1]!, addressOf(outputs[0]!)];
      if (countOf(labels) === 0) return;
      const { run } = engine.module(`crossEntropy:${labels.dtype}`, (m) =>
        defineCrossEntropy(m, labels.dtype),
      );
      const bytes = itemSize(labels.dtype);
      engine.withScratch((scratch) => {
        const first = addressOf(copy.dense(labels, scratch));
        withRows(engine, copy, logits, logits.shape.at(-1)!, ({ rows, length, address, step }) => {
          const at = (row: number): number[] => [
            length,
            out + row * 4,
            address + row * step,
            step,
            first + row * bytes,
            bytes,
          ];
          launchRows(engine, run!, rows, length, at);
        });
      });
    },
  };
}

/** layerNorm and rmsNorm over the last axes. */
function rowNorm(engine: Engine, copy: CopyKernel, centred: boolean): Kernel {
  const lengthOf = (x: CpuView, axes: readonly number[]): number => axes.reduce((n, a) => n * x.shape[a]!, 1);
  return {
    supports: (attrs, inputs) => {
      const { axes } = attrs as Attrs<"layerNorm">;
      const rank = inputs[0]!.shape.length;
      return allF32(inputs) && axes.every((axis, i) => axis === rank - axes.length + i);
    },
    run: (attrs, inputs, outputs) => {
      const { axes, eps } = attrs as Attrs<"layerNorm">;
      const [x, scale = null, bias = null] = [inputs[0]!, inputs[1], inputs[2]];
      const out = addressOf(outputs[0]!);
      const norm: RowNorm = { centred, scale: scale !== null, bias: bias !== null };
      const { run } = engine.module(`rowNorm:${Object.values(norm).join()}`, (m) => defineRowNorm(m, norm));
      engine.withScratch((scratch) => {
        const [s, b] = [scale, bias].map((v) => (v === null ? 0 : addressOf(copy.dense(v, scratch))));
        withRows(engine, copy, x, lengthOf(x, axes), ({ rows, length, address, step }) => {
          const at = (row: number): number[] => [
            length,
            out + row * step,
            address + row * step,
            step,
            s!,
            b!,
            eps,
          ];
          launchRows(engine, run!, rows, length, at);
        });
      });
    },
  };
}

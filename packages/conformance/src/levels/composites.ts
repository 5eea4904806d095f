// L3: composites against frozen values, fused kernels against decompositions, gradients against differences.
import {
  isFloat,
  scope,
  trace,
  VerificationError,
  withDevice,
  type Backend,
  type Device,
  type DType,
} from "@isoform/core";
import type { Case } from "../case.js";
import type { CompositeCase } from "../cases/composite-case.js";
import { compositeCases } from "../cases/composites/index.js";
import { download, upload } from "../cases/layout.js";
import {
  arrayOf,
  differences,
  gradients,
  once,
  secondGradients,
  valueOn,
  weightedSum,
  type Apply,
} from "../differences.js";
import type { NDArray } from "../oracle/ndarray.js";
import { settle } from "../oracle/reduce.js";
import { withoutLeaks, type Session } from "../session.js";
import { differenceWithin, toleranceOf, type Allowance } from "../tolerance.js";
import { compareGradients } from "./gradients.js";

const applyOf =
  (c: CompositeCase): Apply =>
  (inputs) => {
    const out = c.run(...inputs);
    return Array.isArray(out) ? out : [out];
  };

const wrtOf = (c: CompositeCase): readonly number[] =>
  c.grad ?? c.inputs.flatMap((t, i) => (t.dtype === undefined ? [i] : []));

async function outputsOn(device: Device, c: CompositeCase, inputs: readonly NDArray[]): Promise<NDArray[]> {
  const tensors = withDevice(device, () => scope(() => applyOf(c)(inputs.map(upload))));
  const out: NDArray[] = [];
  for (const t of tensors) out.push(await download(t));
  for (const t of tensors) t.dispose();
  return out;
}

function compare(
  c: CompositeCase,
  actual: readonly NDArray[],
  expected: readonly NDArray[],
  what: string,
  allowance: Allowance | undefined,
): void {
  if (actual.length !== expected.length) {
    throw new VerificationError(`${actual.length} outputs, ${what} has ${expected.length}`, {
      code: "conformance/values",
    });
  }
  expected.forEach((e, i) => {
    const tolerance = c.tolerance?.[e.dtype] ?? toleranceOf(e.dtype);
    const problem = differenceWithin(actual[i]!, e, tolerance, allowance);
    if (problem)
      throw new VerificationError(`output ${i} against ${what}: ${problem}`, {
        code: "conformance/values",
        op: c.op,
      });
  });
}

/** Frozen outputs in the dtypes that the op gives. */
function frozen(c: CompositeCase, dtype: DType, actual: readonly NDArray[]): NDArray[] | null {
  if (!c.expected) return null;
  return c.expected.outputs.map((t, i) =>
    settle(arrayOf(t, t.dtype ?? (actual[i] && isFloat(actual[i].dtype) ? actual[i].dtype : dtype))),
  );
}

function valueCase(c: CompositeCase, dtype: DType, fused: boolean): Case {
  return {
    ...head(c, dtype, ""),
    async run(session, allowance) {
      const device = await session.device();
      const inputs = c.inputs.map((t) => arrayOf(t, dtype));
      await withoutLeaks([device], async () => {
        const actual = await outputsOn(device, c, inputs);
        const expected = frozen(c, dtype, actual);
        if (expected) compare(c, actual, expected, c.expected!.provenance, allowance);
        if (!fused) return;
        const plain = await session.decomposed();
        await withoutLeaks([plain], async () =>
          compare(c, actual, await outputsOn(plain, c, inputs), "the decomposition", allowance),
        );
      });
      traceCase(c, inputs);
    },
  };
}

/** A composite stays one node in a trace. */
function traceCase(c: CompositeCase, inputs: readonly NDArray[]): void {
  const graph = trace((...args) => c.run(...args), inputs);
  if (!graph.nodes.some((n) => n.op.id === c.op)) {
    throw new VerificationError(
      `a trace of ${c.op} has no ${c.op} but ${graph.nodes.map((n) => n.op.id).join(", ")}`,
      {
        code: "conformance/trace",
        op: c.op,
      },
    );
  }
}

const head = (c: CompositeCase, dtype: DType, suffix: string) => ({
  id: `L3/${c.op}/${dtype}/${c.name}${suffix}`,
  level: "L3" as const,
  subject: c.op,
  dtype,
});

type Expected = (wide: Device) => Promise<NDArray[]>;

/** The differences of a case, taken on a device with float64. */
const expectedOf = (c: CompositeCase): Expected =>
  once((wide) =>
    differences(
      (moved) => valueOn(wide, applyOf(c), moved),
      c.inputs.map((t) => arrayOf(t, "float64")),
      wrtOf(c),
    ),
  );

function gradientCase(c: CompositeCase, dtype: DType, hasFloat64: boolean, expected: Expected): Case {
  return {
    ...head(c, dtype, ", gradient"),
    ...(hasFloat64 ? {} : { skip: "no float64: differences need it, or `reference` in the options" }),
    async run(session, allowance) {
      const device = await session.device();
      const wide = await session.float64()!;
      const wrt = wrtOf(c);
      await withoutLeaks([device, wide], async () => {
        const actual = await gradients(
          device,
          applyOf(c),
          c.inputs.map((t) => arrayOf(t, dtype)),
          wrt,
        );
        compareGradients(actual, await expected(wide), wrt, dtype, allowance);
      });
    },
  };
}

function secondCase(c: CompositeCase, hasFloat64: boolean): Case {
  return {
    ...head(c, "float64", ", second order"),
    ...(hasFloat64 ? {} : { skip: "no float64: second derivatives need it, or `reference` in the options" }),
    async run(session: Session, allowance) {
      const device = await session.float64()!;
      const wrt = wrtOf(c);
      const inputs = c.inputs.map((t) => arrayOf(t, "float64"));
      await withoutLeaks([device], async () => {
        const actual = await secondGradients(device, applyOf(c), inputs, wrt);
        const first = async (moved: readonly NDArray[]) =>
          weightedSum(await gradients(device, applyOf(c), moved, wrt));
        compareGradients(actual, await differences(first, inputs, wrt), wrt, "float64", allowance);
      });
    },
  };
}

/** All composite cases of a backend, in the float dtypes that it declares. */
export function compositeCasesOf(backend: Backend, hasReference: boolean): Case[] {
  const declared = backend.capabilities.dtypes;
  const fused = new Set(Object.keys(backend.composites ?? {}));
  const hasFloat64 = declared.includes("float64") || hasReference;
  const out: Case[] = [];
  for (const c of compositeCases) {
    const expected = expectedOf(c);
    for (const dtype of ["float32", "float64"] as const) {
      if (!declared.includes(dtype)) continue;
      const missing = c.inputs.map((t) => t.dtype ?? dtype).find((d) => !declared.includes(d));
      const skip = missing ? { skip: `no ${missing}` } : {};
      out.push({ ...valueCase(c, dtype, fused.has(c.op)), ...skip });
      if (wrtOf(c).length > 0) out.push({ ...gradientCase(c, dtype, hasFloat64, expected), ...skip });
    }
    if (c.second) out.push(secondCase(c, hasFloat64));
  }
  for (const op of fused) {
    if (compositeCases.some((c) => c.op === op)) continue;
    out.push({
      id: `L3/${op}/-/has a case`,
      level: "L3",
      subject: op,
      run: () =>
        Promise.reject(
          new VerificationError("a fused kernel without a case cannot be checked", {
            code: "conformance/no-case",
            op,
          }),
        ),
    });
  }
  return out;
}

// L2: gradients of every differentiable primitive against differences of the oracle; second derivatives.
import { bindAny, IsoformError, primitives, VerificationError, type DType, type PrimId } from "@isoform/core";
import type { Case } from "../case.js";
import type { Tolerance } from "../cases/composite-case.js";
import { gradientCases } from "../cases/gradients/index.js";
import type { GradientCase } from "../cases/gradients/gradient-case.js";
import {
  arrayOf,
  differences,
  gradients,
  once,
  secondGradients,
  weightedSum,
  type Apply,
} from "../differences.js";
import { oracleOf } from "../oracle/index.js";
import type { NDArray } from "../oracle/ndarray.js";
import { withoutLeaks } from "../session.js";
import { differenceWithin, type Allowance } from "../tolerance.js";

/** Bounds of gradients: differences are good to about 1e-9, float32 to 1e-3 of float64. */
export const GRADIENT_TOLERANCE: Readonly<Partial<Record<DType, Tolerance>>> = {
  float64: { rtol: 1e-3, atol: 1e-5 },
  float32: { rtol: 1e-3, atol: 1e-3 },
};

const wrtOf = (c: GradientCase): readonly number[] =>
  c.wrt ?? c.inputs.flatMap((t, i) => (t.dtype === undefined ? [i] : []));

function applyOf(c: GradientCase): Apply {
  const op = primitives()[c.op];
  return (inputs) => bindAny(op, inputs, c.attrs);
}

/** Throws when one of the gradients is not what the differences say. */
export function compareGradients(
  actual: readonly NDArray[],
  expected: readonly NDArray[],
  wrt: readonly number[],
  dtype: DType,
  allowance: Allowance | undefined,
): void {
  expected.forEach((e, k) => {
    const problem = differenceWithin(actual[k]!, { ...e, dtype }, GRADIENT_TOLERANCE[dtype]!, allowance);
    if (problem) {
      throw new VerificationError(`gradient of input ${wrt[k]}: ${problem}`, {
        code: "conformance/gradient",
      });
    }
  });
}

/** The function of the case in float64, by the oracle. Casts are the identity: their rounding has no derivative. */
function exact(c: GradientCase, inputs: readonly NDArray[]): number {
  if (c.op === "cast") return weightedSum(inputs);
  return weightedSum(oracleOf(c.op)(inputs, c.attrs));
}

/** The differences of a case, in float64. */
const expectedOf = (c: GradientCase): (() => Promise<NDArray[]>) =>
  once(() =>
    differences(
      (moved) => exact(c, moved),
      c.inputs.map((t) => arrayOf(t, "float64")),
      wrtOf(c),
    ),
  );

function firstOrder(
  c: GradientCase,
  dtype: DType,
  missing: DType | undefined,
  expected: () => Promise<NDArray[]>,
): Case {
  return {
    id: `L2/${c.op}/${dtype}/${c.name}`,
    level: "L2",
    subject: c.op,
    dtype,
    ...(missing ? { skip: `no ${missing}` } : {}),
    async run(session, allowance) {
      const device = await session.device();
      const wrt = wrtOf(c);
      const inputs = c.inputs.map((t) => arrayOf(t, dtype));
      await withoutLeaks([device], async () => {
        if (c.refused) return refuses(() => gradients(device, applyOf(c), inputs, wrt));
        const actual = await gradients(device, applyOf(c), inputs, wrt);
        compareGradients(actual, await expected(), wrt, dtype, allowance);
      });
    },
  };
}

async function refuses(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof IsoformError) return;
    throw error;
  }
  throw new VerificationError("a gradient instead of an error", { code: "conformance/not-refused" });
}

function secondOrder(c: GradientCase, hasFloat64: boolean): Case {
  return {
    id: `L2/${c.op}/float64/${c.name}, second order`,
    level: "L2",
    subject: c.op,
    dtype: "float64",
    ...(hasFloat64 ? {} : { skip: "no float64: second derivatives need it, or `reference` in the options" }),
    async run(session, allowance) {
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

/** All gradient cases for a backend of the given dtypes. */
export function gradientCasesOf(declared: readonly DType[], hasReference: boolean): Case[] {
  const out: Case[] = [];
  const hasFloat64 = declared.includes("float64") || hasReference;
  for (const id of Object.keys(primitives()) as PrimId[]) {
    for (const c of gradientCases.filter((g) => g.op === id)) {
      const expected = expectedOf(c);
      for (const dtype of ["float32", "float64"] as const) {
        const needed = [dtype, ...c.inputs.map((t) => t.dtype ?? dtype)];
        if (c.op === "cast") needed.push((c.attrs as { readonly dtype: DType }).dtype);
        if (!declared.includes(dtype)) continue;
        out.push(
          firstOrder(
            c,
            dtype,
            needed.find((d) => !declared.includes(d)),
            expected,
          ),
        );
      }
      if (c.second) out.push(secondOrder(c, hasFloat64));
    }
  }
  return out;
}

// L1: every primitive forward, in every declared dtype, against the oracle.
import {
  bindAny,
  DTypeError,
  dtypeKind,
  IsoformError,
  primitives,
  scope,
  VerificationError,
  withDevice,
  type AnyOp,
  type DType,
  type PrimId,
  type Tensor,
} from "@isoform/core";
import type { Case } from "../case.js";
import { download, place, type Layout } from "../cases/layout.js";
import { primitiveCases } from "../cases/primitives/index.js";
import type { PrimitiveCase } from "../cases/primitives/primitive-case.js";
import { oracleOf } from "../oracle/index.js";
import type { NDArray } from "../oracle/ndarray.js";
import { settle } from "../oracle/reduce.js";
import { withoutLeaks } from "../session.js";
import { differenceWithin, toleranceOf, type Allowance } from "../tolerance.js";

const attrsOf = (c: PrimitiveCase, dtype: DType): object =>
  typeof c.attrs === "function" ? c.attrs(dtype) : c.attrs;

const layoutOf = (c: PrimitiveCase, i: number): Layout =>
  c.layout === undefined ? "dense" : typeof c.layout === "string" ? c.layout : (c.layout[i] ?? "dense");

/** Dtypes of a case's inputs and outputs, or null when the op is not defined for the dtype, by core's inference. */
function dtypesOf(op: AnyOp, c: PrimitiveCase, dtype: DType): DType[] | null {
  if (c.dtypes && !c.dtypes.includes(dtype)) return null;
  const inputs = c.inputs.map((input) => input(dtype));
  try {
    return [...inputs, ...op.infer(inputs, attrsOf(c, dtype))].map((s) => s.dtype);
  } catch (error) {
    if (error instanceof DTypeError) return null;
    throw error;
  }
}

function check(
  op: AnyOp,
  c: PrimitiveCase,
  dtype: DType,
  outputs: readonly NDArray[],
  allowance: Allowance | undefined,
): void {
  const expected = oracleOf(c.op)(
    c.inputs.map((input) => input(dtype)),
    attrsOf(c, dtype),
  ).map(settle);
  expected.forEach((e, i) => {
    const exact = c.exact === true || dtypeKind(e.dtype) !== "float";
    const tolerance = exact ? { rtol: 0, atol: 0 } : toleranceOf(e.dtype, c.terms, c.termSize);
    const problem = differenceWithin(outputs[i]!, e, tolerance, allowance);
    if (problem)
      throw new VerificationError(`output ${i}: ${problem}`, {
        code: "conformance/values",
        op: op.id,
        hint: contractOf(op),
      });
  });
}

/** Where the contract says what the result must be. */
function contractOf(op: AnyOp): string {
  const family = op.family ?? (op.view ? "copy" : "fill and copy");
  return `the contract is the comment on ${family} of \`Kernels\` in @isoform/core (src/runtime/backend.ts)`;
}

function forwardCase(op: AnyOp, c: PrimitiveCase, dtype: DType, missing: DType | undefined): Case {
  return {
    id: `L1/${c.op}/${dtype}/${c.name}`,
    level: "L1",
    subject: c.op,
    dtype,
    ...(missing ? { skip: `no ${missing}` } : {}),
    async run(session, allowance) {
      const device = await session.device();
      await withoutLeaks([device], async () => {
        const outputs = withDevice(device, () =>
          scope(() =>
            bindAny(
              op,
              c.inputs.map((input, i) => place(input(dtype), layoutOf(c, i))),
              attrsOf(c, dtype),
            ),
          ),
        );
        try {
          const read: NDArray[] = [];
          for (const t of outputs) read.push(await download(t));
          check(op, c, dtype, read, allowance);
        } finally {
          for (const t of outputs) t.dispose();
        }
      });
    },
  };
}

/** The op is not defined for the dtype: core must say so, whatever the backend. */
function refusalCase(op: AnyOp, c: PrimitiveCase, dtype: DType): Case {
  return {
    id: `L1/${c.op}/${dtype}/is refused`,
    level: "L1",
    subject: c.op,
    dtype,
    async run(session) {
      const device = await session.device();
      await withoutLeaks([device], () => {
        let outputs: readonly Tensor[] | null = null;
        try {
          outputs = withDevice(device, () =>
            scope(() =>
              bindAny(
                op,
                c.inputs.map((input) => place(input(dtype), "dense")),
                attrsOf(c, dtype),
              ),
            ),
          );
        } catch (error) {
          if (error instanceof IsoformError) return;
          throw error;
        }
        for (const t of outputs) t.dispose();
        throw new VerificationError("a value instead of an error", {
          code: "conformance/not-refused",
          op: op.id,
        });
      });
    },
  };
}

/** All forward cases for a backend of the given dtypes. */
export function forwardCases(declared: readonly DType[]): Case[] {
  const out: Case[] = [];
  const table = primitives();
  for (const id of Object.keys(table) as PrimId[]) {
    const op = table[id];
    const cases = primitiveCases.filter((c) => c.op === id);
    for (const dtype of declared) {
      let fitting = 0;
      for (const c of cases) {
        const needed = dtypesOf(op, c, dtype);
        if (needed === null) continue;
        fitting++;
        out.push(
          forwardCase(
            op,
            c,
            dtype,
            needed.find((d) => !declared.includes(d)),
          ),
        );
      }
      const refusing = cases.find((c) => c.inputs.length > 0 && c.dtypes === undefined);
      if (fitting === 0 && refusing) out.push(refusalCase(op, refusing, dtype));
    }
  }
  return out;
}

// L3, programs: what the backend's compiler makes of random steps gives what eager execution gives.
import {
  compile,
  scope,
  VerificationError,
  verifyGraph,
  withDevice,
  type Backend,
  type Tensor,
} from "@isoform/core";
import type { Case } from "../case.js";
import { download } from "../cases/layout.js";
import { randomStep } from "../cases/random-programs.js";
import type { NDArray } from "../oracle/ndarray.js";
import { difference } from "../tolerance.js";

/** Steps that a suite compiles. */
const PROGRAMS = 12;
/** Operations are fused, so that they round elsewhere; sums of some 600 terms of size 1 are taken in another order. */
const TOLERANCE = { rtol: 1e-4, atol: 1e-4 };

async function readAll(tensors: readonly Tensor[]): Promise<NDArray[]> {
  const out: NDArray[] = [];
  for (const t of tensors) {
    out.push(await download(t));
    t.dispose();
  }
  return out;
}

/**
 * The cases, none for a backend without a compiler. They do not look for leaks: what is traced and never used, as here at
 * random, is freed by the garbage collector.
 */
export function programCases(backend: Backend): Case[] {
  if (!backend.compile) return [];
  return Array.from({ length: PROGRAMS }, (_, seed): Case => ({
    id: `L3/compile/random step ${seed}`,
    level: "L3",
    subject: "compile",
    dtype: "float32",
    async run(session) {
      const device = await session.device();
      const step = randomStep(seed);
      const compiled = compile(step.run, { warmUp: false, verify: verifyGraph });
      const [want, got] = withDevice(device, () =>
        scope(() => {
          const inputs = step.inputs();
          return [step.run(...inputs), compiled(...inputs)] as const;
        }),
      );
      const [eager, program] = [await readAll(want), await readAll(got)];
      const { notice } = compiled.info();
      compiled.dispose();
      if (notice !== null) fail(`not compiled: ${notice}`);
      eager.forEach((e, i) => {
        const problem = difference(program[i]!, e, TOLERANCE);
        if (problem) fail(`output ${i}: ${problem}`);
      });
    },
  }));
}

function fail(problem: string): never {
  throw new VerificationError(problem, { code: "conformance/compile" });
}

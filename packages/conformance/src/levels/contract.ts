// The first case of L0: what a backend declares fits the contract. It looks before anything runs and says all that is wrong.
import {
  BACKEND_CONTRACT,
  closest,
  compositeOps,
  DTYPES,
  KERNEL_FAMILIES,
  VerificationError,
  type Backend,
} from "@isoform/core";
import type { Case } from "../case.js";

const LAYOUTS: readonly unknown[] = ["channelsFirst", "channelsLast"];
/** Every index and mask is computed in them, and most programs. */
const REQUIRED = ["float32", "int64", "bool"] as const;

const isFunction = (v: unknown): boolean => typeof v === "function";
const quoted = (v: unknown): string => (typeof v === "string" ? JSON.stringify(v) : String(v));

function near(name: string, names: Iterable<string>): string {
  const found = closest(name, names);
  return found === undefined ? JSON.stringify(name) : `${JSON.stringify(name)} (did you mean ${found}?)`;
}

function members(b: Backend): string[] {
  const out: string[] = [];
  if (typeof b.name !== "string" || b.name === "")
    out.push(`name is ${quoted(b.name)}: errors and reports need one`);
  if (b.contract !== BACKEND_CONTRACT) out.push(`contract is ${quoted(b.contract)}, not ${BACKEND_CONTRACT}`);
  for (const key of ["alloc", "free", "write", "read"] as const)
    if (!isFunction(b[key])) out.push(`${key} is no function`);
  for (const key of ["readSync", "init", "compile", "fallbacks", "dispose"] as const)
    if (b[key] !== undefined && !isFunction(b[key])) out.push(`${key} is no function`);
  const missing = KERNEL_FAMILIES.filter((f) => !isFunction(b.kernels?.[f]));
  if (missing.length > 0) out.push(`no kernels for ${missing.join(", ")}`);
  return out;
}

function capabilities({ capabilities: c, readSync }: Backend): string[] {
  const out: string[] = [];
  if (c.syncRead !== (readSync !== undefined)) out.push("syncRead and readSync disagree");
  const unknown = c.dtypes.filter((d) => !DTYPES.includes(d));
  if (unknown.length > 0)
    out.push(`unknown dtypes ${unknown.map((d) => near(String(d), DTYPES)).join(", ")}`);
  const missing = REQUIRED.filter((d) => !c.dtypes.includes(d));
  if (missing.length > 0) out.push(`${missing.join(", ")} required: core computes indices and masks in them`);
  if (c.preferredLayout !== undefined && !LAYOUTS.includes(c.preferredLayout))
    out.push(`preferredLayout is ${quoted(c.preferredLayout)}, not "channelsFirst" or "channelsLast"`);
  return out;
}

function extras({ contiguous, composites }: Backend): string[] {
  const out: string[] = [];
  if (contiguous !== undefined && !Array.isArray(contiguous))
    out.push("contiguous is no list of kernel families");
  else {
    const unknown = (contiguous ?? []).filter((f) => !KERNEL_FAMILIES.includes(f));
    if (unknown.length > 0)
      out.push(
        `contiguous names no kernel family: ${unknown.map((f) => near(f, KERNEL_FAMILIES)).join(", ")}`,
      );
  }
  const known = Object.keys(compositeOps());
  for (const [op, kernel] of Object.entries(composites ?? {})) {
    // Ops of third parties have a dot in their id.
    if (!op.includes(".") && !known.includes(op))
      out.push(`composites: there is no composite op ${near(op, known)}`);
    else if (!isFunction(kernel?.run)) out.push(`composites.${op} has no run`);
  }
  return out;
}

function fallbacks(b: Backend): string[] {
  if (!isFunction(b.fallbacks)) return [];
  try {
    const wrong = Object.entries(b.fallbacks!()).find(([, n]) => !Number.isInteger(n) || n < 0);
    return wrong ? [`fallbacks() counts ${quoted(wrong[1])} of ${wrong[0]}`] : [];
  } catch (error) {
    return [`fallbacks() throws: ${String(error)}`];
  }
}

/** What of a backend's declarations does not fit the contract, a sentence each. Never throws. */
export function contractProblems(backend: Backend): string[] {
  return [...members(backend), ...capabilities(backend), ...extras(backend), ...fallbacks(backend)];
}

/** The case; it also starts the backend. */
export function contractCase(backend: Backend): Case {
  return {
    id: "L0/memory/declares the contract",
    level: "L0",
    subject: "memory",
    async run(session) {
      const problems = contractProblems(backend);
      if (problems.length > 0) {
        throw new VerificationError(problems.join("; "), {
          code: "conformance/contract",
          backend: backend.name,
          hint: "mend what the backend declares; docs/writing-a-backend.md has the contract",
        });
      }
      await session.device();
    },
  };
}

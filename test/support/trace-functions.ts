// What test/trace-all-nn.test.ts exports beside modules: functions of torch and of nn.functional.
import { F, torch } from "@isoform/api-torch";
import { below, floats, Lambda, shares, values, type CaseInput, type TraceCase } from "./trace-cases.js";

const fn = (run: (...xs: torch.Tensor[]) => unknown, ...inputs: CaseInput[]): TraceCase => ({
  make: () => new Lambda(run),
  inputs,
});

const x = floats(2, 4, 5);
const positive = shares(2, 4, 5);
const ints: CaseInput = { shape: [2, 6], dtype: "int64", at: (i) => ((i * 5) % 11) - 4 };

/** By name. */
export const FUNCTION_CASES: Readonly<Record<string, TraceCase>> = {
  expm1: fn((v) => torch.expm1(v), x),
  log1p: fn((v) => torch.log1p(v), positive),
  rsqrt: fn((v) => torch.rsqrt(v), positive),
};

// A part of the minimal backend, the rest by withFallback, on a device that only reads asynchronously: still right.
import { reference } from "@isoform/backend-reference";
import { conformanceTests } from "@isoform/conformance/vitest";
import { withFallback } from "@isoform/core";
import { expect } from "vitest";
import { minimal } from "../src/index.js";

const { kernels, ...rest } = minimal();
const { copy, fill, binary, where, reduce } = kernels;

conformanceTests(
  () =>
    withFallback(
      { ...rest, name: "part of minimal", kernels: { copy, fill, binary, where, reduce } },
      reference(),
    ),
  {
    level: "L2",
    onReport: ({ fallbacks, totals }) => {
      if (totals.passed < 100) return;
      const families = new Set(Object.keys(fallbacks).map((key) => key.split(":")[0]));
      expect(families).toContain("matmul");
      expect(families).not.toContain("binary");
    },
  },
);

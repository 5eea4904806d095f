// The conformance suite: what a backend must pass. Run a part of it with -t "L1/add/".
import { reference } from "@isoform/backend-reference";
import { conformanceTests } from "@isoform/conformance/vitest";
import { __factory__ } from "../src/index.js";

conformanceTests(() => __factory__(), {
  level: "L3",
  // Gradients are held against differences in float64, which this backend does not have.
  reference: () => reference(),
  // What cannot pass yet, with a reason, an issue and a last day:
  expectedFailures: [],
  // Wider bounds where a driver is at fault, with a reason and an issue:
  tolerances: [],
});

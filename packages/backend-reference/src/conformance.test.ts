// The conformance suite on the reference backend; new memory is poisoned, so that unwritten results are seen.
import { runConformance } from "@isoform/conformance";
import { describe, it } from "vitest";
import { reference } from "./index.js";

runConformance(() => reference({ poison: true }), { describe, it });

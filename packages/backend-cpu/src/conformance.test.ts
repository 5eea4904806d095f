// The conformance suite on the CPU backend.
import { runConformance } from "@isoform/conformance";
import { describe, it } from "vitest";
import { cpu } from "./index.js";

runConformance(() => cpu(), { describe, it });

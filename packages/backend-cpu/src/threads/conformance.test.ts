// The conformance suite on two threads.
import { runConformance } from "@isoform/conformance";
import { describe, it } from "vitest";
import { cpu } from "../index.js";

runConformance(() => cpu({ threads: 2 }), { describe, it });

// The conformance suite on WebGPU: Dawn on whatever Vulkan driver there is.
import { reference } from "@isoform/backend-reference";
import { runConformance } from "@isoform/conformance";
import { describe, it } from "vitest";
import { webgpu } from "./index.js";
import { missingAdapter } from "./testing/adapter.js";

const missing = await missingAdapter();
if (missing === null) runConformance(() => webgpu(), { describe, it, reference: () => reference() });
else describe("conformance", () => it.skip(missing));

// The conformance suite on WebGPU, in parts: drivers in software take minutes to compile all shaders, and test files run beside
// each other.
import { reference } from "@isoform/backend-reference";
import { runConformance } from "@isoform/conformance";
import { describe, it } from "vitest";
import { webgpu } from "../index.js";
import { missingAdapter } from "./adapter.js";

/** Registers the groups, e.g. `L1 add`, that `belongs` says. */
export async function conformancePart(belongs: (group: string) => boolean): Promise<void> {
  const missing = await missingAdapter();
  if (missing !== null) {
    describe("conformance", () => it.skip(missing));
    return;
  }
  runConformance(() => webgpu(), {
    reference: () => reference(),
    describe: (name, body) => {
      if (belongs(name)) describe(name, body);
    },
    it,
  });
}

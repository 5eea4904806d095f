// Whether tests can run on a GPU, a software one too. Without they are skipped, visibly; CI sets ISOFORM_REQUIRE_GPU, with which
// a missing adapter fails.
import { findGpu } from "../device/adapter.js";

/** Why there is no adapter, or null when there is one. */
export async function missingAdapter(): Promise<string | null> {
  let reason: string | null = "no adapter";
  try {
    if (await (await findGpu()).requestAdapter()) reason = null;
  } catch (error) {
    reason = String(error);
  }
  if (reason === null) return null;
  if (process.env["ISOFORM_REQUIRE_GPU"] === "1") {
    throw new Error(`ISOFORM_REQUIRE_GPU is set, but WebGPU tests cannot run: ${reason}`);
  }
  console.warn(`WebGPU tests are skipped: ${reason}`);
  return reason;
}

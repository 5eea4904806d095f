// Whether tests can run on a GPU. Without an adapter they are skipped, visibly, and so they are on one in software, which takes
// minutes to compile their shaders. CI sets ISOFORM_REQUIRE_GPU: then any adapter will do, and a missing one fails.
import { findGpu } from "../device/adapter.js";

/** Why tests do not run on a GPU, or null when they do. */
export async function missingAdapter(): Promise<string | null> {
  const required = process.env["ISOFORM_REQUIRE_GPU"] === "1";
  let reason: string | null = "no adapter";
  try {
    const adapter = await (await findGpu()).requestAdapter();
    const software = adapter?.info.isFallbackAdapter === true;
    if (adapter) reason = software && !required ? `${adapter.info.description} is slow` : null;
  } catch (error) {
    reason = String(error);
  }
  if (reason === null) return null;
  if (required) throw new Error(`ISOFORM_REQUIRE_GPU is set, but WebGPU tests cannot run: ${reason}`);
  console.warn(`WebGPU tests are skipped (ISOFORM_REQUIRE_GPU=1 runs them): ${reason}`);
  return reason;
}

// Errors as the page shows them, with hints that a person in a browser can follow.
import { IsoformError } from "@isoform/core";
import type { Trouble } from "./protocol.js";

/** Instead of the hints of the converter, which name options of its functions. */
const HINTS: Readonly<Record<string, string>> = {
  "model/unknown-format": "choose an .onnx or .keras file, or a Keras architecture as .json",
  "model/no-architecture": "it holds tensors only: convert it with its network to .onnx, and choose that",
  "model/no-weights": "choose state_dict.pt or model.safetensors together with it",
  "import/keras-unsupported": "export it to .onnx where these layers are defined, and choose that",
  "format/zip": "the file is cut off or damaged: download or save it again",
  "format/json": "choose the .json that model.to_json() of Keras gives, whole",
};
const OVER_LIMIT = "it asks for more than this page reads: check that the file is whole, and the right one";

/** Problems that say nothing without the format's specification. */
const PROBLEMS: Readonly<Record<string, string>> = {
  "import/keras-unsupported": "export it to .onnx where these layers are defined, and choose that",
  "format/zip": "the archive cannot be read",
  "format/json": "this is not JSON",
};

/** What an error says to people. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof IsoformError))
    return { code: "internal", message: error instanceof Error ? error.message : String(error), hint: null };
  const { code, path, problem } = error;
  const place = path === undefined ? "" : `${path}: `;
  const known = PROBLEMS[code];
  const hint = HINTS[code] ?? (code.startsWith("limit/") ? OVER_LIMIT : (error.hint ?? null));
  return { code, message: place + (known === undefined ? problem : `${known} (${problem})`), hint };
}

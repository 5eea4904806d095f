// safetensors files whose header and data do not agree.
import { join, le, utf8 } from "../support/bytes.js";
import type { Row } from "../support/rows.js";
import { malformed, overLimit, type Outcome } from "../support/sandbox.js";

function file(header: string, data = 16, declared?: number | bigint): Uint8Array {
  const text = utf8(header);
  return join(le(declared ?? text.length, 8), text, new Uint8Array(data));
}

const entry = (name: string, shape: string, from: number, to: number, dtype = "F32"): string =>
  `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;

const row = (name: string, bytes: () => Uint8Array, convert: Outcome): Row => ({
  advisory: "safetensors",
  name,
  file: "m.safetensors",
  files: () => ({ "m.safetensors": bytes() }),
  convert,
});
const bad = (...says: string[]) => malformed("format/safetensors", ...says);

/** The rows. */
export const SAFETENSORS_ROWS: readonly Row[] = [
  row(
    "a name twice",
    () => file(`{${entry("a", "[2]", 0, 8)},${entry("a", "[2]", 8, 16)}}`),
    malformed("format/json", '"a"'),
  ),
  row(
    "tensors that overlap",
    () => file(`{${entry("a", "[3]", 0, 12)},${entry("b", "[2]", 8, 16)}}`),
    bad("b"),
  ),
  row("a hole", () => file(`{${entry("a", "[1]", 0, 4)},${entry("b", "[2]", 8, 16)}}`), bad("b")),
  row("bytes that no tensor covers", () => file(`{${entry("a", "[2]", 0, 8)}}`), bad()),
  row("a tensor past the end", () => file(`{${entry("a", "[6]", 0, 24)}}`), bad("a", "24")),
  row("a tensor before the start", () => file(`{${entry("a", "[4]", -16, 0)}}`), bad("a")),
  row("an end before its start", () => file(`{${entry("a", "[4]", 16, 0)}}`), bad("a")),
  row("a shape that its bytes do not hold", () => file(`{${entry("a", "[5]", 0, 16)}}`), bad("a", "[5]")),
  row(
    "a shape over 2^53",
    () => file(`{${entry("a", "[4294967296,4294967296]", 0, 16)}}`),
    overLimit("limit/elements", "a"),
  ),
  row("a negative size", () => file(`{${entry("a", "[-4]", 0, 16)}}`), bad("a")),
  row("a size that is no whole number", () => file(`{${entry("a", "[4.5]", 0, 16)}}`), bad("a")),
  row("an unknown element type", () => file(`{${entry("a", "[4]", 0, 16, "PYTHON")}}`), bad("PYTHON")),
  row(
    "a header of 2^60 bytes",
    () => file(`{${entry("a", "[4]", 0, 16)}}`, 16, 2n ** 60n),
    malformed("format/truncated", "not a safetensors file"),
  ),
  row(
    "a header longer than the file",
    () => file(`{${entry("a", "[4]", 0, 16)}}`, 16, 10_000),
    malformed("format/truncated"),
  ),
  row(
    "100,001 tensors",
    () => file(`{${Array.from({ length: 100_001 }, (_, i) => entry(`t${i}`, "[0]", 0, 0)).join(",")}}`, 0),
    overLimit("limit/entries"),
  ),
  row(
    "a header nested 10,000 deep",
    () => file(`{"a":${"[".repeat(10_000)}`, 16),
    overLimit("limit/nesting"),
  ),
  row("a header that is a list", () => file("[1, 2]"), bad()),
  row(
    "metadata that is code",
    () => file(`{"__metadata__":{"__class__":{"x":1}},${entry("a", "[4]", 0, 16)}}`),
    bad("__metadata__"),
  ),
  row(
    "a header that is no UTF-8",
    () => join(le(4, 8), "{\u00ff\u00fe}", new Uint8Array(4)),
    malformed("format/utf8"),
  ),
];

// The conformance suite on the reference backend, and the committed report; new memory is poisoned, so that unwritten
// results are seen.
import { readFileSync } from "node:fs";
import { readManifest } from "@isoform/conformance";
import { conformanceTests } from "@isoform/conformance/vitest";
import { reference } from "./index.js";

const manifest = readManifest(readFileSync(new URL("../conformance.json", import.meta.url), "utf8"));

conformanceTests(() => reference({ poison: true }), { level: "L3", manifest });

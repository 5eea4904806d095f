// The conformance suite on the CPU backend, and the committed report.
import { readFileSync } from "node:fs";
import { readManifest } from "@isoform/conformance";
import { conformanceTests } from "@isoform/conformance/vitest";
import { cpu } from "./index.js";

const manifest = readManifest(readFileSync(new URL("../conformance.json", import.meta.url), "utf8"));

conformanceTests(() => cpu(), { level: "L3", manifest });

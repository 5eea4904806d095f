// The conformance suite on the minimal backend, and the committed report.
import { readFileSync } from "node:fs";
import { readManifest } from "@isoform/conformance";
import { conformanceTests } from "@isoform/conformance/vitest";
import { minimal } from "../src/index.js";

const manifest = readManifest(readFileSync(new URL("../conformance.json", import.meta.url), "utf8"));

conformanceTests(() => minimal(), { level: "L3", manifest });

// The backend as it is today, with what is missing computed by the reference backend: every op runs from the first day.
import { reference } from "@isoform/backend-reference";
import { conformanceTests } from "@isoform/conformance/vitest";
import { withFallback } from "@isoform/core";
import { __factory__ } from "../src/index.js";

conformanceTests(() => withFallback(__factory__(), reference()), { level: "L1" });

// `npm test`: installs, builds, lints, type-checks the tests and runs them. Arguments are passed on to vitest.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, build, install } from "./lib.mjs";

install();
build();
const filters = process.argv.slice(2);
if (filters.length === 0) {
  console.log("Linting …");
  bin("oxlint", ["--deny-warnings"]);
  console.log("Checking the types of the tests and the app …");
  bin("tsc", ["-p", "tsconfig.test.json"]);
  bin("tsc", ["-p", "apps/benchmark"]);
}
const folder = mkdtempSync(join(tmpdir(), "isoform-test-"));
const report = join(folder, "report.json");
const status = bin(
  "vitest",
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...filters],
  {
    mayFail: true,
  },
);
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
rmSync(folder, { recursive: true });
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
process.exitCode = status;

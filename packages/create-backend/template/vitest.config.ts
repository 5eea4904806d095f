// The suite has thousands of cases: those that `-t` leaves out are not listed.
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { hideSkippedTests: true } });

import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@isoform/source"] },
  ssr: { resolve: { conditions: ["@isoform/source"] } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "examples/src/**/*.test.ts",
      "examples/*/test/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});

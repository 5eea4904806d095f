#!/usr/bin/env node
// The `isoform` command.
import { main } from "../dist/index.js";

// A reader that stops early (`isoform inspect … | head`) is no failure.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));

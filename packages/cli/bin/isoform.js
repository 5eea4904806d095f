#!/usr/bin/env node
// The `isoform` command.
import { main } from "../dist/index.js";

// A reader that stops early (`isoform inspect … | head`) is no failure; a full disk is.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit(0);
  const why = error.code === "ENOSPC" ? "the disk is full" : error.message;
  const fix = "Fix: send the output elsewhere, or make room";
  process.stderr.write(`error [file/${String(error.code).toLowerCase()}] at stdout: ${why}\n  ${fix}\n`);
  process.exit(1);
});
// Who cannot be told of progress and errors still gets results and the exit code.
process.stderr.on("error", () => {});
process.exitCode = await main(process.argv.slice(2));

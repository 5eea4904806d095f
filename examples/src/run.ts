// How the examples run: as scripts (`node dist/torch/gradients.js`), or called by the tests with another print.
import { pathToFileURL } from "node:url";
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";

/** Where an example prints. */
export type Print = (line: string) => void;

/** Runs `main` on the CPU backend when `url` is the module that Node was started with. */
export async function runAsScript(url: string, main: (print: Print) => void | Promise<void>): Promise<void> {
  const script = process.argv[1];
  if (script === undefined || pathToFileURL(script).href !== url) return;
  await setBackend(cpu());
  await main((line) => console.log(line));
}

// `npm start`: installs, builds and runs the main job, a digit classifier carried through all three frameworks' formats.
import { build, install, root, run, timed } from "./lib.mjs";
import { join } from "node:path";

const [, installSeconds] = timed(install);
const [, buildSeconds] = timed(build);
const [, jobSeconds] = timed(() =>
  run(process.execPath, [join(root, "examples", "dist", "digits", "main.js")]),
);
console.log(
  `\ninstall ${installSeconds.toFixed(1)} s, build ${buildSeconds.toFixed(1)} s, job ${jobSeconds.toFixed(1)} s`,
);

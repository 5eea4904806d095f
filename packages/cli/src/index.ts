// Public surface of @isoform/cli: the command as a function.
export { main } from "./main.js";
export { EXIT, type ExitCode } from "./errors.js";
export type { Host, TextSink } from "./terminal/host.js";

// How often training lets other work of the event loop run: timers, input, and the signals that stop a run.
import { macrotask } from "../platform.js";
import { session } from "../session.js";

/** Milliseconds. Epochs and calls may be shorter: the time is counted across them. */
const EVERY = 50;

/** Lets the event loop run when it did not for a while. */
export async function rest(): Promise<void> {
  if (Math.abs(Date.now() - session.rested) < EVERY) return;
  await macrotask();
  session.rested = Date.now();
}

// The control block that the caller and the workers share: indices of its words, and its sizes. It is a buffer of its
// own, outside the kernels' memory, so that a kernel can neither move nor overwrite it.

/** Calls of one round, at most. */
export const MAX_CALLS = 256;
/** Arguments of a call, at most. */
export const MAX_ARGS = 32;
/** Modules that are published and not yet loaded by every worker, at most. */
export const MODULE_SLOTS = 512;
/** Workers, at most. */
export const MAX_WORKERS = 255;
/** UTF-16 units of an error's text. */
export const TEXT_UNITS = 240;

// Words that different threads write stand on cache lines of their own (16 words; 32 for the prefetcher's pairs).
const LINE = 32;
/** Counts the rounds; workers sleep on it. */
export const GENERATION = 0;
/** Calls of the round that nobody has taken. Taking one is to lower it by compare-and-exchange. */
export const TICKETS: number = LINE;
/** Calls of the round that workers have finished; the caller sleeps on it. */
export const DONE: number = 2 * LINE;
/** 1 while the caller sleeps on `DONE`. */
export const WAITING: number = 3 * LINE;
/** Workers that sleep on `GENERATION`. */
export const SLEEPERS: number = 4 * LINE;
/** Workers that have started. */
export const READY: number = 5 * LINE;
/** 1 when the workers shall end. */
export const STOP: number = 5 * LINE + 1;
/** 0, or 1 + the index of the call that failed first in a worker. */
export const FAILED: number = 5 * LINE + 2;
/** Modules published since the start. */
export const PUBLISHED: number = 5 * LINE + 3;
/** Pages of the kernels' memory. */
export const PAGES: number = 5 * LINE + 4;
/** Per worker: modules loaded. */
export const LOADED: number = 6 * LINE;
/** Per slot: address and length of a module's bytes. */
export const MODULES: number = LOADED + 256;
/** Per call: module, export, number of arguments, unused. */
export const CALLS: number = MODULES + 2 * MODULE_SLOTS;
/** Words in all. */
export const WORDS: number = CALLS + 4 * MAX_CALLS;
/** Byte offset of the arguments, float64, `MAX_ARGS` per call. */
export const ARGS_OFFSET: number = WORDS * 4;
/** Byte offset of the error's text: its length, then its UTF-16 units. */
export const TEXT_OFFSET: number = ARGS_OFFSET + MAX_CALLS * MAX_ARGS * 8;
/** Bytes of the block. */
export const CONTROL_BYTES: number = TEXT_OFFSET + 2 * (TEXT_UNITS + 1);

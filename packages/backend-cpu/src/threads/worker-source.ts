// The program of a worker, as text. Text and not a function or a file: a bundler or a test runner rewrites functions
// (helpers that the worker lacks) and moves files, but text works the same from the sources, from the package and from
// a bundle, in Node and in browsers. It gets the kernels' memory and the control block once and then waits on shared
// words alone, never for a message. layout.ts says what the words mean.
import {
  ARGS_OFFSET,
  CALLS,
  DONE,
  FAILED,
  GENERATION,
  LOADED,
  MAX_ARGS,
  MAX_CALLS,
  MODULE_SLOTS,
  MODULES,
  PAGES,
  PUBLISHED,
  READY,
  SLEEPERS,
  STOP,
  TEXT_OFFSET,
  TEXT_UNITS,
  TICKETS,
  WAITING,
  WORDS,
} from "./layout.js";

/** Names of the host functions that the worker gives to modules; the same functions as `HOST_MATH`. */
export const WORKER_HOST_MATH: Readonly<Record<string, string>> = {
  sin: "Math.sin",
  cos: "Math.cos",
  pow: "(x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y)",
  fmod: "(x, y) => x % y",
};

/** The program; workers look for the next round for `spinMs` before they sleep. */
export function workerSource(spinMs: number): string {
  const host = Object.entries(WORKER_HOST_MATH).map(([name, code]) => `${name}: ${code}`);
  return `"use strict";
const host = { ${host.join(", ")} };
function serve(memory, control, index, tell) {
  const words = new Int32Array(control, 0, ${WORDS});
  const numbers = new Float64Array(control, ${ARGS_OFFSET}, ${MAX_CALLS * MAX_ARGS});
  const text = new Uint16Array(control, ${TEXT_OFFSET});
  const modules = [];
  let pages = 0;
  function load() {
    const published = Atomics.load(words, ${PUBLISHED});
    const now = Atomics.load(words, ${PAGES});
    if (now !== pages) memory.grow(0);
    pages = now;
    while (modules.length < published) {
      const slot = ${MODULES} + 2 * (modules.length % ${MODULE_SLOTS});
      const bytes = new Uint8Array(memory.buffer, words[slot] >>> 0, words[slot + 1]).slice();
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, ...host } });
      modules.push(Object.values(instance.exports));
      Atomics.store(words, ${LOADED} + index, modules.length);
    }
  }
  function call(i) {
    try {
      load();
      const at = ${CALLS} + 4 * i;
      const first = ${MAX_ARGS} * i;
      modules[words[at]][words[at + 1]](...numbers.subarray(first, first + words[at + 2]));
    } catch (error) {
      if (Atomics.compareExchange(words, ${FAILED}, 0, i + 1) === 0) {
        const message = String(error).slice(0, ${TEXT_UNITS});
        text[0] = message.length;
        for (let k = 0; k < message.length; k++) text[k + 1] = message.charCodeAt(k);
      }
    }
    Atomics.add(words, ${DONE}, 1);
    if (Atomics.load(words, ${WAITING}) === 1) Atomics.notify(words, ${DONE});
  }
  function spin(seen) {
    const end = performance.now() + ${spinMs};
    do {
      for (let k = 0; k < 64; k++) if (Atomics.load(words, ${GENERATION}) !== seen) return;
    } while (performance.now() < end);
  }
  Atomics.add(words, ${READY}, 1);
  tell("ready");
  for (let seen = 0; ; ) {
    spin(seen);
    if (Atomics.load(words, ${GENERATION}) === seen) {
      Atomics.add(words, ${SLEEPERS}, 1);
      Atomics.wait(words, ${GENERATION}, seen);
      Atomics.sub(words, ${SLEEPERS}, 1);
    }
    seen = Atomics.load(words, ${GENERATION});
    if (Atomics.load(words, ${STOP}) === 1) return;
    for (;;) {
      load();
      const left = Atomics.load(words, ${TICKETS});
      if (left <= 0) break;
      if (Atomics.compareExchange(words, ${TICKETS}, left, left - 1) === left) call(left - 1);
    }
  }
}
if (typeof require === "function") {
  const { parentPort, workerData } = require("node:worker_threads");
  serve(workerData.memory, workerData.control, workerData.index, (m) => parentPort.postMessage(m));
} else {
  onmessage = ({ data }) => serve(data.memory, data.control, data.index, (m) => postMessage(m));
}
`;
}

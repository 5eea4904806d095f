// A Python child process that answers lines of JSON with lines of JSON, in order.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** An answer `{ error }` of the child; `lacking` when it lacks what was asked of it. */
export class PythonError extends Error {
  constructor({ error, lacking = false }) {
    super(error);
    this.lacking = lacking;
  }
}

/** Starts `python ...args` on so many threads. `greeting` is its first line; `ask` sends a request and gives the answer. */
export async function openLines(python, args, threads) {
  const count = String(threads);
  const child = spawn(python, args, {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...process.env,
      OMP_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      CUDA_VISIBLE_DEVICES: "",
      TF_CPP_MIN_LOG_LEVEL: "3",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  const waiting = [];
  const fail = (why) => waiting.splice(0).forEach((w) => w.reject(new Error(why)));
  child.on("error", (error) => fail(`${python}: ${error.message}`));
  child.on("exit", (code) => fail(`Python ended with code ${code}`));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line);
    const next = waiting.shift();
    if (answer.error) next?.reject(new PythonError(answer));
    else next?.resolve(answer);
  });
  const expect = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const close = () => {
    child.stdin.end();
    child.kill();
  };
  const ask = (request) => {
    if (child.exitCode !== null) return Promise.reject(new Error("Python has ended"));
    const answer = expect();
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  };
  try {
    return { greeting: await expect(), ask, close };
  } catch (error) {
    close();
    throw error;
  }
}
